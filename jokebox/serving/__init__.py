"""jokebox on a page in a browser of this machine, for several visitors at once."""
