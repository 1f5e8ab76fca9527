"""Which rule is given which row of the register: each figure is told from its equals while requests are answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from types import MappingProxyType
from unittest import mock

from quotary_spec import rule
from quotary_spec.rule import DataRow, RuleInfo, Trace
from quotary_spec.rulebook import BOOK


class _Whole(int):
    """A whole number, or a yes or no, that is itself alone."""


class _Word(str):
    """A word that is itself alone."""

    __slots__ = ()


def _itself(value: object) -> object:
    """An equal of a value of the register that no other value is identical to, with all that it holds."""
    match value:
        case str():
            return _Word(value)
        case int():
            return _Whole(value)
        case tuple():
            return tuple(_itself(each) for each in value)
        case Mapping():
            return MappingProxyType({name: _itself(each) for name, each in value.items()})
        case list():
            return [_itself(each) for each in value]
        case _:
            return value


def _within(value: object) -> Iterator[object]:
    """A value and all that it holds."""
    yield value
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _within(each)
    elif isinstance(value, (tuple, list, set, frozenset)):
        for each in value:
            yield from _within(each)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _within(getattr(value, field.name, None))


class Figures:
    """What was given to rules since it was last asked."""

    def __init__(self) -> None:
        self.traces: list[Trace] = []
        self._key: dict[int, str] = {}

    def rows(self, rows: Mapping[str, DataRow]) -> Mapping[str, DataRow]:
        """The rows, each with a value of its own."""
        told = {key: replace(row, value=_itself(row.value)) for key, row in rows.items()}
        self._key |= {id(part): key for key, row in told.items() for part in _within(row.value) if part != ()}
        return MappingProxyType(told)

    def given(self) -> set[tuple[str, str]]:
        """Each rule with the key of each row that it was given, in the traces since the last time."""
        found = {
            (what.id, self._key[id(part)])
            for trace in self.traces
            for what, _, args, kwargs, _ in trace.raw
            if isinstance(what, RuleInfo)
            for part in _within((args, dict(kwargs)))
            if id(part) in self._key
        }
        self.traces.clear()
        return found


@contextmanager
def told_apart() -> Iterator[Figures]:
    """Answer requests within the block with figures that are told apart, and keep the traces."""
    figures = Figures()

    class Kept(Trace):
        def __init__(self, edition: str | None = None, *, recording: bool = True) -> None:
            super().__init__(edition, recording=recording)
            figures.traces.append(self)

    before = {edition: book.parameters for edition, book in BOOK.items()}
    told = {edition: figures.rows(rows) for edition, rows in before.items()}
    try:
        for edition, book in BOOK.items():
            book.parameters = told[edition]
        with mock.patch.object(rule, "Trace", Kept):
            yield figures
    finally:
        for edition, book in BOOK.items():
            book.parameters = before[edition]
