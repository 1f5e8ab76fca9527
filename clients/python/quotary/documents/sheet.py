"""What stands on a quote or an invoice, as plain text in its order; how it looks is the writers' affair."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from google.type import date_pb2, money_pb2
from iso4217 import Currency

from quotary.v1 import common_pb2, order_service_pb2, quote_service_pb2

LINE_COLUMNS = ("#", "Product", "Quantity", "Term", "Unit price", "List", "Discount", "Net")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document.

    Attributes:
        title: What it is ("Quote AT-1234567").
        status: Where it stands ("open").
        facts: Labels and values at its head.
        parties: Labels, and the lines of each party's name and address.
        lines: The lines of the order, in the columns of ``LINE_COLUMNS``.
        totals: Labels, what they are computed from, and amounts; the last is the amount to pay.
        notes: Headings and paragraphs below: validity, terms, payment.
        region: Country of who is billed; decides how Chinese characters are drawn.
    """

    title: str
    status: str
    facts: tuple[tuple[str, str], ...]
    parties: tuple[tuple[str, tuple[str, ...]], ...]
    lines: tuple[tuple[str, ...], ...]
    totals: tuple[tuple[str, str, str], ...]
    notes: tuple[tuple[str, tuple[str, ...]], ...]
    region: str


def quote_sheet(quote: quote_service_pb2.Quote, details: Iterable[str] = ()) -> Sheet:
    """A quote; ``details`` say how the operator is paid."""
    deal, priced = quote.order.deal, quote.priced_order
    facts = [("Quote", quote.name.removeprefix("quotes/")), ("Revision", str(quote.revision))]
    facts.append(("Date", _day(deal.quote_date)))
    if quote.HasField("valid_through_date"):
        facts.append(("Valid through", _day(quote.valid_through_date)))
    facts += _references(quote.purchase_order_number, quote.customer_id, quote.edition)
    lines = tuple(
        (
            str(line.position + 1),
            _product(line.product, ordered.product),
            _quantity(line.quantity, line.user_tier),
            _term(line.term) if line.HasField("term") else "",
            line.unit_price,
            amount(line.prorated_amount),
            _reductions(
                line.discount.amount, line.discount.programme, line.discount.rate, line.credit, line.order_discount
            ),
            amount(line.net_amount) or "open",
        )
        for ordered, line in zip(quote.order.lines, priced.lines, strict=True)
    )
    fee_basis = f"{percent(priced.fee.rate)} of {amount(priced.fee.base)}"
    fee = (priced.fee.amount, priced.fee.region_code, fee_basis) if priced.HasField("fee") else None
    return Sheet(
        title=f"Quote {quote.name.removeprefix('quotes/')}",
        status=_state(quote_service_pb2.Quote.State.Name(quote.state)) + (", SAMPLE" if _is_sample(priced) else ""),
        facts=tuple(facts),
        parties=_parties(deal.billing_party, deal.sold_to_party if deal.HasField("sold_to_party") else None),
        lines=lines,
        totals=tuple(_totals(priced.currency_code, priced.net_total, fee, priced.tax_components, priced.total)),
        notes=(
            ("Validity", (_validity(quote),)),
            ("Terms", tuple(_quote_terms(quote))),
            *_reservations(priced),
            *_not_charged(priced.taxes_not_charged),
            *_payment_notes(quote.name.removeprefix("quotes/"), details),
        ),
        region=deal.billing_party.address.region_code,
    )


