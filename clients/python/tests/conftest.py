"""A server with faults on demand: the one that QUOTARY_TARGET names, or one of this working copy for the session."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def target() -> Iterator[str]:
    if named := os.environ.get("QUOTARY_TARGET"):
        yield named
        return
    from quotary_server.app import start
    from quotary_server.settings import Settings

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(port=0, grace_seconds=0, log_level="error", store_url=f"sqlite:///{folder}/quotary.db")
        running = start(settings, test_faults=True)
        running.store.open()
        yield running.address
        running.stop()
