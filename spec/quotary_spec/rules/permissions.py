"""Who may do what: the roles that the documents name for an action, and what must hold besides.

Who may is data, a row of ``parameters/permissions.toml`` for each action and circumstance. Few rules read it: one
compares the roles, and one for each condition says whether it holds.
"""

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
from quotary_spec.rule import ByEdition, rule
from quotary_spec.rulebook import Book
from quotary_spec.rules.fulfilment import keys_come_with_payment
from quotary_spec.rules.guard.trials import may_start_guard_trial, organisation_is_ready
from quotary_spec.rules.licence_keys import key_is_in_one_place, may_see_customers_key
from quotary_spec.rules.requests.forms import missing_for_site_of_other_purchaser
from quotary_spec.rules.trials import may_start_app_trial

_CONTACTS = frozenset(("billing_contact", "primary_billing_contact", "technical_contact"))


# ---- roles


@rule(
    "PERMISSION-ROLES",
    "000:817-825 000:1131-1157 001:10-17 001:29-36 002:783-787 002:1019-1032 003:39 003:112 004:31 004:48 004:82",
    rulings="R-02",
)
def may_act(roles: Collection[str], roles_that_may: Collection[str]) -> bool:
    """An action is open to the roles that the documents name for it in the circumstances, and to no other.

    Reading: a role counts where it is held, on that account, site or order; a list given as examples closes nothing.
    """
    return any(role in roles_that_may for role in roles)


@rule(
    "PERMISSION-ANYONE",
    "000:257-258 000:1019-1023 000:1081-1093 000:1164-1171 000:1181 001:10 001:17 001:21 001:29 001:36 001:44 001:48 "
    "002:262 002:270 002:321 002:915-918 002:994-1005 002:1039-1051 004:100",
)
def anyone_may_act(roles: Collection[str]) -> bool:
    """An action for which the documents name no role is open to anyone in the circumstances of which they speak."""
    return True


@rule("ROLE-BILLING-ADMIN-REPLACES", "000:811 000:883")
def roles_in_improved(roles: Collection[str], contacts: Collection[str]) -> tuple[str, ...]:
    """With the move to the improved billing experience billing and technical contacts become billing admins."""
    return tuple(sorted({"billing_admin" if role in contacts else role for role in roles}))


# ---- billing admins


@rule(
    "ROLE-BILLING-ADMIN-LAST-REMAINS",
    "000:1045 002:934",
    rulings="R-000-ROLE-BILLING-ADMIN-LAST-REMAINS",
)
def billing_admin_remains(billing_admins: int | None, removed: int, least: int) -> bool | Finding:
    """Nobody can remove the last billing admin of an account.

    Reading: while another remains, billing admins may remove themselves.
    """
    if billing_admins is None:
        return undetermined("INPUT_MISSING", "actor.billing_admin_count")
    return True if billing_admins - removed >= least else refused("LAST_BILLING_ADMIN", least=str(least))


@rule("ROLE-BILLING-ADMIN-ADD-REMOVE", "000:1044 002:934")
def added_one_at_a_time(batch: int) -> bool | Finding:
    """Billing admins are added one after the other."""
    return True if batch == 1 else refused("ONE_AT_A_TIME")


@rule("ROLE-BILLING-ADMIN-PERSON", "000:1044 002:934")
def is_one_person(distribution_list: bool | None) -> bool | Finding:
    """A billing admin is a person; an address that is said to be a distribution list cannot be one."""
    return refused("DISTRIBUTION_LIST") if distribution_list else True


@rule("ROLE-BILLING-ADMIN-IDENTITY", "000:813-815 000:1155-1156 002:779 002:1032")
def may_administer_another(accounts: int | None) -> bool | Finding:
    """A person may be billing admin of any number of accounts, and an account may have any number of them."""
    return True


@rule("ROLE-BILLING-ADMIN-TWO-RECOMMENDED", "000:1158 002:1034")
def has_enough_billing_admins(billing_admins: int, recommended: int) -> bool:
    """An account should have two billing admins or more, so that one can let the other in again."""
    return billing_admins >= recommended


@rule("ROLE-BILLING-ADMIN-ENTERPRISE-NO-EDIT", "000:885-886", rulings="R-02")
def changes_it_without_vendor(plan: str | None) -> bool | Finding:
    """Billing admins do not change an Enterprise subscription themselves; the vendor does it for them.

    Reading: to manage, upgrade, downgrade or cancel it is to change it.
    """
    if plan is None:
        return undetermined("INPUT_MISSING", "product.plan")
    return refused("VENDOR_ACTS") if plan == "enterprise" else True


# ---- giving up a subscription


@rule("GUARD-CANCEL-ROLE", "001:353-358", rulings="R-001-GUARD-CANCEL-ROLE")
def may_cancel_guard(roles: Collection[str], roles_that_may: Collection[str]) -> bool:
    """Guard Standard, tried or paid, is given up by the organisation admin.

    Reading: and by a billing admin where the improved billing experience bills it.
    """
    return any(role in roles_that_may for role in roles)


@rule("CANCEL-BILLING-ADMIN", "000:1143-1150 002:1024-1029")
def may_cancel_subscription(roles: Collection[str], roles_that_may: Collection[str]) -> bool:
    """In the improved billing experience a billing admin cancels the subscriptions of the billing account."""
    return any(role in roles_that_may for role in roles)


# ---- contacts


@rule("ROLE-CONTACT-ADD-DETAILS", "000:1032 002:925")
def details_are_asked(account_exists: bool) -> bool:
    """For a new contact without an account a few more details are asked."""
    return not account_exists


# ---- organisation admins and their accounts


