"""Ways to pay: methods by line and edition, cards, currencies, posting times, net terms, and what comes before paying.

Editions 2021 and 2023 know one billing system; from 2024 on there are two, and Data Center is always on the old one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from quotary_spec.business_days import business_days_after
from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Billing, Cycle
from quotary_spec.model.payment import (
    AmountRange,
    AuthorisationHold,
    CreditStanding,
    LineKind,
    NetTerms,
    PayableLine,
    PaymentAssessment,
    PaymentCase,
    PaymentInstrument,
    PaymentOption,
    PaymentPurpose,
    PostingDays,
    PostingTime,
    Sending,
)
from quotary_spec.model.product import Platform
from quotary_spec.money import decimal_text, to_minor
from quotary_spec.outcome import Finding, Outcome, aside, not_covered, refused, remark, undetermined, weakest
from quotary_spec.register.vocabulary import VOCABULARY
from quotary_spec.rule import RuleFunction, current_trace, rule
from quotary_spec.rulebook import Book

USD = "USD"
AUD = "AUD"
NET_TERMS = ("net_14", "net_30")
INSTANT = ("credit_card", "paypal")
"""Methods that are charged together with the order."""

Kinds = Mapping[LineKind | Finding, int]
"""What the lines of an order are, or why it is not known, each with the first line it holds for."""

# ---- methods


def _listed(method: str, accepted: Collection[str]) -> bool | Finding:
    if method in accepted:
        return True
    if method == "ach_debit" and "ach" in accepted:
        # The list names the clearing house, and does not say who starts the payment.
        return not_covered(method=method)
    return refused("METHOD_NOT_ACCEPTED", method=method, accepted=", ".join(accepted))


@rule(
    "PAYMENT-METHODS",
    "000:291-300 002:330-340 003:88 003:96-104 004:78 004:135-143",
    editions="2021 2023 2024 2026",
    rulings="R-004-PAYMENT-METHODS-SCOPE-004 R-003-PAYMENT-OPEN-QUOTE-METHODS-003",
)
def method_is_accepted(method: str, accepted: Collection[str]) -> bool | Finding:
    """Annual cloud subscriptions and self-managed licences are paid by the methods that the edition lists.

    Reading: the list is complete. The list of 2021 names Server licences and annual cloud; Data Center, which its net
    terms name, is paid in the same ways.
    """
    return _listed(method, accepted)


@rule(
    "PAYMENT-MONTHLY-METHODS",
    "000:276-285 002:348 003:108 004:147",
    editions="2021 2023 2024 2026",
    rulings="R-26 R-26-CHEQUE",
)
def monthly_method_is_accepted(method: str, accepted: Collection[str]) -> bool | Finding:
    """Monthly cloud subscriptions are paid by the methods listed for them, and by no other.

    Reading: the last entry of the list of 2026 is the cheque.
    """
    return _listed(method, accepted)


@rule("PAYMENT-GUARD-MONTHLY", "000:839 001:237", editions="2024 2026", rulings="R-02 R-26")
def guard_monthly_method_is_accepted(method: str, accepted: Collection[str]) -> bool | Finding:
    """Monthly Guard subscriptions are paid by card or PayPal; the new billing engine of 2026 takes cards only."""
    return _listed(method, accepted)


@rule(
    "PAYMENT-GUARD-ANNUAL",
    "000:839 001:333",
    editions="2024 2026",
    rulings="R-02 R-001-PAYMENT-GUARD-ANNUAL-METHODS-001",
)
def guard_annual_method_is_accepted(method: str, accepted: Collection[str]) -> bool | Finding:
    """Annual Guard subscriptions are paid by the methods listed for them.

    Reading: the list without PayPal is that of the old billing system, the one with it that of the new.
    """
    return _listed(method, accepted)


@rule("PAYMENT-PO-NOT-PAYMENT", "000:225 002:296", editions="2024 2026")
def purchase_order_pays(method: str) -> bool | Finding:
    """A purchase order is not accepted as payment, though its number may stand on quote and invoice."""
    return refused("PURCHASE_ORDER_IS_NO_PAYMENT")


@rule(
    "PAYMENT-CARD-BRANDS",
    "000:296-298 001:237-239 002:332 003:98 004:137",
    editions="2021 2023 2024 2026",
    rulings="R-000-PAYMENT-CARD-BRANDS R-002-PAYMENT-CARD R-003-PAYMENT-CARD-BRANDS-003",
)
def card_is_accepted(card_brand: str, accepted: Collection[str]) -> bool | Finding:
    """Cards of Mastercard, Visa and American Express are accepted.

    Reading: no other brand is, whether it is refused by name or not named at all.
    """
    if card_brand in accepted:
        return True
    return refused("CARD_BRAND_NOT_ACCEPTED", brand=card_brand, accepted=", ".join(accepted))


@rule("PAYMENT-AUD", "000:298-300 002:332-338 003:98-102 004:137-141", editions="2021 2023 2024 2026", rulings="R-34")
def method_takes_currency(
    method: str, currency: str, not_in_aud: Collection[str], in_aud: Collection[str]
) -> bool | Finding:
    """Orders in Australian dollars are not paid by card or cheque, but by bank transfer.

    Reading: what the text neither refuses nor names for this currency, such as PayPal, stays open.
    """
    if currency != AUD or method in in_aud:
        return True
    if method in not_in_aud:
        return refused("METHOD_NOT_IN_CURRENCY", method=method, currency=currency)
    return undetermined("METHOD_IN_CURRENCY_NOT_STATED", method=method, currency=currency)


@rule("PAYMENT-ACH-US-BANKS", "001:333", editions="2024 2026", rulings="R-02 R-001-PAYMENT-GUARD-ACH-US-ONLY-001")
def bank_takes_part_in_ach(bank_country: str | None, countries: Collection[str]) -> bool | Finding:
    """ACH payments come from banks in the United States only.

    Reading: said of Guard; the clearing house is the same for every order.
    """
    if bank_country is None:
        return remark("BANK_HAS_TO_BE_IN_THE_US")
    return True if bank_country in countries else refused("ACH_FROM_US_BANKS_ONLY", country=bank_country)


@rule("PAYMENT-ACH-CURRENCY", "002:340", editions="2024", rulings="R-002-PAYMENT-ACH")
def ach_takes_currency(currency: str, currencies: Collection[str]) -> bool | Finding:
    """ACH payments are made in US dollars.

    Reading: the text gives no currency; the clearing house is that of the United States.
    """
    return True if currency in currencies else refused("METHOD_NOT_IN_CURRENCY", method="ach", currency=currency)


@rule(
    "PAYMENT-PAYPAL-USES",
    "000:300 002:334",
    editions="2024 2026",
    rulings="R-000-PAYMENT-PAYPAL-USES R-002-PAYMENT-PAYPAL",
)
def paypal_renews(platform: Platform, platforms: Collection[str]) -> bool | Finding:
    """PayPal may be used for automatic renewals and for what comes of quotes.

    Reading: 2024 speaks of the renewal of cloud products and so of no other.
    """
    return True if platform.value in platforms else refused("PAYPAL_DOES_NOT_RENEW", platform=platform.value)


# ---- posting times


@rule(
    "PAYMENT-POSTING-TIME",
    "000:293-294 000:299 002:336-340 003:100-104 004:139-143",
    editions="2021 2023 2024 2026",
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


# ---- net terms


@rule(
    "PAYMENT-NET-LINES",
    "000:307-311 001:333 002:342-346 003:106-108 004:145-147",
    editions="2021 2023 2024 2026",
    rulings="R-25",
)
def line_qualifies_for_net_terms(kind: LineKind, billing: Billing | None, method: str) -> bool | Finding:
    """Net-14 is for annual cloud subscriptions in the new billing system, Net-30 for them and for Data Center.

    Reading: terms of twelve to twenty-four months are annual, and Data Center is always billed by the old system.
    Editions with one system know Net-30 alone. Monthly subscriptions and Server licences never qualify.
    """
    if kind.monthly or kind is LineKind.SERVER or (method == "net_14" and billing is not Billing.IMPROVED):
        return refused("NET_TERMS_NOT_FOR_LINE", line=kind.value, method=method)
    return True


def _amount(amount: int, amounts: AmountRange) -> bool | Finding:
    if amount in amounts:
        return True
    detail = {"amount": decimal_text(amount, USD), "minimum": decimal_text(amounts.minimum, USD)}
    detail["minimum_included"] = "yes" if amounts.inclusive else "no"
    if amounts.maximum is not None:
        detail["maximum"] = decimal_text(amounts.maximum, USD)
    return refused("NET_TERMS_AMOUNT", **detail)


@rule("PAYMENT-NET14", "000:306-308 002:342", editions="2024 2026", rulings="R-25")
def net_14_amount(amount: int, amounts: AmountRange) -> bool | Finding:
    """Net-14 is open, without a credit check, to orders between two amounts before tax.

    Reading: both ends are included; the amount is the US dollar net of the lines that qualify.
    """
    return _amount(amount, amounts)


@rule("PAYMENT-NET30", "003:88 003:106 004:78 004:145", editions="2021 2023", rulings="R-25 R-25-2021")
def net_30_amount(amount: int, amounts: AmountRange) -> bool | Finding:
    """Net-30 is open to Data Center and annual cloud orders of 10,000 dollars or more."""
    return _amount(amount, amounts)


@rule("PAYMENT-NET30-LEGACY", "000:309-310 002:344", editions="2024 2026", rulings="R-25")
def net_30_original_amount(amount: int, amounts: AmountRange) -> bool | Finding:
    """In the old billing system Net-30 is open to Data Center and annual cloud orders from, or above, 10,000 dollars.

    Reading: the amount itself qualifies in 2024 and not in 2026; the threshold binds Data Center orders too.
    """
    return _amount(amount, amounts)


@rule("PAYMENT-GUARD-NET30", "001:333", editions="2024 2026", rulings="R-02 R-25")
def net_30_guard_amount(amount: int, amounts: AmountRange) -> bool | Finding:
    """For annual Guard subscriptions in the old billing system Net-30 is open to orders above 10,000 dollars."""
    return _amount(amount, amounts)


@rule("PAYMENT-NET30-NEW", "000:311 002:346", editions="2024 2026", rulings="R-25")
def net_30_improved_amount(amount: int, amounts: AmountRange) -> bool | Finding:
    """In the new billing system the first Net-30 order has to reach a larger amount than in the old."""
    return _amount(amount, amounts)


@rule("PAYMENT-NET30-CREDIT-CHECK", "000:311 002:346", editions="2024 2026", rulings="R-25")
def credit_is_established(check_passed: bool | None, tax_identifier_supplied: bool | None) -> bool | Finding:
    """In the new billing system Net-30 comes after one credit check and an application with a tax identifier."""
    if check_passed is False:
        return refused("CREDIT_CHECK_NOT_PASSED")
    if tax_identifier_supplied is False:
        return refused("TAX_IDENTIFIER_NOT_SUPPLIED")
    facts = {"check_passed": check_passed, "tax_identifier_supplied": tax_identifier_supplied}
    missing = [f"credit.{name}" for name, value in facts.items() if value is None]
    return undetermined("INPUT_MISSING", *missing) if missing else True


@rule("PAYMENT-NET30-CREDIT-LIMIT", "000:311 002:346", editions="2024 2026", rulings="R-25")
def credit_suffices(amount: int, outstanding: int | None, limit: int | None) -> bool | Finding:
    """Once approved, Net-30 serves any later purchase up to the credit limit without a further check.

    Reading: what is outstanding and the order together, the limit included; no smallest amount binds any more.
    """
    facts = {"outstanding_amount": outstanding, "credit_limit": limit}
    if outstanding is None or limit is None:
        return undetermined("INPUT_MISSING", *(f"credit.{name}" for name, value in facts.items() if value is None))
    if outstanding + amount <= limit:
        return True
    return refused("CREDIT_LIMIT_EXCEEDED", excess=decimal_text(outstanding + amount - limit, USD))


@rule(
    "PAYMENT-NET-DUE-DATE",
    "000:306-309 001:333 002:342-344 003:88 003:106 004:145",
    editions="2021 2023 2024 2026",
    rulings="R-25",
)
def due_date(invoice_date: date, days: int) -> date:
    """An invoice on net terms falls due 14 or 30 days after its date.

    Reading: calendar days.
    """
    return invoice_date + timedelta(days=days)


# ---- what comes before paying


@rule("PAYMENT-INVOICE-FIRST", "000:270-274 002:284 002:328", editions="2024 2026", rulings="R-24")
def sending_in_improved(
    purpose: PaymentPurpose, method: str | None, order_placed: bool | None, invoice_issued: bool | None
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
    editions="2021 2023 2024 2026",
    rulings="R-24 R-24-ORIGINAL-2026",
)
def sending_in_original(purpose: PaymentPurpose, invoice_issued: bool | None) -> Sending | Finding:
    """In the original billing experience, and before there were two, the quote itself may be paid."""
    if purpose is PaymentPurpose.INVOICE and invoice_issued is not True:
        return undetermined("INPUT_MISSING", "invoice_issued") if invoice_issued is None else Sending(False)
    return Sending(True)


# ---- cards and stored means


@rule(
    "PAYMENT-AUTHORISATION-HOLD", "001:254-258", editions="2024 2026", rulings="R-001-GUARD-BILLING-AUTHORISATION-HOLD"
)
def is_plausibly_a_hold(charged_on: date, assessed_on: date, longest_days: int) -> bool:
    """An amount that seems charged twice can be a reservation of the card's issuer, which lasts one to five days.

    Reading: calendar days, the last included.
    """
    return 0 <= (assessed_on - charged_on).days <= longest_days


@rule("PAYMENT-HOLD-ESCALATION", "001:258", editions="2024 2026", rulings="R-001-GUARD-BILLING-HOLD-ESCALATION")
def issuer_is_asked(charged_on: date, assessed_on: date, funds_available: bool, longest_days: int) -> bool:
    """Whoever lacks the money five days after the transaction turns to the card's issuer."""
    return not funds_available and (assessed_on - charged_on).days >= longest_days


