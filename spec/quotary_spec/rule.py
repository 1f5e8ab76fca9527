"""Rules, the editions they serve, and the trace of an answer.

A rule is one small pure function. ``@rule`` registers it with its passages, editions and rulings; calling it stays an
ordinary call that returns an ordinary value. While a trace is recorded, each call appends what it was given and what
it answered.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Generic, ParamSpec, Protocol, TypeVar, cast

from quotary_spec.outcome import Finding, Outcome, not_covered
from quotary_spec.passage import Passage, passages
from quotary_spec.register.editions import DOCUMENTS_OF_EDITION, EDITIONS, cited_editions

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """What is known of a rule besides its logic."""

    id: str
    area: str
    editions: tuple[str, ...]
    passages: tuple[Passage, ...]
    rulings: tuple[str, ...]
    inputs: tuple[str, ...]
    statement: str
    reading: str
    general: bool = False

    def passages_in(self, edition: str) -> tuple[Passage, ...]:
        """Those of its passages that stand in a document of the edition."""
        documents = DOCUMENTS_OF_EDITION[edition]
        return tuple(passage for passage in self.passages if passage.document in documents)


class Asked(Protocol[P, R_co]):
    """What an edition can be asked: a rule, its versions, a question."""

    def asked_in(self, edition: str, *args: P.args, **kwargs: P.kwargs) -> R_co | Finding:
        """The answer of the edition; not covered where it has none."""
        ...


class RuleFunction(Asked[P, R_co], Protocol[P, R_co]):
    """A pure function that knows which rule it is."""

    info: RuleInfo
    logic: Callable[..., object]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...


@dataclass(frozen=True, slots=True)
class DataRow:
    """A row of data that was read: a parameter of the edition, a price, a rate."""

    key: str
    value: object
    source: str
    passages: tuple[Passage, ...] = ()
    rulings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleStep:
    """One rule that answered."""

    info: RuleInfo
    subject: str
    args: tuple[object, ...]
    kwargs: Mapping[str, object]
    result: object

    def inputs(self) -> dict[str, object]:
        """What it was given, by the names of its parameters."""
        return dict(zip(self.info.inputs, self.args, strict=False)) | dict(self.kwargs)


@dataclass(frozen=True, slots=True)
class DataStep:
    """One row of data that was read."""

    row: DataRow
    subject: str


class WrongEdition(Exception):
    """A rule was asked in an edition that it does not serve."""


class Trace:
    """Rules and rows of data in the order in which they took part. Names and texts are made only when it is read.

    Attributes:
        edition: The edition that is asked; None where rules are called on their own.
        recording: False where steps are not kept.
        subject: What the steps are about, as ``lines[3]``; set by ``about``.
    """

    __slots__ = ("edition", "raw", "recording", "subject")

    def __init__(self, edition: str | None = None, *, recording: bool = True) -> None:
        self.edition = edition
        self.recording = recording
        self.raw: list[tuple[RuleInfo | DataRow, str, tuple[object, ...], Mapping[str, object], object]] = []
        self.subject = ""

    def steps(self) -> Iterator[RuleStep | DataStep]:
        """The steps, spelled out."""
        for what, subject, args, kwargs, result in self.raw:
            if isinstance(what, RuleInfo):
                yield RuleStep(what, subject, args, kwargs, result)
            else:
                yield DataStep(what, subject)

    def rule_ids(self) -> list[str]:
        """Ids of the rules that answered, each once, in the order of their first answer."""
        return list(dict.fromkeys(entry[0].id for entry in self.raw if type(entry[0]) is RuleInfo))


def with_silence(findings: Sequence[Finding], trace: Trace, edition: str) -> Sequence[Finding]:
    """The findings of an answer, and that the edition is silent where none of its rules spoke (R-39)."""
    if findings and max(each.outcome for each in findings) is not Outcome.GRANTED:
        return findings
    spoke = any(type(entry[0]) is RuleInfo for entry in trace.raw)
    return findings if spoke else (*findings, not_covered(edition=edition))


_current: ContextVar[Trace | None] = ContextVar("quotary_trace", default=None)
_registry: dict[str, RuleFunction[..., object]] = {}
_NO_KWARGS: Mapping[str, object] = MappingProxyType({})


@contextmanager
def tracing(edition: str | None = None) -> Iterator[Trace]:
    """Record the rules called and the rows read within the block.

    With an edition, a rule that does not serve it raises WrongEdition.
    """
    trace = Trace(edition)
    token = _current.set(trace)
    try:
        yield trace
    finally:
        _current.reset(token)


@contextmanager
def untraced() -> Iterator[None]:
    """Ask rules within the block, in the same edition, without leaving steps in a trace that is being recorded."""
    trace = _current.get()
    token = _current.set(None if trace is None else Trace(trace.edition, recording=False))
    try:
        yield
    finally:
        _current.reset(token)


_check: ContextVar[Callable[[], None] | None] = ContextVar("quotary_check", default=None)


@contextmanager
def interruptible(check: Callable[[], None]) -> Iterator[None]:
    """Ask ``check`` whenever the work within the block turns to another subject; what it raises ends the work."""
    token = _check.set(check)
    try:
        yield
    finally:
        _check.reset(token)


@contextmanager
def about(subject: str) -> Iterator[None]:
    """Say in the trace what the steps within the block are about, as ``lines[3]``."""
    check = _check.get()
    if check is not None:
        check()
    trace = _current.get()
    if trace is None:
        yield
        return
    before, trace.subject = trace.subject, subject
    try:
        yield
    finally:
        trace.subject = before


def current_trace() -> Trace | None:
    """The trace that is being recorded, if one is."""
    trace = _current.get()
    return trace if trace is not None and trace.recording else None


def read_row(row: DataRow) -> None:
    """Note in the trace that a row of data was read."""
    trace = current_trace()
    if trace is not None:
        trace.raw.append((row, trace.subject, (), _NO_KWARGS, row.value))


def rule(
    id: str, cites: str, *, only: str = "", not_in: str = "", rulings: str = "", general: bool = False
) -> Callable[[Callable[P, R]], RuleFunction[P, R]]:
    """Register a pure function as a published rule.

    Args:
        id: Unique, stable, without a document suffix.
        cites: Passages it implements, as ``000:689 002:633``; it holds in each edition with one of their documents.
        only: The editions of those in which alone it holds, as ``2021 2023``: a rule that a later edition replaced.
        not_in: The editions of those in which it does not hold, as ``2024``: a rule that an earlier edition lacks.
        rulings: Rulings it rests on, as ``R-08 R-12``.
        general: It does not decide an answer by itself, but computes with what other rules decide, or finds the place
            where they do; an answer cites it only where nothing else decided.

    Raises:
        ValueError: the id is taken, the citations give no edition, or what narrows them does not.
    """

    def register(function: Callable[P, R]) -> RuleFunction[P, R]:
        cited = passages(cites)
        statement, _, reading = (inspect.getdoc(function) or "").partition("Reading:")
        info = RuleInfo(
            id=id,
            area=function.__module__.rpartition("rules.")[2],
            editions=cited_editions(id, cited, only, not_in),
            passages=cited,
            rulings=tuple(rulings.split()),
            inputs=tuple(inspect.signature(function).parameters),
            statement=" ".join(statement.split()),
            reading=" ".join(reading.split()),
            general=general,
        )
        if id in _registry:
            raise ValueError(f"two rules are called {id}")
        if not info.statement:
            raise ValueError(f"{id} does not say what it is: give it a docstring")
        current = _current.get
        served = frozenset((*info.editions, None))

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            trace = current()
            if trace is not None and trace.edition not in served:
                raise WrongEdition(f"{id} holds in {' '.join(info.editions)} and was asked in {trace.edition}")
            result = function(*args, **kwargs)
            if isinstance(result, Finding) and not result.rule_id:
                result = cast("R", replace(result, rule_id=id))
            if trace is not None and trace.recording:
                trace.raw.append((info, trace.subject, args, kwargs, result))
            return result

        def asked_in(edition: str, *args: P.args, **kwargs: P.kwargs) -> R | Finding:
            return call(*args, **kwargs) if edition in info.editions else not_covered(edition=edition)

        registered = cast("RuleFunction[P, R]", call)
        registered.asked_in = asked_in  # type: ignore[method-assign]
        registered.info = info
        registered.logic = function
        _registry[id] = cast("RuleFunction[..., object]", registered)
        return registered

    return register


def registered_rules() -> Mapping[str, RuleFunction[..., object]]:
    """Every rule registered so far, by id."""
    return MappingProxyType(_registry)


_versions: list[ByEdition[..., object]] = []


class ByEdition(Generic[P, R]):
    """The versions of one rule, at most one an edition; asked in an edition without one, the answer is not covered."""

    def __init__(self, *versions: RuleFunction[P, R]) -> None:
        self.versions: dict[str, RuleFunction[P, R]] = {}
        for version in versions:
            for edition in version.info.editions:
                if edition in self.versions:
                    raise ValueError(f"{version.info.id} and {self.versions[edition].info.id} both claim {edition}")
                self.versions[edition] = version
        _versions.append(cast("ByEdition[..., object]", self))

    def ids(self) -> tuple[str, ...]:
        """The ids of the versions, each once."""
        return tuple(dict.fromkeys(version.info.id for version in self.versions.values()))

    def __call__(self, edition: str, *args: P.args, **kwargs: P.kwargs) -> R | Finding:
        version = self.versions.get(edition)
        if version is None:
            return not_covered(edition=edition)
        return version(*args, **kwargs)

    asked_in = __call__


def registered_versions() -> Sequence[ByEdition[..., object]]:
    """Every table of versions made so far."""
    return tuple(_versions)


class Conflict(Exception):
    """Two rules of one edition claim the same facts and answer differently."""


_questions: dict[str, Question[..., object]] = {}


class Question(Generic[P, R]):
    """One question that several rules of an edition may answer, each for its own facts.

    A rule that does not claim the facts answers None. When two claim them they must agree; the first one's answer is
    given. When none does, the answer is None.
    """

    def __init__(self, name: str, *rules: RuleFunction[P, R | None]) -> None:
        if name in _questions:
            raise ValueError(f"two questions are called {name}")
        self.name = name
        self.every = rules
        self.rules = {edition: tuple(each for each in rules if edition in each.info.editions) for edition in EDITIONS}
        _questions[name] = cast("Question[..., object]", self)

    def __call__(self, edition: str, *args: P.args, **kwargs: P.kwargs) -> R | None:
        return self.of(self.rules[edition], edition, *args, **kwargs)

    def of(
        self, rules: Iterable[RuleFunction[P, R | None]], edition: str, *args: P.args, **kwargs: P.kwargs
    ) -> R | None:
        """What these rules answer; the edition is named in a conflict.

        Raises:
            Conflict: two of them claim the facts and differ.
        """
        claim: tuple[RuleFunction[P, R | None], R] | None = None
        for each in rules:
            answer = each(*args, **kwargs)
            if answer is None:
                continue
            if claim is None:
                claim = each, answer
            elif claim[1] != answer:
                first, second = claim[0].info, each.info
                raise Conflict(
                    f"{self.name} in {edition}: {first.id} ({', '.join(map(str, first.passages_in(edition)))}) says "
                    f"{claim[1]}, {second.id} ({', '.join(map(str, second.passages_in(edition)))}) says {answer}"
                )
        return None if claim is None else claim[1]

    asked_in = __call__


def registered_questions() -> Mapping[str, Question[..., object]]:
    """Every question registered so far, by name."""
    return MappingProxyType(_questions)
