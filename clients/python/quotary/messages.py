"""Messages of the contract from files that people write, and back.

A request file is the message as YAML or JSON, with short forms: a date is ``2026-03-01``, an amount ``100.00 USD``, an
enum value its plain name (``data_center`` for PLATFORM_DATA_CENTER), a decimal a number as written.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from google.protobuf import json_format
from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from quotary import source
from quotary.source import Fields, Items, Mark, Node, Problem, Scalar, SourceError

M = TypeVar("M", bound=Message)

_NULL = ("null", "~", "")
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
_AMOUNT = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]{1,9}))? ([A-Z]{3})")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WIDE = (FieldDescriptor.TYPE_INT64, FieldDescriptor.TYPE_UINT64)


def read_file(path: Path, message: M) -> M:
    """Fill ``message`` from a YAML or JSON file (``-`` is standard input) and return it.

    Raises:
        SourceError: the file is not readable as such a message; lists every problem with its place.
        OSError: the file cannot be read.
    """
    return read_text(source.read(path), message, "standard input" if str(path) == "-" else str(path))


def read_text(text: str, message: M, name: str) -> M:
    """Fill ``message`` from YAML or JSON text and return it.

    Raises:
        SourceError: the text is not readable as such a message; lists every problem with its place.
    """
    return from_tree(source.parse(text, name), message, name)


def from_plain(data: object, message: M, name: str = "request") -> M:
    """Fill ``message`` from plain data with short forms and return it.

    Raises:
        SourceError: the data does not fit; lists every problem.
    """
    return from_tree(source.from_plain(data), message, name)


def from_tree(tree: Node, message: M, name: str) -> M:
    """Fill ``message`` from what was read and return it.

    Raises:
        SourceError: it does not fit; lists every problem with its place.
    """
    problems: list[Problem] = []
    _fill(message, tree, "", problems)
    if problems:
        raise SourceError(name, problems)
    return message


def to_plain(message: Message) -> dict[str, Any]:
    """The message as plain data in proto3 JSON form, with field names as in the contract."""
    plain: dict[str, Any] = json_format.MessageToDict(message, preserving_proto_field_name=True)
    return plain


def _fill(message: Message, node: Node, path: str, problems: list[Problem]) -> None:
    name = message.DESCRIPTOR.full_name
    if name == "google.type.Date" and isinstance(node, Scalar):
        _fill_date(message, node, path, problems)
    elif name == "google.type.Money" and isinstance(node, Scalar):
        _fill_money(message, node, path, problems)
    elif name.startswith("google.protobuf."):
        _fill_known(message, node, path, problems)
    elif isinstance(node, Fields):
        given: dict[str, str] = {}
        for key, (mark, value) in node.entries.items():
            _fill_field(message, key, mark, value, path, given, problems)
    else:
        problems.append(Problem(path, f"expected fields of {message.DESCRIPTOR.name}, found {_kind(node)}", node.mark))


def _fill_field(
    message: Message,
    key: str,
    mark: Mark | None,
    node: Node,
    path: str,
    given: dict[str, str],
    problems: list[Problem],
) -> None:
    fields = message.DESCRIPTOR.fields_by_name
    field = fields.get(key) or message.DESCRIPTOR.fields_by_camelcase_name.get(key)
    here = f"{path}.{key}" if path else key
    if field is None:
        problems.append(Problem(here, f"{message.DESCRIPTOR.name} has no such field{_suggestion(key, fields)}", mark))
        return
    if isinstance(node, Scalar) and (node.kind == "null" or (node.kind == "plain" and node.text in _NULL)):
        return
    choice = _choice(field)
    before = given.setdefault(choice, key)
    if before != key:
        told = "the same field" if choice == field.name else "a choice: give one of them"
        problems.append(Problem(here, f"{before} and {key} are {told}", mark))
        return
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        _fill_known(message, Fields({key: (mark, node)}, mark), path, problems)
    elif field.is_repeated:
        _fill_list(message, field, node, here, problems)
    elif field.message_type is not None:
        inner = getattr(message, field.name)
        inner.SetInParent()
        _fill(inner, node, here, problems)
    else:
        scalar = _scalar(field, node, here, problems)
        if scalar is not None:
            setattr(message, field.name, scalar)


def _fill_list(message: Message, field: Any, node: Node, path: str, problems: list[Problem]) -> None:
    if not isinstance(node, Items):
        problems.append(Problem(path, f"expected a list, found {_kind(node)}", node.mark))
        return
    for i, each in enumerate(node.entries):
        if field.message_type is not None:
            _fill(getattr(message, field.name).add(), each, f"{path}[{i}]", problems)
        else:
            scalar = _scalar(field, each, f"{path}[{i}]", problems)
            if scalar is not None:
                getattr(message, field.name).append(scalar)


def _choice(field: Any) -> str:
    """What may be given once: the choice that a field belongs to, or the field itself."""
    chosen = field.containing_oneof
    # Every optional field has a choice of its own, with one member.
    return str(chosen.name if chosen is not None and len(chosen.fields) > 1 else field.name)


def _scalar(field: Any, node: Node, path: str, problems: list[Problem]) -> Any:
    def wrong(expected: str) -> None:
        problems.append(Problem(path, f"expected {expected}, found {_kind(node)}", node.mark))

    if not isinstance(node, Scalar):
        return wrong("one value")
    if field.enum_type is not None:
        return _enum(field.enum_type, node, path, problems)
    if field.type == FieldDescriptor.TYPE_STRING:
        return node.text if node.kind in ("plain", "text", "number") else wrong("text")
    if field.type == FieldDescriptor.TYPE_BOOL:
        is_flag = node.kind in ("plain", "flag") and node.text in ("true", "false")
        return node.text == "true" if is_flag else wrong("true or false")
    if not _WHOLE.fullmatch(node.text):
        return wrong("a whole number in plain digits")
    bits = 63 if field.type in _WIDE else 31
    if len(node.text) > 20 or not -(2**bits) <= int(node.text) < 2**bits:
        problems.append(Problem(path, f"{node.text[:40]} is too large", node.mark))
        return None
    return int(node.text)


def _enum(enum: EnumDescriptor, node: Scalar, path: str, problems: list[Problem]) -> int | None:
    prefix = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", enum.name).upper() + "_"
    name_of_value = node.text.upper().replace("-", "_").replace(" ", "_")
    for name in (name_of_value, prefix + name_of_value):
        if name in enum.values_by_name:
            return enum.values_by_name[name].number
    if node.kind in ("plain", "number") and _WHOLE.fullmatch(node.text) and int(node.text) in enum.values_by_number:
        return int(node.text)
    names = [each.name.removeprefix(prefix).lower() for each in enum.values if each.number]
    near = difflib.get_close_matches(node.text.lower(), names, 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    problems.append(Problem(path, f"{node.text[:60]!r} is none of {', '.join(names)}{hint}", node.mark))
    return None


def _fill_date(message: Any, node: Scalar, path: str, problems: list[Problem]) -> None:
    try:
        day = date.fromisoformat(node.text) if _DAY.fullmatch(node.text) else None
    except ValueError:
        problems.append(Problem(path, f"there is no day {node.text}", node.mark))
        return
    if day is None:
        problems.append(Problem(path, f"{node.text[:60]!r} is not a day such as 2026-03-01", node.mark))
        return
    message.year, message.month, message.day = day.year, day.month, day.day


def _fill_money(message: Any, node: Scalar, path: str, problems: list[Problem]) -> None:
    match = _AMOUNT.fullmatch(node.text)
    if match is None:
        problems.append(Problem(path, f"{node.text[:60]!r} is not an amount such as 100.00 USD", node.mark))
        return
    sign = -1 if match[1] else 1
    message.currency_code = match[4]
    message.units = sign * int(match[2])
    message.nanos = sign * int((match[3] or "").ljust(9, "0"))


def _fill_known(message: Message, node: Node, path: str, problems: list[Problem]) -> None:
    try:
        json_format.ParseDict(source.plain(node), message)
    except json_format.ParseError as error:
        problems.append(Problem(path, str(error).splitlines()[0], node.mark))
    except (TypeError, AttributeError, ValueError):
        problems.append(Problem(path, f"found {_kind(node)} where {message.DESCRIPTOR.name} is expected", node.mark))


def _suggestion(key: str, fields: Iterable[str]) -> str:
    near = difflib.get_close_matches(key, fields, 1)
    return f"; did you mean {near[0]}?" if near else f"; it has {', '.join(fields)}"


def _kind(node: Node) -> str:
    if isinstance(node, Fields):
        return "fields"
    if isinstance(node, Items):
        return "a list"
    named = {"flag": "true or false", "null": "nothing", "text": f"text {node.text[:40]!r}"}
    return named.get(node.kind, node.text[:40] or "nothing")
