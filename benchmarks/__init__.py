"""Measurements of jokebox: each program prints tables, and asserts nothing."""

import os

# as where jokebox talks; OpenBLAS reads it once, when NumPy is imported
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
