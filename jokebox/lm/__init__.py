"""The language model itself: text, tokens and numbers, independent of files and interfaces."""
