"""GetRule says which calls ask a rule, and the request that it gives does ask it."""

from collections.abc import Iterable
from decimal import Decimal
from itertools import chain

import grpc

from asked_by import FILE, ask
from figures import told_apart
from quotary.v1 import rulebook_service_pb2, rulebook_service_pb2_grpc
from quotary_conformance.contract import calls
from quotary_spec import rules
from quotary_spec.money import half_up
from quotary_spec.register.asked_by import Asking, Figure, asked_by, figures
from quotary_spec.rule import registered_rules, tracing
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.fees import administration_fee


def test_every_request_to_try_asks_its_rule_and_gives_its_figures(channel: grpc.Channel) -> None:
    rules.load()
    asked: dict[tuple[str, str], list[str]] = {}
    given: dict[tuple[str, str], set[tuple[str, str]]] = {}
    registered = {(rule, each.key) for rule, keys in figures().items() for each in keys}
    with told_apart() as told:
        requests: Iterable[Asking | Figure] = chain(*asked_by().values(), *figures().values())
        for each in requests:
            key = each.call, str(each.request)
            if key not in asked:
                asked[key] = ask(channel, calls()[each.call], dict(each.request))
                given[key] = told.given()
    for rule, askings in asked_by().items():
        assert rule in registered_rules(), f"{rule} is gone: run make asked-by"
        for asking in askings:
            here = asked[asking.call, str(asking.request)]
            assert rule in here, f"{asking.call} does not ask {rule} any more: run make asked-by"
    for rule, keys in figures().items():
        for figure in keys:
            told_here = given[figure.call, str(figure.request)]
            assert (rule, figure.key) in told_here, f"{rule} is not given {figure.key} any more: run make asked-by"
    assert set().union(*given.values()) <= registered, "a rule is given another figure: run make asked-by"
    assert FILE.is_file()


ASKED_BY_NO_REQUEST = {
    "EXPORT-EXCEPTION-CONSISTENCY",
    "ORDER-MAINTENANCE-YEARS",
    "RENEWAL-DATA-CENTER-RESELLER",
    "RENEWAL-GUARD-QUOTE-SELF-SERVE",
    "TAX-ADDRESS-24H",
    "TAX-ADDRESS-MESSAGE",
    "TAX-BY-OPERATOR",
    "TAX-GST-PRINTED",
}
"""Rules of which EvaluateRule alone is asked, or which no edition of a vector reaches."""


def test_every_rule_has_a_call() -> None:
    """Guard's counts answer in streams."""
    rules.load()
    every = registered_rules()
    without = {id for id in set(every) - set(asked_by()) if not every[id].info.area.startswith("guard.")}
    assert without - ASKED_BY_NO_REQUEST == set(), "no vector asks them: write one, and run make asked-by"


def test_a_rule_and_an_entry_say_who_asks_them(channel: grpc.Channel) -> None:
    service = rulebook_service_pb2_grpc.RulebookServiceStub(channel)
    rule = service.GetRule(rulebook_service_pb2.GetRuleRequest(name="rules/TRIAL-EXTENSION-CLOUD"))
    assert "QuoteService.CheckRequest" in [each.call for each in rule.asked_by]
    (request,) = (each.request for each in rule.asked_by if each.call == "QuoteService.CheckRequest")
    assert request["kind"] == "REQUEST_KIND_TRIAL_EXTENSION"
    entry = service.GetRule(rulebook_service_pb2.GetRuleRequest(name="rules/000:FEE-RATE"))
    assert {"QuoteService.PriceQuote", "TaxService.CalculateTax"} <= {each.call for each in entry.asked_by}
    listed = service.ListRules(rulebook_service_pb2.ListRulesRequest(query="fee rate"))
    assert all(not each.asked_by for each in listed.rules)


def test_a_rule_is_on_one_screen(channel: grpc.Channel) -> None:
    """Where it comes from, which figure it takes, and where its function is."""
    service = rulebook_service_pb2_grpc.RulebookServiceStub(channel)
    rule = service.GetRule(rulebook_service_pb2.GetRuleRequest(name="rules/UPGRADE-DC-DOWNGRADE-RENEW"))
    (figure,) = rule.figures
    assert (figure.key, figure.edition, figure.value) == ("upgrade.downgrade-days-before-expiry", "2024", "90")
    assert rule.headings[0].citation.first_line <= rule.citations[0].first_line
    assert rule.headings[0].title
    assert rule.symbol in (FILE.parents[4] / rule.file).read_text("utf-8")
    registration = service.GetRule(rulebook_service_pb2.GetRuleRequest(name="rules/TAX-US-REGISTRATION-DATE"))
    assert "tax.us.registered.US-CO" in {each.key for each in registration.figures}
    entry = service.GetRule(rulebook_service_pb2.GetRuleRequest(name="rules/000:FEE-RATE"))
    assert (list(entry.figures), entry.symbol, bool(entry.headings)) == ([], "", True)


def test_a_figure_is_told_from_its_equals() -> None:
    with told_apart() as told, tracing("2026") as trace:
        book = BOOK["2026"]
        administration_fee(100_00, Decimal("0.075"), half_up)
        assert told.given() == set()
        told.traces.append(trace)
        administration_fee(100_00, book.decimal("fee.rate.TR"), half_up)
        assert told.given() == {("FEE-RATE", "fee.rate.TR")}
