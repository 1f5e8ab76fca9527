"""Whether a service is given: the row of the register, and the rules that decide beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Cycle
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.subscription import Actor, Subscription
from quotary_spec.outcome import Finding, Outcome, not_covered, refused, undetermined, weakest
from quotary_spec.register.parameters import Keys
from quotary_spec.rulebook import Book
from quotary_spec.rules.lifecycle.server import SERVER_IS_SUPPORTED, server_support_end
from quotary_spec.rules.maintenance import maintenance_runs
from quotary_spec.rules.services import (
    SUPPORT_NUMBER,
    content_can_be_pinned,
    content_is_eligible,
    data_is_collected,
    law_is_in_force,
    licence_holder_gets_support,
    may_be_named,
    needs_consent,
    role_pins_content,
    service_is_offered,
    subscription_brings_service,
    vendor_policy_covers_app,
)
from quotary_spec.rules.trials import TRIAL, data_is_backed_up, service_level_is_backed, trial_has_support

_SERVICE = Keys("services.*")
_MANUAL_UPDATES = Keys("maintenance.manual-updates.*")


# ---- the answer


@dataclass(frozen=True, slots=True)
class ServiceCase:
    """What is asked, and the facts of the case.

    Attributes:
        service: Registered service.
        product: Product concerned.
        subscription: Subscription or licence under which it is asked.
        actor: Who asks.
        day: Day for which it is asked.
        support_number_known: Whether the support entitlement number is at hand.
        collection_permitted: Whether the administrator lets data be sent.
        collection_blocked: Whether the network blocks it.
        data_kind: Registered kind of data.
        disclosure: Registered disclosure.
        consented: Whether the customer consented to it.
        opted_out: Whether the customer asked not to be named.
        content_eligible: Whether the content can be pinned.
    """

    service: str
    product: Product | None = None
    subscription: Subscription = field(default_factory=Subscription)
    actor: Actor | None = None
    day: date | None = None
    support_number_known: bool | None = None
    collection_permitted: bool | None = None
    collection_blocked: bool | None = None
    data_kind: str | None = None
    disclosure: str | None = None
    consented: bool | None = None
    opted_out: bool | None = None
    content_eligible: bool | None = None

    @property
    def concerned(self) -> Product | None:
        """The product concerned, or else the one that is held."""
        return self.product or self.subscription.product

    @property
    def platform(self) -> Platform | None:
        """Where the product runs."""
        return self.concerned.platform if self.concerned is not None else None

    @property
    def plan(self) -> str | None:
        """Plan of the product."""
        return self.concerned.plan if self.concerned is not None else None


@dataclass(frozen=True, slots=True)
class CheckedService:
    """What the rules say of a service.

    Attributes:
        provider: "vendor", "partner", "third_party" or "customer"; empty when nobody is, or while that is open.
        contents: What belongs to it.
        delivery: How it comes.
        documents: Documents that carry it.
        start: First day on which it is in force.
        end: First day on which it no longer is.
        guaranteed: Whether the vendor guarantees it.
        consent_required: Whether the customer has to consent.
        roles: Roles that may ask for it or set it.
        guidance: Where and how it is asked for.
        findings: What stands in the way, and remarks.
    """

    provider: str = ""
    contents: tuple[str, ...] = ()
    delivery: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    start: date | None = None
    end: date | None = None
    guaranteed: bool | None = None
    consent_required: bool | None = None
    roles: tuple[str, ...] = ()
    guidance: Guidance | None = None
    findings: tuple[Finding, ...] = ()


def check_service(book: Book, case: ServiceCase) -> CheckedService:
    """Whether a service can be had, who gives it, and what belongs to it."""
    row: Mapping[str, Any] = next(iter(book.rows(_SERVICE[case.service], silent=())), {})
    offered = service_is_offered(row.get("standing"), row.get("provider", ""), row.get("reason", ""))
    stated = _stated(row, (offered,))
    decide = _DECIDED.get(case.service)
    if decide is None or weakest(stated.findings) is Outcome.NOT_COVERED:
        return stated
    decided = decide(book, case, stated)
    return decided if weakest(decided.findings) is Outcome.GRANTED else replace(decided, provider=_other(decided))


def _other(service: CheckedService) -> str:
    """Who provides it in the vendor's place, since the vendor does not."""
    return "" if service.provider == "vendor" else service.provider


