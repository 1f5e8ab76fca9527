"""Messages of the contract from files that people write, and back.

A request file is the message as YAML or JSON, with short forms: a date is ``2026-03-01``, an amount ``100.00 USD``, an
enum value its plain name (``data_center`` for PLATFORM_DATA_CENTER), a decimal a number as written.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import yaml
from google.protobuf import json_format
from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing in a file that does not fit the message."""

    path: str
    text: str


class RequestFileError(ValueError):
    """A file that is not a request of the kind expected; lists every problem."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        lines = "\n".join(f"  {each.path or 'file'}: {each.text}" for each in problems)
        super().__init__(f"{source} does not fit:\n{lines}")


class ExactLoader(yaml.SafeLoader):
    """YAML in which a number keeps its digits, since 0.1 as a float is not 0.1, and a key stands once."""


ExactLoader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: str(node.value))


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands twice", node.start_mark)
    return {key: loader.construct_object(value, deep=True) for key, (_, value) in zip(keys, node.value, strict=True)}


ExactLoader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read_file(path: Path, message: M) -> M:
    """Fill ``message`` from a YAML or JSON file and return it.

    Raises:
        RequestFileError: the file is not readable as such a message; lists every problem.
        OSError: the file cannot be read.
    """
    return read_text(path.read_text("utf-8"), message, str(path))


def read_text(text: str, message: M, source: str) -> M:
    """Fill ``message`` from YAML or JSON text and return it.

    Raises:
        RequestFileError: the text is not readable as such a message; lists every problem.
    """
    try:
        data = yaml.load(text, Loader=ExactLoader)
    except yaml.YAMLError as error:
        raise RequestFileError(source, [Problem("", str(error))]) from error
    return from_plain(data, message, source)


def from_plain(data: object, message: M, source: str = "request") -> M:
    """Fill ``message`` from plain data with short forms and return it.

    Raises:
        RequestFileError: the data does not fit; lists every problem.
    """
    problems: list[Problem] = []
    _fill(message, data, "", problems)
    if problems:
        raise RequestFileError(source, problems)
    return message


def to_plain(message: Message) -> dict[str, Any]:
    """The message as plain data in proto3 JSON form, with field names as in the contract."""
    plain: dict[str, Any] = json_format.MessageToDict(message, preserving_proto_field_name=True)
    return plain


def _fill(message: Message, data: object, path: str, problems: list[Problem]) -> None:
    name = message.DESCRIPTOR.full_name
    if name == "google.type.Date" and isinstance(data, (str, date)):
        _fill_date(message, data, path, problems)
    elif name == "google.type.Money" and isinstance(data, (str, int)):
        _fill_money(message, str(data), path, problems)
    elif name.startswith("google.protobuf."):
        _fill_known(message, data, path, problems)
    elif isinstance(data, Mapping):
        for key, value in data.items():
            _fill_field(message, str(key), value, path, problems)
    else:
        problems.append(Problem(path, f"expected fields of {message.DESCRIPTOR.name}, found {_kind(data)}"))


def _fill_field(message: Message, key: str, value: object, path: str, problems: list[Problem]) -> None:
    fields = message.DESCRIPTOR.fields_by_name
    field = fields.get(key) or message.DESCRIPTOR.fields_by_camelcase_name.get(key)
    here = f"{path}.{key}" if path else key
    if field is None:
        near = difflib.get_close_matches(key, fields, 1)
        hint = f"; did you mean {near[0]}?" if near else f"; it has {', '.join(fields)}"
        problems.append(Problem(here, f"{message.DESCRIPTOR.name} has no such field{hint}"))
    elif value is None:
        return
    elif field.message_type is not None and field.message_type.GetOptions().map_entry:
        _fill_known(message, {key: value}, path, problems)
    elif field.is_repeated:
        if not isinstance(value, list):
            problems.append(Problem(here, f"expected a list, found {_kind(value)}"))
            return
        for i, each in enumerate(value):
            if field.message_type is not None:
                _fill(getattr(message, field.name).add(), each, f"{here}[{i}]", problems)
            else:
                scalar = _scalar(field, each, f"{here}[{i}]", problems)
                if scalar is not None:
                    getattr(message, field.name).append(scalar)
    elif field.message_type is not None:
        inner = getattr(message, field.name)
        inner.SetInParent()
        _fill(inner, value, here, problems)
    else:
        scalar = _scalar(field, value, here, problems)
        if scalar is not None:
            setattr(message, field.name, scalar)


def _scalar(field: Any, value: object, path: str, problems: list[Problem]) -> Any:
    if field.enum_type is not None:
        return _enum(field.enum_type, value, path, problems)
    if field.type == FieldDescriptor.TYPE_BOOL:
        if isinstance(value, bool):
            return value
        problems.append(Problem(path, f"expected true or false, found {_kind(value)}"))
    elif field.type == FieldDescriptor.TYPE_STRING:
        if isinstance(value, (str, int, date)) and not isinstance(value, bool):
            return str(value)
        problems.append(Problem(path, f"expected text, found {_kind(value)}"))
    elif isinstance(value, int) and not isinstance(value, bool):
        wide = field.type in (FieldDescriptor.TYPE_INT64, FieldDescriptor.TYPE_UINT64)
        if abs(value) < 2 ** (63 if wide else 31):
            return value
        problems.append(Problem(path, f"{value} is too large"))
    elif isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value):
        return _scalar(field, int(value), path, problems)
    else:
        problems.append(Problem(path, f"expected a whole number, found {_kind(value)}"))
    return None


def _enum(enum: EnumDescriptor, value: object, path: str, problems: list[Problem]) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    prefix = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", enum.name).upper() + "_"
    wanted = str(value).upper().replace("-", "_").replace(" ", "_")
    for name in (wanted, prefix + wanted):
        if name in enum.values_by_name:
            return enum.values_by_name[name].number
    names = ", ".join(each.name.removeprefix(prefix).lower() for each in enum.values if each.number)
    problems.append(Problem(path, f"{value!r} is none of {names}"))
    return None


def _fill_date(message: Any, data: str | date, path: str, problems: list[Problem]) -> None:
    try:
        day = data if isinstance(data, date) else date.fromisoformat(data)
    except ValueError:
        problems.append(Problem(path, f"{data!r} is not a date such as 2026-03-01"))
        return
    message.year, message.month, message.day = day.year, day.month, day.day


def _fill_money(message: Any, text: str, path: str, problems: list[Problem]) -> None:
    match = re.fullmatch(r"(-?)(\d{1,15})(?:\.(\d{1,9}))? ([A-Z]{3})", text)
    if match is None:
        problems.append(Problem(path, f"{text!r} is not an amount such as 100.00 USD"))
        return
    sign = -1 if match[1] else 1
    message.currency_code = match[4]
    message.units = sign * int(match[2])
    message.nanos = sign * int((match[3] or "").ljust(9, "0"))


def _fill_known(message: Message, data: Any, path: str, problems: list[Problem]) -> None:
    if isinstance(data, datetime):
        data = data.isoformat().replace("+00:00", "Z")
    try:
        json_format.ParseDict(data, message)
    except json_format.ParseError as error:
        problems.append(Problem(path, str(error).splitlines()[0]))
    except (TypeError, AttributeError):
        problems.append(Problem(path, f"found {_kind(data)} where {message.DESCRIPTOR.name} is expected"))


def _kind(value: object) -> str:
    names: dict[type, str] = {dict: "fields", list: "a list", str: "text", bool: "true or false", int: "a number"}
    return "nothing" if value is None else names.get(type(value), type(value).__name__)
