"""The price of a line: unit price, converted, times quantity, prorated, discounted, less credit (R-08, R-09)."""

from __future__ import annotations

from decimal import Decimal

from quotary_spec.calendar import Term, add_months
from quotary_spec.model.order import Cycle, Deal, GivenDiscount, Line, Order
from quotary_spec.model.product import Platform
from quotary_spec.model.quote import AppliedDiscount, PricedLine
from quotary_spec.money import Rounding, minor_digits, share
from quotary_spec.outcome import Finding, undetermined
from quotary_spec.rule import current_trace, rule
from quotary_spec.rulebook import Book
from quotary_spec.rules.currency import converted_price
from quotary_spec.supplements.price_book import PriceBook

_EVERY = "2021 2023 2024 2026"


@rule("DISCOUNT-PRICE", "000:69 000:79 002:149 003:82 004:115", editions=_EVERY, rulings="R-08 R-09")
def discounted_price(amount: int, rate: Decimal, rounding: Rounding) -> int:
    """A discounted price is the list price less the programme's share of it; a discount of 100 % makes it free."""
    return share(amount, 1 - rate, rounding)


def price_lines(book: Book, order: Order, prices: PriceBook) -> tuple[PricedLine, ...]:
    """Price every line of an order, each by itself; a line that is not decided says what it lacks."""
    trace = current_trace()
    priced: list[PricedLine] = []
    for i, line in enumerate(order.lines):
        if trace is not None:
            trace.subject = f"lines[{i}]"
        priced.append(_price_line(order.deal, line, f"lines[{i}]"))
    if trace is not None:
        trace.subject = ""
    return tuple(priced)


def _price_line(deal: Deal, line: Line, at: str) -> PricedLine:
    if line.price is None:
        return _open(line, undetermined("PRICE_NOT_KNOWN", f"{at}.price.unit_price"))
    rounding = deal.rounding.rounding
    currency = deal.currency.code
    unit = line.price.unit
    if (line.price.currency or currency) != currency:
        if deal.currency.exchange_rate is None:
            return _open(line, undetermined("INPUT_MISSING", "deal.currency.exchange_rate"))
        if deal.currency.margin is None:
            return _open(line, undetermined("INPUT_MISSING", "deal.currency.margin"))
        digits = minor_digits(currency)
        converted = converted_price(unit, deal.currency.exchange_rate, deal.currency.margin, currency, rounding)
        unit = Decimal(converted).scaleb(-digits)
    numerator, denominator = unit.as_integer_ratio()
    total = numerator * line.quantity * 10 ** minor_digits(currency)
    list_amount = rounding(total, denominator)
    prorated = list_amount
    months = _full_months(line)
    if line.term is not None and months is not None:
        full_days = (add_months(line.term.start, months) - line.term.start).days
        prorated = rounding(total * line.term.days, denominator * full_days)
    elif line.term is not None:
        return _open(line, undetermined("INPUT_MISSING", f"{at}.billing_cycle"))
    net, discount = _discounted(prorated, line.discount, rounding)
    return PricedLine(
        product=line.product,
        quantity=line.quantity,
        user_tier=line.user_tier or 0,
        unit_price=unit,
        term=_term(deal, line, months),
        list_amount=list_amount,
        prorated=prorated,
        discount=discount,
        net=net,
        price_source="request",
    )


def _term(deal: Deal, line: Line, months: int | None) -> Term | None:
    if line.term is not None or deal.order_date is None or months is None:
        return line.term
    return Term.of_months(deal.order_date, months)


def _full_months(line: Line) -> int | None:
    if line.price is not None and line.price.months is not None:
        return line.price.months
    if line.cycle is Cycle.MONTHLY:
        return 1
    if line.cycle is Cycle.ANNUAL or line.product.platform is Platform.DATA_CENTER:
        return 12
    return None


def _discounted(amount: int, discount: GivenDiscount | None, rounding: Rounding) -> tuple[int, AppliedDiscount | None]:
    if discount is None:
        return amount, None
    if discount.rate is not None:
        net = discounted_price(amount, discount.rate, rounding)
        return net, AppliedDiscount("given", discount.rate, amount - net, "", discounted_price.info.id)
    taken = min(amount, discount.amount or 0)
    return amount - taken, AppliedDiscount("given", None, taken, "", "")


def _open(line: Line, finding: Finding) -> PricedLine:
    return PricedLine(line.product, line.quantity, line.user_tier or 0, findings=(finding,))
