"""The contract as an OpenAPI 3.1 document: every call with a path, its messages, and the contract's own comments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from quotary_server.reflection import contract
from quotary_server.web.problems import MEDIA_TYPE
from quotary_server.web.routes import Route, routes

_WIDE = {FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64}
_NARROW = {FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_UINT32}
_KNOWN: Mapping[str, dict[str, Any]] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?\d+(\.\d{1,9})?s$"},
    "google.protobuf.Struct": {"type": "object"},
    "google.protobuf.Value": {},
    "google.protobuf.ListValue": {"type": "array", "items": {}},
    "google.protobuf.Any": {"type": "object", "properties": {"@type": {"type": "string"}}},
    "google.protobuf.Empty": {"type": "object"},
}
_PROBLEM = {
    "description": "A failure of a call or of HTTP (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "urn:quotary:reason:REASON; about:blank for a failure of HTTP."},
        "title": {"type": "string", "description": "Words of the HTTP status."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What is wrong, as a sentence."},
        "code": {
            "type": "string",
            "description": "Status of the call (google.rpc.Code); absent for one of HTTP.",
        },
        "reason": {"type": "string", "description": "Catalogued reason; absent for a failure of HTTP."},
        "metadata": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "Facts of the reason; `omitted`, where there, says how many violations are not named.",
        },
        "violations": {
            "type": "array",
            "description": "Everything that is wrong with the request, or every reason against a change.",
            "items": {
                "type": "object",
                "required": ["field", "reason", "description"],
                "properties": {
                    "field": {"type": "string", "description": "Path of the field; empty for the whole request."},
                    "reason": {"type": "string", "description": "Catalogued reason."},
                    "description": {"type": "string", "description": "What is wrong, and what to do."},
                },
            },
        },
    },
}


@cache
def described() -> dict[str, Any]:
    """The whole document."""
    schemas: dict[str, Any] = {"Problem": _PROBLEM}
    paths: dict[str, Any] = {}
    for route in routes():
        paths.setdefault(_path(route), {})[route.verb.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Quotary",
            "version": version("quotary"),
            "license": {"name": "MIT", "identifier": "MIT"},
            "description": "The executable reference for a software vendor's purchasing rules, as JSON over HTTP. "
            "Fields have the names of the contract; what is absent is not known, which is not false or zero.",
        },
        "servers": [{"url": "/"}],
        "security": [{}, {"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": dict(sorted(schemas.items())),
        },
    }


def _path(route: Route) -> str:
    """The template as OpenAPI writes it: "/v1/quotes/{quote}:accept"."""
    return re.sub(r"\{\w+=([^}]+)\}", lambda match: _expanded(match[1]), route.template)


def _expanded(resource: str) -> str:
    return re.sub(r"(\w+?)s/\*", r"\1s/{\1}", resource)


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    method = route.method
    comment = _comments()[method.full_name]
    taken = set(re.findall(r"\{(\w+)=", route.template))
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[^/:?#]+$"}}
        for name in re.findall(r"\{(\w+)\}", _path(route))
    ]
    if route.body != "*":
        parameters += (
            _parameter(field, schemas)
            for field in method.input_type.fields
            if field.name not in taken and field.name != route.body
        )
    operation: dict[str, Any] = {
        "operationId": f"{method.containing_service.name}.{method.name}",
        "tags": [method.containing_service.name],
        "summary": comment.partition("\n\n")[0].replace("\n", " "),
        "description": comment,
        "parameters": parameters,
        "responses": {
            "200": {
                "description": "The answer.",
                "content": {"application/json": {"schema": _reference(method.output_type, schemas)}},
            },
            "default": {
                "description": "The call failed.",
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        },
    }
    if route.body:
        of: Any = method.input_type if route.body == "*" else method.input_type.fields_by_name[route.body].message_type
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _reference(of, schemas)}},
        }
    return operation


def _parameter(field: FieldDescriptor, schemas: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": field.name,
        "in": "query",
        "description": _comments()[field.full_name],
        "schema": _of_field(field, schemas),
    }


def _reference(descriptor: Descriptor, schemas: dict[str, Any]) -> dict[str, Any]:
    """A reference to the schema of a message, which is made with it."""
    name = _name(descriptor)
    if name not in schemas:
        schemas[name] = {}  # stands before its fields are asked, which may lead back to it
        schemas[name] = {
            "type": "object",
            "description": _comments()[descriptor.full_name],
            "properties": {
                field.name: _of_field(field, schemas) | {"description": _comments()[field.full_name]}
                for field in descriptor.fields
            },
            "additionalProperties": False,
        }
    return {"$ref": f"#/components/schemas/{name}"}


def _of_field(field: FieldDescriptor, schemas: dict[str, Any]) -> dict[str, Any]:
    inside = field.message_type
    if inside is not None and inside.GetOptions().map_entry:
        return {"type": "object", "additionalProperties": _of_one(inside.fields_by_name["value"], schemas)}
    one = _of_one(field, schemas)
    return {"type": "array", "items": one} if field.is_repeated else one


def _of_one(field: FieldDescriptor, schemas: dict[str, Any]) -> dict[str, Any]:
    if field.message_type is not None:
        known = _KNOWN.get(field.message_type.full_name)
        return dict(known) if known is not None else _reference(field.message_type, schemas)
    if field.enum_type is not None:
        return _of_enum(field.enum_type, schemas)
    if field.cpp_type in _WIDE:
        return {"type": ["string", "integer"], "format": "int64", "pattern": r"^-?\d+$"}
    if field.cpp_type in _NARROW:
        return {"type": "integer", "format": "int32"}
    return {"type": "boolean" if field.type == FieldDescriptor.TYPE_BOOL else "string"}


def _of_enum(enum: EnumDescriptor, schemas: dict[str, Any]) -> dict[str, Any]:
    name = _name(enum)
    # A value of an enum is named beside it.
    beside = enum.full_name.rpartition(".")[0]
    values = "\n".join(f"- {each.name}: {_comments()[f'{beside}.{each.name}']}" for each in enum.values)
    schemas[name] = {
        "type": "string",
        "description": f"{_comments()[enum.full_name]}\n\n{values}",
        "enum": [each.name for each in enum.values],
    }
    return {"$ref": f"#/components/schemas/{name}"}


def _name(of: Descriptor | EnumDescriptor) -> str:
    return str(of.full_name).removeprefix("quotary.v1.")


class _Comments(dict[str, str]):
    """Comments by full name; empty where there is none."""

    def __missing__(self, name: str) -> str:
        return ""


@cache
def _comments() -> Mapping[str, str]:
    found = _Comments()
    for file in contract().values():
        for location in file.source_code_info.location:
            if location.leading_comments and (name := _named(file, list(location.path))):
                found[name] = re.sub(r"(?m)^ ", "", location.leading_comments).strip()
    return found


def _named(file: FileDescriptorProto, path: list[int]) -> str:
    """The full name of what a path of source code info leads to; empty for what has none."""
    at: Any = file
    names = [file.package]
    for number, place in zip(path[::2], path[1::2], strict=False):
        field = at.DESCRIPTOR.fields_by_number.get(number)
        if field is None or not field.is_repeated or field.message_type is None:
            return ""
        parent, at = at, getattr(at, field.name)[place]
        if not hasattr(at, "name"):
            return ""
        # As are its comments.
        names = [*(names[:-1] if parent.DESCRIPTOR.name == "EnumDescriptorProto" else names), at.name]
    return ".".join(names) if len(path) % 2 == 0 and path else ""