def invoice_sheet(
    invoice: order_service_pb2.Invoice, order: order_service_pb2.Order, details: Iterable[str] = ()
) -> Sheet:
    """An invoice with what was paid of it."""
    number = invoice.name.rpartition("/")[2]
    facts = [("Invoice", number), ("Order", order.name.removeprefix("orders/")), ("Date", _day(invoice.invoice_date))]
    facts.append(("Due", _day(invoice.due_date) if invoice.HasField("due_date") else "on receipt"))
    facts += _references(invoice.purchase_order_number, invoice.customer_id, order.edition)
    lines = tuple(
        (
            str(line.position + 1),
            _product(line.product, line.product),
            _quantity(line.quantity, line.user_tier),
            _term(line.term) if line.HasField("term") else "",
            line.unit_price,
            amount(line.list_amount),
            _reductions(line.discount_amount, "", "", line.credit, line.order_discount),
            amount(line.amounts.net_amount),
        )
        for line in invoice.lines
    )
    fee = (invoice.fee_amount, "", "") if invoice.HasField("fee_amount") else None
    totals = list(_totals(invoice.total.currency_code, invoice.net_total, fee, invoice.tax_components, invoice.total))
    if not _is_zero(invoice.paid_amount):
        totals.append(("Paid", "", amount(invoice.paid_amount)))
    totals.append((f"To pay in {invoice.total.currency_code}", "", amount(invoice.outstanding_amount)))
    return Sheet(
        title=f"Invoice {number}",
        status=_state(order_service_pb2.Invoice.State.Name(invoice.state)),
        facts=tuple(facts),
        parties=_parties(invoice.billing_party, invoice.sold_to_party if invoice.HasField("sold_to_party") else None),
        lines=lines,
        totals=tuple(totals),
        notes=(
            *_payments(order.payments),
            *_not_charged(invoice.taxes_not_charged),
            *_local_taxes(invoice),
            *_payment_notes(number, details),
        ),
        region=invoice.billing_party.address.region_code,
    )


# ---- figures


def amount(money: money_pb2.Money) -> str:
    """``1,334.53``; empty for an absent amount."""
    if not money.currency_code:
        return ""
    digits = Currency(money.currency_code).exponent or 0
    sign = "-" if money.units < 0 or money.nanos < 0 else ""
    return f"{sign}{abs(money.units):,}" + (f".{abs(money.nanos):09d}"[: digits + 1] if digits else "")


def percent(rate: str) -> str:
    """``7.5 %`` for the rate "0.075"."""
    whole, _, fraction = rate.partition(".")
    digits = (whole + fraction.ljust(2, "0")[:2]).lstrip("0") or "0"
    rest = fraction[2:].rstrip("0")
    return f"{digits}{'.' + rest if rest else ''} %"


def _is_zero(money: money_pb2.Money) -> bool:
    return not money.units and not money.nanos


def _day(date: date_pb2.Date) -> str:
    return f"{date.year:04d}-{date.month:02d}-{date.day:02d}" if date.year else ""


def _term(term: common_pb2.Term) -> str:
    return f"{_day(term.start_date)} to {_day(term.end_date)}"


def _quantity(quantity: int, user_tier: int) -> str:
    return f"{quantity:,} x {user_tier:,} users" if user_tier else f"{quantity:,}"


def _product(product: common_pb2.Product, ordered: common_pb2.Product) -> str:
    where = common_pb2.Platform.Name(product.platform).removeprefix("PLATFORM_").replace("_", " ").title()
    name = ordered.display_name or product.id
    return " ".join(each for each in (name, product.plan, f"({where})" if product.platform else "") if each)


def _reductions(
    discount: money_pb2.Money, programme: str, rate: str, credit: money_pb2.Money, of_order: money_pb2.Money
) -> str:
    parts = []
    if not _is_zero(discount):
        why = ", ".join(filter(None, ("" if programme == "given" else programme, percent(rate) if rate else "")))
        parts.append(f"{amount(discount)} ({why})" if why else amount(discount))
    if not _is_zero(credit):
        parts.append(f"credit {amount(credit)}")
    if not _is_zero(of_order):
        parts.append(f"{amount(of_order)} of the order's discount")
    return ", ".join(parts)


# ---- parts


def _references(purchase_order_number: str, customer: str, edition: str) -> Iterator[tuple[str, str]]:
    if purchase_order_number:
        yield "Purchase order", purchase_order_number
    if customer:
        yield "Customer", customer
    yield "Edition of the rules", edition


