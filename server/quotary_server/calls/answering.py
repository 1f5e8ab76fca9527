"""The shape of a stateless call: a request is read into a noun, the rule book is asked, the reply is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Protocol, TypeVar

from quotary.v1 import common_pb2
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_edition, read_view
from quotary_server.adapter.writing import write_answer
from quotary_server.ruleset import Ruleset
from quotary_spec.outcome import Finding
from quotary_spec.rule import tracing
from quotary_spec.rulebook import Book


class Request(Protocol):
    """What the requests of all stateless calls have beside their own fields: the edition asked, and the view."""

    edition: str
    view: common_pb2.View.ValueType


class Response(Protocol):
    """What their responses have."""

    @property
    def answer(self) -> common_pb2.Answer: ...


Q = TypeVar("Q", bound=Request)
R = TypeVar("R", bound=Response)
C = TypeVar("C")
A = TypeVar("A")


def answer(
    ruleset: Ruleset,
    request: Q,
    response: R,
    read: Callable[[Faults, Q], C],
    ask: Callable[[Book, C], A],
    write: Callable[[R, A], None],
    root: str = "",
    findings: Callable[[A], Iterable[Finding]] = attrgetter("findings"),
) -> R:
    """Fill the response of a stateless call.

    Args:
        read: Makes the noun that the rule book is asked about, and notes every fault of the request.
        ask: The composition that answers.
        write: Fills in everything but ``answer``.
        root: Path of the request's part that findings speak of.
        findings: Everything that the composition found, in order.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    faults = Faults()
    book = read_edition(faults, request)
    case = read(faults, request)
    view = read_view(faults, request.view)
    faults.raise_if_any()
    with tracing(book.edition) as trace:
        assessed = ask(book, case)
    write(response, assessed)
    write_answer(response.answer, ruleset.digests, book, findings(assessed), trace, view, root)
    return response
