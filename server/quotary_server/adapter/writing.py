"""Results of the rule book into messages, filled in place; nothing is built that the view does not ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import lru_cache

from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.type import date_pb2, money_pb2

from quotary.v1 import common_pb2, quote_service_pb2, refund_service_pb2
from quotary_server.adapter.enums import OUTCOME, PLATFORM, RATE_ORIGIN, ROUNDING_POLICY
from quotary_spec.calendar import Term, add_months
from quotary_spec.deciding import deciding_passages
from quotary_spec.model.guidance import Guidance
from quotary_spec.model.product import Product
from quotary_spec.model.quote import AppliedDiscount, PricedLine
from quotary_spec.model.refund import Amounts
from quotary_spec.money import RoundingPolicy, minor_digits
from quotary_spec.outcome import Finding, Outcome, weakest
from quotary_spec.passage import Passage
from quotary_spec.register.reasons import REASON
from quotary_spec.rule import DataRow, RuleInfo, Trace, with_silence
from quotary_spec.rulebook import Book
from quotary_spec.rules.quote.total import Alternative, PricedOrder
from quotary_spec.rules.tax.charge import Untaxed
from quotary_spec.rules.tax.result import TaxComponent

MOST_STEPS = 2_000
"""Longest trace that an answer carries; the rest is counted in ``steps_omitted``."""

"""The enum value of each origin of a rate."""


_CASES = {
    "number_valid": "The number or document that nobody confirmed is valid.",
    "number_invalid": "The number or document that nobody confirmed is not valid.",
}


class MoneyWriter:
    """Writes minor units of one currency into money messages."""

    __slots__ = ("currency", "nano_step", "unit")

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.unit = 10 ** minor_digits(currency)
        self.nano_step = 1_000_000_000 // self.unit

    def __call__(self, message: money_pb2.Money, minor: int) -> None:
        """Fill ``message``; units and nanos share the amount's sign."""
        message.currency_code = self.currency
        if minor >= 0:
            message.units, rest = divmod(minor, self.unit)
            message.nanos = rest * self.nano_step
        else:
            units, rest = divmod(-minor, self.unit)
            message.units, message.nanos = -units, -rest * self.nano_step


@lru_cache(maxsize=4096)
def plain(number: Decimal) -> str:
    """A decimal in plain digits, as short as it is exact."""
    return f"{number.normalize():f}" if number else "0"


def write_date(message: date_pb2.Date, day: date) -> None:
    """Fill a civil date."""
    message.year, message.month, message.day = day.year, day.month, day.day


def write_term(message: common_pb2.Term, term: Term) -> None:
    """Fill a term with its ends; with its months when they are whole. One without a day stays absent."""
    start, end = term.start, term.end
    if start == end:
        return
    write_date(message.start_date, start)
    write_date(message.end_date, end)
    # Whole months end on the day they started on, or on the last day of a month that lacks it.
    if start.day == end.day or end.day >= 28:
        months = (end.year - start.year) * 12 + end.month - start.month
        if add_months(start, months) == end:
            message.months = months


def write_product(message: common_pb2.Product, product: Product) -> None:
    """Fill a product, resolved."""
    message.id = product.id
    if product.platform is not None:
        message.platform = PLATFORM.write(product.platform)
    if product.plan is not None:
        message.plan = product.plan
    if product.app:
        message.marketplace_app = True
    if product.host is not None:
        message.host_product_id = product.host
    if product.built_by_vendor is not None:
        message.built_by_vendor = product.built_by_vendor


def write_guidance(message: common_pb2.Guidance, guidance: Guidance) -> None:
    """Fill where and how something is done."""
    message.channel = guidance.channel
    message.place = guidance.place
    message.steps.extend(guidance.steps)
    message.documents.extend(guidance.documents)
    message.contact = guidance.contact


def write_answer(
    message: common_pb2.Answer,
    digests: common_pb2.Digests,
    book: Book,
    findings: Iterable[Finding],
    trace: Trace,
    view: int,
    root: str = "",
    *,
    stated: bool = False,
) -> None:
    """Fill what every call says of its result.

    Args:
        digests: Fingerprints of what it was computed with.
        root: Path of the request's part that findings speak of; it is put before their subjects and missing fields.
        stated: Whether the answer is what an entry of the catalogue states, for which no rule is asked.
    """
    findings = tuple(findings) if stated else with_silence(tuple(findings), trace, book.edition)
    message.outcome = OUTCOME.write(weakest(findings))
    message.edition = book.edition
    message.digests.CopyFrom(digests)
    message.rule_ids.extend(trace.rule_ids())
    missing: dict[str, None] = {}
    for finding in findings:
        write_reason(message.reasons.add(), finding, root)
        for path in finding.missing:
            missing[_path(root, finding.subject, path)] = None
    message.missing.extend(missing)
    if view == common_pb2.VIEW_FULL:
        write_trace(message, book, trace, findings)


