"""Prices of lines: list, graduated and changed, and the parts of a term they are charged for."""