@rule("ROLE-ORG-ADMIN-NO-SITE-ADMIN-NEEDED", "001:10 001:29-36", rulings="R-35 R-35-ADMIN")
def becomes_organisation_admin(site_admin: bool, appointed: bool | None) -> bool | Finding:
    """Whoever an organisation admin appoints becomes one, site admin or not.

    Reading: the note to the procedure decides, not the aside that asks for a site admin.
    """
    if appointed is None:
        return undetermined("INPUT_MISSING", "appointed")
    return True if appointed else refused("NOT_APPOINTED")


@rule("ROLE-ORG-ADMIN-REMOVE", "001:29-34", rulings="R-35")
def organisation_admin_remains(organisation_admins: int | None, removed: int) -> bool | Finding:
    """Any organisation admin may remove another; of the last one nothing is said."""
    if organisation_admins is None:
        return undetermined("INPUT_MISSING", "actor.organisation_admin_count")
    return True if organisation_admins > removed else not_covered("LAST_ORGANISATION_ADMIN")


@rule(
    "ROLE-ORG-ADMIN-SECURITY-NEEDS-GUARD",
    "001:10 001:61-62",
    rulings="R-001-ROLE-ORG-ADMIN-SECURITY-NEEDS-GUARD-001",
)
def guard_is_in_force(state: str | None, states: Collection[str]) -> bool | Finding:
    """Security of the whole organisation is set only with a Guard subscription.

    Reading: a trial is one.
    """
    if state is None:
        return undetermined("INPUT_MISSING", "guard.state")
    return True if state in states else refused("GUARD_SUBSCRIPTION_NEEDED")


@rule(
    "ROLE-ORG-ADMIN-MANAGED-ACCOUNT",
    "001:10 001:21 001:173-177",
    rulings="R-001-ROLE-ORG-ADMIN-MANAGED-ACCOUNT-RIGHTS-001",
)
def account_is_managed(managed: bool | None, domain_verified: bool | None) -> bool | Finding:
    """An organisation admin rules over managed accounts only, those on a verified domain.

    Reading: claimed and verified are one; an account on such a domain is managed unless it is said not to be.
    """
    known = domain_verified if managed is None else managed
    if known is None:
        return undetermined("INPUT_MISSING", "target.managed")
    return True if known else refused("ACCOUNT_NOT_MANAGED")


@rule("ROLE-DEACTIVATION-EFFECTS", "001:21 001:173 001:179 001:301 001:307")
def account_serves(enabled: bool | None) -> bool | Finding:
    """A deactivated account opens no cloud product, support request, portal, community or other free service."""
    if enabled is None:
        return undetermined("INPUT_MISSING", "target.enabled")
    return True if enabled else refused("ACCOUNT_DEACTIVATED")


@rule("ROLE-SITE-ADMIN-RECOVERY", "001:17", rulings="R-001-ROLE-SITE-ADMIN-RECOVERY-001")
def nobody_administers_site(active_site_admins: int | None) -> bool | Finding:
    """A site without an active site admin is recovered through the mailbox of the former contact.

    Reading: active means enabled; while there is one, that site admin is asked.
    """
    if active_site_admins is None:
        return undetermined("INPUT_MISSING", "active_site_admin_count")
    return True if active_site_admins == 0 else refused("SITE_ADMIN_ACTIVE")


# ---- a person's own account


@rule("ROLE-ACCOUNT-EMAIL-ORIGINAL", "000:1018-1020")
def licences_follow(licences: int | None, succeeded: bool | None) -> bool:
    """Once the e-mail address of an account was changed, its licences stand under the new one."""
    return bool(licences) and succeeded is not False


@rule("ROLE-ACCOUNT-CLOSE", "000:1181")
def account_is_empty(licences: int | None) -> bool | Finding:
    """An account is closed once all its licences have other contacts."""
    if licences is None:
        return undetermined("INPUT_MISSING", "target.licence_count")
    return refused("LICENCES_ON_ACCOUNT") if licences else True


@rule("ROLE-ACCOUNT-CLOSE-LOST", "002:1048-1051", rulings="R-02")
def closing_answer_is_lost(licences: int | None) -> bool | Finding:
    """Whether an account can be deleted is asked, but the answer is missing from the document."""
    return not_covered("PASSAGE_LOST", question="closing an account")


account_may_be_closed = ByEdition(account_is_empty, closing_answer_is_lost)


# ---- licences


@rule("ROLE-TRIAL-LICENCE-SERVER-ID", "000:33 002:31")
def server_id_is_known(known: bool | None) -> bool | Finding:
    """A trial licence for Data Center is made for the id of the server."""
    if known is None:
        return undetermined("INPUT_MISSING", "installation.server_id_known")
    return True if known else refused("SERVER_ID_NEEDED")


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
            "site_admin" in case.actor.effective_roles, case.appointed
        ),
        "billing_admin_remains": _billing_admin_remains,
        "enabled_account": lambda book, case: account_serves(case.target.enabled),
        "guard_in_force": lambda book, case: guard_is_in_force(case.guard.state, book.texts("guard.security.states")),
        "managed_account": lambda book, case: account_is_managed(case.target.managed, case.target.domain_verified),
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
    if granted and moves and book.serves(licences_follow):
        effects += ("licences_follow",) if licences_follow(case.target.licences, case.succeeded) else ()
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
    if case.engine is not Billing.IMPROVED or not book.serves(roles_in_improved):
        return checked
    if not case.actor.effective_roles & _CONTACTS:
        return checked
    return replace(checked, equivalent_roles=roles_in_improved(sorted(case.actor.effective_roles), sorted(_CONTACTS)))