def _path(root: str, subject: str, path: str) -> str:
    """Where a field stands in the request: findings about a line name fields of the line."""
    if subject and not path.startswith(("deal.", "lines[", "organisation.", "users[", subject)):
        path = f"{subject}.{path}"
    return f"{root}.{path}" if root else path


def write_reason(message: common_pb2.Reason, finding: Finding, root: str = "") -> None:
    """Fill why an answer, or a part of one, is as it is."""
    entry = REASON[finding.reason]
    message.code = finding.reason
    message.outcome = OUTCOME.write(finding.outcome)
    message.text = entry.text
    message.remedy = entry.remedy
    if finding.subject:
        message.subject = f"{root}.{finding.subject}" if root else finding.subject
    if finding.rule_id:
        message.rule_id = finding.rule_id
    for key, value in finding.detail:
        message.metadata[key] = value


def write_citations(
    messages: RepeatedCompositeFieldContainer[common_pb2.Citation], passages: Iterable[Passage]
) -> None:
    """Append passages."""
    messages.extend(map(citation, passages))


def citation(passage: Passage) -> common_pb2.Citation:
    """A passage as a message."""
    return common_pb2.Citation(document=passage.document, first_line=passage.first, last_line=passage.last)


def write_trace(message: common_pb2.Answer, book: Book, trace: Trace, findings: Iterable[Finding]) -> None:
    """Fill what only the full view has: the passages that decided, and the steps."""
    shown: dict[int, str] = {}
    add = message.steps.add
    message.steps_omitted = max(0, len(trace.raw) - MOST_STEPS)
    for number, (what, subject, args, kwargs, result) in enumerate(trace.raw):
        if number >= MOST_STEPS:
            break
        into = add()
        into.MergeFrom(_of_rule(what, book.edition) if isinstance(what, RuleInfo) else _of_row(what))
        into.subject = subject
        into.result = show(result)
        if isinstance(what, DataRow):
            continue
        for name, value in (*zip(what.inputs, args, strict=False), *kwargs.items()):
            # The same object is given to many rules; the trace holds it, so that its id stays its own.
            text = shown.get(id(value))
            if text is None:
                text = shown[id(value)] = show(value)
            into.inputs.add(name=name, value=text)
    write_citations(message.citations, deciding_passages(trace, book.edition, findings))


_steps: dict[tuple[str, str], common_pb2.Step] = {}


def _of_rule(info: RuleInfo, edition: str) -> common_pb2.Step:
    """What every step of a rule has in an edition; made once."""
    made = _steps.get((info.id, edition))
    if made is None:
        made = common_pb2.Step(id=info.id, statement=info.statement, rulings=info.rulings)
        write_citations(made.citations, info.passages_in(edition))
        _steps[info.id, edition] = made
    return made


def _of_row(row: DataRow) -> common_pb2.Step:
    step = common_pb2.Step(id=row.key, statement=f"Row of data: {row.source}", rulings=row.rulings)
    write_citations(step.citations, row.passages)
    return step


