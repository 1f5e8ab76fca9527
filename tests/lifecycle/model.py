"""What a store of quotes and orders should do, as small as it can be said: plain values, no database, no protocol.

Prices are not computed here: a quote tells its components, and the model says what may happen to them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

Component = tuple[int, str]
"""Position of a line, and the name of an amount of it: "net", "fee", or a tax with its place."""

REFUND_DAYS = 30
VALID_DAYS = 30


@dataclass
class Quote:
    """A quote in its newest revision.

    Attributes:
        charged: What each component of the newest revision charges.
        seen: Digest of each revision, oldest first.
        revisable: Whether the rules let it be edited.
    """

    customer: str
    charged: dict[Component, int]
    seen: list[str]
    made_on: date
    revisable: bool
    accepted: bool = False
    purchase_order_number: str = ""

    @property
    def total(self) -> int:
        """Amount to pay."""
        return sum(self.charged.values())

    def expired(self, now: datetime) -> bool:
        """Whether its last day is over."""
        return now.date() > self.made_on + timedelta(days=VALID_DAYS)

    def state(self, now: datetime) -> str:
        """As the contract calls it."""
        if self.accepted:
            return "STATE_ACCEPTED"
        return "STATE_EXPIRED" if self.expired(now) else "STATE_OPEN"

    def against_accepting(self, revision: int, digest: str, now: datetime) -> str | None:
        """The first reason against it."""
        if self.accepted:
            return "QUOTE_ACCEPTED"
        if self.expired(now):
            return "QUOTE_EXPIRED"
        if (revision, digest) != (len(self.seen), self.seen[-1]):
            return "QUOTE_REVISED"
        return None

    def against_revising(self, revision: int | None, now: datetime) -> str | None:
        """The first reason against a new revision."""
        if self.accepted:
            return "QUOTE_ACCEPTED"
        if self.expired(now):
            return "QUOTE_EXPIRED"
        if revision is not None and revision != len(self.seen):
            return "QUOTE_REVISED"
        return None if self.revisable else "QUOTE_NOT_EDITABLE"


@dataclass
class Order:
    """An accepted quote: what is charged never changes, what is paid and returned only grows."""

    customer: str
    charged: dict[Component, int]
    payments: list[tuple[int, date]] = field(default_factory=list)
    returned: dict[Component, int] = field(default_factory=dict)
    refunds: int = 0

    @property
    def total(self) -> int:
        """Amount to pay."""
        return sum(self.charged.values())

    @property
    def paid(self) -> int:
        """Amount received."""
        return sum(amount for amount, _ in self.payments)

    @property
    def refunded(self) -> int:
        """Amount returned."""
        return sum(self.returned.values())

    @property
    def state(self) -> str:
        """As the contract calls it."""
        if self.paid < self.total:
            return "STATE_PARTLY_PAID" if self.paid else "STATE_AWAITING_PAYMENT"
        if not self.refunded:
            return "STATE_PAID"
        return "STATE_REFUNDED" if self.refunded == self.total else "STATE_PARTLY_REFUNDED"

    def against_paying(self, amount: int) -> str | None:
        """The first reason against a payment."""
        if self.paid == self.total:
            return "ORDER_PAID"
        return "PAYMENT_EXCEEDS_OUTSTANDING" if amount > self.total - self.paid else None

    def left(self, lines: set[int] | None) -> dict[Component, int]:
        """What was not returned yet, of some lines or of all."""
        return {
            component: amount - self.returned.get(component, 0)
            for component, amount in self.charged.items()
            if (lines is None or component[0] in lines) and amount > self.returned.get(component, 0)
        }

    def against_refunding(self, lines: set[int] | None, today: date) -> str | None:
        """The first reason against a refund; every line here can go back for 30 days after the last payment."""
        if self.paid < self.total:
            return "ORDER_NOT_PAID"
        if self.total and self.refunded == self.total:
            return "ORDER_REFUNDED"
        late = today > max(day for _, day in self.payments) + timedelta(days=REFUND_DAYS)
        # Refusals come line by line, and the error names the first.
        for part in [None] if lines is None else [{line} for line in sorted(lines)]:
            if not self.left(part):
                return "NOTHING_LEFT_TO_REFUND"
            if late:
                return "REFUND_WINDOW_CLOSED"
        return None

    def refund(self, lines: set[int] | None) -> int:
        """Return all that is left of the lines."""
        amounts = self.left(lines)
        for component, amount in amounts.items():
            self.returned[component] = self.returned.get(component, 0) + amount
        self.refunds += 1
        return sum(amounts.values())
