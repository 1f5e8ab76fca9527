"""What the tests of the yardstick share, made once: the reference's rules for each vector, and the release."""

import json
from collections.abc import Mapping

import grpc
import pytest

import release
from quotary_conformance import data
from quotary_conformance.vectors import Vector, load, released


@pytest.fixture(scope="session")
def named(channel: grpc.Channel) -> Mapping[str, frozenset[str]]:
    """The rules that the reference names in its answer to each vector."""
    return release.named_rules(load(), channel)


@pytest.fixture(scope="session")
def made(named: Mapping[str, frozenset[str]]) -> dict[str, bytes]:
    """The files of the release, by name."""
    return release.artefact(load(), named)


@pytest.fixture(scope="session")
def shipped(made: dict[str, bytes]) -> list[Vector]:
    """The vectors as they are released."""
    return [released(row) for row in json.loads(made[data.VECTORS])["vectors"]]