@rule("PAYMENT-CHANGE-EFFECTIVE", "001:252", editions="2024 2026", rulings="R-001-GUARD-BILLING-UPDATE-EFFECTIVE")
def first_charge_after_change(changed_on: date, next_billing_on: date) -> date | None:
    """A changed card or PayPal account is charged from the next billing date on, and not at once.

    Reading: what is changed on a billing date itself may come too late for it, so that nothing is said of that day.
    """
    return next_billing_on if changed_on < next_billing_on else None


# ---- composition


def assess_payment_options(book: Book, case: PaymentCase) -> PaymentAssessment:
    """How an order may be paid, one option a method, and what else is asked about its payment."""
    kinds = _kinds(book, case.lines)
    asked = (case.instrument,) if case.instrument else tuple(map(PaymentInstrument, VOCABULARY["payment_method"]))
    trace = current_trace()
    options: list[PaymentOption] = []
    for instrument in asked:
        if trace is not None:
            trace.subject = instrument.method
        options.append(_option(book, case, instrument, kinds))
    if trace is not None:
        trace.subject = ""
    sending = _sending(book, case, kinds)
    first_charge_on = None
    progress = case.progress
    if _serves(book, first_charge_after_change) and progress.changed_on and progress.next_billing_on:
        first_charge_on = first_charge_after_change(progress.changed_on, progress.next_billing_on)
    usable = book.flag("payment.account.usable-as-iban") if book.prints("payment.account.usable-as-iban") else None
    return PaymentAssessment(
        options=tuple(options),
        sending=sending if isinstance(sending, Sending) else None,
        hold=_hold(book, case),
        first_charge_on=first_charge_on,
        account_number_usable=usable,
        account_currency=book.text("payment.account.currency") if usable else "",
        guidance=book.guidance("payment.guidance"),
        findings=(*_of_all(options, case.instrument), *_of_sending(sending)),
    )


