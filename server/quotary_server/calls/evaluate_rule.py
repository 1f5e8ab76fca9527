"""RulebookService.EvaluateRule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from quotary.v1 import rulebook_service_pb2
from quotary_server.adapter.describing import Item, items, write_item
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.plain import read_struct, write_value
from quotary_server.adapter.reading import read_edition, read_view
from quotary_server.adapter.writing import write_answer
from quotary_server.calls.get_rule import find, read_name
from quotary_server.ruleset import Ruleset
from quotary_spec.facts import decode, encode
from quotary_spec.outcome import Finding, not_covered, remark
from quotary_spec.register.catalogue import STATED, CatalogueEntry
from quotary_spec.register.reasons import REASON
from quotary_spec.rule import RuleFunction, registered_questions, registered_rules, tracing
from quotary_spec.rulebook import Book


def evaluate_rule(
    ruleset: Ruleset, request: rulebook_service_pb2.EvaluateRuleRequest
) -> rulebook_service_pb2.EvaluateRuleResponse:
    """One rule asked on its own. An entry of the catalogue answers by its rule, or with what it states.

    Raises:
        CallError: INVALID_ARGUMENT with every violation, NOT_FOUND for an unknown rule.
    """
    faults = Faults()
    book = read_edition(faults, request)
    view = read_view(faults, request.view)
    item = items().get(read_name(faults, request.name))
    facts = read_struct(request.facts)
    rule = None if item is None else _rule_of(faults, item, facts)
    arguments = _read_facts(faults, rule, facts) if item is not None else {}
    faults.raise_if_any()
    item = item or find(request.name)
    with tracing(book.edition) as trace:
        result = _ask(faults, item, rule, book, arguments)
    faults.raise_if_any()
    response = rulebook_service_pb2.EvaluateRuleResponse()
    findings = [_of_facts(result, arguments)] if isinstance(result, Finding) else []
    if result is None and rule is not None and _answers_a_question(rule):
        findings.append(remark("RULE_DOES_NOT_SPEAK"))
    if not isinstance(result, Finding):
        write_value(response.result, encode(result))
    write_answer(response.answer, ruleset.digests, book, findings, trace, view, root="facts", stated=rule is None)
    write_item(response.rule, item)
    return response


def _of_facts(finding: Finding, facts: Mapping[str, object]) -> Finding:
    """The finding with what is missing named as the rule's own facts, not as the fields from which calls take them."""
    absent = tuple(name for name, value in facts.items() if value is None)

    def names(path: str) -> tuple[str, ...]:
        first, last = path.partition(".")[0].partition("[")[0], path.rpartition(".")[2]
        if first in facts:
            return (path,)
        return (last,) if last in facts else absent

    return replace(finding, missing=tuple(dict.fromkeys(name for path in finding.missing for name in names(path))))


def _rule_of(faults: Faults, item: Item, facts: Mapping[str, object]) -> RuleFunction[..., object] | None:
    """The function to ask. None for an entry that only states something, or that is asked for what it states."""
    if not isinstance(item.what, CatalogueEntry):
        return item.what
    entry = item.what
    if not entry.rules or (entry.kind in STATED and not facts):
        return None
    if len(entry.rules) > 1:
        faults.add("name", "SEVERAL_RULES", f"ask one of {', '.join(entry.rules)}")
    return registered_rules()[entry.rules[0]]


def _read_facts(faults: Faults, rule: RuleFunction[..., object] | None, facts: Mapping[str, object]) -> dict[str, Any]:
    if rule is None:
        for name in facts:
            faults.add(f"facts.{name[:60]}", "UNKNOWN_FACT", "the entry states something and takes no facts")
        return {}
    arguments, found = decode(rule, facts)
    for fault in found:
        faults.add(f"facts.{fault.path}", fault.reason, fault.detail)
    return arguments


def _ask(
    faults: Faults,
    item: Item,
    rule: RuleFunction[..., object] | None,
    book: Book,
    arguments: dict[str, Any],
) -> object:
    editions = item.editions if rule is None else rule.info.editions
    if book.edition not in editions:
        return not_covered(edition=book.edition)
    if rule is None:
        entry = item.what
        is_modelled = isinstance(entry, CatalogueEntry) and entry.kind != "not_modelled"
        return item.statement if is_modelled else not_covered("NOT_MODELLED", why=item.statement)
    try:
        result = rule(**arguments)
        if isinstance(result, Finding) and result.reason not in REASON:
            raise ValueError(f"{result.reason} is no reason of the catalogue")
        return result
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        # Each fact is good by itself: only a rule called on its own can be given facts that cannot hold together.
        faults.add("facts", "FACTS_DO_NOT_FIT", str(error)[:200])
        return None


def _answers_a_question(rule: RuleFunction[..., object]) -> bool:
    """True for one of several rules of which each speaks for its own facts only."""
    return any(rule in rules for question in registered_questions().values() for rules in question.rules.values())
