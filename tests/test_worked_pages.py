"""The pages on how to add something are carried out in a copy; what each step left out is told by the test it names.

Carried out as a whole by ``make test-pages`` and .ci/run; here it is held that the pages fit the code as it stands.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sampling import WHOLE
from worked_pages import PAGES, ROOT, Step, apply, steps, take_back

PARTS = ("spec", "server", "clients/python", "proto", "conformance", "tests", "docs", "examples", "bench")
COMMANDS = {"adding-a-rule": ("tests/asked_by.py",)}
"""What is run when all steps are made, before every test that the page names must pass."""


@pytest.mark.parametrize("page", PAGES)
def test_a_page_fits_the_code(page: str) -> None:
    found = steps(page)
    assert len(found) >= 4
    for step in found:
        for hunk in step.hunks:
            path = ROOT / hunk.file
            text = path.read_text("utf-8") if path.exists() else ""
            assert (text.count(hunk.before) == 1) if hunk.before else not text, (step.title, hunk.file, hunk.before)
        name = step.test.partition("[")[0]
        file, _, test = name.partition("::")
        assert f"def {test}(" in (ROOT / file).read_text("utf-8"), step.test


def test_every_page_on_adding_is_carried_out() -> None:
    """An edition by test_new_edition, a jurisdiction by test_pages, whose changes are rows."""
    pages = {path.stem for path in (ROOT / "docs").glob("adding-*.md")}
    assert pages == {*PAGES, "adding-an-edition", "adding-a-jurisdiction"}


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    paths = (folder / part for part in ("spec", "server", "clients/python", "conformance", "tests", "proto", "."))
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "QUOTARY_"))}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, paths))
    command = (sys.executable, *arguments)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("worked")
    skipped = shutil.ignore_patterns("__pycache__", "node_modules", "target")
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=skipped)
    for name in ("pyproject.toml", "README.md", "CHANGELOG.md"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def stubs(folder: Path, *changed: Step) -> None:
    """Make the stubs anew where the contract has changed."""
    if any("proto" in hunk.file.parts for step in changed for hunk in step.hunks):
        made = python(folder, "proto/generate.py")
        assert made.returncode == 0, made.stderr


def told(folder: Path, *tests: str) -> tuple[int, str]:
    done = python(folder, "-m", "pytest", "-vv", "-n", "0", "-p", "no:cacheprovider", *tests)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.skipif(not WHOLE, reason="long: make test-pages")
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_carried_out_and_what_is_left_out_is_told(page: str, copy: Path) -> None:
    made = steps(page)
    for hunk in (hunk for step in made for hunk in step.hunks):
        apply(copy, hunk)
    stubs(copy, *made)
    silent = []
    for step in made:
        for hunk in reversed(step.hunks):
            take_back(copy, hunk)
        stubs(copy, step)
        code, said = told(copy, step.test)
        if code == 0 or step.says not in said:
            silent.append(f"{step.title}\n{step.test} does not say {step.says}:\n{said[-1_500:]}")
        for hunk in step.hunks:
            apply(copy, hunk)
        stubs(copy, step)
    assert not silent, "\n\n".join(silent)
    for command in COMMANDS.get(page, ()):
        assert python(copy, *command.split()).returncode == 0, command
    code, said = told(copy, *sorted({step.test for step in made}))
    assert code == 0, said[-3_000:]
    for hunk in reversed([hunk for step in made for hunk in step.hunks]):
        take_back(copy, hunk)
    stubs(copy, *made)
