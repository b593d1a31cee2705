"""Talks and models as files to show to others: a page, a card of one joke, curves as CSV."""