def _parties(billed: common_pb2.Party, sold_to: common_pb2.Party | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found = [("Billed to", tuple(_party(billed)))]
    if sold_to is not None:
        found.append(("End customer", tuple(_party(sold_to))))
    return tuple(found)


def _party(party: common_pb2.Party) -> Iterator[str]:
    address = party.address
    town = " ".join(filter(None, (address.postal_code, address.locality, address.administrative_area)))
    yield from filter(None, (party.display_name, *address.address_lines, town, address.region_code, party.email))
    for identifier in party.tax_identifiers:
        yield f"{identifier.kind.replace('_', ' ').upper()} {identifier.value}"


def _totals(
    currency: str,
    net: money_pb2.Money,
    fee: tuple[money_pb2.Money, str, str] | None,
    taxes: Iterable[common_pb2.TaxComponent],
    total: money_pb2.Money,
) -> Iterator[tuple[str, str, str]]:
    yield "Net", "", amount(net) or "open"
    if fee is not None:
        charged, region, basis = fee
        yield f"Administration fee {region}".strip(), basis, amount(charged)
    for tax in taxes:
        place = tax.locality or tax.region_code
        yield f"{tax.tax.replace('_', ' ')} {place}", f"{percent(tax.rate)} of {amount(tax.base)}", amount(tax.amount)
    yield f"Total in {currency}", "", amount(total) or "open"


def _validity(quote: quote_service_pb2.Quote) -> str:
    if not quote.HasField("valid_through_date"):
        return "It can be accepted as long as it is open."
    last = _day(quote.valid_through_date)
    printed = quote.validity_origin == quote_service_pb2.Quote.VALIDITY_ORIGIN_EDITION
    return f"It can be accepted through {last}, as {'the rules print' if printed else 'the seller set'}."


def _quote_terms(quote: quote_service_pb2.Quote) -> Iterator[str]:
    yield "What is accepted is what is charged: later changes of prices or rates do not alter this quote."
    missing = quote.priced_order.answer.missing
    if not quote.priced_order.HasField("total"):
        yield "Its total is not decided" + (f"; missing: {', '.join(missing)}." if missing else ".")
    if quote.accepted_order:
        yield f"It was accepted and is order {quote.accepted_order.removeprefix('orders/')}."
    yield f"Digest of this revision: {quote.digest}"


def _is_sample(priced: quote_service_pb2.PriceQuoteResponse) -> bool:
    return any(reason.code == "DEMONSTRATION_PRICE" for reason in priced.answer.reasons)


def _reservations(priced: quote_service_pb2.PriceQuoteResponse) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What whoever reads the quote must know of its figures: invented prices, and facts that nobody confirmed."""
    found = ["Sample: its prices are invented, not the seller's."] if _is_sample(priced) else []
    for other in priced.answer.alternatives:
        total = f"{amount(other.total)} {other.total.currency_code}"
        found.append(f"If so, the total is {total}: {other.text}")
    if found:
        yield "Please note", tuple(found)


def _payment_notes(reference: str, details: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "Payment details", (f"Please give {reference} as reference.", *details)


def _payments(payments: Iterable[order_service_pb2.Payment]) -> Iterator[tuple[str, tuple[str, ...]]]:
    found = tuple(
        f"{_day(each.payment_date)}: {amount(each.amount)} {each.amount.currency_code} by "
        f"{each.payment_instrument.method.replace('_', ' ')}"
        + (f", reference {each.reference}" if each.reference else "")
        for each in payments
    )
    if found:
        yield "Payments", found


def _not_charged(taxes: Iterable[common_pb2.TaxNotCharged]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Why a tax that the rules speak of is not on the document."""
    found = tuple(
        f"{each.tax.replace('_', ' ')} {each.locality or each.region_code}: {each.reason.text}" for each in taxes
    )
    if found:
        yield "Taxes not charged", found


def _local_taxes(invoice: order_service_pb2.Invoice) -> Iterator[tuple[str, tuple[str, ...]]]:
    found = tuple(
        f"{invoice.tax_components[each.component].tax} {invoice.tax_components[each.component].region_code}: "
        f"{amount(each.amount)} {each.amount.currency_code}"
        for each in invoice.local_amounts
    )
    if found:
        yield "Taxes in local currency", found


def _state(name: str) -> str:
    return name.removeprefix("STATE_").replace("_", " ").lower()
