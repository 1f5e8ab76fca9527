"""The conformance vectors: their files are sound, and this project's own server agrees with every one of them."""

import re
from pathlib import Path

import grpc
import pytest

from quotary_conformance import contract
from quotary_conformance.running import Verdict, run
from quotary_conformance.vectors import Level, Vector, load
from quotary_spec import rules
from quotary_spec.passage import Passage
from quotary_spec.register.catalogue import CATALOGUE
from quotary_spec.register.editions import DOCUMENT, DOCUMENTS_OF_EDITION, EDITIONS
from quotary_spec.register.reasons import REASON
from quotary_spec.register.rulings import RULING
from quotary_spec.rule import registered_rules

FORMATS = Path(__file__).resolve().parents[1] / "conformance" / "formats"
VECTORS = load()

each_vector = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)


@each_vector
def test_the_server_agrees(vector: Vector, channel: grpc.Channel) -> None:
    (result,) = run([vector], channel)
    assert result.verdict is Verdict.AGREED, "\n".join((vector.working, *result.differences))
    if vector.level is Level.CONTESTED:
        default = vector.readings[0]
        assert result.reading == (default.ruling, default.id), "the rule book takes the first reading"


@each_vector
def test_it_asks_and_expects_what_the_contract_has(vector: Vector) -> None:
    assert list(contract.problems(vector)) == []


@each_vector
def test_it_cites_passages_of_its_edition(vector: Vector) -> None:
    assert vector.edition in EDITIONS
    cited = [Passage.parse(text) for text in vector.cites]
    assert all(passage.document in DOCUMENT for passage in cited)
    assert all(passage.last <= DOCUMENT[passage.document].lines for passage in cited)
    if not expects_silence(vector):
        assert any(passage.document in DOCUMENTS_OF_EDITION[vector.edition] for passage in cited)


def expects_silence(vector: Vector) -> bool:
    """Where the edition says nothing, the passage cited is another edition's."""
    return "NOT_COVERED" in str(vector.expect)


@each_vector
def test_the_rulings_and_readings_it_names_are_registered(vector: Vector) -> None:
    for ruling in (*vector.rulings, *(reading.ruling for reading in vector.readings)):
        assert ruling in RULING or is_reading_of_an_entry(ruling), ruling
    for reading in vector.readings:
        assert reading.id in {each.id for each in RULING[reading.ruling].readings}
    if vector.readings:
        first = vector.readings[0]
        assert first.id == RULING[first.ruling].readings[0].id, "the rule book's own reading stands first"


def is_reading_of_an_entry(ruling: str) -> bool:
    return re.fullmatch(r"R-\d{3}-[A-Z0-9-]+", ruling) is not None


@each_vector
def test_the_reasons_and_rules_it_names_are_registered(vector: Vector) -> None:
    rules.load()
    answers = (vector.expect, *(reading.expect for reading in vector.readings))
    for name, value in (pair for answer in answers for pair in named(answer)):
        if name == "code":
            assert value in REASON
        elif name in ("rule_id", "rule_ids", "base_rule_ids"):
            # A row of data that was read is named by its key, in small letters.
            assert value in registered_rules() or value in CATALOGUE or value == str(value).lower(), value
    if vector.error is not None:
        reasons = [vector.error.get("reason"), *(each["reason"] for each in vector.error.get("violations", []))]
        assert all(reason in REASON for reason in reasons if reason is not None)
    if vector.call == "RulebookService.EvaluateRule" and vector.error is None:
        id = vector.request["name"].removeprefix("rules/")
        assert id in registered_rules() or id in CATALOGUE


def named(answer: object, name: str = "") -> list[tuple[str, object]]:
    """Every scalar of an expectation with the name of its field."""
    if isinstance(answer, dict):
        pairs = ((name if key in ("contains", "any_order") else key, each) for key, each in answer.items())
        return [found for key, each in pairs for found in named(each, key)]
    if isinstance(answer, list):
        return [found for each in answer for found in named(each, name)]
    return [] if answer is None else [(name, answer)]


@each_vector
def test_amounts_are_worked_by_hand(vector: Vector) -> None:
    answers = (vector.expect, *(reading.expect for reading in vector.readings))
    amounts = [value for answer in answers for _, value in named(answer) if is_amount(value)]
    assert vector.working or not amounts


def is_amount(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"-?[\d.]+ [A-Z]{3}", value) is not None


def test_every_call_with_vectors_has_a_page() -> None:
    pages = {page.stem for page in FORMATS.glob("*.md")}
    assert sorted({vector.call for vector in VECTORS} - pages) == []
    assert pages - {"README"} <= set(contract.calls())


def test_the_catalogue_names_vectors_that_are_there() -> None:
    known = {vector.id for vector in VECTORS}
    named_by_the_map = {id for entry in CATALOGUE.values() for id in entry.vectors}
    assert sorted(named_by_the_map - known) == []
