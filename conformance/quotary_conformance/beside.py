"""A target beside a reference: the same requests put to both, and each difference shrunk, told and written down."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import grpc
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message

from quotary_conformance.contract import Call, Headers, message_class
from quotary_conformance.drawing import Drawer, Site
from quotary_conformance.forms import short, short_value, text
from quotary_conformance.running import status_of
from quotary_conformance.shrinking import shrink

WORDS = frozenset(
    {
        *("text", "remedy", "statement", "metadata", "steps", "steps_omitted", "display_name", "method"),
        *("digests", "citations", "rule_ids", "rule_id", "rate_source", "price_source"),
    }
)
"""Fields that are an engine's own words or name its own rules; they are not compared unless asked for."""
_NO_ANSWER = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: a status and, when it is OK, an answer; otherwise the reason it carries."""

    status: str
    answer: bytes = b""
    reason: str = ""


class Asking(Protocol):
    """Puts a request; what it gives back waits for the reply."""

    def __call__(self, call: Call, request: Message) -> Callable[[], Reply]: ...


def over(channel: grpc.Channel, timeout: float, headers: Headers = ()) -> Asking:
    """Asking over a channel, several requests at a time."""
    methods: dict[str, Any] = {}

    def ask(call: Call, request: Message) -> Callable[[], Reply]:
        method = methods.get(call.path) or methods.setdefault(call.path, channel.unary_unary(call.path))
        sent = method.future(request.SerializeToString(), timeout=timeout, metadata=headers)

        def reply() -> Reply:
            error = sent.exception()
            return Reply("OK", sent.result()) if error is None else _failed(error)

        return reply

    return ask


def _failed(error: Any) -> Reply:
    try:
        status = status_of(error)
    except DecodeError:
        return Reply(error.code().name, reason="(details are no google.rpc.Status)")
    for detail in status.details if status is not None else ():
        if detail.type_url.endswith("google.rpc.ErrorInfo"):
            info: Any = message_class("google.rpc.ErrorInfo").FromString(detail.value)
            return Reply(error.code().name, reason=info.reason)
    return Reply(error.code().name)


@dataclass(frozen=True, slots=True)
class Unlike:
    """A place where two answers differ."""

    path: str
    reference: Any
    target: Any

    @property
    def kind(self) -> str:
        """The path without places in lists."""
        return re.sub(r"\[\d+\]", "[]", self.path)


@dataclass(frozen=True, slots=True)
class Found:
    """A difference, shrunk."""

    call: Call
    request: Message
    unlike: tuple[Unlike, ...]
    reference: Reply
    seen: Message

    @property
    def id(self) -> str:
        """Short, and the same for the same request."""
        digest = hashlib.sha256(self.request.SerializeToString(deterministic=True)).hexdigest()[:8]
        return f"compared-{re.sub('(?<=[a-z])(?=[A-Z])', '-', self.call.name.partition('.')[2]).lower()}-{digest}"


@dataclass(slots=True)
class Coverage:
    """What was asked and seen, so far."""

    next: int = 0
    compared: int = 0
    different: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    not_offered: Counter[str] = field(default_factory=Counter)

    def note(self, call: Call, reply: Reply, answer: Any) -> None:
        """Count a reply of the reference."""
        self.compared += 1
        self.calls[call.name] += 1
        self.statuses[reply.status] += 1
        if answer is not None and "answer" in answer.DESCRIPTOR.fields_by_name:
            told = answer.answer
            outcomes = told.DESCRIPTOR.fields_by_name["outcome"].enum_type.values_by_number
            self.outcomes[outcomes[told.outcome].name.removeprefix("OUTCOME_")] += 1
            self.rules.update(told.rule_ids)
            self.reasons.update(each.code for each in told.reasons)

    def read(self, file: Path, mark: dict[str, Any]) -> None:
        """Take up where a file says.

        Raises:
            ValueError: it is of another seed, selection or kit.
        """
        stored = json.loads(file.read_text("utf-8"))
        if stored["mark"] != mark:
            raise ValueError(f"{file} is of another seed, choice of vectors or kit: {stored['mark']}")
        for name, value in stored["coverage"].items():
            setattr(self, name, Counter(value) if isinstance(value, dict) else value)

    def write(self, file: Path, mark: dict[str, Any]) -> None:
        """Keep what was covered."""
        stored = {name: getattr(self, name) for name in self.__slots__}
        file.write_text(json.dumps({"mark": mark, "coverage": stored}, indent=1) + "\n", "utf-8")


class Comparison:
    """Puts drawn requests to a reference and a target."""

    def __init__(
        self,
        drawer: Drawer,
        reference: Asking,
        target: Asking,
        ignored: frozenset[str] = WORDS,
        only: frozenset[str] = frozenset(),
        coverage: Coverage | None = None,
    ) -> None:
        self.drawer = drawer
        self.coverage = coverage or Coverage()
        self._reference = reference
        self._target = target
        self._ignored = ignored
        self._only = only
        self._known: set[tuple[Any, ...]] = set()

    def run(
        self, count: int, seconds: float | None = None, window: int = 16, give_up_after: int = 5
    ) -> Iterator[Found]:
        """Compare so many requests, or for so long; each new kind of difference is given as it is found.

        Raises:
            ConnectionError: one of the two does not answer any more.
        """
        started, waiting, missing = time.monotonic(), deque[Any](), 0
        numbers = iter(range(self.coverage.next, self.coverage.next + count))
        while True:
            timely = seconds is None or time.monotonic() - started < seconds
            while timely and len(waiting) < window and (number := next(numbers, None)) is not None:
                call, request = self.drawer.draw(number)
                waiting.append((number, call, request, self._reference(call, request), self._target(call, request)))
            if not waiting:
                return
            number, call, request, mine, theirs = waiting.popleft()
            right, got = mine(), theirs()
            lost = next((who for who, each in (("reference", right), ("target", got)) if each.status in _NO_ANSWER), "")
            missing = missing + 1 if lost else 0
            if missing >= give_up_after:
                raise ConnectionError(f"the {lost} gave no answer {missing} times in a row")
            if not lost:
                yield from self._judge(call, request, right, got)
            self.coverage.next = number + 1

    def _judge(self, call: Call, request: Message, right: Reply, got: Reply) -> Iterator[Found]:
        if got.status == "UNIMPLEMENTED":
            self.coverage.not_offered[call.name] += 1
            return
        answer = _answer(call, right)
        self.coverage.note(call, right, answer)
        unlike = self.unlike(call, right, got)
        if not unlike:
            return
        self.coverage.different += 1
        kind = _kind(call, right, got, unlike, answer)
        if kind in self._known:
            return
        self._known.add(kind)
        found = self._shrunk(call, request, _manner(right, got, unlike, answer))
        key = ("shrunk", call.name, found.request.SerializeToString(deterministic=True))
        if key not in self._known:
            self._known.add(key)
            yield found

    def _shrunk(self, call: Call, request: Message, manner: Any) -> Found:
        last: list[Found] = []

        def still(smaller: Message) -> bool:
            mine, theirs = self._reference(call, smaller), self._target(call, smaller)
            right, got = mine(), theirs()
            unlike, answer = self.unlike(call, right, got), _answer(call, right)
            if not unlike or _manner(right, got, unlike, answer) != manner:
                return False
            last[:] = [Found(call, smaller, tuple(unlike), right, answer)]
            return True

        still(request)
        first = last[0] if last else Found(call, request, (), Reply("OK"), request)
        shrink(request, still)
        return last[0] if last else first

    def unlike(self, call: Call, right: Reply, got: Reply) -> list[Unlike]:
        """Where two replies differ in what is compared."""
        if right == got:
            return []
        if (right.status, right.reason) != (got.status, got.reason):
            return [Unlike("status", f"{right.status} {right.reason}".strip(), f"{got.status} {got.reason}".strip())]
        try:
            theirs = _answer(call, got)
        except DecodeError:
            return [Unlike("", "an answer", "bytes that are none")]
        return [each for each in self._fields(_answer(call, right), theirs, "") if self._is_compared(each.path)]

    def _is_compared(self, path: str) -> bool:
        plain = re.sub(r"\[\d+\]", "", path)
        return not self._only or any(plain == each or plain.startswith(f"{each}.") for each in self._only)

    def _fields(self, right: Message, got: Message, path: str) -> Iterator[Unlike]:
        fields: Any = right.DESCRIPTOR.fields
        for field_ in fields:
            here = f"{path}.{field_.name}".lstrip(".")
            mine, theirs = Site(right, field_), Site(got, field_)
            if field_.name in self._ignored or not (mine.is_set or theirs.is_set):
                continue
            one, other = getattr(right, field_.name), getattr(got, field_.name)
            if field_.is_repeated:
                yield from self._lists(one, other, field_, here)
            elif mine.is_set and theirs.is_set and _has_fields(field_):
                yield from self._fields(one, other, here)
            elif mine.is_set != theirs.is_set or one != other:
                shown = (
                    short_value(value, field_) if there else None
                    for value, there in ((one, mine.is_set), (other, theirs.is_set))
                )
                yield Unlike(here, *shown)

    def _lists(self, one: Any, other: Any, field_: FieldDescriptor, path: str) -> Iterator[Unlike]:
        if not _has_fields(field_):
            if one != other:
                yield Unlike(path, short_value(one, field_), short_value(other, field_))
            return
        mine, theirs = list(one), list(other)
        # What both have, in whatever order, is no difference.
        for each in list(mine):
            match = next((that for that in theirs if not any(self._fields(each, that, ""))), None)
            if match is not None:
                mine.remove(each)
                theirs.remove(match)
        if len(mine) != len(theirs):
            yield Unlike(path, [short(each) for each in mine], [short(each) for each in theirs])
            return
        for place, (each, that) in enumerate(zip(mine, theirs, strict=True)):
            yield from self._fields(each, that, f"{path}[{place}]")


def _has_fields(field_: FieldDescriptor) -> bool:
    of = field_.message_type
    return of is not None and not of.full_name.startswith("google.") and not of.GetOptions().map_entry


def _answer(call: Call, reply: Reply) -> Any:
    return message_class(call.response.full_name).FromString(reply.answer) if reply.status == "OK" else None


def _manner(right: Reply, got: Reply, unlike: list[Unlike], answer: Any) -> tuple[Any, ...]:
    """What stays the same while a difference is shrunk, lest another be found on the way."""
    told = getattr(answer, "answer", None)
    reasons = frozenset(each.code for each in told.reasons) if told is not None else None
    outcome = told.outcome if told is not None else None
    return right.status, right.reason, got.status, got.reason, outcome, reasons, frozenset(each.kind for each in unlike)


def _kind(call: Call, right: Reply, got: Reply, unlike: list[Unlike], answer: Any) -> tuple[Any, ...]:
    told = getattr(answer, "answer", None)
    rules = frozenset(told.rule_ids) if told is not None else None
    return call.name, rules, _manner(right, got, unlike, answer)


# ---- told, and written down


def rests_on(found: Found, reference: Asking) -> list[dict[str, Any]]:
    """The reference's rules behind its answer, with statement and passages."""
    request = type(found.request)()
    request.CopyFrom(found.request)
    if "view" not in request.DESCRIPTOR.fields_by_name:
        return []
    request.view = 2  # type: ignore[attr-defined]
    answer = _answer(found.call, reference(found.call, request)())
    told = getattr(answer, "answer", None)
    if told is None:
        return []
    rules: dict[str, dict[str, Any]] = {}
    for step in told.steps:
        if step.id in told.rule_ids and step.id not in rules:
            passages = [_passage(each) for each in step.citations]
            rules[step.id] = {"id": step.id, "statement": step.statement, "passages": passages}
    return list(rules.values())


