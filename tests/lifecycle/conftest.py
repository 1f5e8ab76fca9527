"""Stores for the tests of what is kept: SQLite always, PostgreSQL when a server is named."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from lifecycle.world import World, world

POSTGRES = "QUOTARY_TEST_POSTGRES_URL"


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Gives the address of an empty store at each call; all are gone after the test."""
    if request.param == "sqlite":
        yield lambda: f"sqlite:///{tmp_path / uuid.uuid4().hex}.db"
        return
    server = os.environ.get(POSTGRES)
    if not server:
        pytest.skip(f"no PostgreSQL to test with: set {POSTGRES} (.ci/postgres.sh starts one)")
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    names: list[str] = []

    def make() -> str:
        name = f"test_{uuid.uuid4().hex}"
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        names.append(name)
        return make_url(server).set(database=name).render_as_string(hide_password=False)

    try:
        yield make
        with engine.connect() as connection:
            for name in names:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        engine.dispose()


@pytest.fixture
def store_url(fresh_stores: Callable[[], str]) -> str:
    """The address of an empty store."""
    return fresh_stores()


@pytest.fixture
def kept(store_url: str, tmp_path: Path) -> Iterator[World]:
    """A server over an empty store, and clients of it."""
    with world(store_url, tmp_path) as made:
        yield made
