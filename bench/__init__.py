"""Benchmarks that anyone can run: ``make bench``. Every claim is a ratio within one run."""
