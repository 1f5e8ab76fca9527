"""When what was ordered becomes available: cloud with the order or its payment, licence keys with the payment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from quotary_spec.model.fulfilment import AssessedFulfilment, FulfilmentCase, LineFulfilment, Trigger
from quotary_spec.model.order import Action, Billing, Channel, Line
from quotary_spec.model.renewal import Notice
from quotary_spec.outcome import Finding, not_covered, undetermined
from quotary_spec.register.parameters import Keys
from quotary_spec.rule import ByEdition, Question, about, rule
from quotary_spec.rulebook import Book

_CLOUD_PLACE = Keys("fulfilment.place.cloud.*")
_MAIL = Keys("fulfilment.mail.*")


@rule(
    "ORDER-AVAILABILITY-CLOUD-ORIGINAL",
    "000:354 002:375",
    rulings="R-000-ORDER-AVAILABILITY-CLOUD-ORIGINAL",
)
def with_payment_in_original(billing: Billing) -> Trigger | None:
    """In the original billing experience a change of products, tiers or terms takes effect once payment was processed.

    Reading: on net terms too.
    """
    return Trigger.PAYMENT_PROCESSED if billing is Billing.ORIGINAL else None


@rule("ORDER-AVAILABILITY-CLOUD-IMPROVED", "000:355 002:377")
def with_order_in_improved(billing: Billing) -> Trigger | None:
    """In the improved billing experience a change of products, tiers or terms takes effect as the order is placed."""
    return Trigger.ORDER_PLACED if billing is Billing.IMPROVED else None


CLOUD_AVAILABILITY: Question[[Billing], Trigger] = Question(
    "CLOUD-AVAILABILITY", with_payment_in_original, with_order_in_improved
)


@rule("ORDER-AVAILABILITY-KEYS", "000:356 002:379 003:112 004:29 004:151")
def keys_come_with_payment(payment_processed: bool | None) -> bool | Finding:
    """Licence keys are available once payment was received and processed, never before."""
    return undetermined("INPUT_MISSING", "payment_processed") if payment_processed is None else payment_processed


@rule("ORDER-LICENCE-KEY", "000:1002 002:901", rulings="R-000-ORDER-LICENSE-KEY-LOCATION")
def new_key_is_issued(action: Action) -> bool:
    """A new licence key comes with each purchase, renewal and upgrade of a self-managed licence.

    Reading: more users within the term are an upgrade.
    """
    return action is not Action.DOWNGRADE


@rule("ORDER-CLOUD-PROVISIONING", "004:78 004:153")
def cloud_comes_with_payment(action: Action) -> Trigger | Finding:
    """A cloud site is set up, and its term or tier updated, once payment was received and processed."""
    return Trigger.PAYMENT_PROCESSED


@rule("ORDER-CLOUD-CHANGE-ON-PAYMENT", "003:112", only="2023", rulings="R-03 R-003-RENEWAL-CLOUD-EFFECTIVE-003")
def cloud_changes_with_payment(action: Action) -> Trigger | Finding:
    """Renewals and upgrades of annual cloud subscriptions take effect on the day of payment.

    Reading: of a new subscription nothing is said.
    """
    return not_covered() if action in (Action.NEW, Action.DOWNGRADE) else Trigger.PAYMENT_PROCESSED


CLOUD_WITH_PAYMENT = ByEdition(cloud_comes_with_payment, cloud_changes_with_payment)


@rule("ORDER-CLOUD-READY-BY", "004:153", rulings="R-004-ORDER-CLOUD-PROVISIONING-004")
def ready_by(payment_processed: datetime, hours: int) -> datetime:
    """A new cloud site may take up to an hour from the processed payment until it can be used.

    Reading: an upper bound of one hour.
    """
    return payment_processed + timedelta(hours=hours)


@rule("ORDER-MANUAL-REVIEW", "003:41 004:25 004:42", rulings="R-003-ORDER-MANUAL-REVIEW-003")
def processing_days(order_date: date, least_days: int, most_days: int) -> tuple[date, date]:
    """An order that is reviewed by hand is processed one to three days later.

    Reading: calendar days, the third included.
    """
    return order_date + timedelta(days=least_days), order_date + timedelta(days=most_days)


@rule("ORDER-PAID-IN-FULL", "004:27-29 004:44-46", rulings="R-004-ORDER-FULL-PAYMENT-EMAILS-004")
def is_paid_in_full(paid: int, due: int) -> bool:
    """Keys, the confirmation and the paid invoice come when payment was received in full.

    Reading: a part of it brings nothing.
    """
    return paid >= due


# ---- the whole order


def assess_fulfilment(book: Book, case: FulfilmentCase) -> AssessedFulfilment:
    """When each line of an order becomes available, what is mailed, and when a reviewed order is processed."""
    order = _Fulfilment(book, case, _payment(book, case))
    lines = tuple(order.line(i, line) for i, line in enumerate(case.lines))
    keys = any(line.kind == "licence_key" for line in lines)
    assessed = AssessedFulfilment(
        lines=lines,
        notices=tuple(order.notices()),
        guidance=book.guidance("fulfilment.guidance.keys") if keys else None,
        findings=tuple(dict.fromkeys(finding for line in lines for finding in line.findings)),
    )
    return _reviewed(book, case, assessed) if case.manual_review else assessed


def _payment(book: Book, case: FulfilmentCase) -> bool | None:
    """Whether payment was processed; of the whole amount, where the edition asks for that."""
    if not book.serves(is_paid_in_full) or not case.is_paid or case.due is None:
        return case.is_paid
    return is_paid_in_full(case.due if case.paid is None else case.paid, case.due)


def _reviewed(book: Book, case: FulfilmentCase, assessed: AssessedFulfilment) -> AssessedFulfilment:
    if case.deal.order_date is None:
        missing = undetermined("INPUT_MISSING", "deal.order_date")
        return replace(assessed, findings=(*assessed.findings, missing))
    least, most = book.integer("fulfilment.review.least-days"), book.integer("fulfilment.review.most-days")
    earliest, latest = processing_days(case.deal.order_date, least, most)
    return replace(assessed, earliest=earliest, latest=latest)


@dataclass(frozen=True, slots=True)
class _Fulfilment:
    """An order under one edition, and whether it is paid."""

    book: Book
    case: FulfilmentCase
    paid: bool | None

    def line(self, position: int, line: Line) -> LineFulfilment:
        """When one line becomes available."""
        subject = f"lines[{position}]"
        platform = line.product.platform
        if platform is None:
            missing = undetermined("INPUT_MISSING", "product.platform").about(subject)
            return LineFulfilment(position, findings=(missing,))
        with about(subject):
            found = self._cloud(position, line) if platform.hosted else self._keys(position, line)
        silent = tuple(each if each.missing else each.about(subject) for each in found.findings)
        return replace(found, findings=silent)

    def _keys(self, position: int, line: Line) -> LineFulfilment:
        book = self.book
        if book.serves(new_key_is_issued) and not new_key_is_issued(line.action):
            return LineFulfilment(position, findings=(not_covered(edition=book.edition),))
        key = LineFulfilment(
            position=position,
            kind="licence_key",
            trigger=Trigger.PAYMENT_PROCESSED,
            place=book.if_printed(book.text, "fulfilment.place.keys") or "",
            roles=book.texts("fulfilment.roles.keys"),
            rule_id=keys_come_with_payment.info.id,
        )
        available = keys_come_with_payment(self.paid)
        if isinstance(available, Finding):
            return replace(key, findings=(available,))
        return self._after_payment(key, available)

    def _cloud(self, position: int, line: Line) -> LineFulfilment:
        kind = "site_access" if line.action is Action.NEW else "subscription_change"
        found = LineFulfilment(position, kind)
        if self.book.serves(CLOUD_WITH_PAYMENT):
            trigger = self.book.ask(CLOUD_WITH_PAYMENT, line.action)
            rule_id = self.book.version(CLOUD_WITH_PAYMENT).info.id
            if isinstance(trigger, Finding):
                return replace(found, findings=(trigger,))
            return self._when(replace(found, trigger=trigger, rule_id=rule_id))
        billing = self.case.deal.billing
        if billing is None:
            return replace(found, findings=(undetermined("INPUT_MISSING", "deal.billing_experience"),))
        decides = with_order_in_improved if billing is Billing.IMPROVED else with_payment_in_original
        place = _CLOUD_PLACE[billing]
        found = replace(found, place=self.book.if_printed(self.book.text, place) or "")
        by_engine = self.book.ask(CLOUD_AVAILABILITY, billing)
        if isinstance(by_engine, Finding):
            return replace(found, findings=(by_engine,))
        return self._when(replace(found, trigger=by_engine, rule_id=decides.info.id))

    def _when(self, line: LineFulfilment) -> LineFulfilment:
        """The same line, with the day and moment of its trigger."""
        if line.trigger is Trigger.ORDER_PLACED:
            deal = self.case.deal
            if deal.order_date is None and deal.order_time is None:
                return replace(line, findings=(undetermined("INPUT_MISSING", "deal.order_time"),))
            return replace(line, available=True, day=deal.order_date, moment=deal.order_time)
        if self.paid is None:
            return replace(line, findings=(undetermined("INPUT_MISSING", "payment_processed"),))
        return self._after_payment(line, self.paid)

    def _after_payment(self, line: LineFulfilment, available: bool) -> LineFulfilment:
        if not available:
            return replace(line, available=False)
        line = replace(line, available=True, day=self.case.deal.payment_date, moment=self.case.payment_time)
        if line.kind != "site_access" or line.moment is None or not self.book.prints("fulfilment.provisioning-hours"):
            return line
        return replace(line, latest=ready_by(line.moment, self.book.integer("fulfilment.provisioning-hours")))

    def notices(self) -> Iterator[Notice]:
        """The mails that follow payment, where the edition speaks of them."""
        if self.case.deal.channel in (None, Channel.DIRECT) or not self.book.serves(is_paid_in_full):
            return
        for kind in ("purchase_confirmation", "paid_invoice"):
            recipients = self.book.texts(_MAIL[kind])
            yield Notice(kind, sent=self.paid, recipients=recipients, rule_id=is_paid_in_full.info.id)
