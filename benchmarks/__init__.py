"""Benchmarks of jokebox: each program prints tables and asserts nothing."""

import os

# as in jokebox/__main__.py; OpenBLAS reads it only once, when NumPy is imported
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
