"""The machinery of rules: what may register, which version answers, who claims the facts, and what a trace keeps."""

from __future__ import annotations

from typing import Any

import pytest

from quotary_spec import rule as machinery
from quotary_spec.outcome import Finding, Outcome, refused
from quotary_spec.passage import Passage
from quotary_spec.rule import (
    ByEdition,
    Conflict,
    DataRow,
    DataStep,
    Question,
    RuleStep,
    WrongEdition,
    about,
    current_trace,
    read_row,
    registered_questions,
    registered_rules,
    registered_versions,
    rule,
    tracing,
    untraced,
)
from quotary_spec.rulebook import BOOK


@pytest.fixture(autouse=True)
def a_book_of_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is registered here is gone afterwards."""
    monkeypatch.setattr(machinery, "_registry", {})
    monkeypatch.setattr(machinery, "_versions", [])
    monkeypatch.setattr(machinery, "_questions", {})


def test_a_rule_is_a_function_that_knows_what_it_is() -> None:
    @rule("DOUBLED", "000:10-12 002:7", rulings="R-08 R-12")
    def doubled(amount: int, times: int = 2) -> int:
        """Twice
        as much.

        Reading: no less.
        """
        return amount * times

    info = doubled.info
    assert doubled(3) == 6
    assert doubled(3, times=3) == 9
    assert (info.id, info.editions, info.rulings) == ("DOUBLED", ("2024", "2026"), ("R-08", "R-12"))
    assert info.inputs == ("amount", "times")
    assert info.statement == "Twice as much."
    assert info.reading == "no less."
    assert info.passages_in("2026") == (Passage("000", 10, 12),)
    assert info.passages_in("2024") == (Passage("002", 7, 7),)
    assert registered_rules() == {"DOUBLED": doubled}


def test_what_may_not_register() -> None:
    @rule("TAKEN", "000:1")
    def taken() -> bool:
        """It is."""
        return True

    with pytest.raises(ValueError, match="two rules are called TAKEN"):
        rule("TAKEN", "000:1")(taken.logic)
    with pytest.raises(ValueError, match="docstring"):
        rule("SILENT", "000:1")(lambda: True)
    with pytest.raises(ValueError, match="UNCITED cites no document of any edition"):
        rule("UNCITED", "")(taken.logic)
    with pytest.raises(ValueError, match="ABROAD cites what is no document: 999"):
        rule("ABROAD", "999:1 000:1")(taken.logic)
    assert set(registered_rules()) == {"TAKEN"}


@pytest.mark.parametrize(
    ("narrowed", "editions"),
    [({}, "2023 2024 2026"), ({"only": "2023"}, "2023"), ({"not_in": "2024"}, "2023 2026")],
)
def test_a_rule_holds_where_its_citations_stand_unless_it_is_narrowed(narrowed: dict[str, Any], editions: str) -> None:
    @rule("CITED", "003:1 000:1", **narrowed)
    def cited() -> bool:
        """It is."""
        return True

    assert " ".join(cited.info.editions) == editions


@pytest.mark.parametrize(
    ("narrowed", "message"),
    [
        ({"only": "2021"}, "to what its citations do not give: 2021"),
        ({"not_in": "1999"}, "to what its citations do not give: 1999"),
        ({"only": "2024 2026"}, "not at all"),
        ({"not_in": "2024 2026"}, "to nothing"),
        ({"only": "2024", "not_in": "2026"}, "one of them is enough"),
    ],
)
def test_what_narrows_a_rule_must_narrow_it(narrowed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"CITED .*{message}"):
        rule("CITED", "002:1 000:1", **narrowed)(lambda: True)


def test_a_finding_names_the_rule_that_found_it_first() -> None:
    @rule("INNER", "000:1")
    def inner() -> Finding:
        """No."""
        return refused("NO")

    @rule("OUTER", "000:1")
    def outer() -> Finding:
        """No, either."""
        return inner()

    assert inner().rule_id == "INNER"
    assert outer().rule_id == "INNER"


def versions() -> ByEdition[[int], str]:
    @rule("OLD", "002:1")
    def old(n: int) -> str:
        """As it was."""
        return f"old {n}"

    @rule("NEW", "000:1")
    def new(n: int) -> str:
        """As it is."""
        return f"new {n}"

    return ByEdition(old, new)


def test_the_version_of_the_edition_answers_and_another_edition_is_silent() -> None:
    table = versions()
    assert table("2024", 1) == "old 1"
    assert table("2026", 2) == "new 2"
    silent = table("2023", 3)
    assert isinstance(silent, Finding)
    assert (silent.outcome, silent.detail) == (Outcome.NOT_COVERED, (("edition", "2023"),))
    assert registered_versions() == (table,)


def test_two_versions_may_not_serve_one_edition() -> None:
    table = versions()
    with pytest.raises(ValueError, match="OLD and OLD both claim 2024"):
        ByEdition(table.versions["2024"], table.versions["2024"])


def test_a_rule_cannot_answer_in_an_edition_that_it_does_not_serve() -> None:
    table = versions()
    old = table.versions["2024"]
    with tracing("2026") as trace:
        with pytest.raises(WrongEdition, match="OLD holds in 2024 and was asked in 2026"):
            old(1)
        with untraced(), pytest.raises(WrongEdition):
            old(1)
        assert table("2026", 1) == "new 1"
    assert trace.rule_ids() == ["NEW"]
    with tracing("2024"):
        assert old(1) == "old 1"
    with tracing():
        assert old(1) == "old 1"
    assert old(1) == "old 1"


def test_a_book_is_asked_and_is_silent_by_itself() -> None:
    table = versions()
    old, size = table.versions["2024"], question("small", "large")
    book = BOOK["2024"]
    assert (book.ask(old, 1), book.ask(table, 1), book.ask(size, 12)) == ("old 1", "old 1", "large")
    assert book.ask(size, 3) is None
    silent = BOOK["2026"].ask(old, 1)
    assert isinstance(silent, Finding)
    assert (silent.outcome, silent.detail) == (Outcome.NOT_COVERED, (("edition", "2026"),))
    assert [book.serves(old), BOOK["2026"].serves(old), BOOK["2023"].serves(table)] == [True, False, False]
    assert book.version(table) is old
    with pytest.raises(WrongEdition, match="2023 has no version of OLD, NEW"):
        BOOK["2023"].version(table)


def test_the_subject_of_the_trace_is_given_back() -> None:
    with tracing() as trace:
        with about("lines[0]"):
            with about("lines[0].price"):
                assert trace.subject == "lines[0].price"
            assert trace.subject == "lines[0]"
        with pytest.raises(KeyError), about("lines[1]"):
            raise KeyError
        assert trace.subject == ""
    with about("nothing records"):
        pass


def question(small: str, large: str) -> Question[[int], str]:
    @rule("SMALL", "000:1")
    def below_ten(n: int) -> str | None:
        """Of numbers below ten."""
        return small if n < 10 else None

    @rule("LARGE", "000:2 002:2")
    def above_five(n: int) -> str | None:
        """Of numbers above five."""
        return large if n > 5 else None

    return Question("size", below_ten, above_five)


def test_who_claims_the_facts_answers() -> None:
    asked = question("small", "large")
    assert asked("2026", 3) == "small"
    assert asked("2026", 12) == "large"
    assert asked("2024", 3) is None
    assert asked("2024", 7) == "large"
    assert asked("2021", 7) is None
    assert registered_questions() == {"size": asked}


def test_claims_that_agree_are_one_answer_and_others_a_conflict_with_both_passages() -> None:
    asked = question("small", "large")
    with pytest.raises(Conflict, match=r"size in 2026: SMALL \(000:1\) says small, LARGE \(000:2\) says large"):
        asked("2026", 7)
    with pytest.raises(ValueError, match="two questions are called size"):
        Question("size")


def test_claims_that_agree() -> None:
    assert question("some", "some")("2026", 7) == "some"


def test_a_trace_keeps_what_was_asked_and_read_in_order() -> None:
    table = versions()
    row = DataRow("fee.rate.TR", 7, "edition")
    assert current_trace() is None
    read_row(row)
    with tracing() as trace:
        assert current_trace() is trace
        table("2026", 1)
        trace.subject = "lines[1]"
        read_row(row)
        table("2024", 2)
        with untraced():
            assert current_trace() is None
            table("2024", 5)
        table("2026", 3)
    assert current_trace() is None
    table("2026", 4)
    first, data, second, third = trace.steps()
    assert isinstance(first, RuleStep)
    assert (first.info.id, first.subject, first.inputs(), first.result) == ("NEW", "", {"n": 1}, "new 1")
    assert data == DataStep(row, "lines[1]")
    assert isinstance(second, RuleStep)
    assert (second.info.id, second.subject, second.inputs()) == ("OLD", "lines[1]", {"n": 2})
    assert isinstance(third, RuleStep)
    assert third.result == "new 3"
    assert trace.rule_ids() == ["NEW", "OLD"]
