"""The vectors: read from their files, checked for form, and chosen by name, edition and level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from quotary_conformance import data
from quotary_conformance.matchers import from_matcher
from quotary_conformance.patterns import Pattern

USES = ("demo", "supplement")
_KEYS = {
    *("id", "call", "edition", "level", "cites", "request", "expect", "error", "readings"),
    *("working", "title", "rulings", "uses", "view"),
}


class Level(StrEnum):
    """Whether one answer is right, or several readings of the documents may pass."""

    REQUIRED = "REQUIRED"
    CONTESTED = "CONTESTED"


class VectorError(Exception):
    """Vector files that are not as they have to be; says what is wrong with each."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer to a contested vector that may pass."""

    ruling: str
    id: str
    expect: Any


@dataclass(frozen=True, slots=True)
class Vector:
    """One question and what a right answer holds; see formats/README.md.

    Attributes:
        rules: Rules that rest on a passage it cites and that the answer names; known in the release alone.
    """

    id: str
    topic: str
    call: str
    edition: str
    level: Level
    cites: tuple[str, ...]
    request: Any
    expect: Any
    error: Mapping[str, Any] | None
    readings: tuple[Reading, ...]
    working: str
    title: str
    rulings: tuple[str, ...]
    uses: tuple[str, ...]
    view: str
    rules: tuple[str, ...] = ()

    @property
    def area(self) -> str:
        """The first part of its name."""
        return self.topic.partition("/")[0]

    @property
    def name(self) -> str:
        """Area, topic and id."""
        return f"{self.topic}/{self.id}"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which vectors to run: those that a pattern of ``run`` names (all without one) and none of ``skip`` does."""

    run: tuple[Pattern, ...] = ()
    skip: tuple[Pattern, ...] = ()
    editions: frozenset[str] = frozenset()
    levels: frozenset[Level] = frozenset()
    without: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()

    def __contains__(self, vector: Vector) -> bool:
        return (
            (not self.run or any(pattern.matches(vector.name) for pattern in self.run))
            and not any(pattern.matches(vector.name) for pattern in self.skip)
            and (not self.editions or vector.edition in self.editions)
            and (not self.levels or vector.level in self.levels)
            and self.without.isdisjoint(vector.uses)
            and (not self.calls or vector.call in self.calls)
            and (not self.areas or vector.area in self.areas)
        )


def load(folder: Traversable | Path | None = None) -> list[Vector]:
    """Every vector that ships, or of a folder of YAML files, by name.

    Raises:
        VectorError: a file or a vector is not as it has to be; names every fault.
    """
    return list(_shipped()) if folder is None else _from_yaml(folder)


@cache
def _shipped() -> tuple[Vector, ...]:
    """What ships does not change while a program runs, and is long to read."""
    if data.is_release():
        return tuple(released(row) for row in data.read(data.VECTORS)["vectors"])
    return tuple(_from_yaml(data.folder("vectors")))


def _from_yaml(folder: Traversable | Path) -> list[Vector]:
    # Only those who write vectors need it, and it takes long to import.
    import yaml

    from quotary_conformance import strict_yaml

    faults: list[str] = []
    found: dict[str, Vector] = {}
    for topic, text in data.files(folder):
        try:
            rows = strict_yaml.load(text)
        except yaml.YAMLError as error:
            faults.append(f"{topic}.yaml: {error}")
            continue
        if not isinstance(rows, dict) or set(rows) != {"vectors"} or not isinstance(rows["vectors"], list):
            faults.append(f"{topic}.yaml: a list under `vectors` and nothing else is expected")
            continue
        for place, row in enumerate(rows["vectors"]):
            name = f"{topic}.yaml: {row['id'] if isinstance(row, dict) and 'id' in row else f'vector {place}'}"
            problems = list(_problems(row))
            faults.extend(f"{name}: {problem}" for problem in problems)
            if problems:
                continue
            vector = _vector(topic, row)
            if vector.id in found:
                faults.append(f"{name}: the id stands in {found[vector.id].topic}.yaml too")
            found[vector.id] = vector
    if faults:
        raise VectorError("\n".join(faults))
    return sorted(found.values(), key=lambda vector: vector.name)


def released(row: Mapping[str, Any]) -> Vector:
    """A vector of the release artefact, whose expectations are matchers."""
    plain = {key: value for key, value in row.items() if key in _KEYS}
    plain["cites"] = [each["passage"] for each in row["cites"]]
    plain["rulings"] = [each["id"] for each in row["rulings"]]
    if "expect" in row:
        plain["expect"] = _expectation(row["expect"])
    plain["readings"] = [each | {"expect": _expectation(each["expect"])} for each in row["readings"]]
    return replace(_vector(row["topic"], plain), rules=tuple(each["id"] for each in row["rules"] if each["named"]))


def _expectation(written: Any) -> Any:
    """What a released expectation says; of a stream of answers one for each."""
    return [from_matcher(each) for each in written] if isinstance(written, list) else from_matcher(written)


def _problems(row: Any) -> Iterator[str]:
    """What is wrong with the form of one vector."""
    if not isinstance(row, dict):
        yield "a vector has keys"
        return
    if unknown := sorted(set(row) - _KEYS):
        yield f"no such keys: {', '.join(unknown)}"
    if absent := [key for key in ("id", "call", "edition", "level", "cites", "request") if key not in row]:
        yield f"missing: {', '.join(absent)}"
        return
    for key in ("id", "call", "working", "title", "view"):
        if not isinstance(row.get(key, ""), str):
            yield f"{key} is text"
    if row["level"] not in list(Level):
        yield f"level is one of {', '.join(Level)}"
    for key in ("cites", "rulings"):
        if not isinstance(row.get(key, []), list) or not all(isinstance(each, str) for each in row.get(key, [])):
            yield f"{key} is a list of text"
    if not row["cites"]:
        yield "cites no passage"
    if unknown := sorted(set(_uses(row)) - set(USES)):
        yield f"uses is one of {', '.join(USES)}, not {', '.join(unknown)}"
    yield from _problems_of_answer(row)


def _problems_of_answer(row: dict[str, Any]) -> Iterator[str]:
    contested = row["level"] == Level.CONTESTED
    readings = row.get("readings", [])
    if "error" in row:
        if "expect" in row or contested:
            yield "an error stands alone: no expect, no readings"
        if not isinstance(row["error"], dict) or not set(row["error"]) <= {"code", "reason", "violations"}:
            yield "error has a code, a reason and violations"
        elif "code" not in row["error"]:
            yield "error has no code"
    elif not contested and not row.get("expect"):
        yield "expects nothing"
    if contested != bool(readings):
        yield "CONTESTED and no other level has readings"
        return
    if contested and len(readings) < 2:
        yield "a contested vector has two readings or more"
    for reading in readings:
        if not isinstance(reading, dict) or set(reading) != {"ruling", "id", "expect"} or not reading["expect"]:
            yield "a reading has a ruling, an id and expect"
            return
        if twice := sorted(_leaves(row.get("expect") or {}) & _leaves(reading["expect"])):
            yield f"both in expect and in the reading {reading['id']}: {', '.join(twice)}"


def _leaves(expect: Any, path: str = "") -> set[str]:
    if isinstance(expect, dict) and expect:
        return {leaf for key, each in expect.items() for leaf in _leaves(each, f"{path}.{key}".lstrip("."))}
    return {path}


def _uses(row: Mapping[str, Any]) -> tuple[str, ...]:
    uses = row.get("uses", [])
    return (uses,) if isinstance(uses, str) else tuple(uses)


def _vector(topic: str, row: Mapping[str, Any]) -> Vector:
    return Vector(
        id=row["id"],
        topic=topic,
        call=row["call"],
        edition=str(row["edition"]),
        level=Level(row["level"]),
        cites=tuple(row["cites"]),
        request=row["request"] if row["request"] is not None else {},
        expect=row.get("expect"),
        error=row.get("error"),
        readings=tuple(Reading(each["ruling"], each["id"], each["expect"]) for each in row.get("readings", [])),
        working=row.get("working", "").strip(),
        title=row.get("title", ""),
        rulings=tuple(row.get("rulings", [])),
        uses=_uses(row),
        view=row.get("view", ""),
    )


def choose(vectors: Iterable[Vector], choice: Choice) -> list[Vector]:
    """The vectors to run.

    Raises:
        VectorError: a pattern names no vector, or nothing is left to run.
    """
    vectors = list(vectors)
    idle = [
        pattern.text
        for pattern in (*choice.run, *choice.skip)
        if not any(pattern.matches(vector.name) for vector in vectors)
    ]
    if idle:
        raise VectorError(f"no vector has the name {', '.join(idle)}")
    chosen = [vector for vector in vectors if vector in choice]
    if not chosen:
        raise VectorError("no vector is left to run")
    return chosen
