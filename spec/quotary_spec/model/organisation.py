"""A customer's organisation: the accounts of its people, what they may use, and how they must sign in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Organisation:
    """The organisation that Guard is switched on for.

    Attributes:
        verified_domains: Domains of e-mail addresses that it has verified, lower case.
        sites: Its sites, in the ids that accesses use; empty stands for every site.
        guard_state: How it stands with Guard: "none", "trial", "paid_monthly", "paid_annual" or "unsubscribed".
    """

    verified_domains: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    guard_state: str | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """What one user may use on one site, whether used or not.

    Attributes:
        product: Registered id.
        role: "user", "agent" or "portal_only".
        site: Site, in the caller's ids; None stands for a site of the organisation.
        plan: Plan of the product there.
    """

    product: str
    role: str | None = None
    site: str | None = None
    plan: str | None = None


@dataclass(frozen=True, slots=True)
class User:
    """An account, as Guard sees it.

    Attributes:
        id: Id of the account.
        domain: Domain of its e-mail address, lower case.
        managed: Whether the organisation manages it; None leaves that to the domain.
        active: Whether it is enabled; how often it is used does not matter.
        accesses: What it may use.
        policy: Authentication policy it is a member of; None stands for the default policy.
        other_policies: Further policies, where several are allowed.
        enterprise_covered: Whether a Cloud Enterprise plan covers it.
        synchronised: Whether an identity provider synchronises it.
    """

    id: str
    domain: str | None = None
    managed: bool | None = None
    active: bool | None = None
    accesses: tuple[Access, ...] = ()
    policy: str | None = None
    other_policies: tuple[str, ...] = ()
    enterprise_covered: bool = False
    synchronised: bool = False


@dataclass(frozen=True, slots=True)
class AuthenticationPolicy:
    """How the members of a policy must sign in.

    Attributes:
        id: Id of the caller's choice.
        default: Whether new managed accounts join it.
        nonbillable: Whether its members are left out of the Guard bill.
        single_sign_on: Whether single sign-on is enforced.
        two_step_verification: Whether two-step verification is mandatory.
        api_tokens_blocked: Whether members are kept from making API tokens.
        password_strength: Strength asked of passwords, in the caller's words.
        password_expiry_days: Days after which a password expires; None for never.
        session_duration: Time after which members sign in again; None for no limit.
    """

    id: str
    default: bool = False
    nonbillable: bool = False
    single_sign_on: bool = False
    two_step_verification: bool = False
    api_tokens_blocked: bool = False
    password_strength: str | None = None
    password_expiry_days: int | None = None
    session_duration: timedelta | None = None
