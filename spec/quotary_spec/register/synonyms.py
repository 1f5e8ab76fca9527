"""Words for one thing: what people type, in five languages, and the word under which all of them are found."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from quotary_spec.register.files import read

SYNONYMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {name: tuple(words) for name, words in read("synonyms.toml")["synonyms"].items()}
)
"""The words for each thing, by the name of the thing."""
