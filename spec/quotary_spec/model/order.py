"""An order: its circumstances and its lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from quotary_spec.calendar import Term, absent_of_term
from quotary_spec.model.party import Address, Party
from quotary_spec.model.product import Product
from quotary_spec.money import RoundingPolicy


class Channel(StrEnum):
    """Who buys from the vendor."""

    DIRECT = "direct"
    RESELLER = "reseller"
    PARTNER = "partner"
    CORPORATE_RESELLER = "corporate_reseller"


class Billing(StrEnum):
    """The vendor's billing system (experience, engine) that carries a deal."""

    ORIGINAL = "original"
    IMPROVED = "improved"


class Cycle(StrEnum):
    """How often a subscription is billed."""

    MONTHLY = "monthly"
    ANNUAL = "annual"


class Action(StrEnum):
    """What a line does."""

    NEW = "new"
    RENEWAL = "renewal"
    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"
    EXPANSION = "expansion"


@dataclass(frozen=True, slots=True)
class CurrencyTerms:
    """The currency of a deal: code, units for one US dollar without margin, and the margin added to the rate."""

    code: str = "USD"
    exchange_rate: Decimal | None = None
    margin: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Deal:
    """The circumstances of an order that hold for all its lines."""

    billing_party: Party
    order_date: date | None = None
    order_time: datetime | None = None
    payment_date: date | None = None
    quote_date: date | None = None
    billing: Billing | None = None
    channel: Channel | None = None
    sold_to: Party | None = None
    ship_to: Party | None = None
    technical_contact: Party | None = None
    programme: str | None = None
    other_programmes: tuple[str, ...] = ()
    currency: CurrencyTerms = CurrencyTerms()
    rounding: RoundingPolicy = RoundingPolicy.DOCUMENT_HALF_UP
    holds_data_center: bool | None = None

    @property
    def paid_on(self) -> date | None:
        """Day of payment, by default the day of the order."""
        return self.payment_date or self.order_date


@dataclass(frozen=True, slots=True)
class GivenPrice:
    """A price in the request: of one unit, for that many months, in that currency (None: the deal's)."""

    unit: Decimal
    currency: str | None = None
    months: int | None = None


@dataclass(frozen=True, slots=True)
class GivenDiscount:
    """A discount whose size is agreed: a fraction of the price, or an amount in minor units."""

    rate: Decimal | None = None
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Prior:
    """What was bought before: amounts in minor units of the deal's currency.

    Attributes:
        product: Product held so far; None: the line's own.
        quantity: Users or tier ceiling held so far.
        term: Term that is held; None while its days are not all known.
        net_paid: Net money paid for that term.
        tier_price: Price of the old tier after discount, for the length that the new price is for.
        credit: Credit of earlier purchases that was taken off the price of that term.
        tier_months: Length that ``tier_price`` is for, where the new price is for another.
        term_start: First day of the term, as far as it is known where ``term`` is not.
        term_end: Its end, likewise.
    """

    product: Product | None = None
    quantity: int | None = None
    term: Term | None = None
    net_paid: int | None = None
    tier_price: int | None = None
    term_start: date | None = None
    term_end: date | None = None
    credit: int = 0
    tier_months: int | None = None

    @property
    def end(self) -> date | None:
        """Day on which what is held ends, no longer part of it."""
        return self.term.end if self.term is not None else self.term_end

    @property
    def absent_of_term(self) -> str:
        """Field of the line that would make the term known."""
        return f"prior.{absent_of_term(self.term_start, self.term_end)}"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing in an order.

    The time that it is for is ``term`` where both ends are given; otherwise ``term_start``, ``term_months`` or
    ``term_end`` is what is known of it.
    """

    product: Product
    action: Action = Action.NEW
    cycle: Cycle | None = None
    quantity: int = 1
    user_tier: int | None = None
    term: Term | None = None
    term_months: int | None = None
    price: GivenPrice | None = None
    discount: GivenDiscount | None = None
    prior: Prior | None = None
    sold_to_address: Address | None = None
    host_user_tier: int | None = None
    step_up_approved: bool | None = None
    dual_licence: bool | None = None
    held_user_tier: int | None = None
    term_start: date | None = None
    term_end: date | None = None

    @property
    def names_length(self) -> bool:
        """True when it is asked for how long the line runs: by its term, its months or its end."""
        return self.term is not None or self.term_months is not None or self.term_end is not None

    @property
    def held_end(self) -> date | None:
        """Day on which what was bought before ends."""
        return self.prior.end if self.prior is not None else None


@dataclass(frozen=True, slots=True)
class Order:
    """A deal and its lines, and a discount that is agreed for all of them together."""

    deal: Deal
    lines: tuple[Line, ...]
    discount: GivenDiscount | None = None
