"""Who may do what: the roles that the documents name for an action, and what must hold besides.

Who may is data, a row of ``parameters/permissions.toml`` for each action and circumstance. Few rules read it: one
compares the roles, and one for each condition says whether it holds.
"""

from __future__ import annotations

from collections.abc import Collection

from quotary_spec.outcome import Finding, not_covered, refused, undetermined
from quotary_spec.rule import ByEdition, rule

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
def becomes_organisation_admin(*, site_admin: bool, appointed: bool | None) -> bool | Finding:
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
def account_is_managed(*, managed: bool | None, domain_verified: bool | None) -> bool | Finding:
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