def _of_all(options: Sequence[PaymentOption], asked: PaymentInstrument | None) -> Iterable[Finding]:
    """What decides the whole: the option that was asked about; without one, nothing as long as one is granted."""
    if asked is None and any(option.outcome is Outcome.GRANTED for option in options):
        return ()
    return dict.fromkeys(finding for option in options for finding in option.findings)


def _of_sending(sending: Sending | Finding | None) -> Iterator[Finding]:
    if isinstance(sending, Finding):
        yield aside(sending, "payable")
    elif sending is not None and not sending.payable:
        yield remark("PAY_AGAINST_INVOICE", next_step=sending.next_step or "pay_invoice")


def _kinds(book: Book, lines: Sequence[PayableLine]) -> Mapping[LineKind | Finding, int]:
    found: dict[LineKind | Finding, int] = {}
    for i, line in enumerate(lines):
        kind = _kind(book, line)
        found.setdefault(kind.about(f"lines[{i}]") if isinstance(kind, Finding) else kind, i)
    return found


def _kind(book: Book, line: PayableLine) -> LineKind | Finding:
    if line.platform is None:
        return undetermined("INPUT_MISSING", "product.platform")
    if not line.platform.hosted:
        return LineKind.DATA_CENTER if line.platform is Platform.DATA_CENTER else LineKind.SERVER
    if line.cycle is None:
        return undetermined("INPUT_MISSING", "billing_cycle")
    # Editions without the Guard document have no passage of their own for it.
    if line.product.id == "guard" and book.prints("payment.methods.guard_monthly.original"):
        return LineKind.GUARD_MONTHLY if line.cycle is Cycle.MONTHLY else LineKind.GUARD_ANNUAL
    return LineKind.MONTHLY if line.cycle is Cycle.MONTHLY else LineKind.ANNUAL