def _stated(row: Mapping[str, Any], answers: tuple[bool | Finding, ...]) -> CheckedService:
    """What a row says by itself."""
    guidance = None
    if "channel" in row or "contact" in row:
        guidance = Guidance(
            row.get("channel", "contact"),
            row.get("place", ""),
            tuple(row.get("steps", ())),
            tuple(row.get("documents_needed", ())),
            row.get("contact", ""),
        )
    return CheckedService(
        provider=row.get("provider", ""),
        contents=tuple(row.get("contents", ())),
        delivery=tuple(row.get("delivery", ())),
        documents=tuple(row.get("documents", ())),
        start=row.get("start"),
        end=row.get("end"),
        guaranteed=row.get("guaranteed"),
        guidance=guidance,
        findings=_findings(*answers),
    )


def _findings(*answers: bool | Finding | None) -> tuple[Finding, ...]:
    return tuple(each for each in answers if isinstance(each, Finding))


def _law(book: Book, case: ServiceCase, stated: CheckedService) -> CheckedService:
    """A law or framework with the days on which it holds."""
    if law_is_in_force(case.day, stated.start, stated.end):
        return stated
    return replace(stated, findings=(refused("NOT_IN_FORCE").by(law_is_in_force.info.id),))


def _app_policy(book: Book, case: ServiceCase, stated: CheckedService) -> CheckedService:
    own = case.concerned.built_by_vendor if case.concerned is not None else None
    covered = vendor_policy_covers_app(own)
    return replace(stated if own is not True else CheckedService(), findings=_findings(covered))


def _support(book: Book, case: ServiceCase, stated: CheckedService) -> CheckedService:
    """Technical support: what is held decides, and the number that goes with a request."""
    number = None
    if case.support_number_known is not None:
        number = book.ask(SUPPORT_NUMBER, case.support_number_known)
    return replace(stated, findings=_findings(_upkeep(book, case, support=True), number))


def _updates(book: Book, case: ServiceCase, stated: CheckedService) -> CheckedService:
    """Updates: what is held decides; where the edition says it, who installs them."""
    key = _MANUAL_UPDATES[case.platform]
    contents: tuple[str, ...] = ()
    if book.prints(key):
        contents = ("installed by the customer",) if book.flag(key) else ("installed by the vendor",)
    return replace(stated, contents=contents, findings=_findings(_upkeep(book, case, support=False)))


def _upkeep(book: Book, case: ServiceCase, support: bool) -> bool | Finding:
    """Whether what is held brings support or updates."""
    current, platform = case.subscription, case.platform
    if platform is None:
        return undetermined("INPUT_MISSING", "product.platform")
    if platform is Platform.SERVER:
        server = _server(book, case.day)
        if server is not True:
            return server
    if current.state == TRIAL:
        return book.ask(trial_has_support, TRIAL) if support and platform.hosted else not_covered()
    active = _active(current, case.day)
    if active is None:
        missing = "subscription.state" if current.end is None else "assessment_date"
        return undetermined("INPUT_MISSING", missing)
    types = book.texts("services.support.licence-types", silent=()) if support else ()
    entitled = licence_holder_gets_support(current.licence_type, active, types) if types else None
    return entitled or subscription_brings_service(active)


def _server(book: Book, day: date | None) -> bool | Finding:
    """Whether Server is supported on a day. Where no last day is printed, every day has the same answer."""
    end = server_support_end(book)
    if day is None and end is not None:
        return undetermined("INPUT_MISSING", "assessment_date")
    supported = book.ask(SERVER_IS_SUPPORTED, day or date.max, end)
    if supported is False:
        return refused("SERVER_UNSUPPORTED").by(book.version(SERVER_IS_SUPPORTED).info.id)
    return supported


def _active(current: Subscription, day: date | None) -> bool | None:
    """Whether a subscription is active or its maintenance runs; None while that is not known."""
    if current.state in ("expired", "cancelled"):
        return False
    if current.end is not None and day is not None:
        return maintenance_runs(current.end, day, False)
    return True if current.state == "active" else None


def _backup(book: Book, case: ServiceCase, stated: CheckedService) -> CheckedService:
    """Backups of cloud data: the subscription decides."""
    current = case.subscription
    if case.platform is None:
        return replace(stated, findings=(undetermined("INPUT_MISSING", "product.platform"),))
    if not case.platform.hosted:
        return replace(stated, findings=(not_covered(),))
    if current.state is None:
        return replace(stated, findings=(undetermined("INPUT_MISSING", "subscription.state"),))
    pays = current.state == "active" and case.plan != "free"
    if pays and current.cycle is None:
        return replace(stated, findings=(undetermined("INPUT_MISSING", "subscription.billing_cycle"),))
    cycle: Cycle | None = current.cycle if pays else None
    backed_up = book.ask(data_is_backed_up, current.state, cycle)
    if backed_up is False:
        backed_up = refused("DATA_NOT_BACKED_UP").by(data_is_backed_up.info.id)
    return replace(stated, findings=_findings(backed_up))


