"""Talking with a model, and what is kept of it."""
