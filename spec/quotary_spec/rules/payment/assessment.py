"""All that is asked about paying an order: one option a method, and what else is known of its payment."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Action, Billing, Line
from quotary_spec.model.payment import (
    AuthorisationHold,
    LineKind,
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
from quotary_spec.outcome import Finding, Outcome, as_remark, remark, undetermined, weakest
from quotary_spec.register.parameters import Keys
from quotary_spec.register.vocabulary import VOCABULARY
from quotary_spec.rule import RuleFunction, about, untraced
from quotary_spec.rulebook import Book
from quotary_spec.rules.currency import check_currencies
from quotary_spec.rules.payment.lines import Kinds, findings_in, kind_of, kinds_of, systems_of
from quotary_spec.rules.payment.methods import (
    METHODS,
    account_number_serves_as_iban,
    bank_takes_part_in_ach,
    card_is_accepted,
    guard_annual_method_is_accepted,
    guard_monthly_method_is_accepted,
    method_is_accepted,
    method_takes_currency,
    monthly_method_is_accepted,
    paypal_renews,
    purchase_order_pays,
)
from quotary_spec.rules.payment.net_terms import DAYS, NET_TERMS, net_terms
from quotary_spec.rules.payment.progress import (
    first_charge_after_change,
    is_plausibly_a_hold,
    issuer_is_asked,
    posting_days,
    sending_in_improved,
    sending_in_original,
)
from quotary_spec.rules.quote.validity import against_age
from quotary_spec.rules.sales.conditions import asked_beside

_BANK_COUNTRIES = Keys("payment.ach.bank-countries.*.*")
_TIME = Keys("payment.time.*")
_GUIDANCE = Keys("payment.guidance.*")
_GUIDANCE_OF_SYSTEM = Keys("payment.guidance.*.*")


_MOST_NAMED = 20


def assess_payment_options(book: Book, case: PaymentCase) -> PaymentAssessment:
    """How an order may be paid, one option a method, and what else is asked about its payment."""
    kinds = kinds_of(book, case.lines)
    instruments = (case.instrument,) if case.instrument else tuple(map(PaymentInstrument, VOCABULARY["payment_method"]))
    options: list[PaymentOption] = []
    for instrument in instruments:
        with about(instrument.method):
            options.append(_with_split(book, case, instrument, _option(book, case, instrument, kinds)))
    sending = _sending(book, case, kinds)
    by_method = tuple(_of_all(options, case.instrument))
    of_sale = _of_sale(book, case, weakest(by_method))
    first_charge_on: date | Finding | None = None
    progress = case.progress
    if progress.changed_on and progress.next_billing_on:
        first_charge_on = book.if_served(first_charge_after_change, progress.changed_on, progress.next_billing_on)
    usable = _account_number_usable(book, case, instruments)
    return PaymentAssessment(
        options=tuple(options),
        sending=sending if isinstance(sending, Sending) else None,
        hold=_hold(book, case),
        first_charge_on=None if isinstance(first_charge_on, Finding) else first_charge_on,
        account_number_usable=usable,
        account_currency=book.text("payment.account.currency") if usable else "",
        guidance=book.guidance("payment.guidance"),
        findings=(*by_method, *of_sale, *_of_sending(sending), *_of_charge(first_charge_on)),
    )


def _of_sale(book: Book, case: PaymentCase, otherwise: Outcome) -> tuple[Finding, ...]:
    """What the conditions of sale say of what is paid, unless it met them before; of a quote, its age too.

    What is refused otherwise does not wait for the facts of its sale.
    """
    if case.met_conditions:
        return ()
    renews = case.purpose is PaymentPurpose.AUTOMATIC_RENEWAL
    lines = [Line(each.product, Action.RENEWAL if renews else each.action, each.cycle) for each in case.lines]
    # Each way to pay asks for its own currency.
    of_sale = list(asked_beside(book, case.deal, lines, without=("currency",)))
    if otherwise is Outcome.REFUSED:
        of_sale = [each for each in of_sale if each.outcome is Outcome.REFUSED]
    if case.purpose is not PaymentPurpose.QUOTE:
        return tuple(of_sale)
    used_on = case.assessed_on or case.deal.order_date
    expired = against_age(book, case.deal.quote_date, used_on, "assessment_date")
    return (*of_sale, *(() if expired is None else (expired,)))


def _account_number_usable(book: Book, case: PaymentCase, instruments: Sequence[PaymentInstrument]) -> bool | None:
    if not book.serves(account_number_serves_as_iban):
        return None
    country, countries = case.deal.billing_party.country or "", book.texts("payment.account.countries")
    answers = (account_number_serves_as_iban(each.method, country, countries) for each in instruments)
    return True if any(answers) else None


def _of_all(options: Sequence[PaymentOption], instruments: PaymentInstrument | None) -> Iterable[Finding]:
    """What decides the whole: the option that was asked about; without one, those that come nearest to being granted.

    Nothing is said as long as one is granted. While one may still turn out to be accepted, the order is not refused.
    """
    nearest = min(option.outcome for option in options)
    if instruments is None and nearest is Outcome.GRANTED:
        return ()
    return dict.fromkeys(finding for option in options if option.outcome is nearest for finding in option.findings)


def _of_sending(sending: Sending | Finding | None) -> Iterator[Finding]:
    if isinstance(sending, Finding):
        yield as_remark(sending, "payable")
    elif sending is not None and not sending.payable:
        yield remark("PAY_AGAINST_INVOICE", next_step=sending.next_step or "pay_invoice")


def _of_charge(first_charge_on: date | Finding | None) -> Iterator[Finding]:
    if isinstance(first_charge_on, Finding):
        yield as_remark(first_charge_on, "first_charge_date")


def _option(book: Book, case: PaymentCase, instrument: PaymentInstrument, kinds: Kinds) -> PaymentOption:
    method = instrument.method
    against_currency = _by_currency(book, case, instrument)
    if method in NET_TERMS and book.prints(DAYS[method]):
        terms, findings = net_terms(book, case, method, kinds)
        return PaymentOption(method, net_terms=terms, findings=(*findings, *against_currency))
    if method == "purchase_order" and book.serves(purchase_order_pays):
        pays = purchase_order_pays(method)
        return PaymentOption(method, findings=(pays,) if isinstance(pays, Finding) else ())
    found = [*_by_line(book, case, instrument, kinds), *_by_instrument(book, case, instrument)]
    if method == "paypal" and case.purpose is PaymentPurpose.AUTOMATIC_RENEWAL:
        found += _paypal_renewals(book, case.lines)
    time = _time(book, method)
    card = method == "credit_card"
    return PaymentOption(
        method,
        accepted_brands=book.texts("payment.card-brands") if card else (),
        refused_brands=book.texts("payment.card-brands.refused", silent=()) if card else (),
        time=time,
        days=_days(book, case, method, time),
        guidance=_guidance(book, case, method, kinds),
        findings=(*findings_in(found), *against_currency),
    )


def _with_split(book: Book, case: PaymentCase, instrument: PaymentInstrument, option: PaymentOption) -> PaymentOption:
    """A refused way to pay with the lines that could be paid so, were they ordered by themselves."""
    if option.outcome is not Outcome.REFUSED or len(case.lines) < 2:
        return option
    with untraced():
        lines = _payable_alone(book, case, instrument, option)
    if not lines:
        return option
    named = ", ".join(f"lines[{i}]" for i in lines[:_MOST_NAMED])
    rest = f" and {len(lines) - _MOST_NAMED} more" if len(lines) > _MOST_NAMED else ""
    return replace(option, findings=(*option.findings, remark("SPLIT_WOULD_DO", lines=named + rest)))


def _payable_alone(
    book: Book, case: PaymentCase, instrument: PaymentInstrument, option: PaymentOption
) -> Sequence[int]:
    """The lines that are left when those like the refused ones go, if they could be paid so; else none."""
    left = list(range(len(case.lines)))
    while option.outcome is Outcome.REFUSED:
        refused_lines = {each.subject for each in option.findings if each.outcome is Outcome.REFUSED and each.subject}
        like = {_like(book, case.lines[i]) for at, i in enumerate(left) if f"lines[{at}]" in refused_lines}
        left = [i for i in left if like and _like(book, case.lines[i]) not in like]
        if not left:
            return ()
        part = replace(case, lines=tuple(case.lines[i] for i in left))
        option = _option(book, part, instrument, kinds_of(book, part.lines))
    return left if option.outcome is Outcome.GRANTED else ()


def _like(book: Book, line: PayableLine) -> tuple[LineKind | Finding, str, bool]:
    return kind_of(book, line), line.product.id, line.product.app


def _by_currency(book: Book, case: PaymentCase, instrument: PaymentInstrument) -> list[Finding]:
    """What stands against an order in the currency that is paid in; editions that offer none in another are silent."""
    if not book.prints("currency.offered"):
        return []
    deal = replace(case.deal, currency=replace(case.deal.currency, code=case.pays_in(instrument)))
    return check_currencies(book, deal, [line.product for line in case.lines])


def _by_line(book: Book, case: PaymentCase, instrument: PaymentInstrument, kinds: Kinds) -> Iterator[bool | Finding]:
    for kind, i in kinds.items():
        if isinstance(kind, Finding):
            yield kind
            continue
        answer = _of_kind(book, case.deal.billing, instrument, kind)
        yield answer.about(f"lines[{i}]") if isinstance(answer, Finding) else answer


MethodRule = RuleFunction[[str, Collection[str]], bool | Finding]

_BILLINGS = (Billing.ORIGINAL, Billing.IMPROVED)

_METHOD_RULES: Mapping[LineKind, MethodRule] = {
    LineKind.MONTHLY: monthly_method_is_accepted,
    LineKind.GUARD_MONTHLY: guard_monthly_method_is_accepted,
    LineKind.GUARD_ANNUAL: guard_annual_method_is_accepted,
}


def _of_kind(book: Book, billing: Billing | None, instrument: PaymentInstrument, kind: LineKind) -> bool | Finding:
    """Whether a method is accepted for what a line is; for Guard the lists differ between the billing systems."""
    if not kind.guard:
        key = "payment.methods.monthly" if kind is LineKind.MONTHLY else "payment.methods"
        return _METHOD_RULES.get(kind, method_is_accepted)(instrument.method, book.texts(key))
    answers = [_of_guard(book, each, instrument, kind) for each in ((billing,) if billing else _BILLINGS)]
    if len({weakest(findings_in([each])) for each in answers}) > 1:
        return undetermined("INPUT_MISSING", "deal.billing_experience")
    return answers[0]


def _of_guard(book: Book, billing: Billing, instrument: PaymentInstrument, kind: LineKind) -> bool | Finding:
    listed = _METHOD_RULES[kind](instrument.method, book.texts(METHODS[kind, billing]))
    banks = _BANK_COUNTRIES[kind, billing]
    if listed is True and instrument.method in ("ach", "ach_debit") and book.prints(banks):
        return bank_takes_part_in_ach(instrument.bank_country, book.texts(banks))
    return listed


def _by_instrument(book: Book, case: PaymentCase, instrument: PaymentInstrument) -> Iterator[bool | Finding]:
    method, currency = instrument.method, case.pays_in(instrument)
    listed = method in book.texts("payment.methods")
    if method == "credit_card" and instrument.card_brand is not None:
        yield card_is_accepted(instrument.card_brand, book.texts("payment.card-brands"))
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
    for row in book.rows(_TIME[method], silent=()):
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
    if book.prints(_GUIDANCE[method]):
        return book.guidance(_GUIDANCE[method])
    systems = {system for _, _, system in systems_of(book, case, kinds)}
    if len(systems) != 1:
        return None
    (system,) = systems
    return book.guidance(_GUIDANCE_OF_SYSTEM[method, system]) if system else None


def _sending(book: Book, case: PaymentCase, kinds: Kinds) -> Sending | Finding | None:
    """Whether money may be sent; one line in the improved experience binds the whole order."""
    if case.purpose is None:
        return None
    systems = {system for _, _, system in systems_of(book, case, kinds)}
    if "" in systems:
        return undetermined("INPUT_MISSING", "deal.billing_experience")
    if not systems:
        # What the lines are is not known, and each option says so.
        return None
    if Billing.IMPROVED.value in systems:
        method = case.instrument.method if case.instrument else None
        return sending_in_improved(case.purpose, method, order_placed=case.order_placed, invoice_issued=case.issued)
    return sending_in_original(case.purpose, case.issued)


def _hold(book: Book, case: PaymentCase) -> AuthorisationHold | None:
    charged_on, available = case.progress.charged_on, case.progress.funds_available
    if charged_on is None or not book.serves(is_plausibly_a_hold):
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