def _service_level(book: Book, case: ServiceCase, stated: CheckedService) -> CheckedService:
    """Service levels with money behind them: the plan and the trial decide."""
    if case.platform is None:
        return replace(stated, findings=(undetermined("INPUT_MISSING", "product.platform"),))
    if not case.platform.hosted:
        return replace(stated, findings=(not_covered(),))
    plan, state = case.plan, case.subscription.state
    if plan is None or state is None:
        missing = [path for path, value in (("product.plan", plan), ("subscription.state", state)) if value is None]
        return replace(stated, findings=(undetermined("INPUT_MISSING", *missing),))
    backed = book.ask(service_level_is_backed, plan, state)
    if backed is False:
        backed = refused("SERVICE_LEVEL_NOT_BACKED").by(service_level_is_backed.info.id)
    return replace(stated, findings=_findings(backed))


def _residency(book: Book, case: ServiceCase, stated: CheckedService) -> CheckedService:
    """Residency: platform and plan, then the content, then who sets it."""
    if case.platform is None:
        return replace(stated, findings=(undetermined("INPUT_MISSING", "product.platform"),))
    pinned = content_can_be_pinned(case.platform, case.plan, book.text("services.residency.plan"))
    if isinstance(pinned, Finding):
        provider = "customer" if case.platform is Platform.DATA_CENTER else stated.provider
        guaranteed = False if pinned.outcome is Outcome.REFUSED else None
        return replace(stated, provider=provider, guaranteed=guaranteed, contents=(), findings=(pinned,))
    roles = book.texts("services.residency.roles")
    eligible = content_is_eligible(case.content_eligible)
    role = role_pins_content(sorted(case.actor.effective_roles), roles) if case.actor is not None else None
    findings = _findings(eligible, role)
    guaranteed = case.content_eligible if weakest(findings) is Outcome.GRANTED else False
    return replace(stated, roles=roles, guaranteed=guaranteed, findings=findings)


def _collection(book: Book, case: ServiceCase, stated: CheckedService) -> CheckedService:
    """Data that a self-managed product sends: its kind, and what the administrator set."""
    if case.platform is None:
        return replace(stated, findings=(undetermined("INPUT_MISSING", "product.platform"),))
    if case.platform is not Platform.DATA_CENTER:
        return CheckedService(findings=(not_covered(),))
    stated = replace(stated, roles=book.texts("services.data_collection.roles"))
    if case.data_kind is None:
        return replace(stated, findings=(undetermined("INPUT_MISSING", "data_kind"),))
    kinds = book.texts("services.data_collection.kinds")
    collected = data_is_collected(
        case.data_kind, kinds, permitted=case.collection_permitted, blocked=case.collection_blocked
    )
    return replace(stated, findings=_findings(collected))


def _publicity(book: Book, case: ServiceCase, stated: CheckedService) -> CheckedService:
    """A disclosure of the customer: its kind, consent, and a wish not to be named."""
    if case.opted_out:
        return replace(stated, findings=_findings(book.ask(may_be_named, case.opted_out)))
    if case.disclosure is None:
        return replace(stated, findings=(undetermined("INPUT_MISSING", "disclosure"),))
    required = needs_consent(case.disclosure, book.texts("services.publicity.without-consent"))
    stated = replace(stated, consent_required=required)
    if not required or case.consented:
        return stated
    if case.consented is None:
        return replace(stated, findings=(undetermined("INPUT_MISSING", "consented"),))
    return replace(stated, findings=(refused("CONSENT_NEEDED").by(needs_consent.info.id),))


_DECIDED: Mapping[str, Callable[[Book, ServiceCase, CheckedService], CheckedService]] = MappingProxyType(
    {
        "technical_support": _support,
        "software_updates": _updates,
        "backup": _backup,
        "financially_backed_sla": _service_level,
        "data_residency": _residency,
        "data_collection": _collection,
        "marketplace_privacy": _app_policy,
        "gdpr": _law,
        "lgpd": _law,
        "privacy_shield": _law,
        "publicity": _publicity,
    }
)
"""Services that depend on the facts of the case."""
