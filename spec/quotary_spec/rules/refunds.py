"""Refunds: when an order or a line of it goes back, what of it, tax alone, and exchange for another product.

What was paid is known line by line and component by component, because fee and taxes were allotted to the lines when
the order was quoted. A refund returns those very cents, so that any refunds which end with everything returned return
exactly what was paid, in whatever order they come.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from quotary_spec.calendar import add_months
from quotary_spec.model.order import Action
from quotary_spec.model.party import Evidence
from quotary_spec.model.product import Platform
from quotary_spec.model.refund import (
    Amounts,
    RefundWindow,
)
from quotary_spec.outcome import Finding, not_covered, refused, undetermined
from quotary_spec.rule import ByEdition, rule

# ---- windows


@rule(
    "REFUND-CLOUD-ANNUAL",
    "000:360 002:383 003:118 004:159",
    rulings="R-04 R-27 R-000-REFUND-CLOUD-ANNUAL R-002-REFUND-CLOUD-ANNUAL",
)
def annual_window(paid_on: date | None, days: int) -> RefundWindow | Finding:
    """An annual cloud subscription can be given back for 30 days after the payment of each term.

    Reading: the day of payment is day 0 and day 30 is included; a renewal that is paid opens a window of its own.
    """
    if paid_on is None:
        return undetermined("INPUT_MISSING", "paid_order.payment_date")
    return RefundWindow(paid_on, paid_on + timedelta(days=days))


@rule("REFUND-GUARD-ANNUAL", "001:379", rulings="R-04 R-27 R-29-GUARD-A18")
def guard_annual_window(paid_on: date | None, days: int) -> RefundWindow | Finding:
    """An annual Guard subscription can be given back for 30 days after it was paid."""
    if paid_on is None:
        return undetermined("INPUT_MISSING", "paid_order.payment_date")
    return RefundWindow(paid_on, paid_on + timedelta(days=days))


@rule("REFUND-CLOUD-MONTHLY", "000:11 000:360 003:118", not_in="2024", rulings="R-04 R-27")
def first_paid_month(service_start: date | None, first_paid_on: date | None, months: int) -> RefundWindow | Finding:
    """A monthly cloud subscription can be given back in its first paid month, which begins when the trial is over.

    Reading: the month runs to the day before the same day of the next month; the day of payment plays no part.
    """
    if service_start is None:
        return undetermined("INPUT_MISSING", "service_start_date")
    return _months(service_start, months)


@rule("REFUND-CLOUD-MONTHLY-RECEIPT", "002:8 002:383", rulings="R-04 R-27 R-002-REFUND-CLOUD-MONTHLY")
def month_from_receipt(service_start: date | None, first_paid_on: date | None, months: int) -> RefundWindow | Finding:
    """A monthly cloud subscription can be given back in the first month after the first payment was received.

    Reading: one passage counts from the payment, the other from the start of paid service; the later of the two counts.
    """
    if first_paid_on is None:
        return undetermined("INPUT_MISSING", "first_payment_date")
    if service_start is None:
        return undetermined("INPUT_MISSING", "service_start_date")
    return _months(max(service_start, first_paid_on), months)


@rule("REFUND-CLOUD-MONTHLY-NONE", "004:159", rulings="R-27")
def no_month() -> Finding:
    """Monthly cloud subscriptions are not given back: only annual ones are."""
    return refused("MONTHLY_NOT_REFUNDED")


monthly_window = ByEdition(first_paid_month, month_from_receipt)


@rule("REFUND-GUARD-MONTHLY", "001:379", rulings="R-02 R-04 R-27 R-001-REFUND-GUARD-MONTHLY-001")
def guard_first_paid_month(service_start: date | None, months: int) -> RefundWindow | Finding:
    """A monthly Guard Standard subscription can be given back in the first paid month after the trial.

    Reading: in 2024 this sentence on Guard is more specific than the one on all monthly subscriptions.
    """
    if service_start is None:
        return undetermined("INPUT_MISSING", "service_start_date")
    return _months(service_start, months)


@rule(
    "REFUND-SELF-MANAGED",
    "000:362 002:385 003:116",
    rulings="R-04 R-27 R-000-REFUND-DC R-002-REFUND-DC",
)
def first_purchase_window(action: Action | None, first_paid_on: date | None, days: int) -> RefundWindow | Finding:
    """A self-managed licence can be given back for 30 days after its original purchase.

    Reading: the purchase is the confirmed payment; renewals, upgrades, downgrades and expansions are no original
    purchase. The passage of 2023 speaks of self-managed licences and so holds for Server beside Data Center.
    """
    if action is None:
        return undetermined("INPUT_MISSING", "action")
    if action is not Action.NEW:
        return refused("NOT_FIRST_PURCHASE", action=action.value)
    if first_paid_on is None:
        return undetermined("INPUT_MISSING", "paid_order.payment_date")
    return RefundWindow(first_paid_on, first_paid_on + timedelta(days=days))


@rule("REFUND-SERVER", "004:157", rulings="R-04 R-27")
def server_window(
    licence_type: str | None, types: Collection[str], action: Action | None, first_paid_on: date | None, days: int
) -> RefundWindow | Finding:
    """A Commercial or Academic Server licence can be given back or exchanged for 30 days after its first purchase."""
    if licence_type is not None and licence_type not in types:
        return refused("LICENCE_TYPE_NOT_REFUNDED", types=", ".join(types))
    if action is not None and action is not Action.NEW:
        return refused("NOT_FIRST_PURCHASE", action=action.value)
    missing = [name for name, value in (("licence_type", licence_type), ("action", action)) if value is None]
    if missing:
        return undetermined("INPUT_MISSING", *missing)
    if first_paid_on is None:
        return undetermined("INPUT_MISSING", "paid_order.payment_date")
    return RefundWindow(first_paid_on, first_paid_on + timedelta(days=days))


@rule("REFUND-DOWNGRADE-NONE", "002:1056", rulings="R-37")
def downgrade_is_refunded(platform: Platform, action: Action | None) -> Finding | None:
    """A Data Center downgrade in the middle of a term brings neither money back nor a credit."""
    if platform is Platform.DATA_CENTER and action is Action.DOWNGRADE:
        return refused("DOWNGRADE_NOT_REFUNDED")
    return None


@rule(
    "REFUND-AFTER-WINDOW",
    "000:11 000:360 001:379 002:8 002:383 003:116-118 004:157-159",
    rulings="R-04",
)
def is_asked_in_time(asked_on: date | None, window: RefundWindow) -> bool | Finding:
    """A refund is given when it is asked for within its window; after the window there is none."""
    if asked_on is None:
        return undetermined("INPUT_MISSING", "request_date")
    if asked_on < window.start:
        return refused("REFUND_WINDOW_NOT_OPEN", first_day=window.start.isoformat())
    if asked_on > window.last:
        return refused("REFUND_WINDOW_CLOSED", last_day=window.last.isoformat())
    return True


# ---- amounts


@rule(
    "REFUND-AMOUNT",
    "000:11 000:360 000:362 001:379 002:8 002:383-385 003:116-118 004:157-159",
    rulings="R-07 R-27",
)
def refundable_amounts(paid: Amounts, refunded: Amounts) -> Amounts:
    """A refund returns all that was paid on a line and has not gone back yet.

    Reading: the text says full refund or just refund; both are the whole, by component, in the cents that were allotted
    to the line.
    """
    return paid.less(refunded)


@rule("FEE-REFUND", "000:721", rulings="R-27")
def refundable_fee(fee: int) -> int | Finding:
    """The administration fee goes back with the order.

    Reading: with a part of the order goes the part of the fee that was allotted to it.
    """
    return fee


@rule("FEE-REFUND-LOST", "002:694-697", rulings="R-02 R-27")
def fee_answer_is_lost(fee: int) -> int | Finding:
    """Whether the administration fee goes back is asked, but the answer is missing from the document."""
    return not_covered("PASSAGE_LOST", question="refund of the administration fee")


fee_refund = ByEdition(refundable_fee, fee_answer_is_lost)


# ---- tax alone


@rule("REFUND-US-SALES-TAX-ONLY", "000:456-462 002:459-465", rulings="R-18")
def tax_is_refunded_alone(tax: str, taxes: Collection[str]) -> bool | Finding:
    """Of taxes, the passage on tax given back alone is about US sales tax; on any other alone the text says nothing."""
    return True if tax in taxes else not_covered("TAX_NOT_REFUNDED_ALONE", tax=tax)


@rule(
    "REFUND-US-SALES-TAX",
    "000:460-462 002:463-465",
    rulings="R-04 R-18 R-000-REFUND-US-SALES-TAX R-002-REFUND-SALES-TAX-30",
)
def tax_refund_is_in_time(paid_on: date | None, asked_on: date | None, days: int) -> bool | Finding:
    """US sales tax is given back when it is asked for within 30 days of payment; later only the tax authority can.

    Reading: the request has to come within the 30 days, day 30 included; when it is settled does not matter.
    """
    if paid_on is None:
        return undetermined("INPUT_MISSING", "paid_order.payment_date")
    if asked_on is None:
        return undetermined("INPUT_MISSING", "request_date")
    if asked_on < paid_on:
        return refused("REFUND_WINDOW_NOT_OPEN", first_day=paid_on.isoformat())
    last = paid_on + timedelta(days=days)
    return True if asked_on <= last else refused("TAX_REFUND_WINDOW_CLOSED", last_day=last.isoformat())


@rule("REFUND-US-SALES-TAX-EVIDENCE", "000:456-460 002:459-463", rulings="R-14 R-18")
def document_covers_purchase(
    document: Evidence, kinds: Collection[str], region: str, ordered_on: date | None, paid_on: date
) -> bool | Finding:
    """A document frees the purchase afterwards when it is valid in the place taxed and covers the time of the purchase.

    Reading: the time of the purchase reaches from the day of the order to the day of payment.
    """
    if document.kind not in kinds or document.accepted is False:
        return False
    if document.region not in (None, region, region.partition("-")[0]):
        return False
    first, last = (min(ordered_on, paid_on), max(ordered_on, paid_on)) if ordered_on else (paid_on, paid_on)
    if document.valid_from is not None and document.valid_from > first:
        return False
    if document.valid_through is not None and document.valid_through < last:
        return False
    if ordered_on is None and (document.valid_from is not None or document.valid_through is not None):
        return undetermined("INPUT_MISSING", "paid_order.order_date")
    return True


# ---- exchange


@rule("REFUND-NO-PRODUCT-SWITCH", "001:383", rulings="R-04")
def products_are_exchangeable(current: Platform, requested: Platform) -> bool | Finding:
    """Server products and cloud products are not exchanged for one another, on whatever day it is asked.

    Reading: the 30 days of that sentence are about such an exchange and close no refund window.
    """
    if Platform.SERVER in (current, requested) and (current.hosted or requested.hosted):
        return refused("PRODUCTS_NOT_EXCHANGEABLE", held=current.value, wanted=requested.value)
    return True


def _months(start: date, months: int) -> RefundWindow:
    """The half-open time of whole months from ``start``, named by its last day."""
    return RefundWindow(start, add_months(start, months) - timedelta(days=1))
