"""List prices by number of users, as a price book or a request states them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PriceBand:
    """The price of one user for one month, for the users after the band before up to the last of this one.

    Attributes:
        unit: Price of one user for one month.
        upper: Last user of the band, counted from 1; None for a band without end.
    """

    unit: Decimal
    upper: int | None = None


@dataclass(frozen=True, slots=True)
class TierPrice:
    """The price of a whole tier.

    Attributes:
        users: Largest number of users the tier holds; None for a tier without limit.
        price: Price of the tier; None where it follows from the bands.
        months: Months that the price pays for.
    """

    users: int | None
    price: Decimal | None = None
    months: int = 12


@dataclass(frozen=True, slots=True)
class PriceSchedule:
    """The prices of one product and plan.

    Attributes:
        bands: Graduated monthly prices by user, upper counts ascending, only the last without end.
        tiers: Tiers, ascending, only the last without limit.
        currency: Currency of the prices.
    """

    bands: tuple[PriceBand, ...] = ()
    tiers: tuple[TierPrice, ...] = ()
    currency: str = "USD"

    def tier_that_holds(self, users: int) -> TierPrice | None:
        """The smallest tier that holds the users, its ceiling included; None when all are too small."""
        return next((tier for tier in self.tiers if tier.users is None or users <= tier.users), None)

    def users_by_band(self, users: int) -> list[tuple[PriceBand, int]]:
        """Each band that is entered, with the number of users charged at its price.

        Fewer than ``users`` in all when the last band ends before them.
        """
        parts: list[tuple[PriceBand, int]] = []
        counted = 0
        for band in self.bands:
            if counted >= users:
                break
            upper = users if band.upper is None else min(users, band.upper)
            parts.append((band, upper - counted))
            counted = upper
        return parts

    def reaches(self, users: int) -> bool:
        """True when the bands price that many users."""
        return bool(self.bands) and (self.bands[-1].upper is None or users <= self.bands[-1].upper)
