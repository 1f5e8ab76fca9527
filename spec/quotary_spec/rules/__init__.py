"""The rules, one module an area. A composition (``quote``, ``tax.assessment``) asks them in their order."""

import importlib
import pkgutil


def load() -> None:
    """Import every area, so that all its rules are registered."""
    for module in pkgutil.walk_packages(__path__, prefix=f"{__name__}."):
        importlib.import_module(module.name)
