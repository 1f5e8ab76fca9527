"""One edition, assembled: its parameters, read by key and noted in the trace, and the digest of the whole book."""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import textwrap
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar, cast

from quotary_spec.model.guidance import Guidance
from quotary_spec.outcome import Finding
from quotary_spec.register.editions import DEFAULT_EDITION, DOCUMENTS_OF_EDITION, EDITIONS
from quotary_spec.register.files import every_file
from quotary_spec.register.parameters import PARAMETERS
from quotary_spec.rule import Asked, ByEdition, DataRow, RuleFunction, WrongEdition, read_row, registered_rules

P = ParamSpec("P")
R = TypeVar("R")


class Book:
    """The rule book of one edition.

    Parameters are read by key through the method of their type, so that the trace shows each row with its passage.
    A key that the edition does not print raises KeyError; ``prints``, ``if_printed`` and ``silent=`` are for those that
    it may not print. A rule is asked by ``ask``, which is not covered where the edition has none; ``if_served`` is for
    what only some editions add, and ``serves`` where the whole question is put otherwise without the rule.
    """

    __slots__ = ("documents", "edition", "parameters")

    def __init__(self, edition: str) -> None:
        self.edition = edition
        self.documents = DOCUMENTS_OF_EDITION[edition]
        self.parameters: Mapping[str, DataRow] = PARAMETERS[edition]

    def prints(self, key: str) -> bool:
        """True when the edition prints this parameter."""
        return key in self.parameters

    def source(self, key: str) -> str:
        """The edition whose row stands under a key, for what is made of its rows ahead."""
        return self.edition

    def family(self, prefix: str) -> tuple[str, ...]:
        """Keys of the parameters that begin so."""
        return _family(self.edition, prefix)

    def row(self, key: str) -> DataRow:
        """The row behind a key, with its passage."""
        row = self.parameters[key]
        read_row(row)
        return row

    def decimal(self, key: str) -> Decimal:
        """A rate or another exact number."""
        return cast("Decimal", self.row(key).value)

    def integer(self, key: str) -> int:
        """A whole number."""
        return cast("int", self.row(key).value)

    def day(self, key: str) -> date:
        """A civil date."""
        return cast("date", self.row(key).value)

    def text(self, key: str) -> str:
        """A word."""
        return cast("str", self.row(key).value)

    def texts(self, key: str, silent: tuple[()] | None = None) -> tuple[str, ...]:
        """A list of words; ``silent=()`` where an edition that does not print it means an empty one."""
        if silent is not None and key not in self.parameters:
            return silent
        return cast("tuple[str, ...]", self.row(key).value)

    def flag(self, key: str) -> bool:
        """A yes or no."""
        return cast("bool", self.row(key).value)

    def rows(self, key: str, silent: tuple[()] | None = None) -> tuple[Mapping[str, Any], ...]:
        """A table; ``silent=()`` where an edition that does not print it means an empty one."""
        if silent is not None and key not in self.parameters:
            return silent
        return cast("tuple[Mapping[str, Any], ...]", self.row(key).value)

    def if_printed(self, read: Callable[[str], R], key: str) -> R | None:
        """The value behind a key by the reader of its type, as ``book.if_printed(book.day, key)``.

        None when the edition does not print it: what its silence means is said where it is asked.
        """
        return read(key) if key in self.parameters else None

    def serves(self, rule: RuleFunction[P, R] | ByEdition[P, R]) -> bool:
        """True when the edition has this rule, or a version of it."""
        return self.edition in (rule.versions if isinstance(rule, ByEdition) else rule.info.editions)

    def version(self, table: ByEdition[P, R]) -> RuleFunction[P, R]:
        """The version of a rule that the edition has; ask ``serves`` where it may have none.

        Raises:
            WrongEdition: it has none.
        """
        if self.edition not in table.versions:
            raise WrongEdition(f"{self.edition} has no version of {', '.join(table.ids())}")
        return table.versions[self.edition]

    def ask(self, rule: Asked[P, R], *facts: P.args, **named: P.kwargs) -> R | Finding:
        """What the edition answers to these facts: a rule, the version of one, or whichever rules answer a question.

        The answer is not covered where the edition has no such rule; of a question that no rule claims, None.
        """
        return rule.asked_in(self.edition, *facts, **named)

    def if_served(self, rule: RuleFunction[P, R] | ByEdition[P, R], *facts: P.args, **named: P.kwargs) -> R | None:
        """What a rule answers; None where the edition has no such rule, and so leaves the question unasked.

        For what an edition adds to an answer. Where its silence is the answer, ``ask`` says not covered.
        """
        if not self.serves(rule):
            return None
        return (self.version(rule) if isinstance(rule, ByEdition) else rule)(*facts, **named)

    def guidance(self, key: str) -> Guidance | None:
        """Where and how something is done; None when the edition does not print it."""
        rows = self.if_printed(self.rows, key)
        return None if rows is None else Guidance.of_row(*rows)


BOOK: Mapping[str, Book] = MappingProxyType({edition: Book(edition) for edition in EDITIONS})
"""The books by edition, oldest first."""

DEFAULT_BOOK = BOOK[DEFAULT_EDITION]


@cache
def _family(edition: str, prefix: str) -> tuple[str, ...]:
    return tuple(key for key in PARAMETERS[edition] if key.startswith(prefix))


@cache
def digest() -> str:
    """Sha256 over the register and the normalised syntax of every rule, in hexadecimal.

    Comments, docstrings and layout do not change it; a figure, a passage or a line of logic does.
    """
    from quotary_spec import rules

    rules.load()
    sha = hashlib.sha256()
    for path, content in every_file():
        sha.update(path.encode() + b"\0" + content + b"\0")
    for id, function in sorted(registered_rules().items()):
        info = function.info
        claim = [id, info.editions, [str(each) for each in info.passages], info.rulings, _syntax(function.logic)]
        sha.update(json.dumps(claim).encode() + b"\0")
    return sha.hexdigest()


def _syntax(function: Callable[..., object]) -> Any:
    """The syntax tree of a function without positions, docstring and annotations, the same on every Python."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(tree, ast.FunctionDef)
    tree.decorator_list = []
    tree.body = [statement for statement in tree.body if not _is_text(statement)]
    return _plain(tree)


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _plain(node: object) -> Any:
    if isinstance(node, ast.AST):
        fields = {
            name: _plain(value)
            for name, value in ast.iter_fields(node)
            if value not in (None, []) and name not in ("ctx", "type_comment", "kind", "annotation", "returns")
        }
        return {"": type(node).__name__, **fields}
    if isinstance(node, list):
        return [_plain(each) for each in node]
    return node if isinstance(node, (str, int, bool)) else repr(node)
