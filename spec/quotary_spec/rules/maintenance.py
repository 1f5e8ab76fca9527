"""Maintenance: from when to when it runs, what it gives, and the state of an installation after it.

The reseller documents (editions 2021 and 2023) speak of Server, the purchasing documents of Data Center. Until when
Server is sold and supported is in ``lifecycle.server``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from quotary_spec.calendar import Term
from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Action, Line
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.subscription import Subscription
from quotary_spec.outcome import Finding, Outcome, as_remark, not_covered, refused, undetermined, weakest
from quotary_spec.register.parameters import Keys
from quotary_spec.rule import rule
from quotary_spec.rulebook import Book
from quotary_spec.rules.lifecycle.data_center import has_end
from quotary_spec.rules.lifecycle.server import (
    SERVER_IS_SOLD,
    SERVER_IS_SUPPORTED,
    SERVER_MAINTENANCE_IS_SOLD,
    server_sale_end,
    server_support_end,
)
from quotary_spec.rules.terms_assessment import check_terms, cut

_SERVICES = Keys("maintenance.services.*")


State = Literal["full", "read_only"]


@rule("MAINTENANCE-START-NEW", "000:913 002:828", rulings="R-05")
def maintenance_of_new_licence(payment_confirmed: date, months: int) -> Term:
    """The maintenance of a new self-managed licence runs from the day its payment is confirmed."""
    return Term.of_months(payment_confirmed, months)


@rule("MAINTENANCE-START-UPGRADE", "000:914 002:829", rulings="R-05 R-21 R-21-DATA-CENTER")
def maintenance_of_upgrade(payment_confirmed: date, months: int) -> Term:
    """After an upgrade maintenance runs from the day its payment is confirmed.

    Reading: for a new full term, since an upgrade of Data Center begins one; not to the end of the term before.
    """
    return Term.of_months(payment_confirmed, months)


@rule("MAINTENANCE-START-RENEWAL", "000:915 000:920 002:830", rulings="R-05")
def maintenance_of_renewal(previous_end: date, purchased: date | None, months: int) -> Term:
    """Renewed maintenance runs from the end of the time before it, however early or late it is bought."""
    return Term.of_months(previous_end, months)


@rule(
    "MAINTENANCE-NEW-UPGRADE-12M-FIXED",
    "004:60",
    rulings="R-004-MAINTENANCE-NEW-UPGRADE-12M-FIXED-004",
)
def included_time_is_kept(months: int, included_months: int) -> bool:
    """New licences and upgrades include 12 months of maintenance, which cannot be shortened.

    Reading: more can be bought.
    """
    return months >= included_months


@rule("MAINTENANCE-WHOLE-YEARS", "004:19", rulings="R-36")
def maintenance_is_whole_years(months: int, months_of_year: int) -> bool:
    """The order of a new self-managed licence states whole years of maintenance."""
    return months % months_of_year == 0


@rule(
    "MAINTENANCE-SERVER-INCLUDED",
    "003:130 004:171",
    rulings="R-05 R-36 R-004-MAINTENANCE-SERVER-PERPETUAL-004",
)
def maintenance_of_server_licence(purchased: date, months: int) -> Term:
    """A Server licence never ends and includes 12 months of maintenance.

    Reading: they run from the purchase, which is complete on the day its payment is confirmed.
    """
    return Term.of_months(purchased, months)


@rule("MAINTENANCE-SERVER-RENEWAL", "003:130 004:171", only="2021 2023 2024", rulings="R-36")
def renewed_server_maintenance(maintenance_end: date, months: int) -> Term:
    """After the first year the maintenance of Server is renewed for another 12 months at a time."""
    return Term.of_months(maintenance_end, months)


@rule("MAINTENANCE-RUNS", "000:918 002:833 003:130 004:171", rulings="R-05")
def maintenance_runs(end: date, day: date, renewed: bool) -> bool:
    """Maintenance runs until the day before its end, and on if it was renewed before."""
    return renewed or day < end


@rule(
    "MAINTENANCE-DC-EXPIRY-READ-ONLY",
    "000:918 002:833",
    rulings="R-05 R-000-MAINTENANCE-DC-EXPIRY-READ-ONLY R-002-MAINTENANCE-END-DC",
)
def installation_state(maintenance_end: date, day: date, renewed: bool) -> State:
    """A Data Center installation becomes read-only when its maintenance ends without renewal.

    Reading: after any term, not the first alone; on the day of the end itself, without grace.
    """
    return "full" if maintenance_runs(maintenance_end, day, renewed) else "read_only"


@rule("MAINTENANCE-SCOPE", "003:134 004:175")
def services_of_maintenance(services: Sequence[str]) -> tuple[str, ...]:
    """While maintenance or a cloud subscription runs, the vendor gives the services that are named."""
    return tuple(services)


@rule("MAINTENANCE-SUBSCRIPTION-BENEFITS", "000:908")
def benefits_of_subscription(active: bool, benefits: Sequence[str]) -> tuple[str, ...]:
    """An active cloud or Data Center subscription gives the latest features, support and further development."""
    return tuple(benefits) if active else ()


@rule(
    "MAINTENANCE-ALTERNATIVES",
    "000:908-910 002:836",
    rulings="R-19 R-000-MAINTENANCE-ALTERNATIVES",
)
def alternatives_to_server(
    options: Sequence[str], order_date: date | None, last_day_for_new_customers: date | None, holds_data_center: bool
) -> tuple[str, ...]:
    """In place of Server the vendor offers cloud and Data Center.

    Reading: Data Center only to customers who hold it, once it is no longer sold to new customers.
    """
    closed = (
        order_date is not None and last_day_for_new_customers is not None and order_date > last_day_for_new_customers
    )
    return tuple(option for option in options if option != "data_center" or holds_data_center or not closed)


@dataclass(frozen=True, slots=True)
class MaintenanceCase:
    """A licence or subscription, what is bought for it, and the day asked about.

    Attributes:
        subscription: What is held; its end is the end of the time before a renewal.
        action: What is bought; None: only the present state is asked.
        ordered_on: Day of the order.
        paid_on: Day on which payment was confirmed.
        months: Length wanted.
        renewed: Whether it was renewed before its maintenance ended.
        day: Day for which the state is asked.
        holds_data_center: Whether the customer holds a Data Center subscription.
    """

    subscription: Subscription
    action: Action | None = None
    ordered_on: date | None = None
    paid_on: date | None = None
    months: int | None = None
    renewed: bool | None = None
    day: date | None = None
    holds_data_center: bool | None = None


@dataclass(frozen=True, slots=True)
class AssessedMaintenance:
    """What the rules say of maintenance.

    Attributes:
        term: Time of the maintenance that is bought or included.
        allowed_months: Lengths that are printed and may be bought.
        perpetual: Whether the licence itself never ends.
        renewable: Whether the maintenance can be renewed.
        active: Whether maintenance runs on the day asked about.
        supported: Whether the vendor supports the product on that day.
        support_end: First day without support, where one is printed.
        state: State of the installation on that day.
        manual_updates: Whether the customer installs updates by hand.
        services: What maintenance or an active subscription gives.
        alternatives: What is offered in its place.
        guidance: How it is kept up.
        findings: What stands in the way, and remarks.
    """

    term: Term | None = None
    allowed_months: tuple[int, ...] = ()
    perpetual: bool | None = None
    renewable: bool | None = None
    active: bool | None = None
    supported: bool | None = None
    support_end: date | None = None
    state: State | None = None
    manual_updates: bool | None = None
    services: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    guidance: Guidance | None = None
    findings: tuple[Finding, ...] = ()


def assess_maintenance(book: Book, case: MaintenanceCase) -> AssessedMaintenance:
    """From when to when maintenance runs, what it gives, and the state of the installation."""
    product = case.subscription.product
    if product is None or product.platform is None:
        return AssessedMaintenance(findings=(undetermined("INPUT_MISSING", "subscription.product.platform"),))
    if product.platform.hosted:
        return _cloud(book, case)
    if product.platform is Platform.SERVER:
        return _server(book, case)
    return _data_center(book, case, product)


def _flag(book: Book, key: str) -> bool | None:
    return book.if_printed(book.flag, key)


def _cloud(book: Book, case: MaintenanceCase) -> AssessedMaintenance:
    """Of cloud: what comes with it; a length of maintenance is not sold."""
    services = _services(book, "cloud")
    end = case.subscription.end
    active = _is_active(case, end)
    is_service = case.action is None and services
    return AssessedMaintenance(
        active=active,
        manual_updates=_flag(book, "maintenance.manual-updates.cloud"),
        services=_with_benefits(book, services, active is not False),
        findings=() if is_service else (not_covered(edition=book.edition),),
    )


def _services(book: Book, kind: str) -> tuple[str, ...]:
    """What maintenance of that kind gives, where the edition says it."""
    key = _SERVICES[kind]
    return services_of_maintenance(book.texts(key)) if book.prints(key) else ()


def _with_benefits(book: Book, services: tuple[str, ...], active: bool) -> tuple[str, ...]:
    """The services of maintenance with those of an active subscription, each once; none when it is not active."""
    key = "maintenance.services.active-subscription"
    benefits = benefits_of_subscription(active, book.texts(key)) if book.prints(key) else ()
    return tuple(dict.fromkeys((*services, *benefits))) if active else ()


def _is_active(case: MaintenanceCase, end: date | None) -> bool | None:
    """Whether maintenance runs on the day asked about; None while that is not known."""
    if case.day is None:
        return None
    if case.subscription.state in ("expired", "cancelled"):
        return False
    if end is None:
        return None
    start = case.subscription.start
    begun = start is None or start <= case.day
    return begun and maintenance_runs(end, case.day, case.renewed is True)


def _is_supported(book: Book, day: date | None, support_end: date | None) -> bool | None:
    if day is None:
        return None
    supported = book.ask(SERVER_IS_SUPPORTED, day, support_end)
    return supported if isinstance(supported, bool) else None


def _server(book: Book, case: MaintenanceCase) -> AssessedMaintenance:
    current = case.subscription
    term, findings = _server_term(book, case)
    support_end = server_support_end(book)
    renewable = book.ask(SERVER_MAINTENANCE_IS_SOLD, case.ordered_on or case.day, support_end)
    supported = _is_supported(book, case.day, support_end)
    end = current.end if current.end is not None else (term.end if term is not None else None)
    active = False if supported is False else _is_active(case, end)
    services = _services(book, "self-managed")
    over = renewable is False or supported is False
    alternatives, more = _alternatives(book, case) if over else ((), ())
    return AssessedMaintenance(
        term=term,
        perpetual=_flag(book, "maintenance.server.perpetual"),
        renewable=renewable if isinstance(renewable, bool) else None,
        active=active,
        supported=supported,
        support_end=support_end,
        services=services if active is not False and not over else (),
        alternatives=alternatives,
        findings=(*findings, *more),
    )


def _server_term(book: Book, case: MaintenanceCase) -> tuple[Term | None, tuple[Finding, ...]]:
    """Time that is included, or added by a renewal, and what stands in the way."""
    months = book.integer("maintenance.server.months")
    if case.action is Action.RENEWAL:
        return _server_renewal(book, case, months)
    least = "maintenance.least-months"
    if case.action not in (None, Action.NEW) and not (case.action is Action.UPGRADE and book.prints(least)):
        return None, (not_covered(edition=book.edition),)
    requested = case.months or months
    too_short = _against_length(book, case.action, requested)
    if too_short is not None:
        return None, (too_short,)
    unsold = _against_new_server(book, case) if case.action is Action.NEW else ()
    purchased = case.paid_on or (case.ordered_on if case.action is not None else case.subscription.purchased_on)
    if purchased is not None or weakest(unsold) is Outcome.REFUSED:
        return None if unsold or purchased is None else maintenance_of_server_licence(purchased, requested), unsold
    if case.action is None:
        return None, (as_remark(undetermined("INPUT_MISSING", "subscription.purchase_date"), "term"),)
    return None, (*unsold, undetermined("INPUT_MISSING", "payment_confirmation_date"))


def _against_length(book: Book, action: Action | None, months: int) -> Finding | None:
    """What stands against so many months of maintenance with a licence, where the edition says how many there are."""
    key = "maintenance.least-months"
    if not book.prints(key):
        return None
    year = book.integer(key)
    if not included_time_is_kept(months, year):
        return refused("MAINTENANCE_TOO_SHORT", months=str(year)).by(included_time_is_kept.info.id)
    if action is Action.NEW and not maintenance_is_whole_years(months, year):
        return refused("MAINTENANCE_NOT_IN_YEARS").by(maintenance_is_whole_years.info.id)
    return None


def _against_new_server(book: Book, case: MaintenanceCase) -> tuple[Finding, ...]:
    """What stands against buying the licence that brings the maintenance; what was paid was ordered before."""
    end = server_sale_end(book)
    paid_in_time = case.paid_on is not None and end is not None and case.paid_on < end
    ordered_on = case.paid_on if case.ordered_on is None and paid_in_time else case.ordered_on
    sold = book.ask(SERVER_IS_SOLD, ordered_on, end)
    return (sold.rebased(lambda _: "order_date"),) if isinstance(sold, Finding) else ()


def _server_renewal(book: Book, case: MaintenanceCase, months: int) -> tuple[Term | None, tuple[Finding, ...]]:
    sold = book.ask(SERVER_MAINTENANCE_IS_SOLD, case.ordered_on, server_support_end(book))
    if isinstance(sold, Finding):
        return None, (sold,)
    if not sold:
        return None, (refused("SERVER_MAINTENANCE_NOT_SOLD"),)
    if case.months not in (None, months):
        return None, (refused("MAINTENANCE_RENEWAL_LENGTH", months=str(months)),)
    if case.subscription.end is None:
        return None, (undetermined("INPUT_MISSING", "subscription.maintenance_end_date"),)
    return renewed_server_maintenance(case.subscription.end, months), ()


def _alternatives(book: Book, case: MaintenanceCase) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    options = book.texts("maintenance.server.alternatives", silent=())
    if not options:
        return (), ()
    key = "eol.data-center.new-customers"
    closing = book.if_printed(book.day, key)
    holds_data_center = case.holds_data_center
    offered = alternatives_to_server(options, case.ordered_on, closing, holds_data_center is True)
    if offered == options or holds_data_center is not None:
        return offered, ()
    missing = undetermined("INPUT_MISSING", "holds_data_center_subscription")
    return offered, (as_remark(missing, "alternatives"),)


def _data_center(book: Book, case: MaintenanceCase, product: Product) -> AssessedMaintenance:
    if not book.prints("maintenance.printed-months"):
        return _data_center_of_resellers(book, case)
    term, findings = _data_center_term(book, case, product)
    end, day = case.subscription.end, case.day
    state = installation_state(end, day, case.renewed is True) if end is not None and day is not None else None
    active = _is_active(case, end)
    services = _services(book, "self-managed")
    return AssessedMaintenance(
        term=term,
        allowed_months=tuple(row["months"] for row in book.rows("maintenance.printed-months")),
        renewable=_data_center_is_renewable(book, case, product, findings),
        active=active,
        supported=active,
        state=state,
        manual_updates=_flag(book, "maintenance.manual-updates.data_center"),
        services=_with_benefits(book, services, active is not False),
        guidance=book.guidance("maintenance.data-center.guidance"),
        findings=findings,
    )


def _data_center_is_renewable(
    book: Book, case: MaintenanceCase, product: Product, findings: tuple[Finding, ...]
) -> bool | None:
    """Whether what is held can be renewed: as the renewal that is asked about, else from its end; None while open."""
    if case.action in (Action.RENEWAL, Action.DOWNGRADE):
        decided = weakest(findings)
        return None if decided not in (Outcome.GRANTED, Outcome.REFUSED) else decided is Outcome.GRANTED
    end = case.subscription.end
    if not has_end(book, Line(product)):
        return True
    return None if end is None else end < book.day("eol.data-center.end")


def _data_center_of_resellers(book: Book, case: MaintenanceCase) -> AssessedMaintenance:
    """Data Center in the reseller documents: what maintenance gives, and in 2021 how long a new licence includes it."""
    active = _is_active(case, case.subscription.end)
    services = _services(book, "self-managed") if active is not False else ()
    key = "maintenance.least-months"
    findings: tuple[Finding, ...] = ()
    if case.action is not None and (case.action not in (Action.NEW, Action.UPGRADE) or not book.prints(key)):
        findings = (not_covered(edition=book.edition),)
    elif case.action is not None:
        too_short = _against_length(book, case.action, case.months or book.integer(key))
        findings = () if too_short is None else (too_short,)
    return AssessedMaintenance(active=active, services=services, findings=findings)


def _data_center_term(book: Book, case: MaintenanceCase, product: Product) -> tuple[Term | None, tuple[Finding, ...]]:
    """Time that is bought, cut at the end of life, and what stands in the way."""
    if case.action is None:
        return None, ()
    months = case.months or book.integer("maintenance.included-months")
    if case.action in (Action.RENEWAL, Action.DOWNGRADE):
        if case.subscription.end is None:
            return None, (undetermined("INPUT_MISSING", f"subscription.{case.subscription.absent_of_term}"),)
        term = maintenance_of_renewal(case.subscription.end, case.paid_on, months)
    elif case.paid_on is None:
        return None, (undetermined("INPUT_MISSING", "payment_confirmation_date"),)
    elif case.action is Action.NEW:
        term = maintenance_of_new_licence(case.paid_on, months)
    else:
        term = maintenance_of_upgrade(case.paid_on, months)
        return cut(book, Line(product, Action.UPGRADE), term)
    (checked,) = check_terms(book, [Line(product, case.action, term=term)], [term])
    return checked.term, checked.findings
