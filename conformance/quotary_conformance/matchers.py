"""Expectations in the released form, in which each node says how it is compared.

A node is an object with exactly one key:

- ``fields``: a message whose named fields agree with their nodes; unnamed fields may hold anything.
- ``absent``: (true) the field is not set, has its zero value, or is an empty list or map.
- ``equals``: a scalar that is equal. Enums have their full name, 64-bit numbers are text, as in proto3 JSON.
- ``message``: a google.type.Money or Date that is equal in every field named.
- ``list``, ``any_order``, ``contains``: a list of the same length whose entries agree each with the node at its place,
  or with one of its own in some order; or a list in which each node finds an entry of its own.
- ``map``: a map that has each named key, whose value agrees with the node.
- ``value``: a well-known type in its JSON form; objects may hold more keys, lists and scalars are equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LISTS = ("list", "any_order", "contains")


def from_matcher(node: Any) -> Any:
    """The same expectation as a vector file has it.

    Raises:
        ValueError: a node is none of the documented ones.
    """
    match node:
        case {"fields": dict(of)} | {"map": dict(of)} if len(node) == 1:
            return {name: from_matcher(each) for name, each in of.items()}
        case {"absent": True} if len(node) == 1:
            return None
        case {"equals": value} | {"message": value} | {"value": value} if len(node) == 1:
            return value
        case {"list": list(entries)} if len(node) == 1:
            return [from_matcher(each) for each in entries]
        case {"any_order": list(entries)} | {"contains": list(entries)} if len(node) == 1:
            return {next(iter(node)): [from_matcher(each) for each in entries]}
    raise ValueError(f"{node!r} is no matcher")


def is_matcher(node: object) -> bool:
    """True for one of the documented nodes, whatever it holds."""
    names = ("fields", "absent", "equals", "message", "map", "value", *LISTS)
    return isinstance(node, Mapping) and len(node) == 1 and next(iter(node)) in names
