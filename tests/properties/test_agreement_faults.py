"""Every fault that once made calls contradict each other is put back, and has to be found by the same comparison."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from agreement_cases import PRODUCTS, Plain, differences
from quotary_spec.calendar import Term
from quotary_spec.model.order import Deal, Line
from quotary_spec.rulebook import Book
from quotary_spec.rules.sales import conditions
from quotary_spec.rules.trials import APP_AFTER_TRIAL


def without(name: str) -> Callable[..., Any]:
    """A call that asks every condition of an order but one."""

    def ask_others(book: Book, deal: Deal, lines: Sequence[Line], left_out: Collection[str] = ()) -> Any:
        return conditions.against_order(book, deal, lines, {name, *left_out})

    return ask_others


def sale_without(name: str) -> Callable[..., Any]:
    """An assessment of a sale that asks every condition but one."""
    return lambda book, case: conditions.against_sale(book, case, set(conditions.CONDITIONS) - {name})


def order_of(day: str, *lines: Plain, country: str = "US", **deal: Any) -> Plain:
    party = {"address": {"region_code": country}}
    held = {"order_date": day, "channel": "direct", "holds_data_center_subscription": True, "billing_party": party}
    return {"deal": {**held, **deal}, "lines": list(lines)}


def line_of(product: Plain, action: str = "new", **more: Any) -> Plain:
    cloud: Plain = {"billing_cycle": "annual"} if product["platform"] == "cloud" else {}
    return {"product": product, "action": action, "price": {"unit_price": "1200.00", "months": 12}, **cloud, **more}


def held_until(end: str, users: int = 1000) -> Plain:
    start = date.fromisoformat(end) - timedelta(days=365)
    return {"quantity": users, "term": {"start_date": start.isoformat(), "end_date": end}, "net_paid": "900.00 USD"}


CLOUD, DATA_CENTER, BITBUCKET = PRODUCTS[0], PRODUCTS[5], PRODUCTS[6]
APP = PRODUCTS[9]
LOWER = line_of(DATA_CENTER, "downgrade", user_tier=500, prior=held_until("2028-09-01"))
FAULTS: Mapping[str, tuple[str, str, Plain, str, Any]] = {
    "A1 the tier of an app's host": (
        "app-tier",
        "2026",
        order_of("2026-03-01", line_of(APP, user_tier=250, host_user_tier=500)),
        "quotary_spec.rules.quote.lines.against_order",
        without("app-tier"),
    ),
    "A1 between lines of one order": (
        "sale",
        "2024",
        order_of("2024-03-01", line_of(CLOUD, user_tier=500), line_of(APP, user_tier=250)),
        "quotary_spec.rules.quote.lines.against_order",
        without("app-tier"),
    ),
    "A2 the limit of users": (
        "users",
        "2026",
        order_of("2026-03-01", line_of(BITBUCKET, "renewal", user_tier=30_001)),
        "quotary_spec.rules.quote.lines.against_order",
        without("users"),
    ),
    "A3 the start of a lower tier": (
        "renewal-term",
        "2026",
        order_of("2028-02-01", LOWER),
        "quotary_spec.rules.price.list_price.Pricing.term_of",
        lambda pricing, line, months: Term.of_months(pricing.deal.order_date, 12),
    ),
    "A4 the window of a downgrade": (
        "sale",
        "2024",
        order_of("2024-06-01", {**LOWER, "prior": held_until("2025-01-01")}),
        "quotary_spec.rules.renewals_assessment.against_order",
        without("downgrade"),
    ),
    "A5 the currencies of a quote": (
        "currency",
        "2026",
        order_of("2026-03-01", line_of(CLOUD, user_tier=100), country="DE", billing_experience="improved"),
        "quotary_spec.rules.requests.quotes.currencies_of",
        lambda book, deal, products: (book.texts("currency.offered"), ()),
    ),
    "A6 the currency of a payment": (
        "currency",
        "2026",
        order_of("2026-03-01", line_of(CLOUD, user_tier=100), country="AU", billing_experience="original"),
        "quotary_spec.rules.payment.assessment.check_currencies",
        lambda book, deal, products: [],
    ),
    "A6 the charge for what is sold no more": (
        "paid-sale",
        "2026",
        order_of("2026-04-02", line_of(DATA_CENTER, user_tier=100), holds_data_center_subscription=False),
        "quotary_spec.rules.payment.assessment.asked_beside",
        lambda book, deal, lines, without: iter(()),
    ),
    "A7 a request for what is sold no more": (
        "sale",
        "2026",
        order_of("2026-04-02", line_of(DATA_CENTER, user_tier=100), holds_data_center_subscription=False),
        "quotary_spec.rules.requests.assessment.asked_beside",
        lambda book, deal, lines: iter(()),
    ),
    "A8 the length of a term": (
        "sale",
        "2026",
        order_of("2026-03-01", line_of(CLOUD, term={"start_date": "2026-03-01", "months": 25})),
        "quotary_spec.rules.sales.assessment.against_sale",
        sale_without("term"),
    ),
    "A9 who revises a quote": (
        "revision",
        "2026",
        order_of("2026-03-01", line_of(DATA_CENTER), billing_experience="original"),
        "quotary_spec.rules.requests.orders.vendor_revises",
        lambda editable: False,
    ),
    "A10 the age of a quote": (
        "quote-age",
        "2024",
        order_of("2024-03-02", line_of(CLOUD, user_tier=100), quote_date="2024-01-31", billing_experience="original"),
        "quotary_spec.rules.requests.orders.against_age",
        lambda *facts: None,
    ),
    "A11 an app after its trial": (
        "app-after-trial",
        "2026",
        order_of("2026-03-01", line_of(PRODUCTS[10])),
        "quotary_spec.rules.trials.APP_AFTER_TRIAL.rules",
        {**APP_AFTER_TRIAL.rules, "2024": APP_AFTER_TRIAL.rules["2024"][:-1]},
    ),
    "A12 the end of Server's maintenance": (
        "server-maintenance",
        "2024",
        order_of("2024-02-15", line_of(CLOUD)),
        "quotary_spec.rules.maintenance.server_support_end",
        lambda book: None,
    ),
    "A13 a renewal after the end of life": (
        "sale",
        "2026",
        order_of("2029-04-01", {**line_of(DATA_CENTER, "renewal"), "price": {"unit_price": "1200.00"}}),
        "quotary_spec.rules.sales.assessment.against_sale",
        sale_without("data-center"),
    ),
}
"""Each fault: question, edition and facts that show it, what is replaced, and by what."""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_is_put_back_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    question, edition, order, place, replacement = FAULTS[fault]
    assert differences(question, edition, order) == []
    monkeypatch.setattr(place, replacement)
    assert differences(question, edition, order) != []
