"""The end of life of Data Center, as prices and terms meet it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from price_cases import DATA_CENTER, DEAL, END, any_deals, any_lines, given_price, price, reasons
from quotary_spec.calendar import Term, add_months
from quotary_spec.model.order import (
    Action,
    Deal,
    GivenPrice,
    Line,
)
from quotary_spec.model.product import Platform, Product
from quotary_spec.money import half_up
from quotary_spec.outcome import Finding, Outcome
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.lifecycle.data_center import (
    check_sale,
    closing,
    effective_action,
    sale_end,
    term_until_end_of_life,
)
from strategies import (
    MOST,
    days_around,
    editions,
    instants_around,
    terms,
)

APP = Product("marketplace-app", Platform.DATA_CENTER, app=True)

# ---- end of life

CLOSINGS = {
    "eol.data-center.new-customers": datetime(2026, 3, 31, 7, 59, tzinfo=UTC),
    "eol.data-center.existing-customers": datetime(2028, 3, 31, 7, 59, tzinfo=UTC),
    "eol.data-center.end": datetime(2029, 3, 29, 7, 59, tzinfo=UTC),
}


def test_sales_close_at_the_printed_minute_in_every_season() -> None:
    assert {key: closing(BOOK["2026"], key) for key in CLOSINGS} == CLOSINGS


@given(instants_around(*CLOSINGS.values()), st.sampled_from([DATA_CENTER, APP]), st.booleans(), st.sampled_from(Action))
def test_a_sale_is_open_strictly_before_its_end(at: datetime, product: Product, holds: bool, action: Action) -> None:
    deal = replace(DEAL, order_time=at, holds_data_center=holds)
    line = Line(product, action)
    end = sale_end(BOOK["2026"], deal, line)
    finding = check_sale(BOOK["2026"], deal, line)
    if action is Action.RENEWAL:
        assert (end, finding) == (None, None)
    else:
        assert end is not None
        assert (finding is None) == (at < end)
        assert finding is None or finding.outcome is Outcome.REFUSED


@given(instants_around(*CLOSINGS.values()), st.none() | st.booleans(), st.sampled_from(Action))
def test_a_date_decides_unless_it_is_the_last_day(at: datetime, holds: bool | None, action: Action) -> None:
    """What the date alone decides, the moment does not contradict."""
    local = (at - timedelta(hours=8)).date()
    deal = replace(DEAL, order_date=local, holds_data_center=holds)
    line = Line(DATA_CENTER, action)
    by_date = check_sale(BOOK["2026"], deal, line)
    by_moment = check_sale(BOOK["2026"], replace(deal, order_time=at), line)
    if by_date is None or by_date.outcome is Outcome.REFUSED:
        assert by_date == by_moment
    else:
        assert "deal.order_time" in by_date.missing or "deal.holds_data_center_subscription" in by_date.missing


@given(any_lines, any_deals, st.sampled_from(["2021", "2023", "2024"]))
def test_before_2026_there_is_no_end(line: Line, deal: Deal, edition: str) -> None:
    assert check_sale(BOOK[edition], deal, line) is None
    assert sale_end(BOOK[edition], deal, line) is None


@given(any_lines, any_deals)
def test_the_end_is_of_data_center_alone(line: Line, deal: Deal) -> None:
    assume(line.product.platform is not Platform.DATA_CENTER)
    assert check_sale(BOOK["2026"], deal, line) is None


@given(terms.filter(lambda term: term.days > 0))
def test_no_term_runs_past_the_end(term: Term) -> None:
    kept = term_until_end_of_life(term, END)
    if isinstance(kept, Finding):
        assert term.start >= END
        assert kept.reason == "EOL_REACHED"
    else:
        assert kept == Term(term.start, min(term.end, END))
        assert term_until_end_of_life(kept, END) == kept


@given(days_around(date(2028, 3, 28), END, by=400), st.integers(0, MOST))
def test_a_renewal_is_prorated_to_the_end(start: date, cents: int) -> None:
    assume(start < END)
    line = Line(
        DATA_CENTER, Action.RENEWAL, term=Term.of_months(start, 12), price=GivenPrice(Decimal(cents).scaleb(-2))
    )
    priced = price(line, replace(DEAL, order_date=start))
    full_days = (add_months(start, 12) - start).days
    left = min(full_days, (END - start).days)
    assert priced.net == half_up(cents * left, full_days)
    assert ("TERM_CUT_AT_END_OF_LIFE" in reasons(priced)) == (left < full_days)
    whole = price(line, replace(DEAL, order_date=start), "2024")
    assert whole.net == cents


def test_a_renewal_of_twelve_months_from_june_2028() -> None:
    line = Line(DATA_CENTER, Action.RENEWAL, term=Term(date(2028, 6, 1), date(2029, 6, 1)), price=given_price("36500"))
    assert price(line).net == 30_000_00
    assert price(line, edition="2024").net == 36_500_00


@given(st.none() | st.integers(1, 100), st.none() | st.integers(1, 100), editions)
def test_a_renewal_for_more_users_is_an_expansion(users: int | None, held: int | None, edition: str) -> None:
    line = Line(DATA_CENTER, Action.RENEWAL, user_tier=users, held_user_tier=held)
    grows = edition == "2026" and users is not None and held is not None and users > held
    assert effective_action(BOOK[edition], line) is (Action.EXPANSION if grows else Action.RENEWAL)
