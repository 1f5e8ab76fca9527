"""An answer against what a vector expects of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from quotary_conformance.contract import expand
from quotary_conformance.forms import short_one, text

ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where the answer is not what was expected."""

    path: str
    expected: Any
    actual: Any

    def __str__(self) -> str:
        return f"{self.path or 'answer'}: expected {text(self.expected)}, got {text(self.actual)}"


def differences(expect: Any, message: Message, path: str = "") -> Iterator[Difference]:
    """Every place where a message is not what was expected; only what is named is compared."""
    kind = message.DESCRIPTOR.full_name
    if kind.startswith("google.protobuf."):
        yield from _plain_differences(expect, json_format.MessageToDict(message), path)
        return
    descriptor = cast("Descriptor", message.DESCRIPTOR)
    expect = expand(expect, descriptor)
    if kind in ("google.type.Money", "google.type.Date"):
        actual = {name: getattr(message, name) for name in descriptor.fields_by_name}
        if {name: str(each) for name, each in expect.items()} != {name: str(actual[name]) for name in expect}:
            yield Difference(path, expect, actual)
        return
    for name, each in expect.items():
        yield from _field_differences(each, message, descriptor.fields_by_name[name], f"{path}.{name}".lstrip("."))


def _field_differences(expect: Any, message: Message, field: FieldDescriptor, path: str) -> Iterator[Difference]:
    value = getattr(message, field.name)
    if field.is_repeated:
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            yield from _map_differences(expect, value, field.message_type.fields_by_name["value"], path)
        else:
            yield from _list_differences(expect, list(value), field, path)
    elif field.has_presence and not message.HasField(field.name):
        if expect is not None:
            yield Difference(path, expect, ABSENT)
    elif expect is None:
        if field.has_presence or value != field.default_value:
            yield Difference(path, ABSENT, short_one(value, field))
    else:
        yield from _value_differences(expect, value, field, path)


def _value_differences(expect: Any, value: Any, field: FieldDescriptor, path: str) -> Iterator[Difference]:
    if field.message_type is not None:
        yield from differences(expect, value, path)
        return
    actual = short_one(value, field)
    expected = str(expect) if isinstance(actual, int) and not isinstance(actual, bool) else expect
    if isinstance(expect, bool) != isinstance(actual, bool) or expected != (
        str(actual) if isinstance(actual, int) and not isinstance(actual, bool) else actual
    ):
        yield Difference(path, expect, actual)


def _list_differences(expect: Any, values: list[Any], field: FieldDescriptor, path: str) -> Iterator[Difference]:
    def agrees(expected: Any, value: Any) -> bool:
        return not any(_value_differences(expected, value, field, path))

    shown = [short_one(value, field) for value in values]
    if isinstance(expect, dict):
        ((order, expected),) = expect.items()
        left = _unmatched([[agrees(each, value) for value in values] for each in expected])
        for place in left:
            nearest = _nearest(expected[place], values, field, path)
            yield from nearest or (Difference(path, {order: [expected[place]]}, shown),)
        if order == "any_order" and len(values) != len(expected):
            yield Difference(path, {order: expected}, shown)
        return
    expected = [] if expect is None else expect
    if len(expected) != len(values):
        yield Difference(path, expected, shown)
        return
    for place, (each, value) in enumerate(zip(expected, values, strict=True)):
        yield from _value_differences(each, value, field, f"{path}[{place}]")


def _nearest(expected: Any, values: list[Any], field: FieldDescriptor, path: str) -> list[Difference]:
    """Where the entry differs that is most like the one wanted; nothing when none is much like it."""
    if not isinstance(expected, dict) or field.message_type is None:
        return []
    found = [list(_value_differences(expected, value, field, f"{path}[{i}]")) for i, value in enumerate(values)]
    nearest = min(found, key=len, default=[])
    return nearest if 2 * len(nearest) < len(expected) else []


def _unmatched(fits: list[list[bool]]) -> list[int]:
    """Rows that find no column of their own in a largest matching of rows to columns that fit."""
    holder: dict[int, int] = {}

    def place(row: int, tried: set[int]) -> bool:
        for column, fit in enumerate(fits[row]):
            if fit and column not in tried:
                tried.add(column)
                if column not in holder or place(holder[column], tried):
                    holder[column] = row
                    return True
        return False

    return [row for row in range(len(fits)) if not place(row, set())]


def _map_differences(expect: Any, values: Any, field: FieldDescriptor, path: str) -> Iterator[Difference]:
    for key, each in (expect or {}).items():
        here = f"{path}[{key}]"
        if key not in values:
            yield Difference(here, each, ABSENT)
        else:
            yield from _value_differences(each, values[key], field, here)


def _plain_differences(expect: Any, actual: Any, path: str) -> Iterator[Difference]:
    if isinstance(expect, dict) and isinstance(actual, dict):
        for key, each in expect.items():
            here = f"{path}.{key}".lstrip(".")
            if key in actual:
                yield from _plain_differences(each, actual[key], here)
            else:
                yield Difference(here, each, ABSENT)
    elif isinstance(expect, list) and isinstance(actual, list) and len(expect) == len(actual):
        for place, (each, value) in enumerate(zip(expect, actual, strict=True)):
            yield from _plain_differences(each, value, f"{path}[{place}]")
    elif expect != actual or isinstance(expect, bool) != isinstance(actual, bool):
        yield Difference(path, expect, actual)
