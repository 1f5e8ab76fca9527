"""A sale that is asked about: what may still be sold, through whom, and until when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from quotary_spec.calendar import Term
from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Action, Channel, Cycle, Deal, Line
from quotary_spec.model.party import Party
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.subscription import GuardStanding
from quotary_spec.outcome import Finding, Outcome, weakest
from quotary_spec.passage import Passage


@dataclass(frozen=True, slots=True)
class Resale:
    """How a reseller or partner stands between vendor and end customer.

    Attributes:
        declared: Whether it declared at checkout that it buys for its customer.
        approved: Whether the vendor approved or accredited it.
        intermediaries: Parties between vendor and end customer in the order of supply; none: the billing party alone.
    """

    declared: bool | None = None
    approved: bool | None = None
    intermediaries: tuple[Party, ...] = ()


@dataclass(frozen=True, slots=True)
class SaleCase:
    """What is to be sold, and under which circumstances.

    Attributes:
        deal: Circumstances of the order.
        lines: What is to be sold.
        resale: The resale, for orders of resellers and partners.
        trial_exists: Whether the end customer has a cloud trial of the product.
        commercial_held: Whether the customer holds commercial licences; None: as the lines say.
        guard: The organisation and Guard, for lines of Guard.
    """

    deal: Deal
    lines: tuple[Line, ...]
    resale: Resale = field(default_factory=Resale)
    trial_exists: bool | None = None
    commercial_held: bool | None = None
    guard: GuardStanding = field(default_factory=GuardStanding)


@dataclass(frozen=True, slots=True)
class LineSale:
    """Whether one line may be sold.

    Attributes:
        product: What is sold.
        action: What the line is by the rules.
        end_time: First moment at which it is no longer sold to this customer.
        end: First day on which it is no longer sold, where a day alone is printed.
        term: Time that can be sold.
        latest_end: Last end that a term may have.
        cycles: Cycles in which it is sold through this channel.
        channels: Channels that may sell it in the cycle asked for.
        commercial_required: Whether a commercial licence must stand beside it.
        trial_required: Whether the end customer must try it first.
        guidance: Where and how it is bought.
        findings: What stands in the way, and remarks.
    """

    product: Product
    action: Action
    end_time: datetime | None = None
    end: date | None = None
    term: Term | None = None
    latest_end: date | None = None
    cycles: tuple[Cycle, ...] = ()
    channels: tuple[Channel, ...] = ()
    commercial_required: bool | None = None
    trial_required: bool | None = None
    guidance: Guidance | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """How decided the line is."""
        return weakest(self.findings)


@dataclass(frozen=True, slots=True)
class LifecycleDate:
    """A date in the life of a platform, or of one product, as the edition prints it."""

    event: str
    platform: Platform | None
    product: str
    day: date
    moment: datetime | None
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class AssessedSale:
    """What the rules say of a sale: its lines, the dates printed for their platforms, and what concerns the whole."""

    lines: tuple[LineSale, ...]
    dates: tuple[LifecycleDate, ...]
    findings: tuple[Finding, ...]
