"""What every test shares: the profiles of Hypothesis and the folder with the documents."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    import grpc

ROOT = Path(__file__).resolve().parents[1]

# Servers under test keep nothing where the user's own server does; the folder goes with the process.
_FOLDER = tempfile.TemporaryDirectory(prefix="quotary-test-")
os.environ["QUOTARY_STORE_URL"] = f"sqlite:///{_FOLDER.name}/quotary.db"

# No deadline: a loaded machine is not a defect. In CI the examples are the same each time, so that a failure is the
# change's own. `pytest --hypothesis-profile=long` looks further and anew.
settings.register_profile("fast", deadline=None, max_examples=50, print_blob=True, derandomize="CI" in os.environ)
settings.register_profile("long", deadline=None, max_examples=2_000, print_blob=True)
settings.load_profile("fast")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder beside the project that holds the documents and the catalogue; the project works without it."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"the documents and the catalogue are not there: {folder.name}/ beside the project")
    return folder


@pytest.fixture(scope="session")
def channel() -> Iterator["grpc.Channel"]:
    """A channel to a real server on the loopback address, one for the whole session, with its embedded defaults."""
    import grpc

    from quotary_server.app import start
    from quotary_server.settings import Settings

    running = start(Settings(port=0, grace_seconds=0, log_level="warning"))
    with grpc.insecure_channel(running.address) as opened:
        yield opened
    running.stop()
