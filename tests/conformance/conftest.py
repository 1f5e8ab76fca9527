"""What the tests of the yardstick share: the reference's rules for each vector, asked once."""

from collections.abc import Mapping

import grpc
import pytest

import release
from quotary_conformance.vectors import load


@pytest.fixture(scope="session")
def named(channel: grpc.Channel) -> Mapping[str, frozenset[str]]:
    """The rules that the reference names in its answer to each vector."""
    return release.named_rules(load(), channel)
