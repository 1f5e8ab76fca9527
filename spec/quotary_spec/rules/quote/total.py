"""A whole order under one edition, in the order of R-09: lines, administration fee, taxes, total."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from quotary_spec.model.order import Deal, Order
from quotary_spec.model.party import Address
from quotary_spec.model.product import Product
from quotary_spec.model.quote import PricedLine
from quotary_spec.money import RoundingPolicy
from quotary_spec.outcome import Finding, Outcome, remark, weakest
from quotary_spec.rule import untraced
from quotary_spec.rulebook import Book
from quotary_spec.rules.fees import Fee, assess_fee
from quotary_spec.rules.quote.lines import price_lines
from quotary_spec.rules.quote.order_discount import discount_order
from quotary_spec.rules.quote.validity import against_age
from quotary_spec.rules.tax.assessment import assess_taxes
from quotary_spec.rules.tax.charge import RateTable, TaxLine, Untaxed
from quotary_spec.rules.tax.result import TaxComponent, TaxResult
from quotary_spec.supplements.price_book import PriceBook

FROM_BOOK = "price:"
"""How the source of a price from the price book starts."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """The order under one value of a fact that nobody confirmed."""

    id: str
    components: tuple[TaxComponent, ...]
    tax_total: int
    total: int


@dataclass(frozen=True, slots=True)
class Charged:
    """Fee and taxes on net amounts.

    Attributes:
        net_total: Sum of the net amounts.
        fee: Administration fee, if one is charged.
        components: Taxes that are decided.
        tax_total: Sum of all taxes; None while one is not decided.
        total: Amount to pay; None unless everything is granted.
        alternatives: The same under each value of an unconfirmed fact.
        findings: What stands in the way, and remarks.
        untaxed: Taxes that are not charged, and why.
    """

    net_total: int
    fee: Fee | None
    components: tuple[TaxComponent, ...]
    tax_total: int | None
    total: int | None
    alternatives: tuple[Alternative, ...]
    findings: tuple[Finding, ...]
    untaxed: tuple[Untaxed, ...] = ()


@dataclass(frozen=True, slots=True)
class PricedOrder:
    """A priced order. Sums are None while a line is not decided."""

    lines: tuple[PricedLine, ...]
    list_total: int | None
    discount_total: int | None
    net_total: int | None
    fee: Fee | None
    components: tuple[TaxComponent, ...]
    tax_total: int | None
    total: int | None
    alternatives: tuple[Alternative, ...]
    findings: tuple[Finding, ...]
    untaxed: tuple[Untaxed, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """How decided the whole is: as its weakest part."""
        return weakest(self.findings)


def price_order(book: Book, order: Order, prices: PriceBook, rates: RateTable) -> PricedOrder:
    """Price, discount, fee and tax an order. Decided parts are given even when others are open."""
    lines = price_lines(book, order, prices)
    findings = tuple(finding for line in lines for finding in line.findings)
    expired = against_age(book, order.deal.quote_date, order.deal.order_date, "deal.order_date")
    if expired is not None:
        findings = (*findings, expired)
    if prices.demonstration and any(line.price_source.startswith(FROM_BOOK) for line in lines):
        findings = (*findings, remark("DEMONSTRATION_PRICE"))
    nets = [line.net for line in lines if line.net is not None]
    if len(nets) < len(lines):
        return PricedOrder(lines, None, None, None, None, (), None, None, (), findings)
    lines, of_discount = discount_order(order.deal, order.discount, lines)
    findings, nets = (*findings, *of_discount), [line.net or 0 for line in lines]
    addresses = [line.sold_to_address for line in order.lines]
    charged = fee_and_taxes(book, order.deal, [line.product for line in lines], nets, addresses, rates)
    list_total = sum(line.prorated or 0 for line in lines)
    granted = weakest(findings) is Outcome.GRANTED
    return PricedOrder(
        lines=lines,
        list_total=list_total,
        discount_total=list_total - charged.net_total,
        net_total=charged.net_total,
        fee=charged.fee,
        components=charged.components,
        tax_total=charged.tax_total,
        total=charged.total if granted else None,
        alternatives=charged.alternatives if granted else (),
        findings=findings + charged.findings,
        untaxed=charged.untaxed,
    )


def fee_and_taxes(
    book: Book,
    deal: Deal,
    products: Sequence[Product],
    nets: Sequence[int],
    sold_to_addresses: Sequence[Address | None],
    rates: RateTable,
) -> Charged:
    """Fee and taxes on net amounts; what a quote and a tax call share, so that they agree to the cent."""
    net_total = sum(nets)
    fee, findings = assess_fee(book, deal, products, nets)
    if weakest(findings) is not Outcome.GRANTED:
        return Charged(net_total, None, (), None, None, (), tuple(findings))
    fees = dict(zip(fee.lines, fee.parts, strict=True)) if fee is not None else {}
    taxes = assess_taxes(
        book,
        deal,
        [
            TaxLine(product, net, address, fees.get(i, 0))
            for i, (product, net, address) in enumerate(zip(products, nets, sold_to_addresses, strict=True))
        ],
        rates,
    )
    before_tax = net_total + (fee.amount if fee is not None else 0)
    decided = weakest(taxes.findings) is Outcome.GRANTED
    tax_total = _sum(taxes.components) if decided else None
    return Charged(
        net_total=net_total,
        fee=fee,
        components=taxes.components,
        tax_total=tax_total,
        total=before_tax + tax_total if tax_total is not None else None,
        alternatives=_alternatives(taxes, before_tax),
        findings=(*findings, *taxes.findings),
        untaxed=taxes.untaxed,
    )


def _alternatives(taxes: TaxResult, before_tax: int) -> tuple[Alternative, ...]:
    return tuple(
        Alternative(each.id, each.components, _sum(each.components), before_tax + _sum(each.components))
        for each in taxes.alternatives
        if weakest(each.findings) is Outcome.GRANTED
    )


def _sum(components: Iterable[TaxComponent]) -> int:
    return sum(component.amount for component in components)


def rounding_difference(deal: Deal, total: int, total_of: Callable[[Deal], int | None]) -> int | None:
    """Total under the deal's own rounding policy less the total under the rule book's (R-08).

    Args:
        deal: The deal that was answered.
        total: Its total.
        total_of: The total of the same under another deal; None where it has none.
    """
    if deal.rounding is RoundingPolicy.DOCUMENT_HALF_UP:
        return 0
    with untraced():
        reference = total_of(replace(deal, rounding=RoundingPolicy.DOCUMENT_HALF_UP))
    return None if reference is None else total - reference
