"""The language model: knows no screen, no shell and no place on disk."""
