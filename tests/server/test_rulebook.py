"""RulebookService on a running server."""

from typing import Any

import grpc
import pytest
from google.protobuf import json_format
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from quotary.v1 import common_pb2, rulebook_service_pb2, rulebook_service_pb2_grpc
from quotary_spec.facts import inputs
from quotary_spec.register.catalogue import CATALOGUE, COMPUTED
from quotary_spec.register.headings import HEADINGS
from quotary_spec.rule import registered_rules


@pytest.fixture
def service(channel: grpc.Channel) -> rulebook_service_pb2_grpc.RulebookServiceStub:
    return rulebook_service_pb2_grpc.RulebookServiceStub(channel)


Service = rulebook_service_pb2_grpc.RulebookServiceStub


def faults_of(call: Any, request: Any) -> tuple[grpc.StatusCode, set[tuple[str, str]]]:
    """The status of a call that fails, and its violations; exactly one ErrorInfo has the first one's reason."""
    with pytest.raises(grpc.RpcError) as raised:
        call(request)
    status = rpc_status.from_call(raised.value)
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    assert sum(each.Unpack(info) for each in status.details if each.Is(info.DESCRIPTOR)) == 1
    assert info.domain == "quotary.dev"
    for each in status.details:
        if each.Is(bad.DESCRIPTOR):
            each.Unpack(bad)
    found = {(each.field, each.reason) for each in bad.field_violations} or {("", info.reason)}
    return raised.value.code(), found


def list_all(service: Service, **filters: Any) -> list[rulebook_service_pb2.Rule]:
    request = rulebook_service_pb2.ListRulesRequest(page_size=1000, **filters)
    response = service.ListRules(request)
    assert response.next_page_token == ""
    return list(response.rules)


# ---- editions


def test_editions_are_listed_oldest_first_with_their_documents(service: Service) -> None:
    editions = service.ListEditions(rulebook_service_pb2.ListEditionsRequest()).editions
    assert [each.edition for each in editions] == ["2021", "2023", "2024", "2026"]
    assert [each.is_default for each in editions] == [False, False, False, True]
    assert [document.document for document in editions[2].documents] == ["002", "001", "003"]
    assert all(len(each.rule_book_digest) == 64 for each in editions)
    for each in editions:
        serving = [rule for rule in registered_rules().values() if each.edition in rule.info.editions]
        assert each.rule_count == len(serving)


def test_editions_come_in_pages(service: Service) -> None:
    first = service.ListEditions(rulebook_service_pb2.ListEditionsRequest(page_size=3))
    second = service.ListEditions(
        rulebook_service_pb2.ListEditionsRequest(page_size=3, page_token=first.next_page_token)
    )
    assert [each.edition for each in (*first.editions, *second.editions)] == ["2021", "2023", "2024", "2026"]
    assert second.next_page_token == ""


# ---- lists


def test_rules_of_an_area_and_edition(service: Service) -> None:
    found = {each.rule_id for each in list_all(service, area="fees", edition="2026")}
    assert "FEE-BEARING-TURKEY" in found
    assert "FEE-BEARING-INDIA" not in found
    assert not [id for id in found if id.startswith("002:")]
    assert "FEE-BEARING-INDIA" in {each.rule_id for each in list_all(service, area="fees", edition="2024")}


def test_an_area_holds_the_areas_below_it(service: Service) -> None:
    tax = {each.area for each in list_all(service, area="tax")}
    assert len(tax) > 1
    assert all(area == "tax" or area.startswith("tax.") for area in tax)


def test_rules_of_a_line(service: Service) -> None:
    found = list_all(service, passage="000:689")
    assert {"FEE-RATE", "FEE-BEARING-TURKEY"} <= {each.rule_id for each in found}
    for each in found:
        assert any(c.document == "000" and c.first_line <= 689 <= c.last_line for c in each.citations)


def test_rules_under_a_heading(service: Service) -> None:
    """000:687 asks how high the fee is; 002:690 what becomes of old quotes."""
    assert {"FEE-RATE", "FEE-BEARING-TURKEY"} <= {each.rule_id for each in list_all(service, passage="000:687")}
    assert "FEE-OLD-QUOTE" in {each.rule_id for each in list_all(service, passage="002:690")}
    assert "FEE-START" in {each.rule_id for each in list_all(service, query="when does the administration fee")}


def test_every_heading_leads_to_what_stands_under_it(service: Service) -> None:
    for heading in HEADINGS:
        mapped = [id for id in heading.entries if id in CATALOGUE]
        if mapped:
            found = list_all(service, passage=str(heading.at))
            told = {id for rule in found for id in (rule.rule_id, *rule.catalogue_ids)}
            assert told >= set(mapped), heading.at


