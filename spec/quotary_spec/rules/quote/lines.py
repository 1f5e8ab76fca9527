"""The lines of an order, priced (R-08, R-09): what each kind of line costs, and what stands against selling it so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from quotary_spec.calendar import Term
from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Action, Deal, Line, Order
from quotary_spec.model.product import Platform
from quotary_spec.model.quote import PricedLine
from quotary_spec.outcome import Finding, Outcome, not_covered, refused, undetermined
from quotary_spec.rule import about
from quotary_spec.rulebook import Book
from quotary_spec.rules.price.chains import PricedPurchase, Purchase, price_purchases
from quotary_spec.rules.price.change_price import (
    TierChange,
    UpgradeMethod,
    dual_licence_rule_id,
    method_of,
    price_change,
)
from quotary_spec.rules.price.changes import dual_licence_fits, migration_incentives
from quotary_spec.rules.price.line_price import open_line, price_line
from quotary_spec.rules.price.list_price import Pricing
from quotary_spec.rules.sales.conditions import against_order, placed
from quotary_spec.rules.terms_assessment import cut
from quotary_spec.rules.terms_start import settled, settled_lines, start_of
from quotary_spec.supplements.price_book import PriceBook


def price_lines(book: Book, order: Order, prices: PriceBook) -> tuple[PricedLine, ...]:
    """Price every line of an order. A line that is not decided says what it lacks; one that may not be sold, why."""
    pricing = Pricing.of(book, order.deal, prices)
    lines, contradictions = settled_lines(order.deal, order.lines)
    of_sale = against_order(book, order.deal, lines)
    priced: list[PricedLine] = []
    for i, line in enumerate(lines):
        with about(f"lines[{i}]"):
            # The price of a term that contradicts itself waits for another.
            result = _priced(pricing, line) if contradictions[i] is None else open_line(line)
        findings = dict.fromkeys((*result.findings, *of_sale[i]))
        if findings:
            result = replace(result, findings=tuple(placed(findings, f"lines[{i}]")))
        # What is not sold has no price.
        priced.append(open_line(line, *result.findings) if result.outcome is Outcome.REFUSED else result)
    return tuple(priced)


def _priced(pricing: Pricing, line: Line) -> PricedLine:
    method = method_of(line)
    return price_line(pricing, line) if method is None else price_change(pricing, line, method).line


@dataclass(frozen=True, slots=True)
class UpgradePrice:
    """What a change of tier, plan or platform costs.

    Attributes:
        change: The price and how it is made.
        purchases: The purchases that led to what is held, priced.
        charge: Amount to pay before fee and taxes; None while it is not decided.
        new_term: Term of the new tier.
        cut_short: True when the end of life cut that term.
        dual_licence_term: Time for which the Data Center subscription runs on beside the cloud, free of charge.
        incentives: What helps the move.
        guidance: How the price of a Data Center upgrade can be checked with the vendor.
        findings: What stands in the way, and remarks; missing fields are relative to the line or begin with "deal.".
    """

    change: TierChange
    purchases: tuple[PricedPurchase, ...]
    charge: int | None
    new_term: Term | None
    cut_short: bool
    dual_licence_term: Term | None
    incentives: tuple[str, ...]
    guidance: Guidance | None
    findings: tuple[Finding, ...]


def price_upgrade(
    book: Book,
    deal: Deal,
    line: Line,
    prices: PriceBook,
    upgrade_date: date | None = None,
    target_end: date | None = None,
    method: UpgradeMethod | None = None,
    dual_licence_months: int | None = None,
    other_lines: Sequence[Line] = (),
    purchases: Sequence[Purchase] = (),
) -> UpgradePrice:
    """The price, credit and new term of a change of tier, plan or platform.

    Args:
        line: The product and tier that are wanted, and in ``prior`` what is held. Without an action it is an upgrade.
        upgrade_date: First day of the new tier.
        target_end: Day on which the term shall end.
        method: Another reading's way to price the change.
        dual_licence_months: Months of the dual licence.
        other_lines: Lines of the same order, to which the end may be tied.
        purchases: How what is held came about, oldest first, in place of ``line.prior``.
    """
    chain = price_purchases(book, deal, purchases, prices)
    if chain:
        line = replace(line, prior=chain[-1].after)
    if method_of(line) is None:
        line = replace(line, action=Action.UPGRADE)
    findings: list[Finding] = []
    line = _as_asked(deal, line, upgrade_date, target_end, findings)
    own = method_of(line)
    assert own is not None
    if method is not None and method is not own and not _may_be_read(line, own, method):
        findings.append(refused("UPGRADE_METHOD_NOT_FOR_PLATFORM", method=method))
        method = None
    pricing = Pricing.of(book, deal, prices)
    # No price while it is not known what is held, or the term contradicts itself.
    if (chain and chain[-1].after is None) or any(finding.reason == "TERM_ENDS_BEFORE_START" for finding in findings):
        change = TierChange(method or own, open_line(line))
    else:
        change = price_change(pricing, line, method or own)
    of_sale, *_ = against_order(book, deal, (line, *other_lines))
    dual_term, of_dual = _dual_licence(book, line, change, dual_licence_months)
    priced = change.line
    return UpgradePrice(
        change=change,
        purchases=chain,
        charge=priced.net,
        new_term=priced.term,
        cut_short=any(finding.reason == "TERM_CUT_AT_END_OF_LIFE" for finding in priced.findings),
        dual_licence_term=dual_term,
        incentives=_incentives(book, line),
        guidance=book.guidance("upgrade.check-price") if line.product.platform is Platform.DATA_CENTER else None,
        findings=tuple(dict.fromkeys((*_of_purchases(chain), *priced.findings, *findings, *of_sale, *of_dual))),
    )


def _of_purchases(chain: Sequence[PricedPurchase]) -> Iterator[Finding]:
    """Findings about the purchases that led to what is held."""
    for i, purchase in enumerate(chain):
        for finding in purchase.line.findings:
            yield finding.about(f"purchases[{i}].line")


def _as_asked(deal: Deal, line: Line, first: date | None, end: date | None, findings: list[Finding]) -> Line:
    """The line with the first day and the end that the call asks for beside it; ``findings`` takes what contradicts."""
    line = replace(line, term_start=first or line.term_start)
    if end is not None:
        start = start_of(deal, line)
        if start is None:
            findings.append(undetermined("INPUT_MISSING", "deal.order_date"))
        elif end <= start:
            findings.append(refused("TERM_SHORTENED", end=end.isoformat()))
        else:
            return replace(line, term=Term(start, end))
    requested_line = settled(deal, line)
    if isinstance(requested_line, Finding):
        findings.append(requested_line)
        return line
    return requested_line


def _may_be_read(line: Line, own: UpgradeMethod, method: UpgradeMethod) -> bool:
    """True when some reading prices the change so: Data Center upgrades have three ways, everything else one (R-21)."""
    ways = {
        UpgradeMethod.PRORATED_DIFFERENCE,
        UpgradeMethod.NEW_TERM_LESS_CREDIT,
        UpgradeMethod.CO_TERM_LESS_CREDIT,
    }
    return line.product.platform is Platform.DATA_CENTER and own in ways and method in ways


def _incentives(book: Book, line: Line) -> tuple[str, ...]:
    current = line.prior.product.platform if line.prior is not None and line.prior.product is not None else None
    requested = line.product.platform
    if current is None or requested is None or not book.prints("upgrade.incentives-to-cloud"):
        return ()
    return migration_incentives(current, requested, book.texts("upgrade.incentives-to-cloud"))


def _dual_licence(
    book: Book, line: Line, change: TierChange, months: int | None
) -> tuple[Term | None, tuple[Finding, ...]]:
    """The time for which Data Center runs on beside the cloud line that takes its place."""
    if change.method is UpgradeMethod.DUAL_LICENCE:
        return change.line.term, ()
    if change.method is not UpgradeMethod.STEP_UP or not line.dual_licence:
        return None, ()
    prior = line.prior
    assert prior is not None, "a step up leaves what is held"
    assert prior.product is not None
    rule_id = dual_licence_rule_id(book)
    if rule_id is None:
        return None, (not_covered(edition=book.edition),)
    if prior.end is None:
        return None, (undetermined("INPUT_MISSING", "prior.term"),)
    most = book.integer("upgrade.dual-licence.most-months")
    term = Term.of_months(prior.end, months or most)
    if not book.ask(dual_licence_fits, term, most):
        return None, (refused("DUAL_LICENCE_TOO_LONG", most_months=str(most)).by(rule_id),)
    return cut(book, replace(line, product=prior.product), term)