def _option(book: Book, case: PaymentCase, instrument: PaymentInstrument, kinds: Kinds) -> PaymentOption:
    method = instrument.method
    if method in NET_TERMS and book.prints(f"payment.{method}.days"):
        terms, findings = _net_terms(book, case, method, kinds)
        return PaymentOption(method, net_terms=terms, findings=tuple(findings))
    if method == "purchase_order" and _serves(book, purchase_order_pays):
        pays = purchase_order_pays(method)
        return PaymentOption(method, findings=(pays,) if isinstance(pays, Finding) else ())
    found = [*_by_line(book, case, method, kinds), *_by_instrument(book, case, instrument)]
    if method == "paypal" and case.purpose is PaymentPurpose.AUTOMATIC_RENEWAL:
        found += _paypal_renewals(book, case.lines)
    time = _time(book, method)
    card = method == "credit_card"
    return PaymentOption(
        method,
        accepted_brands=book.texts("payment.card-brands") if card else (),
        refused_brands=book.texts("payment.card-brands.refused") if card else (),
        time=time,
        days=_days(book, case, method, time),
        guidance=_guidance(book, case, method, kinds),
        findings=tuple(each for each in found if isinstance(each, Finding)),
    )


def _by_line(book: Book, case: PaymentCase, method: str, kinds: Kinds) -> Iterator[bool | Finding]:
    for kind, i in kinds.items():
        if isinstance(kind, Finding):
            yield kind
            continue
        answer = _of_kind(book, case.deal.billing, method, kind)
        yield answer.about(f"lines[{i}]") if isinstance(answer, Finding) else answer


