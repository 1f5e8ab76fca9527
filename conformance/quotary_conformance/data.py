"""What comes with the kit: in its wheel a folder `data`, in a working copy what stands beside the package."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

_PACKAGE = resources.files(__package__)
_INSIDE = _PACKAGE.joinpath("data")

DESCRIPTORS = "quotary.binpb"
VECTORS = "vectors.json"
RULE_BOOK = "rulebook.json"
REASONS = "reasons.json"
MATCHER_CASES = "matcher-cases.json"
MANIFEST = "manifest.json"


def _beside() -> Path:
    with resources.as_file(_PACKAGE) as package:
        return package.parent


def file(name: str) -> Traversable | None:
    """A file of the release artefact; in a working copy, where ``make kit`` last made it. None when it is not there."""
    inside = _INSIDE.joinpath(name)
    if inside.is_file():
        return inside
    root = _beside().parent
    made = root / "clients/python/quotary/v1/contract.binpb" if name == DESCRIPTORS else root / "dist" / "kit" / name
    return made if made.is_file() else None


def is_release() -> bool:
    """True in the kit's own wheel, whose vectors are expanded and carry their rules."""
    return _INSIDE.joinpath(VECTORS).is_file()


def folder(name: str) -> Traversable:
    """The folder `vectors` or `formats`: inside the package, or beside it in a working copy."""
    inside = _PACKAGE.joinpath(name)
    return inside if inside.is_dir() else _beside() / name


def read(name: str) -> Any:
    """The contents of a JSON file of the artefact; None when it is not there."""
    found = file(name)
    return None if found is None else json.loads(found.read_text("utf-8"))


@cache
def descriptors() -> bytes:
    """The contract as a FileDescriptorSet.

    Raises:
        FileNotFoundError: a working copy was not set up.
    """
    found = file(DESCRIPTORS)
    if found is None:
        raise FileNotFoundError(f"{DESCRIPTORS} is not there: run `make setup` in the working copy")
    return found.read_bytes()


@cache
def content() -> str:
    """Sha256 of what is measured with: contract and vectors, as they stand here."""
    if is_release():
        return str(read(MANIFEST)["content"])
    digest = hashlib.sha256(descriptors())
    for name, text in files(folder("vectors")):
        digest.update(f"\n{name}\n{text}".encode())
    return digest.hexdigest()


def files(above: Traversable, path: str = "") -> list[tuple[str, str]]:
    """Name without its end, and text, of every YAML file below a folder, by name."""
    found: list[tuple[str, str]] = []
    for entry in sorted(above.iterdir(), key=lambda each: each.name):
        name = f"{path}/{entry.name}".lstrip("/")
        if entry.is_dir():
            found += files(entry, name)
        elif entry.name.endswith(".yaml"):
            found.append((name.removesuffix(".yaml"), entry.read_text("utf-8")))
    return found
