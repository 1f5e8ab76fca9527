"""The limits of the contract on what a request may hold, read from its options and checked before anything else.

``within_limits`` is the one place: whoever takes a request in asks it first, whatever way the request came.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple, TypeVar, cast

from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from quotary.v1 import options_pb2
from quotary_server.adapter.faults import Faults, noted

# googleapis-common-protos has no types.
_BEHAVIOUR: Any = field_behavior_pb2.field_behavior

_NUMBERS = frozenset(
    {
        FieldDescriptor.TYPE_INT32,
        FieldDescriptor.TYPE_INT64,
        FieldDescriptor.TYPE_UINT32,
        FieldDescriptor.TYPE_UINT64,
        FieldDescriptor.TYPE_SINT32,
        FieldDescriptor.TYPE_SINT64,
    }
)

MOST_READ_ON = 64 * 1024
"""Bytes of a request that is read on although something in it is beyond a limit."""

M = TypeVar("M", bound=Message)

_Fits = Callable[[Any], bool]


class Limit(NamedTuple):
    """How much may be given in a field; None where that means nothing for its type.

    Attributes:
        numbers: Least and greatest number.
        entries: Most entries of a repeated field.
        characters: Most characters of a text, or of each.
    """

    numbers: tuple[int, int] | None
    entries: int | None
    characters: int | None


def limit_of(field: FieldDescriptor) -> Limit:
    """What the contract says of a field; zeros where it should say something and does not."""
    stated = field.GetOptions().Extensions[options_pb2.limit]
    holder = field.containing_type
    usual = holder.file.GetOptions().Extensions[options_pb2.usual_characters] if holder is not None else 0
    return Limit(
        (stated.least, stated.most) if field.type in _NUMBERS else None,
        stated.entries if field.is_repeated else None,
        (stated.characters or usual) if field.type == FieldDescriptor.TYPE_STRING else None,
    )


def fields_given(message: Descriptor) -> Iterator[FieldDescriptor]:
    """The fields that a caller can give by a message of the contract; what only answers hold is ignored in requests."""
    if message.file.package == options_pb2.DESCRIPTOR.package:
        for field in message.fields:
            behaviour: Collection[int] = field.GetOptions().Extensions[_BEHAVIOUR]
            if field_behavior_pb2.OUTPUT_ONLY not in behaviour:
                yield field


@contextmanager
def within_limits(request: Message) -> Iterator[None]:
    """Read a request within, unless it holds more than the contract allows.

    What is beyond a limit is told with all that the reader finds; of a request that is long as a whole nothing is read.

    Dates, moments and amounts are Google's types and are bounded where they are read; so are the facts of EvaluateRule,
    which have the types of its rule.

    Raises:
        CallError: INVALID_ARGUMENT with every place.
    """
    if _fits(cast("Descriptor", request.DESCRIPTOR))(request):
        yield
        return
    faults = Faults()
    _tell(faults, "", request)
    if request.ByteSize() > MOST_READ_ON:
        faults.raise_if_any()
    with noted(faults.found):
        yield


def each_within_limits(requests: Iterator[M]) -> Iterator[M]:
    """The messages of a stream, each within the limits.

    Raises:
        CallError: INVALID_ARGUMENT with every place of the first that is not.
    """
    for each in requests:
        with within_limits(each):
            yield each


@cache
def _fits(message: Descriptor) -> _Fits:
    """A check of messages of this kind, made once. It runs on every call: it looks at what is set and makes no path."""
    checks: dict[int, _Fits] = {}
    limited = tuple(fields_given(message))

    def fits(given: Any) -> bool:
        for field, value in given.ListFields():
            check = checks.get(field.number)
            if check is not None and not check(value):
                return False
        return True

    for field in limited:
        check = _fits_field(field)
        if check is not None:
            checks[field.number] = check
    return fits


def _fits_field(field: FieldDescriptor) -> _Fits | None:
    """The check of one field; None when it has no limit."""
    limit = limit_of(field)
    one: _Fits | None = None
    if field.message_type is not None:
        if any(True for _ in fields_given(field.message_type)):
            one = _fits(field.message_type)
    elif limit.numbers is not None:
        least, most = limit.numbers
        one = lambda value: least <= value <= most  # noqa: E731
    elif limit.characters is not None:
        longest = limit.characters
        one = lambda value: len(value) <= longest  # noqa: E731
    if limit.entries is None:
        return one
    entries = limit.entries
    if one is None:
        return lambda values: len(values) <= entries
    each = one
    return lambda values: len(values) <= entries and all(map(each, values))


def _tell(faults: Faults, path: str, given: Message) -> None:
    """Note every place of a message that is beyond a limit."""
    for field, value in given.ListFields():
        if not any(each.number == field.number for each in fields_given(cast("Descriptor", given.DESCRIPTOR))):
            continue
        here = f"{path}.{field.name}" if path else field.name
        limit = limit_of(field)
        if limit.entries is not None and len(value) > limit.entries:
            faults.add(here, "TOO_MANY", f"{len(value)} of at most {limit.entries}")
            continue
        if not field.is_repeated:
            _tell_one(faults, here, value, limit)
            continue
        for i, each in enumerate(value):
            _tell_one(faults, f"{here}[{i}]", each, limit)


def _tell_one(faults: Faults, path: str, value: Any, limit: Limit) -> None:
    if isinstance(value, Message):
        _tell(faults, path, value)
    elif limit.characters is not None and len(value) > limit.characters:
        faults.add(path, "TOO_LONG", f"{len(value)} of at most {limit.characters} characters")
    elif limit.numbers is not None and not limit.numbers[0] <= value <= limit.numbers[1]:
        faults.add(path, "OUT_OF_RANGE", f"{value} is not from {limit.numbers[0]} to {limit.numbers[1]}")
