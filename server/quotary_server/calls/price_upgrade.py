"""LicenceTierService.PriceUpgrade."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

from quotary.v1 import licence_tier_service_pb2 as pb
from quotary_server.adapter.enums import UPGRADE_METHOD
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_deal, read_line
from quotary_server.adapter.reading_subscriptions import day
from quotary_server.adapter.writing import MoneyWriter, write_guidance, write_line, write_term
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.order import Deal, Line
from quotary_spec.model.party import Party
from quotary_spec.model.product import Product
from quotary_spec.outcome import Finding
from quotary_spec.rulebook import Book
from quotary_spec.rules.price.chains import PricedPurchase, Purchase
from quotary_spec.rules.price.change_price import TierChange, UpgradeMethod
from quotary_spec.rules.quote import lines as pricing

_MOST_MONTHS = 1200


def price_upgrade(ruleset: Ruleset, request: pb.PriceUpgradeRequest) -> pb.PriceUpgradeResponse:
    """Price, credit and new term of a change of tier, plan or platform.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """

    def ask(book: Book, case: _Case) -> pricing.UpgradePrice:
        return pricing.price_upgrade(
            book,
            case.deal,
            case.line,
            ruleset.prices,
            case.upgrade_date,
            case.target_end,
            case.method,
            case.dual_licence_months,
            case.others,
            case.purchases,
        )

    write = partial(_write, currency=request.deal.currency.currency_code or "USD")
    return answer(ruleset, request, pb.PriceUpgradeResponse(), _read, ask, write, findings=_findings)


@dataclass(frozen=True, slots=True)
class _Case:
    deal: Deal
    line: Line
    others: list[Line]
    upgrade_date: date | None
    target_end: date | None
    method: UpgradeMethod | None
    dual_licence_months: int | None
    purchases: list[Purchase]


def _refuse_two_terms(faults: Faults, line: Line, first: date | None, end: date | None) -> None:
    """The days of the call are those of the line's term, where both are given."""
    start, last = (line.term.start, line.term.end) if line.term is not None else (line.term_start, line.term_end)
    for name, requested, given in (("upgrade_date", first, start), ("target_end_date", end, last)):
        if requested is not None and given is not None and requested != given:
            faults.add(name, "CONFLICTING_FIELDS", f"{requested} is not the {given} of the line's term")


def _read(faults: Faults, request: pb.PriceUpgradeRequest) -> _Case:
    deal, line = Deal(Party()), Line(Product(""))
    if request.HasField("deal"):
        deal = read_deal(faults, "deal", request.deal)
    else:
        faults.add("deal", "REQUIRED")
    if request.HasField("line"):
        line = read_line(faults, "line", request.line, deal.currency.code)
    else:
        faults.add("line", "REQUIRED")
    others = [
        read_line(faults, f"other_lines[{i}]", each, deal.currency.code) for i, each in enumerate(request.other_lines)
    ]
    months = request.dual_licence_months if request.HasField("dual_licence_months") else None
    if months is not None and not 1 <= months <= _MOST_MONTHS:
        faults.add("dual_licence_months", "OUT_OF_RANGE", f"{months} is not from 1 to {_MOST_MONTHS}")
    upgrade_date, target_end = day(faults, "", request, "upgrade_date"), day(faults, "", request, "target_end_date")
    _refuse_two_terms(faults, line, upgrade_date, target_end)
    return _Case(
        deal,
        line,
        others,
        upgrade_date,
        target_end,
        UPGRADE_METHOD.read(faults, "method", request.method),
        months,
        _read_purchases(faults, request, line, deal.currency.code),
    )


def _read_purchases(faults: Faults, request: pb.PriceUpgradeRequest, line: Line, currency: str) -> list[Purchase]:
    """The purchases that led to what is held, oldest first, in place of ``line.prior``."""
    if request.purchases and line.prior is not None:
        faults.add("line.prior", "CONFLICTING_FIELDS", "the purchases say what is held")
    purchases: list[Purchase] = []
    for i, each in enumerate(request.purchases):
        path = f"purchases[{i}]"
        for name in ("line", "purchase_date"):
            if not each.HasField(name):
                faults.add(f"{path}.{name}", "REQUIRED")
        bought = read_line(faults, f"{path}.line", each.line, currency) if each.HasField("line") else Line(Product(""))
        if bought.prior is not None:
            faults.add(f"{path}.line.prior", "CONFLICTING_FIELDS", "the purchases before it say what is held")
        on = day(faults, f"{path}.", each, "purchase_date")
        if on is None:
            continue
        if purchases and on < purchases[-1].day:
            faults.add(f"{path}.purchase_date", "CONFLICTING_FIELDS", f"{on} is before {purchases[-1].day}")
        purchases.append(Purchase(bought, on))
    return purchases


def _findings(priced: pricing.UpgradePrice) -> list[Finding]:
    return [finding.about("line") for finding in priced.findings]


def _write(response: pb.PriceUpgradeResponse, priced: pricing.UpgradePrice, currency: str) -> None:
    write = MoneyWriter(currency)
    _write_change(response, priced.change, write)
    if priced.charge is not None:
        write(response.charge, priced.charge)
    if priced.new_term is not None:
        write_term(response.new_term, priced.new_term)
    response.cut_short = priced.cut_short
    if priced.dual_licence_term is not None:
        write_term(response.dual_licence_term, priced.dual_licence_term)
        write(response.dual_licence_amount, 0)
    for i, purchase in enumerate(priced.purchases):
        _write_purchase(response.purchases.add(), i, purchase, write)
    response.incentives.extend(priced.incentives)
    if priced.guidance is not None:
        write_guidance(response.guidance, priced.guidance)


def _write_purchase(message: pb.PricedPurchase, position: int, purchase: PricedPurchase, write: MoneyWriter) -> None:
    write_line(message.line, position, purchase.line, write)
    if purchase.after is not None and purchase.after.term is not None:
        write_term(message.held_term, purchase.after.term)
    if purchase.value is not None:
        write(message.value_held, purchase.value)


def _write_change(response: pb.PriceUpgradeResponse, change: TierChange, write: MoneyWriter) -> None:
    if change.method is not None:
        response.method = UPGRADE_METHOD.write(change.method)
    write_line(response.line, 0, change.line, write)
    if change.old_tier is not None:
        write(response.old_tier_amount, change.old_tier)
    if change.new_tier is not None:
        write(response.new_tier_amount, change.new_tier)
    if change.value is not None:
        write(response.value_held, change.value)
    if change.credit is not None:
        write(response.credit, change.credit)
    response.remaining_days = change.days_left or 0
    response.term_days = change.days_of_term or 0
    response.remaining_months = change.months_left or 0
    response.term_months = change.months_of_term or 0
