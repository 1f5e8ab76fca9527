"""The open sets of the contract: the words that may stand in a field, and what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from quotary_spec.register.files import read

VOCABULARY: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {name: MappingProxyType(dict(words)) for name, words in read("vocabulary.toml").items()}
)
"""For each open set, its words and their meanings."""
