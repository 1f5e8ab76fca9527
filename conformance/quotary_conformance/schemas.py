"""JSON schemas of vector files and of requests, made of the contract, so that editors complete and check them."""

from __future__ import annotations

from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from quotary_conformance import data
from quotary_conformance.contract import Call, calls
from quotary_conformance.vectors import USES, Level

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_DATE = r"^\d{4}-\d{2}-\d{2}$"
_MONEY = r"^-?\d{1,18}(\.\d{1,9})? [A-Z]{3}$"
_WIDE = (FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64)
_WHOLE = (FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_UINT32)


def of_requests(call: Call) -> dict[str, Any]:
    """A file with one request of a call, in plain proto3 JSON."""
    of = _Definitions(expected=False, short=False)
    schema = {"$schema": _DRAFT, "title": f"Request of {call.name}", **of.message(call.request)}
    return schema | {"$defs": of.definitions}


def of_all_requests() -> dict[str, Any]:
    """The schema of a request of each call: ``requests.schema.json#/$defs/TaxService.CalculateTax``."""
    of = _Definitions(expected=False, short=False)
    requests = {call.name: of.message(call.request) for call in calls().values()}
    return {"$schema": _DRAFT, "title": "Requests by call", "$defs": requests | of.definitions}


def of_vectors() -> dict[str, Any]:
    """A file of vectors, each call with its own request and answer."""
    requests, answered = _Definitions(expected=False, short=True), _Definitions(expected=True, short=True)
    by_call = []
    for call in calls().values():
        request, expect = requests.message(call.request), answered.message(call.response)
        properties = {
            "request": {"type": "array", "items": request} if call.streams_requests else request,
            "expect": {"type": "array", "items": expect} if call.streams_responses else expect,
            "readings": {"items": {"properties": {"expect": expect}}},
        }
        by_call.append({"if": {"properties": {"call": {"const": call.name}}}, "then": {"properties": properties}})
    vector = {"type": "object", "additionalProperties": False, **_vector(), "allOf": by_call}
    return {
        "$schema": _DRAFT,
        "title": "Conformance vectors",
        "type": "object",
        "required": ["vectors"],
        "additionalProperties": False,
        "properties": {"vectors": {"type": "array", "items": vector}},
        "$defs": requests.definitions | answered.definitions,
    }


def _vector() -> dict[str, Any]:
    words = {"type": "array", "items": {"type": "string"}}
    uses = {"enum": list(USES)}
    properties: dict[str, Any] = {
        "id": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9.]+)*$", "description": "unique over all files"},
        "call": {"enum": sorted(calls()), "description": "service and method"},
        "edition": {"type": "string", "description": "put into the request where it has an edition"},
        "level": {"enum": list(Level), "description": "CONTESTED lists the readings that may pass"},
        "cites": {**words, "minItems": 1, "description": "document:line or document:first-last"},
        "working": {"type": "string", "description": "every figure, worked by hand"},
        "title": {"type": "string", "description": "what the vector shows, in a sentence"},
        "rulings": {**words, "description": "rulings that the answer rests on"},
        "uses": {"anyOf": [uses, {"type": "array", "items": uses}]},
        "view": {"enum": ["VIEW_BASIC", "VIEW_FULL"]},
        "request": {},
        "expect": {"description": "what the answer must hold; what is not named may be anything"},
        "error": {
            "type": "object",
            "required": ["code"],
            "additionalProperties": False,
            "properties": {
                "code": {"type": "string"},
                "reason": {"type": "string"},
                "violations": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["field", "reason"],
                        "additionalProperties": False,
                        "properties": {"field": {"type": "string"}, "reason": {"type": "string"}},
                    },
                },
            },
        },
        "readings": {
            "type": "array",
            "minItems": 2,
            "items": {
                "type": "object",
                "required": ["ruling", "id", "expect"],
                "additionalProperties": False,
                "properties": {"ruling": {"type": "string"}, "id": {"type": "string"}, "expect": {}},
            },
        },
    }
    return {"properties": properties, "required": ["id", "call", "edition", "level", "cites", "request"]}


class _Definitions:
    """Schemas of messages, each once; expectations may leave fields open and name lists in three ways."""

    def __init__(self, *, expected: bool, short: bool) -> None:
        self.definitions: dict[str, Any] = {}
        self._expected = expected
        self._short = short

    def message(self, descriptor: Descriptor) -> dict[str, Any]:
        """A reference to the schema of a message."""
        name = f"{'expected.' if self._expected else ''}{descriptor.full_name}"
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name] = self._of(descriptor)
        return {"$ref": f"#/$defs/{name}"}

    def _of(self, descriptor: Descriptor) -> dict[str, Any]:
        if descriptor.full_name == "google.protobuf.Timestamp":
            return {"type": "string", "description": "2024-02-15T16:00:00Z"}
        if descriptor.full_name.startswith("google.protobuf."):
            return {}
        schema = {
            "type": "object",
            "description": _comments().get(descriptor.full_name, ""),
            "additionalProperties": False,
            "properties": {field.name: self._field(field) for field in descriptor.fields},
        }
        pattern = {"google.type.Date": _DATE, "google.type.Money": _MONEY}.get(descriptor.full_name)
        return {"anyOf": [{"type": "string", "pattern": pattern}, schema]} if pattern and self._short else schema

    def _field(self, field: FieldDescriptor) -> dict[str, Any]:
        schema = self._one(field)
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            schema = {"type": "object", "additionalProperties": self._one(field.message_type.fields_by_name["value"])}
        elif field.is_repeated:
            schema = {"type": "array", "items": schema}
            if self._expected:
                named = [
                    {"type": "object", "required": [kind], "additionalProperties": False, "properties": {kind: schema}}
                    for kind in ("any_order", "contains")
                ]
                schema = {"anyOf": [schema, *named]}
        if self._expected:
            schema = {"anyOf": [{"type": "null"}, schema]}
        description = _comments().get(field.full_name, "")
        return {"description": description, **schema} if description else schema

    def _one(self, field: FieldDescriptor) -> dict[str, Any]:
        if field.message_type is not None:
            return self.message(field.message_type)
        if field.enum_type is not None:
            return {"enum": [value.name for value in field.enum_type.values]}
        if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
            return {"type": "boolean"}
        if field.cpp_type in _WIDE:
            return {"type": ["integer", "string"], "pattern": r"^-?\d+$"}
        return {"type": "integer"} if field.cpp_type in _WHOLE else {"type": "string"}


@cache
def _comments() -> dict[str, str]:
    """What the contract says of each message and field, by full name."""
    found: dict[str, str] = {}
    for file in descriptor_pb2.FileDescriptorSet.FromString(data.descriptors()).file:
        if not file.package.startswith("quotary."):
            continue
        names: dict[tuple[int, ...], str] = {}
        for place, message in enumerate(file.message_type):
            _name(names, (4, place), f"{file.package}.{message.name}", message)
        for location in file.source_code_info.location:
            if (name := names.get(tuple(location.path))) and location.leading_comments:
                found[name] = " ".join(location.leading_comments.split())
    return found


def _name(names: dict[tuple[int, ...], str], path: tuple[int, ...], name: str, message: Any) -> None:
    names[path] = name
    for place, field in enumerate(message.field):
        names[*path, 2, place] = f"{name}.{field.name}"
    for place, nested in enumerate(message.nested_type):
        _name(names, (*path, 3, place), f"{name}.{nested.name}", nested)
