"""The worked changes of the pages on how to add something, read from the pages themselves.

A step of a page has its change as a diff, and says which test tells when it is left out::

    Left out, `tests/test_vectors.py::test_x` says `fee_waived`.

A change of a file is found by its lines, not by their numbers; ``--- /dev/null`` begins a new file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("adding-an-input", "adding-a-rule", "adding-a-call")


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines of a file and what takes their place; nothing before means a new file."""

    file: Path
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered step: its changes, and the test and the words that tell when it was left out."""

    title: str
    hunks: tuple[Hunk, ...]
    test: str
    says: str


def steps(page: str) -> list[Step]:
    """The steps of a page, in order."""
    text = (ROOT / "docs" / f"{page}.md").read_text("utf-8")
    found = []
    for part in re.split(r"^(?=\d+\. )", text, flags=re.MULTILINE)[1:]:
        diffs = re.findall(r"^ *```diff\n(.*?)^ *```$", part, re.DOTALL | re.MULTILINE)
        told = re.search(r"Left out, `([^`]+)`\s+says\s+`([^`]+)`", part)
        if diffs:
            assert told, f"{page}: {part.splitlines()[0]}: say what tells when it is left out"
            hunks = tuple(hunk for diff in diffs for hunk in _hunks(diff))
            found.append(Step(part.splitlines()[0], hunks, told[1], told[2]))
    return found


def _hunks(diff: str) -> Iterator[Hunk]:
    lines = diff.splitlines()
    indent = len(lines[0]) - len(lines[0].lstrip())
    file = Path()
    for part in re.split(r"^(?=@@|--- )", "".join(f"{line[indent:]}\n" for line in lines), flags=re.MULTILINE):
        if part.startswith("--- "):
            file = Path(re.search(r"^\+\+\+ b/(.*)$", part, re.MULTILINE)[1])  # type: ignore[index]
        elif part:
            body = part.splitlines()[1:]
            before = [line[1:] for line in body if line[:1] != "+"]
            after = [line[1:] for line in body if line[:1] != "-"]
            yield Hunk(file, *("".join(f"{line}\n" for line in each) for each in (before, after)))


def apply(root: Path, hunk: Hunk) -> None:
    """Make a change in a tree."""
    _exchange(root / hunk.file, hunk.before, hunk.after)


def take_back(root: Path, hunk: Hunk) -> None:
    """Undo it."""
    _exchange(root / hunk.file, hunk.after, hunk.before)


def _exchange(path: Path, before: str, after: str) -> None:
    text = path.read_text("utf-8") if path.exists() else ""
    assert (text.count(before) == 1) if before else text == "", f"{path} does not have, once:\n{before}"
    path.write_text(text.replace(before, after) if before else after, "utf-8")
    if not after:
        path.unlink()