MethodRule = RuleFunction[[str, Collection[str]], bool | Finding]

_METHOD_RULES: Mapping[LineKind, MethodRule] = {
    LineKind.MONTHLY: monthly_method_is_accepted,
    LineKind.GUARD_MONTHLY: guard_monthly_method_is_accepted,
    LineKind.GUARD_ANNUAL: guard_annual_method_is_accepted,
}


def _of_kind(book: Book, billing: Billing | None, method: str, kind: LineKind) -> bool | Finding:
    """Whether a method is accepted for what a line is; for Guard the lists differ between the billing systems."""
    if not kind.guard:
        key = "payment.methods.monthly" if kind is LineKind.MONTHLY else "payment.methods"
        return _METHOD_RULES.get(kind, method_is_accepted)(method, book.texts(key))
    answers = [_of_guard(book, each, method, kind) for each in ((billing,) if billing else Billing)]
    if len({weakest(_found([each])) for each in answers}) > 1:
        return undetermined("INPUT_MISSING", "deal.billing_experience")
    return answers[0]


def _of_guard(book: Book, billing: Billing, method: str, kind: LineKind) -> bool | Finding:
    key = f"payment.methods.{kind.value}.{billing.value}"
    if book.prints(key):
        return _METHOD_RULES[kind](method, book.texts(key))
    # In the new system of 2024 Guard is an annual cloud subscription like any other.
    return method_is_accepted(method, book.texts("payment.methods"))