def _passage(citation: Any) -> str:
    last = f"-{citation.last_line}" if citation.last_line != citation.first_line else ""
    return f"{citation.document}:{citation.first_line}{last}"


def told(found: Found, rules: list[dict[str, Any]]) -> Iterator[str]:
    """A difference in lines of text."""
    yield f"{found.call.name}: {found.id}"
    for each in found.unlike:
        yield f"    {each.path or 'answer'}: the reference says {text(each.reference)}, the target {text(each.target)}"
    yield f"    asked: {text(short(found.request))}"
    for rule in rules:
        yield f"    rule {rule['id']} ({', '.join(rule['passages'])}): {rule['statement']}"


def as_vector(found: Found, rules: list[dict[str, Any]]) -> dict[str, Any]:
    """A difference as a vector, for somebody to work out by hand and keep."""
    request = short(found.request)
    edition = request.pop("edition", "")
    told = getattr(found.seen, "answer", None)
    cites = list(dict.fromkeys(passage for rule in rules for passage in rule["passages"]))
    row: dict[str, Any] = {
        "id": found.id,
        "title": f"Found by comparison: {', '.join(dict.fromkeys(each.kind for each in found.unlike))}",
        "call": found.call.name,
        "edition": told.edition if told is not None and told.edition else edition,
        "level": "REQUIRED",
        "cites": cites or ["000:1"],
        "working": "As the reference answered; work it out by hand before you keep it.",
        "request": request,
    }
    if found.reference.status != "OK":
        return row | {"error": {"code": found.reference.status, "reason": found.reference.reason}}
    expect: dict[str, Any] = {}
    for name in dict.fromkeys(re.split(r"[.\[]", each.path)[0] for each in found.unlike):
        if name != "answer":
            fields: Any = found.seen.DESCRIPTOR.fields_by_name
            site = Site(found.seen, fields[name])
            expect[name] = short_value(getattr(found.seen, name), site.field) if site.is_set else None
    if told is not None:
        expected = short(told)
        names = {
            "outcome",
            *(each.path.split(".")[1].partition("[")[0] for each in found.unlike if "answer." in each.path),
        }
        expect["answer"] = {name: expected.get(name) for name in sorted(names)}
    return row | {"expect": _without_words(expect)}


def _without_words(value: Any) -> Any:
    """What a vector may name: no words of an engine's own; whole numbers without a point."""
    if isinstance(value, dict):
        return {name: _without_words(each) for name, each in value.items() if name not in WORDS}
    if isinstance(value, list):
        return [_without_words(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def write_vector(row: dict[str, Any], folder: Path) -> Path:
    """Write a vector into the folder, a file of its own under the name of the call."""
    import yaml

    file = folder / "compared" / f"{row['id']}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump({"vectors": [row]}, sort_keys=False, allow_unicode=True, width=118), "utf-8")
    return file
