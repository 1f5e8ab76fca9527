"""An order on its way: what makes each line available, and what is mailed around it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Deal, Line
from quotary_spec.model.renewal import Notice
from quotary_spec.outcome import Finding, Outcome, weakest


class Trigger(StrEnum):
    """What makes a line available."""

    ORDER_PLACED = "order_placed"
    PAYMENT_PROCESSED = "payment_processed"


@dataclass(frozen=True, slots=True)
class FulfilmentCase:
    """An order whose fulfilment is asked about; amounts in minor units of the deal's currency.

    Attributes:
        deal: Circumstances of the order.
        lines: What was ordered.
        payment_time: Moment at which payment was processed.
        payment_processed: Whether it was; None: yes when its day or moment is given, otherwise not known.
        due: Amount to pay.
        paid: Amount paid; None: all of it, when payment was processed.
        manual_review: Whether the vendor announced that it reviews the order by hand.
    """

    deal: Deal
    lines: tuple[Line, ...]
    payment_time: datetime | None = None
    payment_processed: bool | None = None
    due: int | None = None
    paid: int | None = None
    manual_review: bool = False

    @property
    def is_paid(self) -> bool | None:
        """Whether payment was processed."""
        if self.payment_processed is None:
            return True if self.payment_time is not None or self.deal.payment_date is not None else None
        return self.payment_processed


@dataclass(frozen=True, slots=True)
class LineFulfilment:
    """When one line becomes available.

    Attributes:
        position: Its position in the order.
        kind: "site_access", "subscription_change" or "licence_key"; empty while not known.
        trigger: What makes it available.
        available: Whether that has happened.
        day: Day from which it is available.
        moment: Moment from which it is available.
        latest: Latest moment by which it can be used.
        place: Portal in which it appears.
        roles: Roles in whose accounts it appears.
        rule_id: Rule that decides it.
        findings: What stays open.
    """

    position: int
    kind: str = ""
    trigger: Trigger | None = None
    available: bool | None = None
    day: date | None = None
    moment: datetime | None = None
    latest: datetime | None = None
    place: str = ""
    roles: tuple[str, ...] = ()
    rule_id: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """How decided the line is."""
        return weakest(self.findings)


@dataclass(frozen=True, slots=True)
class AssessedFulfilment:
    """When an order becomes available.

    Attributes:
        lines: One entry a line of the order.
        notices: Mails around the order.
        earliest: First day on which a reviewed order is processed.
        latest: Last day on which a reviewed order is processed.
        guidance: Where keys are read.
        findings: Those of the lines and of the whole.
    """

    lines: tuple[LineFulfilment, ...]
    notices: tuple[Notice, ...] = ()
    earliest: date | None = None
    latest: date | None = None
    guidance: Guidance | None = None
    findings: tuple[Finding, ...] = ()
