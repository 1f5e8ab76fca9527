"""What comes before a payment, how long it takes, and what may come after it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from quotary_spec.business_days import business_days_after
from quotary_spec.model.payment import PaymentPurpose, PostingDays, PostingTime, Sending
from quotary_spec.outcome import Finding, not_covered, undetermined
from quotary_spec.rule import rule
from quotary_spec.rules.payment.methods import INSTANT


@rule("PAYMENT-INVOICE-FIRST", "000:270-274 002:284 002:328", rulings="R-24")
def sending_in_improved(
    purpose: PaymentPurpose, method: str | None, *, order_placed: bool | None, invoice_issued: bool | None
) -> Sending | Finding:
    """In the improved billing experience the order is placed first; money is sent against the invoice, not the quote.

    Reading: cards and PayPal are charged together with the order, and with a renewal that comes by itself.
    """
    if purpose is PaymentPurpose.AUTOMATIC_RENEWAL or (purpose is PaymentPurpose.ORDER and method in INSTANT):
        return Sending(True)
    if purpose is PaymentPurpose.ORDER and method is None:
        return undetermined("INPUT_MISSING", "payment_instrument")
    if purpose is PaymentPurpose.INVOICE:
        if invoice_issued is None:
            return undetermined("INPUT_MISSING", "invoice_issued")
        if invoice_issued:
            return Sending(True)
    if invoice_issued:
        return Sending(False)
    return Sending(False, "receive_invoice" if order_placed else "place_order")


@rule(
    "PAYMENT-QUOTE-PAYABLE",
    "000:300 000:375 000:1104 002:280 003:88 003:92 004:78 004:131",
    rulings="R-24 R-24-ORIGINAL-2026",
)
def sending_in_original(purpose: PaymentPurpose, invoice_issued: bool | None) -> Sending | Finding:
    """In the original billing experience, and before there were two, the quote itself may be paid."""
    if purpose is PaymentPurpose.INVOICE and invoice_issued is not True:
        unknown = invoice_issued is None
        return undetermined("INPUT_MISSING", "invoice_issued") if unknown else Sending(False, "receive_invoice")
    return Sending(True)


@rule(
    "PAYMENT-POSTING-TIME",
    "000:293-294 000:299 002:336-340 003:100-104 004:139-143",
    rulings="R-000-PAYMENT-ACH-DEBIT-TIME R-000-PAYMENT-CHEQUE-TIME R-003-PAYMENT-PROCESSING-TIMES-003",
)
def posting_days(started_on: date, time: PostingTime, holidays: Collection[date]) -> PostingDays:
    """A payment is posted between the least and the most business days that its method takes, or within two weeks.

    Reading: Monday to Friday less the holidays given; the day it starts does not count, both bounds are included. A
    range is an estimate, not a promise.
    """
    if time.maximum_calendar_days:
        return PostingDays(started_on, started_on + timedelta(days=time.maximum_calendar_days))
    return PostingDays(
        business_days_after(started_on, time.minimum_business_days, holidays),
        business_days_after(started_on, time.maximum_business_days, holidays),
    )


@rule("PAYMENT-AUTHORISATION-HOLD", "001:254-258", rulings="R-001-GUARD-BILLING-AUTHORISATION-HOLD")
def is_plausibly_a_hold(charged_on: date, assessed_on: date, longest_days: int) -> bool:
    """An amount that seems charged twice can be a reservation of the card's issuer, which lasts one to five days.

    Reading: calendar days, the last included.
    """
    return 0 <= (assessed_on - charged_on).days <= longest_days


@rule("PAYMENT-HOLD-ESCALATION", "001:258", rulings="R-001-GUARD-BILLING-HOLD-ESCALATION")
def issuer_is_asked(charged_on: date, assessed_on: date, funds_available: bool, longest_days: int) -> bool:
    """Whoever lacks the money five days after the transaction turns to the card's issuer."""
    return not funds_available and (assessed_on - charged_on).days >= longest_days


@rule("PAYMENT-CHANGE-EFFECTIVE", "001:252", rulings="R-001-GUARD-BILLING-UPDATE-EFFECTIVE")
def first_charge_after_change(changed_on: date, next_billing_on: date) -> date | Finding:
    """A changed card or PayPal account is charged from the next billing date on, and not at once.

    Reading: what is changed on a billing date itself may come too late for it, so that nothing is said of that day.
    """
    return next_billing_on if changed_on < next_billing_on else not_covered()
