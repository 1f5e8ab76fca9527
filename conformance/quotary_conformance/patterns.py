"""Patterns for names of vectors, and lists of those that are known to fail."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Pattern:
    """``*`` is anything within one part of a name, ``**`` any number of parts; without a slash it is about the id."""

    text: str

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        parts = self.text.split("/") if "/" in self.text else ["**", self.text]
        written = ""
        for i, part in enumerate(parts):
            last = i == len(parts) - 1
            if part == "**":
                written += ".*" if last else "(?:[^/]+/)*"
            else:
                written += re.escape(part).replace(r"\*", "[^/]*") + ("" if last else "/")
        return re.compile(written)

    def matches(self, name: str) -> bool:
        """True when the whole name fits."""
        return self._expression.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class KnownFailure:
    """A pattern of vectors that are known to fail, and why."""

    pattern: Pattern
    reason: str


class KnownFailuresError(ValueError):
    """A list of known failures that is not as it has to be."""


def read_known_failures(text: str, names: Iterable[str]) -> list[KnownFailure]:
    """The entries of a list: one pattern a line, then ``#`` and the reason. Lines that begin with ``#`` are comments.

    Raises:
        KnownFailuresError: an entry has no reason, stands twice, or names no vector.
    """
    names = list(names)
    found: dict[str, KnownFailure] = {}
    faults: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        pattern, _, reason = (part.strip() for part in line.partition("#"))
        if not pattern:
            continue
        if not reason:
            faults.append(f"line {number}: {pattern} has no reason")
        if pattern in found:
            faults.append(f"line {number}: {pattern} stands twice")
        found[pattern] = KnownFailure(Pattern(pattern), reason)
        if not any(found[pattern].pattern.matches(name) for name in names):
            faults.append(f"line {number}: no vector has the name {pattern}")
    if faults:
        raise KnownFailuresError("\n".join(faults))
    return list(found.values())
