"""Short forms written out, and messages written short: 2021-10-12, 13.50 USD."""

from __future__ import annotations

import json
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from quotary_conformance.contract import entries_of, expand
from quotary_conformance.matchers import LISTS

# ISO 4217; every other currency has two.
_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"), 0),
    **dict.fromkeys(("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


def to_matcher(expect: Any, descriptor: Descriptor) -> Any:
    """An expectation of a message in the released form (see matchers.py); the vector has no problems."""
    if descriptor.full_name.startswith("google.protobuf."):
        return {"value": expect}
    written = expand(expect, descriptor)
    if descriptor.full_name in ("google.type.Money", "google.type.Date"):
        return {"message": written}
    return {"fields": {name: _field(each, descriptor.fields_by_name[name]) for name, each in written.items()}}


def _field(expect: Any, field: FieldDescriptor) -> Any:
    if expect is None:
        return {"absent": True}
    if not field.is_repeated:
        return _one(expect, field)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        of = field.message_type.fields_by_name["value"]
        return {"map": {key: _one(each, of) for key, each in expect.items()}}
    kind = next((name for name in LISTS if isinstance(expect, dict) and name in expect), "list")
    return {kind: [_one(each, field) for each in entries_of(expect) or ()]}


def _one(expect: Any, field: FieldDescriptor) -> Any:
    if field.message_type is not None:
        return to_matcher(expect, field.message_type)
    wide = field.cpp_type in (FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64)
    return {"equals": str(expect) if wide else expect}


def short(message: Message) -> Any:
    """A message as vector files write it: what is set, dates and amounts in their short forms."""
    name = message.DESCRIPTOR.full_name
    if name == "google.type.Date":
        return f"{message.year:04}-{message.month:02}-{message.day:02}"  # type: ignore[attr-defined]
    if name == "google.type.Money":
        return _amount(message)
    if name.startswith("google.protobuf."):
        return json_format.MessageToDict(message)
    return {field.name: short_value(value, field) for field, value in message.ListFields()}


def short_value(value: Any, field: FieldDescriptor) -> Any:
    """The value of a field as vector files write it."""
    if field.is_repeated:
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            of = field.message_type.fields_by_name["value"]
            return {str(key): short_one(value[key], of) for key in sorted(value)}
        return [short_one(each, field) for each in value]
    return short_one(value, field)


def short_one(value: Any, field: FieldDescriptor) -> Any:
    """One value of a field, or one entry of its list, as vector files write it."""
    if isinstance(value, Message):
        return short(value)
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return known.name if known is not None else value
    return value


def _amount(money: Any) -> str:
    digits = _DIGITS.get(money.currency_code, 2)
    fraction = f"{abs(money.nanos):09d}".rstrip("0").ljust(digits, "0")
    sign = "-" if money.units < 0 or money.nanos < 0 else ""
    return f"{sign}{abs(money.units)}{f'.{fraction}' if fraction else ''} {money.currency_code}".rstrip()


def text(value: Any) -> str:
    """A value in one line, as it would stand in a vector file."""
    match value:
        case None:
            return "nothing"
        case {"currency_code": str(code), "units": units, "nanos": nanos}:
            digits = _DIGITS.get(code, 2)
            fraction = f"{abs(int(nanos)):09d}".rstrip("0").ljust(digits, "0")
            sign = "-" if int(units) < 0 or int(nanos) < 0 else ""
            return f"{sign}{abs(int(units))}{f'.{fraction}' if fraction else ''} {code}"
        case {"year": int(year), "month": int(month), "day": int(day)}:
            return f"{year:04}-{month:02}-{day:02}"
        case dict():
            return "{" + ", ".join(f"{key}: {text(each)}" for key, each in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(text, value)) + "]"
        case bool():
            return "true" if value else "false"
        case str() if value == "" or value != value.strip() or any(each in value for each in ",[]{}"):
            return json.dumps(value, ensure_ascii=False)
    return str(value)
