"""The reference within this process, asked by its vectors: what each reaches, and which of them notices a change."""

from __future__ import annotations

import cProfile
import functools
import importlib
import sys
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import grpc
from google.protobuf.message import Message

from quotary_conformance.contract import Call, call_of, message_class
from quotary_conformance.running import Manner, Result, Verdict, judge, judge_error
from quotary_conformance.vectors import Vector

BOOK = Path(__file__).resolve().parents[1] / "spec" / "quotary_spec"


class Failed(grpc.RpcError):
    """A call that ended with a status, as a caller sees it."""

    def __init__(self, code: grpc.StatusCode, words: str, status: bytes) -> None:
        self._seen = code, words, (("grpc-status-details-bin", status),)

    def code(self) -> grpc.StatusCode:
        """Its status."""
        return self._seen[0]

    def details(self) -> str:
        """Its message."""
        return self._seen[1]

    def trailing_metadata(self) -> Any:
        """The status with its details."""
        return self._seen[2]


class _Context:
    """What a handler sees of a call."""

    def is_active(self) -> bool:
        return True

    def invocation_metadata(self) -> tuple[()]:
        return ()

    def time_remaining(self) -> None:
        return None


class _Handlers(dict[str, Any]):
    """Takes the services as a server does, and keeps their handlers by path."""

    def add_generic_rpc_handlers(self, handlers: object) -> None:
        """The older way; the registered one says the same."""

    def add_registered_method_handlers(self, service: str, methods: Mapping[str, Any]) -> None:
        self.update({f"/{service}/{name}": each for name, each in methods.items()})


class Engine:
    """The handlers of every service, asked without a network."""

    def __init__(self) -> None:
        # Imported here and anew, since a change of what is evaluated on import needs the modules afresh.
        app = importlib.import_module("quotary_server.app")
        settings = importlib.import_module("quotary_server.settings")
        # The digest is compared by nobody, and takes long.
        rulebook = importlib.import_module("quotary_spec.rulebook")
        with mock.patch.object(rulebook, "digest", return_value=""):
            ruleset = app.load_ruleset(settings.Settings())
        self._handlers = _Handlers()
        for service, add in app.SERVICES.values():
            add(service(ruleset, None) if service in app.KEEPING else service(ruleset), self._handlers)
        self._fault = importlib.import_module("quotary_server.adapter.faults").CallError
        self._within_limits = importlib.import_module("quotary_server.adapter.limits").within_limits

    def ask(self, call: Call, requests: list[bytes]) -> list[bytes]:
        """The answers.

        Raises:
            Failed: the call ended with another status than OK.
        """
        handler = self._handlers[call.path]
        read = [handler.request_deserializer(each) for each in requests]
        behaviour = handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream
        try:
            # A stream looks at each message by itself.
            with nullcontext() if call.streams_requests else self._within_limits(read[0]):
                answer = behaviour(iter(read) if call.streams_requests else read[0], _Context())
            answers = list(answer) if call.streams_responses else [answer]
        except self._fault as error:
            codes = {each.value[0]: each for each in grpc.StatusCode}
            status = error.status
            raise Failed(codes[status.code], status.message, status.SerializeToString()) from None
        return [each.SerializeToString(deterministic=True) for each in answers]


@dataclass(slots=True)
class Asked:
    """A vector with what is sent, and what the unchanged reference says."""

    vector: Vector
    call: Call
    messages: list[Message]
    requests: list[bytes]
    right: list[bytes] | None = None

    def result(self, engine: Engine, manner: Manner) -> Result:
        """What comes of it."""
        try:
            answers = engine.ask(self.call, self.requests)
        except Failed as error:
            return judge_error(self.vector, error, "")
        except Exception as error:
            return judge_error(self.vector, Failed(grpc.StatusCode.INTERNAL, repr(error), b""), "")
        if answers == self.right:
            return Result(self.vector, Verdict.AGREED)
        if self.vector.error is not None:
            return Result(self.vector, Verdict.DISAGREED)
        made = message_class(self.call.response.full_name)
        return self._judge([made.FromString(each) for each in answers], manner)

    def _judge(self, answers: list[Message], manner: Manner) -> Result:
        return judge(self.vector, self.call, answers, "", manner, self.messages)

    def judged(self, answers: list[Message], manner: Manner) -> bool:
        """Whether the vector fails with these answers."""
        return self._judge(answers, manner).verdict is Verdict.DISAGREED

    def notices(self, engine: Engine, manner: Manner) -> bool:
        """Whether the vector fails, or a contested one passes by another reading than the rule book's own."""
        result = self.result(engine, manner)
        if result.verdict is not Verdict.AGREED:
            return True
        return result.reading is not None and result.reading[1] != self.vector.readings[0].id


