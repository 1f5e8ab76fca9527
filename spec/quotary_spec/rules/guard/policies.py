"""Guard: authentication policies, the one that frees its members from the bill, and what may be done to them.

Policies are a small state machine: each command is carried out or refused, and a refused one changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection

from quotary_spec.rule import rule


@rule("GUARD-POLICY-DEFAULT-EXISTS", "001:105", rulings="R-29 R-001-GUARD-POLICY-DEFAULT-EXISTS")
def has_one_default(defaults: int) -> bool:
    """An organisation starts with a default policy.

    Reading: exactly one policy is the default, and it cannot be deleted.
    """
    return defaults == 1


@rule("GUARD-POLICY-NONBILLABLE-MAX-ONE", "001:101 001:113")
def nonbillable_policies_fit(nonbillable: int, most: int) -> bool:
    """An organisation may have one non-billable policy."""
    return nonbillable <= most


@rule("GUARD-POLICY-NONBILLABLE-NOT-DEFAULT", "001:101 001:122")
def default_is_billable(*, default: bool, nonbillable: bool) -> bool:
    """The default policy is always billable and can never be the non-billable one."""
    return not (default and nonbillable)


@rule("GUARD-POLICY-NONBILLABLE-NO-SSO", "001:113 001:115")
def single_sign_on_is_allowed(*, nonbillable: bool, enforced: bool) -> bool:
    """Single sign-on cannot be enforced in a non-billable policy."""
    return not (nonbillable and enforced)


@rule("GUARD-POLICY-NONBILLABLE-NO-2SV", "001:113 001:116")
def two_step_verification_is_allowed(*, nonbillable: bool, required: bool) -> bool:
    """Two-step verification cannot be mandatory in a non-billable policy; users may still choose it."""
    return not (nonbillable and required)


@rule("GUARD-POLICY-NONBILLABLE-NO-TOKEN-BLOCK", "001:113 001:117")
def token_block_is_allowed(*, nonbillable: bool, blocked: bool) -> bool:
    """A non-billable policy cannot keep its members from making API tokens."""
    return not (nonbillable and blocked)


@rule("GUARD-POLICY-NONBILLABLE-NO-IDP-SYNCED", "001:113 001:118", rulings="R-29-GUARD-A11")
def synchronised_member_is_allowed(*, nonbillable: bool, synchronised: bool) -> bool:
    """A user whom an identity provider synchronises cannot be in a non-billable policy.

    Reading: any identity provider; a member that is synchronised later moves to the default policy.
    """
    return not (nonbillable and synchronised)


@rule("GUARD-POLICY-NONBILLABLE-REQUIRES-GUARD", "001:113", rulings="R-29 R-29-GUARD-A10")
def guard_allows_nonbillable(state: str, subscribed: Collection[str], trial_counts: bool = True) -> bool:
    """A policy is made non-billable only with a subscription to Guard.

    Reading: a running trial is one.
    """
    return state in subscribed and (trial_counts or state != "trial")


@rule(
    "GUARD-POLICY-MULTIPLE",
    "001:91",
    rulings="R-29 R-29-GUARD-A13 R-001-GUARD-POLICY-MULTIPLE",
)
def guard_allows_policies(policies: int, state: str, subscribed: Collection[str]) -> bool:
    """Guard lets an organisation have several policies, for different users; without it there is the default one.

    Reading: what was set up before unsubscribing stays as configuration.
    """
    return policies <= 1 or state in subscribed or state == "unsubscribed"


@rule("GUARD-POLICY-ADMIN", "001:91 001:101")
def may_change_policies(roles: Collection[str]) -> bool:
    """Policies are set up, and one of them is made non-billable, by organisation admins."""
    return "organisation_admin" in roles


@rule("GUARD-POLICY-MEMBERSHIP-POOL", "001:105", rulings="R-29 R-29-GUARD-A2")
def may_be_member(managed: bool) -> bool:
    """Members of policies are managed accounts."""
    return managed


@rule("GUARD-POLICY-DEFAULT-AUTO-ENROL", "001:105")
def policy_of_new_account(default_policy: str) -> str:
    """A new managed account joins the default policy."""
    return default_policy


@rule(
    "GUARD-POLICY-NONBILLABLE-RESIDUAL-SETTINGS",
    "001:93-99 001:113-118",
    rulings="R-001-GUARD-POLICY-NONBILLABLE-RESIDUAL-SETTINGS",
)
def setting_stays_free(setting: str, withheld: Collection[str]) -> bool:
    """A non-billable policy leaves the rules for passwords and the length of sessions to the admin.

    Reading: what is not withheld is free.
    """
    return setting not in withheld


@rule(
    "GUARD-POLICY-NONBILLABLE-REVERT",
    "001:101 001:111 001:120 001:122",
    rulings="R-29 R-001-GUARD-POLICY-NONBILLABLE-REVERT",
)
def change_of_bill(otherwise_billable: int, *, was_nonbillable: bool, is_nonbillable: bool) -> int:
    """Members who are billable otherwise leave the bill with a non-billable policy and return when it is billable.

    Reading: the bill changes at the next count.
    """
    return otherwise_billable * (was_nonbillable - is_nonbillable)