def test_rules_found_by_words_come_best_first(service: Service) -> None:
    assert list_all(service, query="fEe-RaTe")[0].rule_id == "FEE-RATE"
    assert "FEE-START" in [each.rule_id for each in list_all(service, query="fee orders from its first day on")][:3]
    assert [each.rule_id for each in list_all(service, query="000:689 rate")] == ["FEE-RATE", "FEE-BEARING-TURKEY"]
    assert list_all(service, query="xyzzy") == []
    assert {each.rule_id for each in list_all(service, query=" ")} == {each.rule_id for each in list_all(service)}


def test_words_and_filters_go_together(service: Service) -> None:
    every = [each.rule_id for each in list_all(service, query="MwSt")]
    old = list_all(service, query="MwSt", edition="2021")
    assert old
    assert all("2021" in each.editions for each in old)
    assert [each.rule_id for each in old] == [each for each in every if each in {rule.rule_id for rule in old}]


def test_pages_of_rules_found_by_words_keep_their_rank(service: Service) -> None:
    every = [each.rule_id for each in list_all(service, query="refund within 30 days")]
    paged: list[str] = []
    token = ""
    while True:
        request = rulebook_service_pb2.ListRulesRequest(query="refund within 30 days", page_size=4, page_token=token)
        response = service.ListRules(request)
        paged += [each.rule_id for each in response.rules]
        token = response.next_page_token
        if not token:
            break
    assert paged == every
    assert len(every) > 4


def test_pages_hold_every_rule_once_and_in_order(service: Service) -> None:
    names: list[str] = []
    token = ""
    while True:
        request = rulebook_service_pb2.ListRulesRequest(page_size=7, page_token=token)
        response = service.ListRules(request)
        names += [each.name for each in response.rules]
        token = response.next_page_token
        if not token:
            break
        assert len(response.rules) == 7
    assert len(set(names)) == len(names)
    assert names == [each.name for each in list_all(service)]
    assert {f"rules/{id}" for id in registered_rules()} <= set(names)


def test_an_unnamed_page_size_is_a_hundred_at_most(service: Service) -> None:
    assert len(service.ListRules(rulebook_service_pb2.ListRulesRequest()).rules) <= 100


def test_every_violation_of_a_list_is_found_at_once(service: Service) -> None:
    request = rulebook_service_pb2.ListRulesRequest(
        edition="2025", area="gardens", passage="000:99999", query="x" * 501, page_size=-1, page_token="?"
    )
    code, faults = faults_of(service.ListRules, request)
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert faults == {
        ("edition", "UNKNOWN_EDITION"),
        ("area", "UNKNOWN_AREA"),
        ("passage", "NOT_A_PASSAGE"),
        ("query", "TOO_LONG"),
        ("page_size", "OUT_OF_RANGE"),
        ("page_token", "INVALID_PAGE_TOKEN"),
    }


@pytest.mark.parametrize("passage", ["", "000", "000:", "000:0", "000:5-4", "999:1", "000:x", ":5"])
def test_a_text_that_is_no_passage_is_refused(service: Service, passage: str) -> None:
    request = rulebook_service_pb2.ListRulesRequest(passage=passage)
    assert faults_of(service.ListRules, request)[1] == {("passage", "NOT_A_PASSAGE")}


def test_a_token_belongs_to_its_question(service: Service) -> None:
    first = service.ListRules(rulebook_service_pb2.ListRulesRequest(area="fees", page_size=1))
    request = rulebook_service_pb2.ListRulesRequest(area="tax", page_size=1, page_token=first.next_page_token)
    assert faults_of(service.ListRules, request)[1] == {("page_token", "INVALID_PAGE_TOKEN")}


# ---- one rule


def test_a_rule_says_all_that_is_known_of_it(service: Service) -> None:
    rule = service.GetRule(rulebook_service_pb2.GetRuleRequest(name="rules/FEE-BEARING-TURKEY"))
    assert rule.rule_id == "FEE-BEARING-TURKEY"
    assert rule.area == "fees"
    assert rule.rule_class == rulebook_service_pb2.RULE_CLASS_RULE
    assert list(rule.editions) == ["2024", "2026"]
    assert ("000", 689, 689) in {(c.document, c.first_line, c.last_line) for c in rule.citations}
    assert [each.ruling for each in rule.rulings] == ["R-12"]
    assert rule.rulings[0].text
    assert rule.note.startswith("the sentence speaks")
    assert [(each.input, each.required) for each in rule.inputs] == [("product", True), ("listed_data_center", True)]
    assert "data_center" in rule.inputs[0].type
    assert "000:FEE-RATE" in rule.catalogue_ids
    assert rule.vector_ids


