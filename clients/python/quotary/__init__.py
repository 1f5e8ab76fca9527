"""Quotary: the executable reference for a software vendor's purchasing rules."""

from importlib.metadata import version

__version__ = version("quotary")
