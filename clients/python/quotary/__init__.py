"""Quotary: the executable reference for a software vendor's purchasing rules."""

from importlib.metadata import PackageNotFoundError, version


def _version() -> str:
    """The version of the distribution that this is part of: the whole, or the client alone."""
    try:
        return version("quotary")
    except PackageNotFoundError:
        return version("quotary-client")


__version__ = _version()