def test_the_catalogues_name_leads_to_the_rule(service: Service) -> None:
    entry = service.GetRule(rulebook_service_pb2.GetRuleRequest(name="rules/000:FEE-RATE"))
    assert entry.rule_class == rulebook_service_pb2.RULE_CLASS_RULE
    assert "FEE-RATE" in entry.answered_by
    assert list(entry.editions) == ["2026"]
    assert entry.statement
    assert {c.document for c in entry.citations} == {"000"}


def test_every_entry_and_every_rule_can_be_had(service: Service) -> None:
    for id in (*registered_rules(), *CATALOGUE):
        rule = service.GetRule(rulebook_service_pb2.GetRuleRequest(name=f"rules/{id}"))
        assert rule.rule_id == id
        assert rule.statement
        assert rule.rule_class
        assert rule.editions


@pytest.mark.parametrize("call", ["GetRule", "EvaluateRule"])
def test_an_unknown_rule_is_not_found(service: Service, call: str) -> None:
    request = {
        "GetRule": rulebook_service_pb2.GetRuleRequest(name="rules/NO-SUCH-RULE"),
        "EvaluateRule": rulebook_service_pb2.EvaluateRuleRequest(name="rules/NO-SUCH-RULE"),
    }[call]
    assert faults_of(getattr(service, call), request) == (grpc.StatusCode.NOT_FOUND, {("", "RULE_NOT_FOUND")})


def test_a_name_has_a_form(service: Service) -> None:
    for name, reason in ((None, "REQUIRED"), ("", "REQUIRED"), ("FEE-RATE", "NOT_A_NAME")):
        request = rulebook_service_pb2.GetRuleRequest(name=name)
        assert faults_of(service.GetRule, request) == (grpc.StatusCode.INVALID_ARGUMENT, {("name", reason)})


# ---- one rule asked


def ask(service: Service, name: str, facts: dict[str, Any], **more: Any) -> rulebook_service_pb2.EvaluateRuleResponse:
    request = rulebook_service_pb2.EvaluateRuleRequest(name=f"rules/{name}", **more)
    request.facts.update(facts)
    return service.EvaluateRule(request)


RATE = {"net_base": 18000, "rate": "0.075", "rounding": "half_up"}


def test_a_rule_answers_with_its_value(service: Service) -> None:
    response = ask(service, "FEE-RATE", RATE)
    assert response.answer.outcome == common_pb2.OUTCOME_GRANTED
    assert response.result.number_value == 1350
    assert list(response.answer.rule_ids) == ["FEE-RATE"]
    assert response.answer.edition == "2026"
    assert response.answer.digests.rule_book
    assert response.rule.rule_id == "FEE-RATE"
    assert not response.answer.steps


def test_the_full_view_shows_what_it_was_given(service: Service) -> None:
    (step,) = ask(service, "FEE-RATE", RATE, view=common_pb2.VIEW_FULL).answer.steps
    assert {each.name: each.value for each in step.inputs} == {
        "net_base": "18000",
        "rate": "0.075",
        "rounding": "half_up",
    }
    assert step.result == "1350"


def test_a_number_too_large_for_json_is_text(service: Service) -> None:
    response = ask(service, "FEE-TAXABLE", {"net": "900719925474099300", "fee": 1, "tax": "VAT", "taxes": ["VAT"]})
    assert response.result.string_value == "900719925474099301"


def test_a_finding_is_an_answer(service: Service) -> None:
    response = ask(service, "FEE-BEARING-TURKEY", {"product": {"id": "jira"}, "listed_data_center": ["jira"]})
    assert response.answer.outcome == common_pb2.OUTCOME_UNDETERMINED
    assert [each.code for each in response.answer.reasons] == ["INPUT_MISSING"]
    assert response.answer.reasons[0].rule_id == "FEE-BEARING-TURKEY"
    assert list(response.answer.missing) == ["facts.product.platform"]
    assert not response.HasField("result")


def test_what_a_rule_misses_is_a_fact_of_it(service: Service) -> None:
    """A call may take the fact from a field of another name; asked alone, the rule names its own."""
    named = 0
    for id, rule in registered_rules().items():
        own = {each.name for each in inputs(rule)}
        try:
            answer = ask(service, id, {}, edition=rule.info.editions[-1]).answer
        except grpc.RpcError:
            continue  # it does not do without some facts
        for path in answer.missing:
            named += 1
            assert path.removeprefix("facts.").partition(".")[0] in own, (id, path)
    assert named > 20


def test_a_rule_does_not_answer_for_an_edition_that_it_does_not_serve(service: Service) -> None:
    response = ask(service, "FEE-OLD-QUOTE", {"quote_date": "2021-10-12", "last_free_quote": "2021-10-12"})
    assert response.answer.outcome == common_pb2.OUTCOME_NOT_COVERED
    assert [each.code for each in response.answer.reasons] == ["EDITION_SILENT"]
    assert not response.HasField("result")
    facts = {"quote_date": "2021-10-12", "last_free_quote": "2021-10-12"}
    assert ask(service, "FEE-OLD-QUOTE", facts, edition="2024").result.bool_value is True


