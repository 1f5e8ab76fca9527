"""What people write, as a tree that knows where each word stands: YAML 1.2 read strictly, JSON read as JSON.

Nothing is guessed from the look of a word. A plain ``NO``, ``010`` or ``2026-03-01`` stays the text that was written,
until the field that it is for says what it must be. So a country, a postal code and an order number keep their form.
"""

from __future__ import annotations

import codecs
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import yaml

MOST_BYTES = 16 * 1024 * 1024
"""Largest file that is read; a server takes no larger request."""

MOST_DEPTH = 50
MOST_NODES = 1_000_000
"""How deep values may lie in each other, and how many there may be, an alias counting as what it stands for."""

_LoaderInC: type[Any] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file, counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing in a file that does not fit: the field, what is wrong, and where it stands when that is known."""

    path: str
    text: str
    mark: Mark | None = None


class SourceError(ValueError):
    """A file that does not fit what it is for; lists every problem."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__(f"{source} does not fit:\n" + "\n".join(f"  {self._line(each)}" for each in problems))

    def _line(self, problem: Problem) -> str:
        place = "" if problem.mark is None else f"{self.source}:{problem.mark.line}:{problem.mark.column}: "
        return f"{place}{problem.path or 'file'}: {problem.text}"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value as it was written. ``kind`` is "plain" where quotes would make it something else, and "text",
    "number", "flag" or "null" where its form says what it is."""

    text: str
    kind: str
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Fields:
    """Values by name, each name once, in their order; beside each the place of its name."""

    entries: Mapping[str, tuple[Mark | None, Node]]
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """A list of values."""

    entries: tuple[Node, ...]
    mark: Mark | None = None


Node: TypeAlias = Scalar | Fields | Items


def read(path: Path) -> str:
    """The text of a file; ``-`` is standard input.

    Raises:
        SourceError: it is too large, or its letters are not UTF-8 (or UTF-16 that says so).
        OSError: it cannot be read.
    """
    if str(path) == "-":
        return decoded(sys.stdin.buffer.read(MOST_BYTES + 1), "standard input")
    with path.open("rb") as file:
        return decoded(file.read(MOST_BYTES + 1), str(path))


def decoded(content: bytes, source: str) -> str:
    """The text of a file's content.

    Raises:
        SourceError: it is too large, or its letters are not UTF-8 (or UTF-16 that says so).
    """
    if len(content) > MOST_BYTES:
        raise SourceError(source, [Problem("", f"it is larger than {MOST_BYTES // 1024**2} MiB")])
    encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(encoding, "replace")
        mark = Mark(before.count("\n") + 1, len(before) - before.rfind("\n"))
        wrong = f"the letter here (byte {content[error.start]:#04x}) is not {encoding.removesuffix('-sig').upper()}"
        raise SourceError(source, [Problem("", f"{wrong}: save the file as UTF-8", mark)]) from error


def parse(text: str, source: str) -> Node:
    """The tree of a YAML or JSON text: JSON if the name ends in ``.json``, or if it begins like JSON and is it.

    Raises:
        SourceError: it is neither; names the place.
    """
    if source.endswith(".json"):
        return _parse_json(text, source)
    if text.lstrip().startswith(("{", "[")):
        try:
            return _parse_json(text, source)
        except SourceError:
            pass
    return _parse_yaml(text, source)


def from_plain(data: object) -> Node:
    """The tree of plain data, which stands in no file."""
    if isinstance(data, Mapping):
        return Fields({str(key): (None, from_plain(each)) for key, each in data.items()})
    if isinstance(data, (list, tuple)):
        return Items(tuple(from_plain(each) for each in data))
    if data is None:
        return Scalar("null", "null")
    if isinstance(data, bool):
        return Scalar(str(data).lower(), "flag")
    if isinstance(data, (int, float, Decimal)):
        return Scalar(str(data), "number")
    if isinstance(data, datetime):
        return Scalar(data.isoformat().replace("+00:00", "Z"), "text")
    return Scalar(data.isoformat() if isinstance(data, date) else str(data), "text")


def plain(node: Node) -> Any:
    """The tree as plain data by YAML's core schema; a number with a point stays text, since a float is not exact."""
    if isinstance(node, Fields):
        return {key: plain(each) for key, (_, each) in node.entries.items()}
    if isinstance(node, Items):
        return [plain(each) for each in node.entries]
    if node.kind == "null" or (node.kind == "plain" and node.text in ("null", "~", "")):
        return None
    if node.kind == "flag" or (node.kind == "plain" and node.text in ("true", "false")):
        return node.text == "true"
    if node.kind in ("plain", "number") and re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", node.text):
        return int(node.text)
    return node.text


def _parse_yaml(text: str, source: str) -> Node:
    unprintable = next((i for i, each in enumerate(text) if not _may_stand(each)), None)
    if unprintable is not None:
        mark = _mark_at(text, unprintable)
        raise SourceError(
            source, [Problem("", f"the character U+{ord(text[unprintable]):04X} cannot stand here", mark)]
        )
    loader = _LoaderInC(text)
    try:
        root = loader.get_single_node()
    except (yaml.YAMLError, RecursionError) as error:
        place = getattr(error, "problem_mark", None)
        there = None if place is None else Mark(place.line + 1, place.column + 1)
        what = getattr(error, "problem", None) or "values lie too deep in each other"
        context = getattr(error, "context", None)
        told = f"this is not YAML: {f'{context}, ' if context else ''}{what}"
        raise SourceError(source, [Problem("", told, there)]) from error
    finally:
        loader.dispose()
    if root is None:
        return Scalar("", "plain", Mark(1, 1))
    reader = _Yaml()
    tree = reader.read(root, "", 0)
    if reader.problems:
        raise SourceError(source, reader.problems)
    return tree


