"""What TOML files of an operator have in common: every problem of a file at once, each with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault of a file."""

    line: int
    """1-based."""
    field: str
    """The field at fault, empty where the fault is not a field's."""
    text: str


class OperatorFileError(ValueError):
    """A file that cannot be used, with every problem in it."""

    def __init__(self, origin_name: str, problems: Iterable[Problem]) -> None:
        self.origin_name = origin_name
        self.problems = tuple(sorted(problems))
        super().__init__(
            "\n".join(
                ": ".join(filter(None, (f"{origin_name}:{problem.line}", problem.field, problem.text)))
                for problem in self.problems
            )
        )


def line_of(field: str, lines: Sequence[str], header: int = 0) -> int:
    """The line of a field among the lines that follow a header, or the header's own where the field is not there."""
    key = re.compile(rf"\s*(\[+\s*)?[\"']?{re.escape(field)}\b")
    return next((number for number, line in enumerate(lines, start=header + 1) if key.match(line)), max(header, 1))


def syntax_problem(error: tomllib.TOMLDecodeError, text: str) -> Problem:
    """Where a text is not TOML.

    The parser says where in its message only, and at the end of the document not even there.
    """
    message = re.sub(r" \(at .*\)$", "", str(error))
    found = re.search(r"\(at line ([0-9]+),", str(error))
    return Problem(int(found[1]) if found else text.rstrip("\n").count("\n") + 1, "", f"not TOML: {message}")


def canonical_number(number: Decimal) -> str:
    """A number in the one form that digests are made of: exact, without the zeros at its end."""
    # Not normalize(), which rounds to the context's precision.
    whole, _, fraction = f"{number:f}".partition(".")
    return f"{whole}.{fraction.rstrip('0')}"


def packaged(name: str) -> str:
    """The text of a file that ships beside this module."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