def test_every_violation_of_the_facts_is_found_at_once(service: Service) -> None:
    request = rulebook_service_pb2.EvaluateRuleRequest(name="rules/FEE-RATE", edition="1999", view=9)  # type: ignore[arg-type]
    request.facts.update({"net_base": 1.5, "rate": 0.075, "colour": "red"})
    code, faults = faults_of(service.EvaluateRule, request)
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert faults == {
        ("edition", "UNKNOWN_EDITION"),
        ("view", "UNKNOWN_VALUE"),
        ("facts.net_base", "WRONG_TYPE"),
        ("facts.rate", "NOT_A_DECIMAL"),
        ("facts.rounding", "REQUIRED"),
        ("facts.colour", "UNKNOWN_FACT"),
    }


def test_every_entry_answers(service: Service) -> None:
    """By its rule, which then asks for its facts, or with what it states."""
    for entry in CATALOGUE.values():
        edition = {"002": "2024", "004": "2021"}.get(entry.document, "2026")
        request = rulebook_service_pb2.EvaluateRuleRequest(name=f"rules/{entry.id}", edition=edition)
        computed = entry.kind in COMPUTED
        asked = [inputs(registered_rules()[id]) for id in entry.rules]
        if computed and (len(asked) > 1 or any(each.required for each in asked[0])):
            code, faults = faults_of(service.EvaluateRule, request)
            assert code is grpc.StatusCode.INVALID_ARGUMENT, entry.id
            assert {reason for _, reason in faults} <= {"SEVERAL_RULES", "REQUIRED"}, entry.id
            continue
        answer = service.EvaluateRule(request)
        if not computed:
            stated = entry.kind != "not_modelled"
            outcome = common_pb2.OUTCOME_GRANTED if stated else common_pb2.OUTCOME_NOT_COVERED
            assert answer.answer.outcome == outcome, entry.id
            assert answer.result.string_value == entry.statement, entry.id


def test_a_statement_takes_no_facts(service: Service) -> None:
    id = next(entry.id for entry in CATALOGUE.values() if not entry.rules and entry.kind == "statement")
    request = rulebook_service_pb2.EvaluateRuleRequest(name=f"rules/{id}", edition="2024")
    request.facts.update({"x": 1})
    assert faults_of(service.EvaluateRule, request)[1] == {("facts.x", "UNKNOWN_FACT")}


# ---- differences


def diff(service: Service, **request: Any) -> dict[str, rulebook_service_pb2.EditionChange]:
    response = service.DiffEditions(rulebook_service_pb2.DiffEditionsRequest(**request))
    found = {each.id: each for each in response.changes}
    assert len(found) == len(response.changes)
    return found


def test_the_fee_changed_between_the_purchasing_documents(service: Service) -> None:
    found = diff(service, base_edition="2024", edition="2026", area="fees")
    countries = found["fee.countries"]
    assert countries.kind == rulebook_service_pb2.EDITION_CHANGE_KIND_VALUE
    assert (countries.base_value, countries.value) == ("TR, IN", "TR")
    assert {c.document for c in countries.base_citations} == {"002"}
    assert {c.document for c in countries.citations} == {"000"}
    old_quotes = found["FEE-OLD-QUOTE"]
    assert old_quotes.kind == rulebook_service_pb2.EDITION_CHANGE_KIND_REMOVED
    assert old_quotes.value == ""
    assert "fee.rate.TR" not in found


def test_the_newest_edition_is_compared_with_the_one_before(service: Service) -> None:
    response = service.DiffEditions(rulebook_service_pb2.DiffEditionsRequest())
    assert (response.base_edition, response.edition) == ("2024", "2026")
    keys = [(each.area, each.id) for each in response.changes]
    assert keys == sorted(keys)


@pytest.mark.parametrize(
    ("request_json", "faults"),
    [
        ({"edition": "2021"}, {("base_edition", "REQUIRED")}),
        ({"base_edition": "2026"}, {("base_edition", "CONFLICTING_FIELDS")}),
        (
            {"base_edition": "x", "edition": "y", "area": "z"},
            {("base_edition", "UNKNOWN_EDITION"), ("edition", "UNKNOWN_EDITION"), ("area", "UNKNOWN_AREA")},
        ),
    ],
)
def test_violations_of_a_comparison(
    service: Service, request_json: dict[str, str], faults: set[tuple[str, str]]
) -> None:
    request = json_format.ParseDict(request_json, rulebook_service_pb2.DiffEditionsRequest())
    assert faults_of(service.DiffEditions, request) == (grpc.StatusCode.INVALID_ARGUMENT, faults)
