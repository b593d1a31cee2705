"""jokebox: train a small LSTM on jokes while you watch, and talk to it."""

__version__ = "0.1.0"
