"""A book of two editions: the rules and rows of one, but for those that are exchanged for the other's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ParamSpec, TypeVar

from quotary_spec.outcome import not_covered
from quotary_spec.rule import ByEdition, DataRow, Question, RuleFunction
from quotary_spec.rulebook import Book

P = ParamSpec("P")
R = TypeVar("R")

Part = str | RuleFunction[..., Any] | ByEdition[..., Any]
"""What can be exchanged: a row by its key, a rule, or the version of a rule."""


class _Rows(Mapping[str, DataRow]):
    """The rows of one edition, but for those that are exchanged; what an exchanged rule reads comes with it."""

    def __init__(self, book: MixedBook, home: Mapping[str, DataRow], other: Mapping[str, DataRow]) -> None:
        self._book, self._home, self._other = book, home, other

    def _source(self, key: str) -> Mapping[str, DataRow]:
        return self._other if self._book.is_exchanged(key) else self._home

    def __contains__(self, key: object) -> bool:
        return key in self._source(str(key))

    def __getitem__(self, key: str) -> DataRow:
        row = self._source(key).get(key)
        if row is None and self._book.exchanged:
            row = self._other.get(key) or self._home.get(key)
        if row is None:
            raise KeyError(key)
        return row

    def get(self, key: str, default: Any = None) -> Any:
        """The row, if the edition that has the say on it prints it."""
        return self._source(key).get(key, default)

    def __iter__(self) -> Iterator[str]:
        return (key for key in dict.fromkeys((*self._home, *self._other)) if key in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class MixedBook(Book):
    """One edition's book with some parts of another's; it notes which parts are consulted."""

    __slots__ = ("_other", "consulted", "exchanged")

    def __init__(self, home: Book, other: Book, exchanged: frozenset[Part] = frozenset()) -> None:
        super().__init__(home.edition)
        self._other = other
        self.exchanged = exchanged
        self.consulted: list[Part] = []
        self.parameters = _Rows(self, home.parameters, other.parameters)

    def is_exchanged(self, part: Part) -> bool:
        """Whether the other edition has the say on a part; notes that it was consulted."""
        self.consulted.append(part)
        return part in self.exchanged

    def source(self, key: str) -> str:
        """The edition that has the say on a row."""
        return (self._other if self.is_exchanged(key) else self).edition

    def family(self, prefix: str) -> tuple[str, ...]:
        """Keys of the rows that begin so, each from the edition that has the say on it."""
        both = dict.fromkeys((*super().family(prefix), *self._other.family(prefix)))
        return tuple(key for key in both if key in self.parameters)

    def serves(self, rule: RuleFunction[P, R] | ByEdition[P, R]) -> bool:
        """True when the edition that has the say on it has this rule, or a version of it."""
        return self._other.serves(rule) if self.is_exchanged(rule) else super().serves(rule)

    def version(self, table: ByEdition[P, R]) -> RuleFunction[P, R]:
        """The version that the edition has that has the say on it."""
        return self._other.version(table) if self.is_exchanged(table) else super().version(table)

    def ask(self, rule: Any, *facts: object, **named: object) -> Any:
        """What the rules answer, each from the edition that has the say on it."""
        if isinstance(rule, Question):
            return rule.of([each for each in rule.every if self.serves(each)], self.edition, *facts, **named)
        if not self.serves(rule):
            return not_covered(edition=self.edition)
        return (self.version(rule) if isinstance(rule, ByEdition) else rule)(*facts, **named)
