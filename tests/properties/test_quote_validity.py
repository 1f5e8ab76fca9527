"""Quotes that are kept: until when they can be accepted, and which of them can be revised."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.model.order import Billing
from quotary_spec.model.product import Platform, Product
from quotary_spec.outcome import Finding, Outcome
from quotary_spec.register.editions import EDITIONS
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.quote.validity import Validity, assess_revision, assess_validity
from strategies import days

CLOUD = Product("jira", Platform.CLOUD)
DATA_CENTER = Product("jira", Platform.DATA_CENTER)


@given(days, st.none() | st.integers(1, 400))
def test_2024_prints_thirty_days_whatever_the_operator_set(made_on: date, operator: int | None) -> None:
    assert assess_validity(BOOK["2024"], made_on, operator) == Validity(made_on + timedelta(days=30), printed=True)


@pytest.mark.parametrize("edition", ["2021", "2023", "2026"])
def test_elsewhere_the_operator_decides_and_unset_it_is_open(edition: str) -> None:
    made_on = date(2026, 1, 31)
    assert assess_validity(BOOK[edition], made_on, 30) == Validity(date(2026, 3, 2), printed=False)
    unset = assess_validity(BOOK[edition], made_on, None)
    assert isinstance(unset, Finding)
    assert (unset.outcome, unset.reason) == (Outcome.UNDETERMINED, "QUOTE_VALIDITY_NOT_PRINTED")


@pytest.mark.parametrize("edition", ["2024", "2026"])
def test_only_cloud_quotes_of_the_improved_experience_are_revised(edition: str) -> None:
    book = BOOK[edition]
    assert assess_revision(book, [CLOUD], Billing.IMPROVED) is None
    for products, billing in (([CLOUD], Billing.ORIGINAL), ([CLOUD, DATA_CENTER], Billing.IMPROVED)):
        found = assess_revision(book, products, billing)
        assert found is not None
        assert (found.outcome, found.reason) == (Outcome.REFUSED, "QUOTE_NOT_EDITABLE")
        assert found.rule_id == "QUOTE-REVISION"


def test_a_revision_is_open_while_engine_or_platform_are_not_known() -> None:
    book = BOOK["2026"]
    engine = assess_revision(book, [CLOUD], None)
    assert engine is not None
    assert engine.missing == ("deal.billing_experience",)
    platform = assess_revision(book, [CLOUD, Product("jira")], Billing.IMPROVED)
    assert platform is not None
    assert platform.missing == ("lines[1].product.platform",)


@given(st.sampled_from(EDITIONS), st.lists(st.sampled_from([CLOUD, DATA_CENTER, Product("jira")]), min_size=1))
def test_a_self_managed_line_keeps_the_whole_quote_as_it_was_made(edition: str, products: list[Product]) -> None:
    for billing in (None, *Billing):
        found = assess_revision(BOOK[edition], [*products, DATA_CENTER], billing)
        assert found is not None
        assert found.outcome is (Outcome.NOT_COVERED if edition in ("2021", "2023") else Outcome.REFUSED)
