"""LicenceTierService.PriceUpgrade."""

from __future__ import annotations

from quotary.v1 import licence_tier_service_pb2 as pb
from quotary_server.adapter.enums import UPGRADE_METHOD
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import MOST_LINES, read_deal, read_edition, read_line, read_view
from quotary_server.adapter.reading_subscriptions import day
from quotary_server.adapter.reading_tiers import limit
from quotary_server.adapter.writing import MoneyWriter, write_answer, write_guidance, write_line, write_term
from quotary_server.ruleset import Ruleset
from quotary_spec.model.order import Deal, Line
from quotary_spec.model.party import Party
from quotary_spec.model.product import Product
from quotary_spec.rule import tracing
from quotary_spec.rules.price.change_price import Change
from quotary_spec.rules.quote import lines as pricing

_MOST_MONTHS = 1200


def price_upgrade(ruleset: Ruleset, request: pb.PriceUpgradeRequest) -> pb.PriceUpgradeResponse:
    """Price, credit and new term of a change of tier, plan or platform.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    faults = Faults()
    book = read_edition(faults, request)
    deal, line = _read(faults, request)
    limit(faults, "other_lines", len(request.other_lines), MOST_LINES)
    others = [
        read_line(faults, f"other_lines[{i}]", each, deal.currency.code)
        for i, each in enumerate(request.other_lines[:MOST_LINES])
    ]
    months = request.dual_licence_months if request.HasField("dual_licence_months") else None
    if months is not None and not 1 <= months <= _MOST_MONTHS:
        faults.add("dual_licence_months", "OUT_OF_RANGE", f"{months} is not from 1 to {_MOST_MONTHS}")
    upgrade_date = day(faults, "", request, "upgrade_date")
    target_end = day(faults, "", request, "target_end_date")
    method = UPGRADE_METHOD.read(faults, "method", request.method)
    view = read_view(faults, request.view)
    faults.raise_if_any()
    with tracing() as trace:
        priced = pricing.price_upgrade(
            book, deal, line, ruleset.prices, upgrade_date, target_end, method, months, others
        )
    response = pb.PriceUpgradeResponse()
    _write(response, priced, MoneyWriter(deal.currency.code))
    findings = [finding.about("line") for finding in priced.findings]
    write_answer(response.answer, ruleset.digests, book, findings, trace, view)
    return response


def _read(faults: Faults, request: pb.PriceUpgradeRequest) -> tuple[Deal, Line]:
    deal, line = Deal(Party()), Line(Product(""))
    if request.HasField("deal"):
        deal = read_deal(faults, "deal", request.deal)
    else:
        faults.add("deal", "REQUIRED")
    if request.HasField("line"):
        line = read_line(faults, "line", request.line, deal.currency.code)
    else:
        faults.add("line", "REQUIRED")
    return deal, line


def _write(response: pb.PriceUpgradeResponse, priced: pricing.UpgradePrice, write: MoneyWriter) -> None:
    _write_change(response, priced.change, write)
    if priced.charge is not None:
        write(response.charge, priced.charge)
    if priced.new_term is not None:
        write_term(response.new_term, priced.new_term)
    response.cut_short = priced.cut_short
    if priced.dual_licence_term is not None:
        write_term(response.dual_licence_term, priced.dual_licence_term)
        write(response.dual_licence_amount, 0)
    response.incentives.extend(priced.incentives)
    if priced.guidance is not None:
        write_guidance(response.guidance, priced.guidance)


def _write_change(response: pb.PriceUpgradeResponse, change: Change, write: MoneyWriter) -> None:
    if change.method is not None:
        response.method = UPGRADE_METHOD.write(change.method)
    write_line(response.line, 0, change.line, write)
    if change.old_tier is not None:
        write(response.old_tier_amount, change.old_tier)
    if change.new_tier is not None:
        write(response.new_tier_amount, change.new_tier)
    if change.credit is not None:
        write(response.credit, change.credit)
    response.remaining_days = change.days_left or 0
    response.term_days = change.days_of_term or 0
    response.remaining_months = change.months_left or 0
    response.term_months = change.months_of_term or 0
