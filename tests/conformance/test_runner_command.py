"""The command of the runner: names, what it prints, and with which status it ends."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from conformance.fakes import answering, serving
from conformance.runner_cases import GOOD, command, vector, write
from quotary_conformance.patterns import KnownFailuresError, Pattern, read_known_failures
from quotary_conformance.vectors import Choice, Level, VectorError, choose

# ---- names


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("fees/start/one", "fees/start/one", True),
        ("fees/start", "fees/start/one", False),
        ("fees/*/one", "fees/start/one", True),
        ("fees/*", "fees/start/one", False),
        ("fees/**", "fees/start/one", True),
        ("**/one", "fees/start/one", True),
        ("**/start/**", "fees/start/one", True),
        ("fees/**/one", "fees/start/one", True),
        ("fees/**/one", "fees/one", True),
        ("one", "fees/start/one", True),
        ("on*", "fees/start/one", True),
        ("*", "fees/start/one", True),
        ("start", "fees/start/one", False),
        ("o.e", "fees/start/one", False),
    ],
)
def test_a_pattern_fits_whole_names(pattern: str, name: str, fits: bool) -> None:
    assert Pattern(pattern).matches(name) is fits


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("fees/**", "has no reason"),
        ("fees/** #", "has no reason"),
        ("nothing/** # why", "no vector has the name"),
        ("fees/** # why\nfees/** # why", "stands twice"),
    ],
)
def test_a_list_of_known_failures_says_why(text: str, fault: str) -> None:
    with pytest.raises(KnownFailuresError, match=fault):
        read_known_failures(text, ["fees/start/one"])


def test_comments_and_empty_lines_name_nothing() -> None:
    (entry,) = read_known_failures("# comment\n\n  fees/**  # why: so\n", ["fees/start/one"])
    assert (entry.pattern.text, entry.reason) == ("fees/**", "why: so")


def test_a_choice_that_names_nothing_stops() -> None:
    vectors = [vector(), vector(id="two", edition="2024", uses=("demo",))]
    assert [each.id for each in choose(vectors, Choice(editions=frozenset({"2024"})))] == ["two"]
    assert [each.id for each in choose(vectors, Choice(without=frozenset({"demo"})))] == ["one"]
    assert [each.id for each in choose(vectors, Choice(skip=(Pattern("two"),)))] == ["one"]
    assert [each.id for each in choose(vectors, Choice(run=(Pattern("tw*"),)))] == ["two"]
    for choice in (
        Choice(run=(Pattern("three"),)),
        Choice(skip=(Pattern("three"),)),
        Choice(skip=(Pattern("*"),)),
        Choice(levels=frozenset({Level.CONTESTED})),
    ):
        with pytest.raises(VectorError):
            choose(vectors, choice)


# ---- the command


def test_the_command_ends_with_three_statuses(tmp_path: Path) -> None:
    granted = GOOD | {
        "id": "granted",
        "call": "SubscriptionService.AssessTrial",
        "request": {},
        "expect": {"answer": {"outcome": "OUTCOME_GRANTED"}},
    }
    refused = granted | {"id": "refused", "expect": {"answer": {"outcome": "OUTCOME_REFUSED"}}}
    folder = str(write(tmp_path / "v", granted, refused))
    listed = tmp_path / "known.txt"
    junit = tmp_path / "junit.xml"
    with serving(answering(1)) as target:
        run = ("run", target, "--vectors", folder, "--allow", "edition-asked", "--allow", "outcome-of-weakest")
        assert command(*run, "--run", "granted").exit_code == 0
        failed = command(*run, "--junit", str(junit))
        assert failed.exit_code == 1
        assert "area/topic/refused: disagreed" in failed.output
        assert "answer.outcome: expected OUTCOME_REFUSED, got OUTCOME_GRANTED" in failed.output
        assert "1 of 2 vectors agreed" in failed.output
        listed.write_text("refused # not yet")
        assert command(*run, "--known-failing", str(listed)).exit_code == 0
        listed.write_text("* # not yet")
        unexpected = command(*run, "--known-failing", str(listed))
        assert unexpected.exit_code == 1
        assert "agreed, although it is known to fail" in unexpected.output
        listed.write_text("other # not yet")
        assert command(*run, "--known-failing", str(listed)).exit_code == 2
        assert command(*run, "--run", "other").exit_code == 2
        assert command(*run, "--edition", "1999").exit_code == 2
        assert command(*run, "--without", "demos").exit_code == 2
        assert command("run", target, "--vectors", str(tmp_path / "none")).exit_code == 2
    (suite,) = ElementTree.parse(junit).getroot().findall("testsuite")
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [case.get("name") for case in suite if case.find("failure") is not None] == ["refused"]


def test_a_target_that_is_not_there_cannot_be_run() -> None:
    result = command("run", "127.0.0.1:1", "--run", "fees/**", "--wait", "0.5")
    assert result.exit_code == 2
    assert "no server answers" in result.output


def test_a_vector_is_shown_as_it_is_sent() -> None:
    shown = command("show", "fee-start-rule-first-day")
    assert shown.exit_code == 0
    assert json.loads(shown.output)["requests"][0]["edition"] == "2026"
    plain = command("show", "fee-start-rule-first-day", "--json")
    assert json.loads(plain.output)["name"] == "rules/FEE-START"
    lines = command("show", "fee-start-rule-first-day", "--curl", "--target", "https://engine.example").output
    assert re.search(r"^grpcurl -d .* engine.example:443 quotary.v1.RulebookService/EvaluateRule$", lines, re.MULTILINE)
    assert re.search(r"^buf curl .* https://engine.example:443/quotary.v1.RulebookService/Eval", lines, re.MULTILINE)
    assert command("show", "no-such-vector").exit_code == 2
    assert "fees/start/fee-start-rule-first-day" in command("list", "--run", "fees/**").output
