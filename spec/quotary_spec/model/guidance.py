"""Where and how something is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Guidance:
    """Where and how something is done.

    Attributes:
        channel: Way to do it: "billing_console", "account_portal", "order_form", "support" ...
        place: Page, portal or mailbox that the documents name.
        steps: What to do, in order.
        documents: Documents or facts to have at hand.
        contact: Team or person to turn to.
    """

    channel: str
    place: str = ""
    steps: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    contact: str = ""

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Guidance:
        """The guidance that a row of the register holds."""
        return cls(
            row["channel"],
            row.get("place", ""),
            tuple(row.get("steps", ())),
            tuple(row.get("documents", ())),
            row.get("contact", ""),
        )
