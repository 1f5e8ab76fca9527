"""The command line as the README and the examples show it, answering by itself."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from quotary import __version__
from quotary.cli.app import app
from quotary_conformance.contract import calls
from quotary_spec import rules
from quotary_spec.register.editions import DEFAULT_EDITION
from quotary_spec.rule import registered_rules

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
ORDERS = ("turkey", "india", "quebec")


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.chdir(ROOT)
    return {"QUOTARY_STORE_URL": f"sqlite:///{tmp_path / 'q.db'}", "COLUMNS": "80", "NO_COLOR": "1"}


def run(environment: dict[str, str], *words: str, exit_code: int = 0) -> Result:
    done = CliRunner().invoke(app, list(words), env=environment)
    assert done.exit_code == exit_code, done.output
    return done


def commands_of_the_readme() -> list[list[str]]:
    lines = re.findall(r"^\.venv/bin/quotary (.*)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    return [shlex.split(line, comments=True) for line in lines]


@pytest.mark.parametrize("words", commands_of_the_readme(), ids=" ".join)
def test_the_readme_can_be_followed(environment: dict[str, str], words: list[str]) -> None:
    assert run(environment, *words).output.strip()


def test_the_readme_shows_what_is_printed(environment: dict[str, str]) -> None:
    def rows(text: str) -> list[list[str]]:
        return [line.split() for line in text.splitlines() if re.match(r" (Net|Admin|VAT|Total) ", line)]

    printed = rows(run(environment, "price", "examples/turkey.yaml").output)
    assert printed == rows((ROOT / "README.md").read_text("utf-8"))
    assert printed[-1] == ["Total", "334.53"]


def test_a_table_has_the_columns_that_some_line_fills(environment: dict[str, str]) -> None:
    discounted = run(environment, "price", "examples/turkey.yaml").output
    assert re.search(r"#\s+Product\s+Quantity\s+Unit price\s+List\s+Discount\s+Off\s+Net\s*\n", discounted)
    assert re.search(r"confluence\s+1\s+100\s+100\.00\s+10\.00\s+10 %\s+90\.00", discounted)
    plain = run(environment, "price", "examples/quebec.yaml").output
    assert re.search(r"#\s+Product\s+Quantity\s+Unit price\s+List\s+Net\s*\n", plain)


def test_what_is_explained_names_rules_and_passages(environment: dict[str, str]) -> None:
    explained = run(environment, "price", "examples/turkey.yaml", "--explain").output
    assert "FEE-RATE" in explained
    assert "000:689" in explained


def test_a_difference_names_both_editions_with_their_passages(environment: dict[str, str]) -> None:
    told = run(environment, "diff", "2024", "2026", "--area", "payment").output
    assert re.search(r"payment\.\S+  payment, value\n  2024  .*?\(002:.*?\).*?\n  2026  .*?\(000:", told, re.DOTALL)
    assert re.search(r"\n\d+ changes\.\n", told)


def test_rules_are_found_by_the_line_of_a_heading(environment: dict[str, str]) -> None:
    found = run(environment, "rules", "--passage", "000:971").output
    assert {"TIER-USER-LIMIT", "000:TIER-DC-USER-LIMIT"} <= set(found.split())


def test_json_is_the_response(environment: dict[str, str]) -> None:
    response = json.loads(run(environment, "price", "examples/turkey.yaml", "--json").output)
    assert response["total"] == {"currency_code": "USD", "units": "334", "nanos": 530000000}


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_each_example_is_answered(environment: dict[str, str], file: Path) -> None:
    name = "".join(word.capitalize() for word in file.stem.split("_"))
    if file.stem in ORDERS:
        done = run(environment, "price", str(file))
    elif name == "CountBillableUsers":
        done = run(environment, "guard", str(file))
    else:
        done = run(environment, "call", name, str(file))
    assert re.search(r"GRANTED|REFUSED|UNDETERMINED|NOT_COVERED|OUTCOME|name: quotes/", done.output), done.output


def test_every_call_is_listed(environment: dict[str, str]) -> None:
    listed = set(run(environment, "methods").output.split())
    assert {name.partition(".")[2] for name in calls()} <= listed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("call", "AssessNothing", "examples/turkey.yaml"), "quotary methods"),
        (("price", "examples/nowhere.yaml"), "nowhere.yaml"),
        (("price", "README.md"), "README.md"),
        (("price", "examples/turkey.yaml", "--edition", "1999"), "2026"),
        (("rules", "NO-SUCH-RULE"), "NO-SUCH-RULE"),
        (("call", "AssessTrial", "examples/turkey.yaml"), "lines"),
    ],
)
def test_what_cannot_be_done_is_said(environment: dict[str, str], words: tuple[str, ...], said: str) -> None:
    command = [sys.executable, "-c", "from quotary.cli import main; main()", *words]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_version_is_that_of_the_distribution(environment: dict[str, str]) -> None:
    assert run(environment, "--version").stdout.strip() == f"quotary {version('quotary')}" == f"quotary {__version__}"


def test_the_reasons_in_the_readme_are_those_of_the_rule_book() -> None:
    rules.load()
    rows = re.findall(
        r"^\| [\d.]+ \| `([A-Z-]+)` \| (.*) \| (.*) \|$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE
    )
    assert len(rows) == 4
    for id, statement, passages in rows:
        info = registered_rules()[id].info
        assert (statement, passages) == (info.statement, ", ".join(map(str, info.passages_in(DEFAULT_EDITION))))
