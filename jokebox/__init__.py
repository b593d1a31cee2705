"""jokebox: a small LSTM learns jokes while you watch, and you talk to it."""

__version__ = "0.1.0"
