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
from quotary_spec.register.files import read_folder
from quotary_spec.register.reasons import REASON
from quotary_spec.register.rulings import RULING
from quotary_spec.rule import registered_rules

FORMATS = Path(__file__).resolve().parents[1] / "conformance" / "formats"
VECTORS = load()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_the_server_agrees(vector: Vector, channel: grpc.Channel) -> None:
    (result,) = run([vector], channel)
    assert result.verdict is Verdict.AGREED, "\n".join((vector.working, *result.faults()))
    if vector.level is Level.CONTESTED:
        default = vector.readings[0]
        assert result.reading == (default.ruling, default.id), "the rule book takes the first reading"


def test_they_ask_and_expect_what_the_contract_has() -> None:
    assert [(vector.name, problem) for vector in VECTORS for problem in contract.problems(vector)] == []


def test_they_cite_passages_of_their_edition() -> None:
    for vector in VECTORS:
        assert vector.edition in EDITIONS, vector.name
        cited = [Passage.parse(text) for text in vector.cites]
        assert all(passage.document in DOCUMENT for passage in cited), vector.name
        assert all(passage.last <= DOCUMENT[passage.document].lines for passage in cited), vector.name
        if not expects_silence(vector):
            here = DOCUMENTS_OF_EDITION[vector.edition]
            assert any(passage.document in here for passage in cited), vector.name


def expects_silence(vector: Vector) -> bool:
    """Where the edition says nothing, the passage cited is another edition's."""
    return "NOT_COVERED" in str(vector.expect)


def test_the_rulings_and_readings_they_name_are_registered() -> None:
    for vector in VECTORS:
        for ruling in (*vector.rulings, *(reading.ruling for reading in vector.readings)):
            assert ruling in RULING or is_reading_of_an_entry(ruling), (vector.name, ruling)
        for reading in vector.readings:
            assert reading.id in {each.id for each in RULING[reading.ruling].readings}, vector.name
        if vector.readings:
            first = vector.readings[0]
            own = RULING[first.ruling].readings[0].id
            assert first.id == own, f"{vector.name}: the rule book's own reading stands first"


def is_reading_of_an_entry(ruling: str) -> bool:
    return re.fullmatch(r"R-\d{3}-[A-Z0-9-]+", ruling) is not None


def test_the_reasons_and_rules_they_name_are_registered() -> None:
    rules.load()
    for vector in VECTORS:
        for name, value in (pair for answer in answers(vector) for pair in named(answer)):
            assert is_registered(name, str(value)), (vector.name, name, value)
        if vector.error is not None:
            reasons = [vector.error.get("reason"), *(each["reason"] for each in vector.error.get("violations", []))]
            assert all(reason in REASON for reason in reasons if reason is not None), vector.name
        if vector.call == "RulebookService.EvaluateRule" and vector.error is None:
            id = vector.request["name"].removeprefix("rules/")
            assert id in registered_rules() or id in CATALOGUE, vector.name


def is_registered(name: str, value: str) -> bool:
    """True unless a field that names a reason or a rule names one that is not there."""
    if name == "code":
        return value in REASON or value.isdigit()  # a status within an answer is a number
    if name in ("rule_id", "rule_ids", "base_rule_ids"):
        # A row of data that was read is named by its key, in small letters.
        return value in registered_rules() or value in CATALOGUE or value == value.lower()
    return True


def answers(vector: Vector) -> list[object]:
    """Whatever a vector expects, in whichever reading."""
    return [vector.expect, *(reading.expect for reading in vector.readings)]


def named(answer: object, name: str = "") -> list[tuple[str, object]]:
    """Every scalar of an expectation with the name of its field."""
    if isinstance(answer, dict):
        pairs = ((name if key in ("contains", "any_order") else key, each) for key, each in answer.items())
        return [found for key, each in pairs for found in named(each, key)]
    if isinstance(answer, list):
        return [found for each in answer for found in named(each, name)]
    return [] if answer is None else [(name, answer)]


def test_amounts_are_worked_by_hand() -> None:
    for vector in VECTORS:
        amounts = [value for answer in answers(vector) for _, value in named(answer) if is_amount(value)]
        assert vector.working or not amounts, vector.name


def is_amount(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"-?[\d.]+ [A-Z]{3}", value) is not None


def test_every_call_that_answers_has_vectors_and_a_page() -> None:
    pages = {page.stem for page in FORMATS.glob("*.md")} - {"README"}
    asked = {vector.call for vector in VECTORS}
    answering = {
        name
        for name, call in contract.calls().items()
        if "answer" in call.response.fields_by_name and "edition" in call.request.fields_by_name
    }
    assert len(answering) > 20
    assert pages <= set(contract.calls())
    assert (sorted(asked - pages), sorted(answering - asked)) == ([], [])


def test_the_catalogue_names_vectors_that_are_there() -> None:
    known = {vector.id for vector in VECTORS}
    named_by_the_map = {id for entry in CATALOGUE.values() for id in entry.vectors}
    assert sorted(named_by_the_map - known) == []


def test_every_fault_of_a_request_stands_in_a_vector() -> None:
    """Reasons of the server and of what it keeps belong to calls that have no vectors."""
    pure = ((area, data) for area, data in read_folder("reasons") if area not in ("server", "store"))
    faults = {row["code"] for _, data in pure for row in data.get("reason", []) if row["outcome"] == "ERROR"}
    errors = [vector.error for vector in VECTORS if vector.error is not None]
    shown = {error.get("reason") for error in errors}
    shown |= {each["reason"] for error in errors for each in error.get("violations", [])}
    assert sorted(faults - shown) == []
    calls = {vector.call for vector in VECTORS if vector.error is not None}
    assert {"QuoteService.PriceQuote", "TaxService.CalculateTax", "RefundService.AssessRefund"} <= calls
