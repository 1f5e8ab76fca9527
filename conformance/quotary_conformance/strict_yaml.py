"""YAML without surprises: a key stands once, numbers are whole, and a word or a date stays text."""

from __future__ import annotations

import re
from typing import Any

import yaml

# The parser in C reads the same and is ten times faster, where the wheel of PyYAML has it.
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Strict(_Loader):  # type: ignore[misc, valid-type]
    """Only null, true, false and whole numbers are anything but text: not ``NO``, not ``000:689``, not a date."""


_Strict.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"null|~|", ["n", "~", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"-?(0|[1-9][0-9]*)", list("-0123456789")),
    ("float", r"-?[0-9]+\.[0-9]*([eE][-+]?[0-9]+)?", list("-0123456789")),
):
    _Strict.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _first)


def _no_float(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Any:
    raise yaml.constructor.ConstructorError(
        None, None, f"{node.value} is a number with a point: write it as text", node.start_mark
    )


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} is not text", key_node.start_mark)
        if key in read:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key} stands twice", key_node.start_mark)
        read[key] = loader.construct_object(value_node, deep=True)
    return read


_Strict.add_constructor("tag:yaml.org,2002:float", _no_float)
_Strict.add_constructor("tag:yaml.org,2002:map", _mapping)


def load(text: str) -> Any:
    """The contents of a YAML text.

    Raises:
        yaml.YAMLError: it is not YAML, or not as strict as it has to be; the error names the line.
    """
    return yaml.load(text, Loader=_Strict)