class _Yaml:
    """Turns the nodes of a YAML parser into the tree."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._left = MOST_NODES

    def read(self, node: yaml.Node, path: str, depth: int) -> Node:
        mark = Mark(node.start_mark.line + 1, node.start_mark.column + 1)
        self._left -= 1
        if depth > MOST_DEPTH or self._left < 0:
            if not self.problems:
                self.problems.append(Problem(path, "too many values, or too deep in each other", mark))
            return Items((), mark)
        if isinstance(node, yaml.ScalarNode):
            return Scalar(node.value, "text" if node.style else "plain", mark)
        if isinstance(node, yaml.SequenceNode):
            read = (self.read(each, f"{path}[{i}]", depth + 1) for i, each in enumerate(node.value))
            return Items(tuple(read), mark)
        entries: dict[str, tuple[Mark | None, Node]] = {}
        for key, value in node.value:
            place = Mark(key.start_mark.line + 1, key.start_mark.column + 1)
            if not isinstance(key, yaml.ScalarNode):
                self.problems.append(Problem(path, "a name must be a single word", place))
                continue
            here = f"{path}.{key.value}" if path else key.value
            if key.value == "<<":
                self.problems.append(Problem(here, "merge keys are not read: write the fields out", place))
            elif key.value in entries:
                first = entries[key.value][0]
                self.problems.append(
                    Problem(here, f"it stands twice, first in line {first.line if first else 0}", place)
                )
            else:
                entries[key.value] = (place, self.read(value, here, depth + 1))
        return Fields(entries, mark)


def _parse_json(text: str, source: str) -> Node:
    try:
        data = json.loads(
            text,
            object_pairs_hook=_Pairs,
            parse_int=lambda each: Scalar(each, "number"),
            parse_float=lambda each: Scalar(each, "number"),
            parse_constant=lambda each: Scalar(each, "text"),
        )
    except json.JSONDecodeError as error:
        problem = Problem("", f"this is not JSON: {error.msg}", Mark(error.lineno, error.colno))
        raise SourceError(source, [problem]) from error
    except RecursionError as error:
        raise SourceError(source, [Problem("", "values lie too deep in each other")]) from error
    problems: list[Problem] = []
    tree = _of_json(data, "", 0, _places(text), problems)
    if problems:
        raise SourceError(source, problems)
    return tree


class _Pairs(list[tuple[str, Any]]):
    """The members of a JSON object, in their order, twice given ones included."""


def _of_json(data: Any, path: str, depth: int, places: Callable[[str], Mark | None], problems: list[Problem]) -> Node:
    mark = places(path)
    if depth > MOST_DEPTH:
        problems.append(Problem(path, "values lie too deep in each other", mark))
        return Items((), mark)
    if isinstance(data, _Pairs):
        entries: dict[str, tuple[Mark | None, Node]] = {}
        for key, value in data:
            here = f"{path}.{key}" if path else key
            if key in entries:
                problems.append(Problem(here, "it stands twice", places(here)))
            entries[key] = (places(here), _of_json(value, here, depth + 1, places, problems))
        return Fields(entries, mark)
    if isinstance(data, list):
        read = (_of_json(each, f"{path}[{i}]", depth + 1, places, problems) for i, each in enumerate(data))
        return Items(tuple(read), mark)
    if isinstance(data, Scalar):
        return Scalar(data.text, data.kind, mark)
    if data is None:
        return Scalar("null", "null", mark)
    if isinstance(data, bool):
        return Scalar(str(data).lower(), "flag", mark)
    if any("\ud800" <= each <= "\udfff" for each in data):
        problems.append(Problem(path, "half of a surrogate pair is no letter", mark))
    return Scalar(data, "text", mark)


def _places(text: str) -> Callable[[str], Mark | None]:
    """Where each value of a JSON text begins, by its path.

    JSON's own parser does not tell. YAML's does, and reads the same once it need not understand escapes; where it does
    not, a problem is told without its place.
    """
    simple = re.sub(r"\\(u[0-9a-fA-F]{4}|.)", lambda each: "_" * len(each[0]), text.replace("\t", " "))
    try:
        root = yaml.compose(simple, Loader=_LoaderInC)
    except (yaml.YAMLError, RecursionError):
        return lambda path: None
    places: dict[str, Mark] = {}

    def note(node: yaml.Node, path: str) -> None:
        places[path] = Mark(node.start_mark.line + 1, node.start_mark.column + 1)
        if isinstance(node, yaml.SequenceNode):
            for i, each in enumerate(node.value):
                note(each, f"{path}[{i}]")
        elif isinstance(node, yaml.MappingNode):
            for key, each in node.value:
                note(each, f"{path}.{key.value}" if path else key.value)

    if root is not None:
        note(root, "")
    return places.get


def _may_stand(character: str) -> bool:
    return (character >= " " and character != "\x7f" and character != "\ufeff") or character in "\t\n\r\x85"


def _mark_at(text: str, position: int) -> Mark:
    before = text[:position]
    return Mark(before.count("\n") + 1, position - before.rfind("\n"))