def _by_instrument(book: Book, case: PaymentCase, instrument: PaymentInstrument) -> Iterator[bool | Finding]:
    method, currency = instrument.method, case.pays_in(instrument)
    listed = method in book.texts("payment.methods")
    if method == "credit_card" and instrument.card_brand is not None:
        yield card_is_accepted(instrument.card_brand, book.texts("payment.card-brands"))
    if method in ("ach", "ach_debit"):
        if book.prints("payment.ach.bank-countries"):
            yield bank_takes_part_in_ach(instrument.bank_country, book.texts("payment.ach.bank-countries"))
        if book.prints("payment.ach.currencies"):
            yield ach_takes_currency(currency, book.texts("payment.ach.currencies"))
    if listed:
        yield method_takes_currency(
            method, currency, book.texts("payment.methods.not-in-aud"), book.texts("payment.methods.in-aud")
        )


def _paypal_renewals(book: Book, lines: Sequence[PayableLine]) -> Iterator[bool | Finding]:
    if not book.prints("payment.paypal.renews"):
        return
    platforms = {line.platform: i for i, line in reversed(list(enumerate(lines))) if line.platform is not None}
    for platform, i in platforms.items():
        answer = paypal_renews(platform, book.texts("payment.paypal.renews"))
        yield answer.about(f"lines[{i}]") if isinstance(answer, Finding) else answer


def _time(book: Book, method: str) -> PostingTime:
    for row in book.rows(f"payment.time.{method}"):
        return PostingTime(row.get("minimum", 0), row.get("maximum", 0), row.get("calendar_days", 0))
    return PostingTime()


def _days(book: Book, case: PaymentCase, method: str, time: PostingTime) -> PostingDays | None:
    """When the payment is posted. The days of a cheque count from its receipt where that is known."""
    progress = case.progress
    started_on = (progress.received_on if method == "cheque" else None) or progress.sent_on
    if started_on is None or time == PostingTime():
        return None
    return posting_days(started_on, time, case.holidays)


def _guidance(book: Book, case: PaymentCase, method: str, kinds: Kinds) -> Guidance | None:
    """Where a method is used; for cards and PayPal that depends on the billing system."""
    if book.prints(f"payment.guidance.{method}"):
        return book.guidance(f"payment.guidance.{method}")
    systems = {system for _, _, system in _systems(book, case, kinds)}
    if len(systems) != 1:
        return None
    (system,) = systems
    return book.guidance(f"payment.guidance.{method}.{system}") if system else None


def _systems(book: Book, case: PaymentCase, kinds: Kinds) -> Iterator[tuple[LineKind, int, str]]:
    """What the lines are, the first line of each, and the billing system it is on: empty where that is not known."""
    for kind, i in kinds.items():
        if isinstance(kind, Finding):
            continue
        if not _has_two_systems(book):
            yield kind, i, "only"
        elif not kind.hosted:
            yield kind, i, Billing.ORIGINAL.value
        else:
            yield kind, i, case.deal.billing.value if case.deal.billing else ""


def _serves(book: Book, of: RuleFunction[..., object]) -> bool:
    return book.edition in of.info.editions


def _has_two_systems(book: Book) -> bool:
    return book.prints("payment.net_30.amounts.improved")


# ---- composition of net terms


def _net_terms(book: Book, case: PaymentCase, method: str, kinds: Kinds) -> tuple[NetTerms, list[Finding]]:
    """The terms of one method and what stands in their way; each billing system looks at its own lines."""
    days = book.integer(f"payment.{method}.days")
    due_on = due_date(case.invoice_date, days) if case.invoice_date is not None else None
    findings: list[Finding] = [kind for kind in kinds if isinstance(kind, Finding)]
    systems: dict[str, set[LineKind]] = {}
    for kind, i, system in _systems(book, case, kinds):
        if not system:
            findings.append(undetermined("INPUT_MISSING", "deal.billing_experience").about(f"lines[{i}]"))
            continue
        billing = None if system == "only" else Billing(system)
        qualifies = line_qualifies_for_net_terms(kind, billing, method)
        if isinstance(qualifies, Finding):
            findings.append(qualifies.about(f"lines[{i}]"))
        else:
            systems.setdefault(system, set()).add(kind)
    answers = [_of_system(book, case, method, system, of) for system, of in systems.items()]
    # Terms of the system that stands in the way are shown, else of the first.
    answers.sort(key=lambda answer: -weakest(answer[1]))
    terms = answers[0][0] if answers else NetTerms(days)
    findings += (finding for _, found in answers for finding in found)
    return replace(terms, due_on=due_on), findings


