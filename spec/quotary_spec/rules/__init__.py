"""The rules, a module or a package an area; a composition (``quote.total``) asks them in their order."""

import importlib
import pkgutil


def load() -> None:
    """Import every area, so that all its rules are registered."""
    for module in pkgutil.walk_packages(__path__, prefix=f"{__name__}."):
        importlib.import_module(module.name)
