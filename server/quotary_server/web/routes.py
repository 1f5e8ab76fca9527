"""Which call an HTTP request asks for, by the ``google.api.http`` annotations of the contract, and its request."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from google.api import annotations_pb2
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

from quotary_server.adapter.faults import Fault, Faults
from quotary_server.reflection import contract

PACKAGE = "quotary.v1"
_VARIABLE = re.compile(r"\{(\w+)=([^}]+)\}")


@dataclass(frozen=True, slots=True)
class Route:
    """One call of the contract under an HTTP path.

    Attributes:
        verb: "GET" or "POST".
        template: As the contract has it ("/v1/{name=quotes/*}:accept").
        body: Field that the body is; "*" for the whole request, empty for none.
    """

    method: MethodDescriptor
    verb: str
    template: str
    body: str
    pattern: re.Pattern[str]

    @property
    def path(self) -> str:
        """The call as gRPC names it."""
        return f"/{self.method.containing_service.full_name}/{self.method.name}"


def methods() -> Iterator[MethodDescriptor]:
    """Every method of the contract, in the order of its files."""
    for file in contract().values():
        if file.package == PACKAGE:
            generated = import_module(file.name.removesuffix(".proto").replace("/", ".") + "_pb2")
            for service in generated.DESCRIPTOR.services_by_name.values():
                yield from service.methods


@cache
def routes() -> Sequence[Route]:
    """Every call that the contract gives a path."""
    found = []
    for method in methods():
        options: Any = method.GetOptions()
        rule: Any = options.Extensions[annotations_pb2.http]
        verb = rule.WhichOneof("pattern")
        if verb is not None:
            template = getattr(rule, verb)
            found.append(Route(method, verb.upper(), template, rule.body, _pattern(template)))
    return found


def _pattern(template: str) -> re.Pattern[str]:
    written, at = "", 0
    for variable in _VARIABLE.finditer(template):
        inside = re.escape(variable[2]).replace(r"\*", "[^/]+?")
        written += f"{re.escape(template[at : variable.start()])}(?P<{variable[1]}>{inside})"
        at = variable.end()
    return re.compile(written + re.escape(template[at:]))


def find(verb: str, path: str) -> tuple[Route | None, Mapping[str, str], set[str]]:
    """The route, the fields that its path holds, and, where there is no route, the verbs that the path has."""
    allowed: set[str] = set()
    # A custom verb at the end ("quotes/AT-1:accept") is the more telling pattern.
    for route in sorted(routes(), key=lambda each: -len(_VARIABLE.sub("", each.template))):
        match = route.pattern.fullmatch(path)
        if match is None or (":" in path.rpartition("/")[2]) != (":" in route.template.rpartition("/")[2]):
            continue
        if route.verb == verb:
            return route, match.groupdict(), set()
        allowed.add(route.verb)
    return None, {}, allowed


def request_of(route: Route, in_path: Mapping[str, str], query: Sequence[tuple[str, str]], body: bytes) -> Message:
    """The request of a call from path, query and body.

    Raises:
        CallError: INVALID_ARGUMENT with everything that does not fit the contract.
    """
    faults = Faults()
    tree = _tree(route, query, body, faults)
    tree |= in_path
    faults.found += misfits(tree, route.method.input_type)
    faults.raise_if_any()
    message = message_factory.GetMessageClass(route.method.input_type)()
    try:
        json_format.ParseDict(tree, message)
    except json_format.ParseError as error:
        faults.add("", "JSON_DOES_NOT_FIT", str(error))
        faults.raise_if_any()
    return message


def _tree(route: Route, query: Sequence[tuple[str, str]], body: bytes, faults: Faults) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    if route.body:
        try:
            given = json.loads(body) if body.strip() else {}
        except (ValueError, RecursionError) as error:
            faults.add("", "JSON_DOES_NOT_FIT", f"the body is no JSON: {error}")
            faults.raise_if_any()
        if route.body == "*":
            if isinstance(given, dict):
                tree = given
            else:
                faults.add("", "JSON_DOES_NOT_FIT", "the body is no object")
        else:
            tree[route.body] = given
    for name, value in query:
        _put(tree, route.method.input_type, name, value, faults)
    return tree


def _put(tree: dict[str, Any], descriptor: Descriptor, name: str, value: str, faults: Faults) -> None:
    """Put the value of a query parameter ("quote.customer_id") where it belongs."""
    at = tree
    *parents, last = name.split(".")
    for parent in parents:
        field = _field(descriptor, parent)
        if field is None or field.message_type is None or field.is_repeated:
            faults.add(name, "JSON_DOES_NOT_FIT", "there is no such field")
            return
        descriptor = field.message_type
        at = at.setdefault(parent, {})
        if not isinstance(at, dict):
            faults.add(name, "JSON_DOES_NOT_FIT", "the body gives it too")
            return
    field = _field(descriptor, last)
    if field is not None and field.is_repeated:
        at.setdefault(last, []).append(value)
    elif last in at:
        faults.add(name, "JSON_DOES_NOT_FIT", "it is given twice")
    else:
        is_flag = field is not None and field.type == FieldDescriptor.TYPE_BOOL and value in ("true", "false")
        at[last] = value == "true" if is_flag else value


def _field(descriptor: Descriptor, name: str) -> FieldDescriptor | None:
    return descriptor.fields_by_name.get(name) or descriptor.fields_by_camelcase_name.get(name)


def misfits(tree: Any, descriptor: Descriptor, path: str = "") -> Iterator[Fault]:
    """Everything in a JSON tree that a message cannot hold, by the field's path."""
    if not isinstance(tree, dict):
        yield Fault(path, "JSON_DOES_NOT_FIT", "an object is expected")
        return
    for name, value in tree.items():
        here = f"{path}.{name}".lstrip(".")
        field = _field(descriptor, name)
        if field is None:
            yield Fault(here, "JSON_DOES_NOT_FIT", "there is no such field")
        elif value is not None:
            yield from _misfits_of(value, field, here)


def _misfits_of(value: Any, field: FieldDescriptor, path: str) -> Iterator[Fault]:
    is_map = field.message_type is not None and field.message_type.GetOptions().map_entry
    if field.is_repeated and not is_map:
        if not isinstance(value, list):
            yield Fault(path, "JSON_DOES_NOT_FIT", "a list is expected")
            return
        for place, each in enumerate(value):
            yield from _misfits_of_one(each, field, f"{path}[{place}]")
    else:
        yield from _misfits_of_one(value, field, path)


def _misfits_of_one(value: Any, field: FieldDescriptor, path: str) -> Iterator[Fault]:
    inside = field.message_type
    if inside is not None and not inside.GetOptions().map_entry and not inside.full_name.startswith("google.protobuf."):
        yield from misfits(value, inside, path)
        return
    holder: Any = field.containing_type
    alone = message_factory.GetMessageClass(holder)()
    is_list = field.is_repeated and not (inside is not None and inside.GetOptions().map_entry)
    try:
        json_format.ParseDict({field.name: [value] if is_list else value}, alone)
    except (json_format.ParseError, TypeError, ValueError, AttributeError, RecursionError) as error:
        yield Fault(path, "JSON_DOES_NOT_FIT", str(error).splitlines()[0][:200])