def _of_system(
    book: Book, case: PaymentCase, method: str, system: str, kinds: Collection[LineKind]
) -> tuple[NetTerms, list[Finding]]:
    days = book.integer(f"payment.{method}.days")
    amount = _qualifying_amount(book, case.lines, kinds)
    amounts, amount_rule = _amounts(book, method, system, kinds)
    credit = case.credit
    improved = method == "net_30" and system == Billing.IMPROVED.value
    if isinstance(amount, Finding):
        return NetTerms(days, amounts=amounts, checks=improved), [amount]
    if improved and credit.approved:
        terms = NetTerms(days, amount=amount, remaining_credit=_remaining(credit, amount))
        return terms, _found([credit_suffices(amount, credit.outstanding, credit.limit)])
    found = [amount_rule(amount, amounts)]
    if improved and found == [True]:
        found.append(credit_is_established(credit.check_passed, credit.tax_identifier_supplied))
    remaining = _remaining(credit, amount) if improved else None
    return NetTerms(days, None, amounts, amount, improved, remaining), _found(found)


AmountRule = RuleFunction[[int, AmountRange], bool | Finding]

_NET_30_RULES: Mapping[str, AmountRule] = {
    "only": net_30_amount,
    "original": net_30_original_amount,
    "guard": net_30_guard_amount,
    "improved": net_30_improved_amount,
}


def _amounts(book: Book, method: str, system: str, kinds: Collection[LineKind]) -> tuple[AmountRange, AmountRule]:
    """The amounts that qualify. With Guard on the order its own sentence binds, which is never the wider one."""
    if method == "net_14":
        return _range(book.rows("payment.net_14.amounts")), net_14_amount
    key = "guard" if system == "original" and LineKind.GUARD_ANNUAL in kinds else system
    return _range(book.rows(f"payment.net_30.amounts.{key}")), _NET_30_RULES[key]


def _range(rows: Sequence[Mapping[str, Any]]) -> AmountRange:
    (row,) = rows
    maximum = to_minor(Decimal(row["maximum"]), USD) if "maximum" in row else None
    return AmountRange(to_minor(Decimal(row["minimum"]), USD), row["inclusive"], maximum)


def _qualifying_amount(book: Book, lines: Sequence[PayableLine], kinds: Collection[LineKind]) -> int | Finding:
    total = 0
    for i, line in enumerate(lines):
        if _kind(book, line) not in kinds:
            continue
        if line.net is None:
            return undetermined("INPUT_MISSING", "net_amount").about(f"lines[{i}]")
        total += line.net
    return total


def _remaining(credit: CreditStanding, amount: int) -> int | None:
    return None if credit.limit is None or credit.outstanding is None else credit.limit - credit.outstanding - amount


def _found(answers: Iterable[bool | Finding]) -> list[Finding]:
    return [answer for answer in answers if isinstance(answer, Finding)]


# ---- composition of the rest


def _sending(book: Book, case: PaymentCase, kinds: Kinds) -> Sending | Finding | None:
    """Whether money may be sent; one line in the improved experience binds the whole order."""
    if case.purpose is None:
        return None
    systems = {system for _, _, system in _systems(book, case, kinds)}
    if "" in systems:
        return undetermined("INPUT_MISSING", "deal.billing_experience")
    if not systems:
        # What the lines are is not known, and each option says so.
        return None
    if Billing.IMPROVED.value in systems:
        method = case.instrument.method if case.instrument else None
        return sending_in_improved(case.purpose, method, case.order_placed, case.issued)
    return sending_in_original(case.purpose, case.issued)


def _hold(book: Book, case: PaymentCase) -> AuthorisationHold | None:
    charged_on, available = case.progress.charged_on, case.progress.funds_available
    if charged_on is None or not _serves(book, is_plausibly_a_hold):
        return None
    shortest, longest = book.integer("payment.hold.days.minimum"), book.integer("payment.hold.days.maximum")
    plausible = due = None
    if case.assessed_on is not None:
        plausible = is_plausibly_a_hold(charged_on, case.assessed_on, longest)
        if available is not None:
            due = issuer_is_asked(charged_on, case.assessed_on, available, longest)
    return AuthorisationHold(
        charged_on + timedelta(days=shortest), charged_on + timedelta(days=longest), plausible, due
    )
