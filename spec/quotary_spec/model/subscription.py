"""What a customer holds, who asks for it, and how its organisation stands with Guard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from quotary_spec.calendar import Term, absent_of_term
from quotary_spec.model.order import Cycle
from quotary_spec.model.product import Product


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription or licence that is held.

    Attributes:
        product: What is held.
        cycle: How it is billed.
        term: Current term.
        user_tier: Users or tier ceiling.
        licence_type: "commercial", "academic", "evaluation" ...
        state: "trial", "active", "expired" or "cancelled".
        purchased_on: Day of the first purchase.
        paid_on: Day on which the current term was paid.
        auto_renewal: Whether it renews by itself.
        maintenance_end: Day on which paid maintenance of a Server licence ends, no longer part of it.
        term_start: First day of the term, as far as it is known where ``term`` is not.
        term_end: Its end, likewise.
    """

    product: Product | None = None
    cycle: Cycle | None = None
    term: Term | None = None
    user_tier: int | None = None
    licence_type: str | None = None
    state: str | None = None
    purchased_on: date | None = None
    paid_on: date | None = None
    auto_renewal: bool | None = None
    maintenance_end: date | None = None
    term_start: date | None = None
    term_end: date | None = None

    @property
    def start(self) -> date | None:
        """First day of the current term."""
        return self.term.start if self.term is not None else self.term_start

    @property
    def current_end(self) -> date | None:
        """End of the current term."""
        return self.term.end if self.term is not None else self.term_end

    @property
    def end(self) -> date | None:
        """End of what was paid: of the term, or of the maintenance where there is no term."""
        return self.current_end or self.maintenance_end

    @property
    def absent_of_term(self) -> str:
        """Field of the subscription that would make its term known."""
        return absent_of_term(self.term_start, self.term_end)


@dataclass(frozen=True, slots=True)
class Actor:
    """A person who asks or acts.

    Attributes:
        roles: Roles held: "organisation_admin", "billing_contact" ...
        own_account: False when the roles are held somewhere else than where the person acts.
        billing_admins: Number of billing admins on the account, the person included.
        organisation_admins: Number of organisation admins, the person included.
    """

    roles: frozenset[str] = frozenset()
    own_account: bool | None = None
    billing_admins: int | None = None
    organisation_admins: int | None = None

    @property
    def effective_roles(self) -> frozenset[str]:
        """The roles that count where the person acts. A primary billing contact is a billing contact."""
        if self.own_account is False:
            return frozenset()
        return self.roles | {"billing_contact"} if "primary_billing_contact" in self.roles else self.roles


@dataclass(frozen=True, slots=True)
class GuardStanding:
    """How an organisation stands with Guard.

    Attributes:
        state: "none", "trial", "paid_monthly", "paid_annual" or "unsubscribed".
        organisation_exists: Whether the organisation exists.
        verified_domains: Number of domains that it has verified.
        organisation: Organisation that holds or tries Guard, in the caller's ids.
        site_organisation: Organisation of the site that is asked about, in the same ids.
        single_sign_on: Whether managed users log in by SAML single sign-on.
        two_step_verification: Whether two-step verification is enforced on managed users.
        own_password: Whether the managed user who is asked about has a password of its own.
        premium_available: Whether Guard Premium is generally available.
        premium_registered: Whether the customer registered for Guard Premium.
        premium_selected: Whether the vendor selected the customer among those registered.
    """

    state: str | None = None
    organisation_exists: bool | None = None
    verified_domains: int | None = None
    organisation: str | None = None
    site_organisation: str | None = None
    single_sign_on: bool | None = None
    two_step_verification: bool | None = None
    own_password: bool | None = None
    premium_available: bool | None = None
    premium_registered: bool | None = None
    premium_selected: bool | None = None
