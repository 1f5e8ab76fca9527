"""What stands beside an answer: the weakest finding decides, and nothing takes a finding for a yes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.outcome import Finding, Outcome, as_remark, not_covered, refused, remark, undetermined, weakest
from quotary_spec.passage import Passage, passages

findings = st.builds(Finding, st.sampled_from(Outcome), st.just("REASON"), st.lists(st.text(), max_size=2).map(tuple))


@given(st.lists(findings))
def test_an_answer_is_as_weak_as_its_weakest_finding(found: list[Finding]) -> None:
    outcome = weakest(found)
    assert all(each.outcome <= outcome for each in found)
    assert outcome is Outcome.GRANTED or any(each.outcome is outcome for each in found)


def test_a_refusal_outweighs_what_is_open_and_that_what_is_silent() -> None:
    assert Outcome.REFUSED > Outcome.UNDETERMINED > Outcome.NOT_COVERED > Outcome.GRANTED
    assert weakest([remark("A"), not_covered("B")]) is Outcome.NOT_COVERED
    assert weakest([not_covered("B"), undetermined("C"), remark("A")]) is Outcome.UNDETERMINED
    assert weakest([refused("D"), undetermined("C")]) is Outcome.REFUSED
    assert weakest([]) is Outcome.GRANTED


@given(findings)
def test_a_finding_has_no_truth_value(finding: Finding) -> None:
    with pytest.raises(TypeError, match="no truth value"):
        bool(finding)


@given(findings)
def test_what_a_finding_names_first_stays(finding: Finding) -> None:
    assert finding.about("lines[3]").about("lines[4]").subject == "lines[3]"
    assert finding.by("A").by("B").rule_id == "A"
    assert finding.about("lines[3]").by("A").outcome is finding.outcome


@given(findings)
def test_what_a_finding_misses_may_stand_elsewhere(finding: Finding) -> None:
    moved = finding.rebased(lambda path: f"deal.{path}")
    assert moved.missing == tuple(f"deal.{path}" for path in finding.missing)
    assert moved.rebased(lambda path: path.removeprefix("deal.")) == finding


def test_findings_hold_what_they_are_made_of() -> None:
    assert undetermined("C", "a.b", "c", limit="3") == Finding(
        Outcome.UNDETERMINED, "C", ("a.b", "c"), (("limit", "3"),)
    )
    assert refused("D", limit="3").detail == (("limit", "3"),)
    assert not_covered().reason == "EDITION_SILENT"


@given(findings)
def test_a_part_beside_the_question_leaves_the_answer_decided(finding: Finding) -> None:
    said = as_remark(finding.by("A"), "date")
    assert said.outcome is Outcome.GRANTED
    assert said.reason == ("MORE_WITH_FACT" if finding.missing else "PART_NOT_STATED")
    assert said.missing == finding.missing
    assert said.detail[-1] == ("part", "date")
    assert said.rule_id == "A"


@st.composite
def some_passages(draw: st.DrawFn) -> Passage:
    first = draw(st.integers(1, 1200))
    return Passage(draw(st.sampled_from(["000", "001", "002"])), first, first + draw(st.integers(0, 40)))


@given(st.lists(some_passages(), max_size=4))
def test_a_passage_is_read_as_it_is_written(cited: list[Passage]) -> None:
    assert passages(" ".join(str(each) for each in cited)) == tuple(cited)


@given(some_passages(), some_passages())
def test_passages_overlap_where_a_line_is_in_both(one: Passage, other: Passage) -> None:
    shared = set(range(one.first, one.last + 1)) & set(range(other.first, other.last + 1))
    assert one.overlaps(other) is (one.document == other.document and bool(shared))


def test_passages_that_touch_in_one_line_overlap() -> None:
    assert Passage("000", 10, 20).overlaps(Passage("000", 20, 30))
    assert Passage("000", 20, 30).overlaps(Passage("000", 10, 20))
    assert not Passage("000", 10, 19).overlaps(Passage("000", 20, 30))
    assert not Passage("000", 20, 30).overlaps(Passage("000", 10, 19))


@pytest.mark.parametrize("text", ["000:0", "000:0-4", "000:9-8"])
def test_lines_are_counted_from_one_and_upwards(text: str) -> None:
    with pytest.raises(ValueError, match="not a passage"):
        Passage.parse(text)


def test_one_line_is_a_passage() -> None:
    assert Passage.parse("000:689") == Passage("000", 689, 689) == Passage.parse("000:689-689")
    assert str(Passage("000", 1, 2)) == "000:1-2"
    assert Passage.parse("000:1") == Passage("000", 1, 1)
