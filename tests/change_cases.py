"""Upgrades and moves that tests of price changes share."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from quotary_spec.calendar import Term
from quotary_spec.model.order import Action, Cycle, Deal, GivenPrice, Line, Prior
from quotary_spec.model.party import Address, Party
from quotary_spec.model.product import Platform, Product
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.quote.lines import UpgradePrice, price_upgrade
from quotary_spec.supplements.price_book import PriceBook

EMPTY, DEMO = PriceBook.empty(), PriceBook.demo()
JIRA = Product("jira", Platform.CLOUD, "standard")
DATA_CENTER = Product("jira", Platform.DATA_CENTER)
HELD = Term(date(2025, 6, 30), date(2026, 6, 30))
DEAL = Deal(Party(address=Address("US", "US-DE")), order_date=date(2026, 1, 15))
BOTH = st.sampled_from(["2024", "2026"])


def cents(amount: int) -> GivenPrice:
    return GivenPrice(Decimal(amount).scaleb(-2))


def cloud(new: int, old: int | None, held: Term | None = HELD, **more: object) -> Line:
    prior = Prior(term=held, tier_price=old)
    return Line(JIRA, Action.UPGRADE, Cycle.ANNUAL, price=cents(new), prior=prior, **more)  # type: ignore[arg-type]


def data_center(new: int, paid: int | None, held: Term = HELD, **more: object) -> Line:
    prior = Prior(term=held, net_paid=paid)
    return Line(DATA_CENTER, Action.UPGRADE, price=cents(new), prior=prior, **more)  # type: ignore[arg-type]


def upgrade(
    line: Line, edition: str = "2026", deal: Deal = DEAL, prices: PriceBook = EMPTY, **asked: object
) -> UpgradePrice:
    return price_upgrade(BOOK[edition], deal, line, prices, **asked)  # type: ignore[arg-type]


def said(priced: UpgradePrice) -> list[str]:
    return [finding.reason for finding in priced.findings]


# ---- chains of purchases


def wanted(product: Product, price: int) -> Line:
    return Line(product, cycle=Cycle.ANNUAL, user_tier=900, price=cents(price))
