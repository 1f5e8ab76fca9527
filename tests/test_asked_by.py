"""GetRule says which calls ask a rule, and the request that it gives does ask it."""

import grpc

from asked_by import FILE, ask
from quotary.v1 import rulebook_service_pb2, rulebook_service_pb2_grpc
from quotary_conformance.contract import calls
from quotary_spec import rules
from quotary_spec.register.asked_by import asked_by
from quotary_spec.rule import registered_rules


def test_every_request_to_try_asks_its_rule(channel: grpc.Channel) -> None:
    rules.load()
    asked: dict[tuple[str, str], list[str]] = {}
    for rule, askings in asked_by().items():
        assert rule in registered_rules(), f"{rule} is gone: run make asked-by"
        for each in askings:
            key = each.call, str(each.request)
            if key not in asked:
                asked[key] = ask(channel, calls()[each.call], dict(each.request))
            assert rule in asked[key], f"{each.call} does not ask {rule} any more: run make asked-by"
    assert FILE.is_file()


def test_nearly_every_rule_has_a_call() -> None:
    """What no call with one answer asks is asked in streams (Guard's counts), or by EvaluateRule alone."""
    rules.load()
    every = registered_rules()
    without = {id for id in set(every) - set(asked_by()) if not every[id].info.area.startswith("guard.")}
    assert len(without) <= 10, sorted(without)


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