def show(value: object) -> str:
    """A value as a person reads it in a trace."""
    kind = type(value)
    if kind is str or kind is int:
        return str(value)
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, Finding):
        return f"{Outcome(value.outcome).name}: {value.reason}"
    if isinstance(value, (str, int, date, Term)):
        return str(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{show(key)}: {show(each)}" for key, each in value.items())
    if isinstance(value, (tuple, list, frozenset, set)):
        return ", ".join(map(show, sorted(value, key=str) if isinstance(value, (set, frozenset)) else value)) or "none"
    if is_dataclass(value) and not isinstance(value, type):
        parts = ((each.name, getattr(value, each.name)) for each in fields(value))
        return ", ".join(f"{name} {show(part)}" for name, part in parts if part not in (None, (), "", False))
    return getattr(value, "__name__", str(value))


def write_component(
    message: common_pb2.TaxComponent, component: TaxComponent, money: MoneyWriter, root: str = ""
) -> None:
    """Fill one tax on one base."""
    message.tax = component.tax
    message.region_code = component.region
    if component.locality:
        message.locality = component.locality
    money(message.base, component.base)
    message.rate = plain(component.rate.value)
    message.rate_origin = RATE_ORIGIN.write(component.rate.origin)
    message.rate_source = component.rate.source
    money(message.amount, component.amount)
    message.lines.extend(component.lines)
    for part in component.parts:
        money(message.line_amounts.add(), part)
    message.rule_id = component.rule_id
    message.why = component.why
    message.exempting.extend(component.exempting)
    if component.evidence_due is not None:
        write_date(message.evidence_due_date, component.evidence_due)
    for note in component.not_counted:
        write_reason(message.not_counted.add(), note, root)


def write_untaxed(message: common_pb2.TaxNotCharged, untaxed: Untaxed, root: str = "") -> None:
    """Fill one tax that is not charged."""
    due = untaxed.due
    message.tax = due.tax
    message.region_code = due.region
    message.locality = due.locality
    message.lines.extend(due.lines)
    write_reason(message.reason, untaxed.reason, root)
    message.rule_id = due.rule.id


def write_alternatives(
    message: common_pb2.Answer, alternatives: Iterable[Alternative], money: MoneyWriter, root: str = ""
) -> None:
    """Fill both outcomes of a fact that nobody confirmed."""
    for alternative in alternatives:
        into = message.alternatives.add(id=alternative.id, text=_CASES[alternative.id])
        for component in alternative.components:
            write_component(into.tax_components.add(), component, money, root)
        money(into.tax_total, alternative.tax_total)
        money(into.total, alternative.total)


def write_rounding(
    message: common_pb2.Answer, policy: RoundingPolicy, difference: int | None, money: MoneyWriter
) -> None:
    """Fill the rounding policy and what it makes of the total."""
    message.rounding_policy = ROUNDING_POLICY.write(policy)
    if difference is not None:
        money(message.rounding_difference, difference)


def _write_discount(message: quote_service_pb2.AppliedDiscount, discount: AppliedDiscount, money: MoneyWriter) -> None:
    message.programme = discount.programme
    if discount.rate is not None:
        message.rate = plain(discount.rate)
    money(message.amount, discount.amount)
    message.reason = discount.reason
    message.rule_id = discount.rule_id


def write_line(message: quote_service_pb2.PricedLine, position: int, line: PricedLine, money: MoneyWriter) -> None:
    """Fill the price of one line."""
    message.position = position
    write_product(message.product, line.product)
    message.outcome = OUTCOME.write(line.outcome)
    message.quantity = line.quantity
    message.user_tier = line.user_tier
    message.price_source = line.price_source
    if line.unit_price is not None:
        message.unit_price = plain(line.unit_price)
    if line.term is not None:
        write_term(message.term, line.term)
    if line.list_amount is not None:
        money(message.list_amount, line.list_amount)
    if line.prorated is not None:
        money(message.prorated_amount, line.prorated)
    if line.discount is not None:
        _write_discount(message.discount, line.discount, money)
    for other in line.other_discounts:
        _write_discount(message.other_discounts.add(), other, money)
    if line.credit:
        money(message.credit, line.credit)
    if line.order_discount:
        money(message.order_discount, line.order_discount)
    if line.net is not None:
        money(message.net_amount, line.net)


def write_line_amounts(message: refund_service_pb2.LineAmounts, amounts: Amounts, write: MoneyWriter) -> None:
    """Fill the amounts of a line by component."""
    write(message.net_amount, amounts.net)
    if amounts.fee:
        write(message.fee_amount, amounts.fee)
    for part in amounts.taxes:
        tax = message.taxes.add(tax=part.tax)
        if part.region:
            tax.region_code = part.region
        if part.locality:
            tax.locality = part.locality
        write(tax.amount, part.amount)


def write_quote(message: quote_service_pb2.PriceQuoteResponse, quote: PricedOrder, currency: str) -> None:
    """Fill a priced order, all but its answer."""
    money = MoneyWriter(currency)
    message.currency_code = currency
    for i, line in enumerate(quote.lines):
        write_line(message.lines.add(), i, line, money)
    if quote.list_total is not None:
        money(message.list_total, quote.list_total)
    if quote.discount_total is not None:
        money(message.discount_total, quote.discount_total)
    if quote.net_total is not None:
        money(message.net_total, quote.net_total)
    fee = quote.fee
    if fee is not None:
        message.fee.region_code = fee.country
        money(message.fee.base, fee.base)
        message.fee.rate = plain(fee.rate)
        money(message.fee.amount, fee.amount)
        message.fee.lines.extend(fee.lines)
        message.fee.rule_id = fee.rule_id
        for i, part in zip(fee.lines, fee.parts, strict=True):
            money(message.lines[i].fee_amount, part)
    for component in quote.components:
        write_component(message.tax_components.add(), component, money, "order")
    for untaxed in quote.untaxed:
        write_untaxed(message.taxes_not_charged.add(), untaxed, "order")
    if quote.tax_total is not None:
        money(message.tax_total, quote.tax_total)
        parts = [0] * len(quote.lines)
        for component in quote.components:
            for i, part in zip(component.lines, component.parts, strict=True):
                parts[i] += part
        for i, part in enumerate(parts):
            money(message.lines[i].tax_amount, part)
    if quote.total is not None:
        money(message.total, quote.total)
    write_alternatives(message.answer, quote.alternatives, money, "order")
