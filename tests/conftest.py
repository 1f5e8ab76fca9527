"""What every test shares: the profiles of Hypothesis and the folder with the documents."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

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
