"""Plain values (text, numbers, true and false, lists, objects) from and into Protobuf's ``Struct`` and ``Value``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2

from quotary_spec.facts import EXACT_INTEGER


def read_struct(message: struct_pb2.Struct) -> dict[str, object]:
    """An object. A number that is whole and exact becomes an integer; any other stays what it is on the wire."""
    return {name: _read(value) for name, value in message.fields.items()}


def _read(message: struct_pb2.Value) -> object:
    match message.WhichOneof("kind"):
        case "struct_value":
            return read_struct(message.struct_value)
        case "list_value":
            return [_read(each) for each in message.list_value.values]
        case "number_value":
            number = message.number_value
            whole = number.is_integer() and abs(number) <= EXACT_INTEGER
            return int(number) if whole else number
        case "string_value":
            return message.string_value
        case "bool_value":
            return message.bool_value
        case _:
            return None


def write_value(message: struct_pb2.Value, value: Any) -> None:
    """Fill a value with what ``quotary_spec.facts.encode`` made."""
    if value is None:
        message.null_value = struct_pb2.NULL_VALUE
    elif isinstance(value, bool):
        message.bool_value = value
    elif isinstance(value, int):
        message.number_value = value
    elif isinstance(value, Mapping):
        message.struct_value.SetInParent()
        for name, each in value.items():
            write_value(message.struct_value.fields[name], each)
    elif isinstance(value, list):
        message.list_value.SetInParent()
        for each in value:
            write_value(message.list_value.values.add(), each)
    else:
        message.string_value = value
