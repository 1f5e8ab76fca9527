"""Ladders and questions that tests of tiers and usage share."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from quotary_spec.model.order import Cycle
from quotary_spec.model.product import Platform, Product
from quotary_spec.outcome import Outcome, weakest
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.tiers.apps import AppTierCheck, check_app_tier
from quotary_spec.rules.tiers.users import (
    TierAnswer,
    TierQuestion,
    UserCount,
    resolve_tier,
)
from quotary_spec.rules.usage import (
    UsageAnswer,
)
from quotary_spec.supplements.price_book import PriceBook

JIRA = Product("jira", Platform.CLOUD, "standard")
JIRA_DC = Product("jira", Platform.DATA_CENTER)
GUARD = Product("guard", Platform.CLOUD, "standard")
APP = Product("marketplace-app", Platform.CLOUD, app=True, host="jira")
NO_BOOK = PriceBook.empty()
EDITIONS = ("2024", "2026")
numbers = st.integers(0, 5_000)

# ---- tiers


def resolve(edition: str, product: Product, count: UserCount, **facts: Any) -> TierAnswer:
    known: dict[str, Any] = {"cycle": Cycle.ANNUAL, "ceilings": (500, 1000)}
    return resolve_tier(BOOK[edition], TierQuestion(product, count=count, **(known | facts)), NO_BOOK)


def outcome(answer: TierAnswer | UsageAnswer) -> Outcome:
    return weakest(answer.findings)


# ---- apps


def check(edition: str, app_tier: int | None, host_tier: int | None) -> AppTierCheck:
    return check_app_tier(BOOK[edition], APP, app_tier, host_tier)