def asked(vectors: Iterable[Vector], engine: Engine, manner: Manner) -> list[Asked]:
    """The vectors, each with the answer of an engine that agrees with it.

    Raises:
        ValueError: it does not.
    """
    found = []
    for vector in vectors:
        call = call_of(vector)
        messages = call.requests(vector)
        one = Asked(vector, call, messages, [each.SerializeToString() for each in messages])
        if one.notices(engine, manner):
            raise ValueError(f"{vector.name} is not agreed with before anything is changed")
        if vector.error is None:
            one.right = engine.ask(call, one.requests)
        found.append(one)
    return found


def named_rules(vectors: Iterable[Vector], engine: Engine) -> dict[str, frozenset[str]]:
    """The rules that the reference names in its answer to each vector."""
    found = {}
    for vector in vectors:
        call = call_of(vector)
        if vector.error is None and "answer" in call.response.fields_by_name:
            sent = [each.SerializeToString() for each in call.requests(vector)]
            answers: list[Any] = [
                message_class(call.response.full_name).FromString(each) for each in engine.ask(call, sent)
            ]
            found[vector.id] = frozenset(id for each in answers for id in each.answer.rule_ids)
    return found


# What each vector reaches.


@dataclass(slots=True)
class Reached:
    """What the vectors come by, each by its place: the functions of each file by first line, and the figures read."""

    functions: dict[str, dict[int, set[int]]]
    keys: dict[str, set[int]]

    def by(self, file: str, lines: Container[int]) -> set[int]:
        """The vectors that enter a function, or one within it, that begins on one of these lines."""
        known = self.functions.get(file, {})
        return set().union(*(found for line, found in known.items() if line in lines))


def learned(vectors: list[Asked], engine: Engine) -> Reached:
    """Ask every vector once, each with caches that are empty."""
    from quotary_spec.rulebook import Book

    reader = Book.row
    keys: dict[str, set[int]] = {}
    functions: dict[str, dict[int, set[int]]] = {}
    now = -1

    def row(book: Book, key: str) -> object:
        keys.setdefault(key, set()).add(now)
        return reader(book, key)

    few = [each for each in computed_caches() if each.__name__ in QUICK]
    Book.row = row  # type: ignore[method-assign, assignment]
    try:
        for now, each in enumerate(vectors):
            for cache in few:
                cache.cache_clear()
            profile = cProfile.Profile(subcalls=False, builtins=False)
            with suppress(Failed):
                profile.runcall(engine.ask, each.call, each.requests)
            for entry in profile.getstats():
                code: Any = entry.code
                if not isinstance(code, str) and code.co_filename.startswith(str(BOOK)):
                    functions.setdefault(code.co_filename, {}).setdefault(code.co_firstlineno, set()).add(now)
    finally:
        Book.row = reader  # type: ignore[method-assign]
    return Reached(functions, keys)


FILES = frozenset({"load", "memberships", "territories", "number_forms", "euro_since", "_demo", "_file"})
"""Caches of what was read from files: it does not change, and takes long to be read again."""


QUICK = frozenset(
    {"_decide", "_family", "codes", "own_rates", "_members", "minor_digits", "is_currency", "countries", "subdivisions"}
)
"""Caches that rules fill, which each vector finds empty while it is learned what it reaches."""


def caches() -> Iterator[Any]:
    """Every cache of the book and the server."""
    import gc
    from functools import _lru_cache_wrapper

    for each in gc.get_objects():
        if isinstance(each, _lru_cache_wrapper) and str(each.__module__).startswith(("quotary_spec", "quotary_server")):
            yield each


@functools.cache
def computed_caches() -> list[Any]:
    """Caches of what is computed, as they are found when they are first asked for."""
    return [each for each in caches() if each.__name__ not in FILES]


# A change of what is evaluated on import.


def afresh(module: Path, source: str) -> Engine:
    """The reference imported again in this process, with other source for one module."""
    kept = "quotary_server.interceptor"  # counts calls under names that may be taken once
    for name in [each for each in sys.modules if each.startswith(("quotary_spec", "quotary_server")) and each != kept]:
        del sys.modules[name]
    import importlib.machinery as machinery

    read: Callable[..., Any] = machinery.SourceFileLoader.get_code

    def get_code(loader: Any, name: str) -> Any:
        if loader.path == str(module):
            return compile(source, str(module), "exec")
        return read(loader, name)

    machinery.SourceFileLoader.get_code = get_code  # type: ignore[assignment, method-assign]
    try:
        return Engine()
    finally:
        machinery.SourceFileLoader.get_code = read  # type: ignore[method-assign]
