"""Reads the register's TOML files, which are package data."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

ROOT = resources.files(__package__)


def read(name: str) -> dict[str, Any]:
    """The contents of one file."""
    return tomllib.loads(ROOT.joinpath(name).read_text("utf-8"))


def line_of(name: str, text: str, place: int = 0) -> int:
    """The line of a file that is this text, of several the one at that place, counted from 1; 0 when there is none."""
    lines = ROOT.joinpath(name).read_text("utf-8").splitlines() if ROOT.joinpath(name).is_file() else []
    found = [number for number, line in enumerate(lines, 1) if line.strip() == text]
    return found[place] if place < len(found) else 0


def read_folder(folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name without ending, and contents, of each file in a folder, by name."""
    for file in sorted(_tomls(ROOT.joinpath(folder)), key=lambda each: each.name):
        yield file.name.removesuffix(".toml"), tomllib.loads(file.read_text("utf-8"))


def _tomls(folder: Traversable) -> list[Traversable]:
    return [file for file in folder.iterdir() if file.name.endswith(".toml")] if folder.is_dir() else []


def every_file() -> Iterator[tuple[str, bytes]]:
    """Path and bytes of every TOML file of the register, by path; what its digest is made of."""
    for folder in ("", "catalogue", "generated", "parameters", "reasons"):
        for file in sorted(_tomls(ROOT.joinpath(folder) if folder else ROOT), key=lambda each: each.name):
            yield f"{folder}/{file.name}".lstrip("/"), file.read_bytes()
