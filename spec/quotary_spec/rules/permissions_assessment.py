"""Who may do something: the permission that fits the facts, and its conditions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from types import MappingProxyType
from typing import Any, cast

from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Billing
from quotary_spec.model.permission import CheckedPermission, PermissionCase
from quotary_spec.model.product import Platform
from quotary_spec.outcome import Finding, Outcome, not_covered, refused, remark, undetermined
from quotary_spec.register.parameters import PARAMETERS
from quotary_spec.register.vocabulary import VOCABULARY
from quotary_spec.rulebook import Book
from quotary_spec.rules.fulfilment import keys_come_with_payment
from quotary_spec.rules.guard.trials import may_start_guard_trial, organisation_is_ready
from quotary_spec.rules.licence_keys import key_is_in_one_place, may_see_customers_key
from quotary_spec.rules.permissions import (
    account_is_managed,
    account_may_be_closed,
    account_serves,
    added_one_at_a_time,
    anyone_may_act,
    becomes_organisation_admin,
    billing_admin_remains,
    changes_it_without_vendor,
    details_are_asked,
    guard_is_in_force,
    has_enough_billing_admins,
    is_one_person,
    licences_follow,
    may_act,
    may_administer_another,
    may_cancel_guard,
    may_cancel_subscription,
    nobody_administers_site,
    organisation_admin_remains,
    roles_in_improved,
    server_id_is_known,
)
from quotary_spec.rules.requests.forms import missing_for_site_of_other_purchaser
from quotary_spec.rules.trials import may_start_app_trial

_CONTACTS = frozenset(("billing_contact", "primary_billing_contact", "technical_contact"))


# ---- the table


def _payment(book: Book, case: PermissionCase) -> bool | Finding:
    processed = keys_come_with_payment(case.payment_processed)
    return refused("PAYMENT_NOT_PROCESSED").by(keys_come_with_payment.info.id) if processed is False else processed


def _organisation_ready(book: Book, case: PermissionCase) -> bool | Finding:
    least = book.integer("guard.trial.least-verified-domains")
    return organisation_is_ready(case.guard.organisation_exists, case.guard.verified_domains, least)


def _single_installation(book: Book, case: PermissionCase) -> bool | Finding:
    most, servers = book.integer("licence-key.most-installations"), book.integer("licence-key.most-servers")
    return key_is_in_one_place(case.installation.production, case.installation.servers, most, servers)


def _billing_admin_remains(book: Book, case: PermissionCase) -> bool | Finding:
    least = book.integer("billing-admins.least")
    return billing_admin_remains(case.actor.billing_admins, case.batch, least)


def _support_number(book: Book, case: PermissionCase) -> Finding | None:
    if case.support_number_known is None:
        return undetermined("INPUT_MISSING", "support_entitlement_number_known")
    given = frozenset({"support_entitlement_number"} if case.support_number_known else ())
    missing = missing_for_site_of_other_purchaser(given, book.texts("request.renewal.reseller.cloud-by-vendor"))
    return refused("SUPPORT_NUMBER_NEEDED").by(missing_for_site_of_other_purchaser.info.id) if missing else None


_CONDITION: Mapping[str, Callable[[Book, PermissionCase], bool | Finding | None]] = MappingProxyType(
    {
        "account_without_licences": lambda book, case: book.ask(account_may_be_closed, case.target.licences),
        "any_number_of_accounts": lambda book, case: may_administer_another(case.target.administered_accounts),
        "appointed": lambda book, case: becomes_organisation_admin(
            site_admin="site_admin" in case.actor.effective_roles, appointed=case.appointed
        ),
        "billing_admin_remains": _billing_admin_remains,
        "enabled_account": lambda book, case: account_serves(case.target.enabled),
        "guard_in_force": lambda book, case: guard_is_in_force(case.guard.state, book.texts("guard.security.states")),
        "managed_account": lambda book, case: account_is_managed(
            managed=case.target.managed, domain_verified=case.target.domain_verified
        ),
        "no_active_site_admin": lambda book, case: nobody_administers_site(case.active_site_admins),
        "not_enterprise": lambda book, case: changes_it_without_vendor(case.what.plan if case.what else None),
        "one_at_a_time": lambda book, case: added_one_at_a_time(case.batch),
        "one_person": lambda book, case: is_one_person(case.target.distribution_list),
        "organisation_admin_remains": lambda book, case: organisation_admin_remains(
            case.actor.organisation_admins, case.batch
        ),
        "organisation_ready": _organisation_ready,
        "payment": _payment,
        "server_id": lambda book, case: server_id_is_known(case.installation.server_id_known),
        "single_installation": _single_installation,
        "support_entitlement_number": _support_number,
    }
)
"""What must hold besides the role, by the name that rows use."""


_ROLES: Mapping[str, Callable[[Collection[str], Collection[str]], bool]] = MappingProxyType(
    {
        each.info.id: each
        for each in (
            may_act,
            may_cancel_guard,
            may_cancel_subscription,
            may_see_customers_key,
            may_start_app_trial,
            may_start_guard_trial,
        )
    }
)
"""Rules that compare roles, by id."""


def _keys() -> Mapping[tuple[str, str], tuple[str, ...]]:
    keys: dict[tuple[str, str], tuple[str, ...]] = {}
    for edition, rows in PARAMETERS.items():
        for key in rows:
            match key.split("."):
                case ["permission", action, _]:
                    keys[edition, action] = (*keys.get((edition, action), ()), key)
    return MappingProxyType(keys)


_KEYS = _keys()
"""Keys of the rows of each action, by edition."""


@dataclass(frozen=True, slots=True)
class _Permission:
    """A row that speaks of the case, or would if the missing facts were so."""

    row: Mapping[str, Any]
    roles: tuple[str, ...] | None
    missing: tuple[str, ...] = ()

    @property
    def guidance(self) -> Guidance | None:
        """Where and how it is done."""
        return Guidance.of_row({"channel": "", **self.row}) if {"channel", "steps"} & self.row.keys() else None

    def names(self, roles: Iterable[str] | None) -> bool:
        """Whether one of the roles is named; true where nobody is, and where anyone is meant."""
        if self.roles is None:
            return anyone_may_act(sorted(roles or ()))
        if roles is None:
            return True
        compare = _ROLES[self.row.get("rule", may_act.info.id)]
        return compare(sorted(roles), self.roles)


def check_permission(book: Book, case: PermissionCase) -> CheckedPermission:
    """Whether a person may do something, who may, where and how."""
    return _check(book, case, case.actor.effective_roles)


def check_permission_of_anyone(book: Book, case: PermissionCase) -> CheckedPermission:
    """Whether anyone may do something, who may, where and how; the roles of the actor are not examined."""
    return _check(book, case, None)


def _check(book: Book, case: PermissionCase, roles_held: Collection[str] | None) -> CheckedPermission:
    facts = _facts(case)
    permissions = _permissions(book, case, facts)
    if not permissions:
        return _with_roles(book, case, CheckedPermission(findings=(not_covered(edition=book.edition),)))
    certain = [each for each in permissions if not each.missing]
    roles = tuple(dict.fromkeys(role for each in certain or permissions for role in each.roles or ()))
    chosen, findings = _decide(book, case, permissions, roles_held)
    if chosen is None:
        findings = [_of_nobody_named(permissions, roles, facts)]
    shown = chosen or permissions[0]
    checked = CheckedPermission(roles, guidance=_guidance(book, shown, findings), findings=tuple(findings))
    return _with_roles(book, case, _with_effects(book, case, shown, checked))


@dataclass(frozen=True, slots=True)
class _Fact:
    """A circumstance on which rows depend: its path, its value if it is known, and all there are where they are few."""

    path: str
    value: object
    values: tuple[object, ...] = ()


def _facts(case: PermissionCase) -> Mapping[str, _Fact]:
    """The circumstances of a case by the names that rows give them."""
    what = case.what
    return {
        "billing": _Fact("billing_experience", case.engine, ("original", "improved")),
        "products": _Fact("product", what.id if what else None),
        "apps": _Fact("product", what.app if what else None),
        "platforms": _Fact("product.platform", what.platform if what else None, tuple(Platform)),
        "plans": _Fact("product.plan", what.plan if what else None),
        "cycles": _Fact("subscription.billing_cycle", case.subscription.cycle, ("monthly", "annual")),
        "guard_states": _Fact("guard.state", case.guard.state, tuple(VOCABULARY["guard_state"])),
        "methods": _Fact("payment_instrument.method", case.method),
        "for_roles": _Fact("role", case.role),
        "services": _Fact("service", case.service, tuple(VOCABULARY["account_service"])),
    }


def _permissions(book: Book, case: PermissionCase, facts: Mapping[str, _Fact]) -> list[_Permission]:
    """The rows that speak of the case, those that surely do first."""
    found = []
    for key in _KEYS.get((book.edition, case.action), ()):
        (row,) = cast("tuple[Mapping[str, Any], ...]", book.parameters[key].value)
        missing = _missing(row, case, facts)
        if missing is not None:
            book.row(key)
            named = book.texts(row["roles_from"]) if "roles_from" in row else row.get("roles")
            found.append(_Permission(row, named if named is None else tuple(named), missing))
    return sorted(found, key=lambda each: bool(each.missing))


def _missing(row: Mapping[str, Any], case: PermissionCase, facts: Mapping[str, _Fact]) -> tuple[str, ...] | None:
    """Facts still wanted to know whether a row speaks of the case; None when it does not."""
    if case.what is not None and case.what.id in row.get("not_products", ()):
        return None
    # A row speaks of the portal in which it is done, or of those in which it cannot be; of any where none is named.
    done_in = row.get("channel", case.surface)
    if case.surface not in row.get("not_at", (None, done_in)):
        return None
    conditions = [(fact, row[name]) for name, fact in facts.items() if name in row]
    if any(fact.value is not None and fact.value not in allowed for fact, allowed in conditions):
        return None
    return tuple(dict.fromkeys(fact.path for fact, _ in conditions if fact.value is None))


def _decide(
    book: Book, case: PermissionCase, permissions: Sequence[_Permission], roles: Collection[str] | None
) -> tuple[_Permission | None, list[Finding]]:
    """The row that decides for a person with these roles, and what stands in the way; None when no row names one."""
    named: list[tuple[_Permission, list[Finding]]] = []
    for each in permissions:
        if not each.names(roles):
            continue
        findings = _unmet(book, case, each)
        if not findings:
            return each, findings
        named.append((each, findings))
    return min(named, key=lambda pair: bool(pair[0].missing)) if named else (None, [])


def _of_nobody_named(permissions: Sequence[_Permission], roles: Sequence[str], facts: Mapping[str, _Fact]) -> Finding:
    """What is said of a person whom no row names: not allowed, if some row speaks whatever the missing facts are."""
    if any(each.row.get("open") for each in permissions):
        return not_covered("ROLE_NOT_NAMED")
    first = permissions[0]
    if first.missing and not _one_speaks(permissions, facts):
        missing = dict.fromkeys(path for each in permissions for path in each.missing)
        return undetermined("INPUT_MISSING", *missing)
    rule_id = first.row.get("rule", may_act.info.id)
    return refused("ROLE_NOT_ALLOWED", roles=", ".join(roles)).by(rule_id).about("actor")


def _one_speaks(permissions: Sequence[_Permission], facts: Mapping[str, _Fact]) -> bool:
    """Whether one of the rows speaks of the case however the missing facts turn out."""
    names = {name for each in permissions for name in facts if name in each.row and facts[name].value is None}
    # Where values are not few there is always another one, of which no row speaks.
    turns = product(*([(name, value) for value in facts[name].values or (None,)] for name in names))
    return all(
        any(all(value in each.row.get(name, (value,)) for name, value in turn) for each in permissions)
        for turn in turns
    )


def _guidance(book: Book, chosen: _Permission, findings: Sequence[Finding]) -> Guidance | None:
    """Where and how it is done; who is asked when it is the vendor who changes an Enterprise subscription."""
    if any(each.rule_id == changes_it_without_vendor.info.id and each.outcome is Outcome.REFUSED for each in findings):
        return book.guidance("permission.edit_enterprise_entitlement.improved")
    return chosen.guidance


def _unmet(book: Book, case: PermissionCase, permission: _Permission) -> list[Finding]:
    """What stands against a person whose role is named: facts that are missing, or conditions that do not hold."""
    if permission.missing:
        return [undetermined("INPUT_MISSING", *permission.missing)]
    if permission.row.get("vendor"):
        return [refused("VENDOR_ACTS")]
    if "not_at" in permission.row:
        return [refused("DONE_ELSEWHERE").about("surface")]
    answers = [_CONDITION[name](book, case) for name in permission.row.get("conditions", ())]
    return [each for each in answers if isinstance(each, Finding)]


def _with_effects(
    book: Book, case: PermissionCase, chosen: _Permission, checked: CheckedPermission
) -> CheckedPermission:
    """The same answer, with what the action brings about when it is granted and goes through."""
    granted = all(each.outcome is Outcome.GRANTED for each in checked.findings)
    effects = tuple(chosen.row.get("effects", ())) if granted and case.succeeded is not False else ()
    moves = case.action == "change_own_email" and case.engine is not Billing.IMPROVED
    if granted and moves and book.if_served(licences_follow, case.target.licences, case.succeeded):
        effects += ("licences_follow",)
    if case.action == "add_contact" and case.target.exists is not None and case.engine is not Billing.IMPROVED:
        checked = replace(checked, details_required=details_are_asked(case.target.exists))
    return _with_recommendation(book, case, granted, replace(checked, effects=effects))


def _with_recommendation(
    book: Book, case: PermissionCase, granted: bool, checked: CheckedPermission
) -> CheckedPermission:
    """The same answer, with the number of billing admins that is advised."""
    if case.action not in ("add_billing_admin", "remove_billing_admin"):
        return checked
    recommended = book.integer("billing-admins.recommended")
    checked = replace(checked, recommended_billing_admins=recommended)
    if case.actor.billing_admins is None:
        return checked
    change = case.batch if case.action == "add_billing_admin" else -case.batch
    after = case.actor.billing_admins + (change if granted and case.succeeded is not False else 0)
    met = has_enough_billing_admins(after, recommended)
    few = () if met else (remark("FEW_BILLING_ADMINS", recommended=str(recommended)),)
    return replace(checked, recommendation_met=met, findings=(*checked.findings, *few))


def _with_roles(book: Book, case: PermissionCase, checked: CheckedPermission) -> CheckedPermission:
    """The same answer, with what the actor's roles become in the improved billing experience."""
    roles = case.actor.effective_roles
    if case.engine is not Billing.IMPROVED or not roles & _CONTACTS:
        return checked
    equivalent = book.if_served(roles_in_improved, sorted(roles), sorted(_CONTACTS))
    return checked if equivalent is None else replace(checked, equivalent_roles=equivalent)
