"""Civil dates: months keep their anchor's day, windows include both ends, terms are half open, business days skip."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from quotary_spec.business_days import business_days_after, is_business_day
from quotary_spec.calendar import Term, add_months, civil_instant, is_whole_months, whole_months, within_days
from strategies import days, days_in, month_terms, terms

months = st.integers(-60, 60)


@given(days, months)
def test_a_moved_day_keeps_its_number_or_is_the_last_of_the_month(anchor: date, n: int) -> None:
    moved = add_months(anchor, n)
    assert (moved.year * 12 + moved.month) - (anchor.year * 12 + anchor.month) == n
    is_last = (moved + timedelta(days=1)).month != moved.month
    assert moved.day == anchor.day or (is_last and moved.day < anchor.day)


@pytest.mark.parametrize(
    ("anchor", "n", "moved"),
    [
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),  # a leap year
        (date(2024, 1, 29), 1, date(2024, 2, 29)),
        (date(2023, 1, 29), 1, date(2023, 2, 28)),
        (date(2023, 1, 28), 1, date(2023, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2023, 12, 31), 1, date(2024, 1, 31)),
        (date(2023, 1, 31), 2, date(2023, 3, 31)),  # from the anchor, not from 28 February
        (date(2023, 3, 30), -1, date(2023, 2, 28)),
        (date(2023, 1, 15), -1, date(2022, 12, 15)),
        (date(2023, 5, 15), 0, date(2023, 5, 15)),
    ],
)
def test_months_worked_by_hand(anchor: date, n: int, moved: date) -> None:
    assert add_months(anchor, n) == moved


@given(days, days)
@example(date(2023, 1, 31), date(2023, 2, 28))
@example(date(2023, 1, 31), date(2023, 2, 27))
def test_whole_months_are_the_most_that_fit(start: date, end: date) -> None:
    n = whole_months(start, end)
    assert add_months(start, n) <= end < add_months(start, n + 1)


@given(days, months)
def test_moving_by_months_makes_whole_months(start: date, n: int) -> None:
    end = add_months(start, n)
    assert is_whole_months(start, end)
    assert whole_months(start, end) == n


def test_a_day_more_or_less_is_no_whole_month() -> None:
    assert is_whole_months(date(2024, 1, 15), date(2024, 2, 15))
    assert not is_whole_months(date(2024, 1, 15), date(2024, 2, 14))
    assert not is_whole_months(date(2024, 1, 15), date(2024, 2, 16))


@given(days, st.integers(0, 400), st.integers(-5, 405))
@example(date(2024, 1, 1), 30, 0)
@example(date(2024, 1, 1), 30, -1)
@example(date(2024, 1, 1), 30, 30)
@example(date(2024, 1, 1), 30, 31)
def test_a_window_holds_its_first_and_its_last_day(anchor: date, length: int, n: int) -> None:
    assert within_days(anchor, anchor + timedelta(days=n), length) is (n in range(length + 1))


@given(terms)
def test_a_term_holds_its_days_and_not_its_end(term: Term) -> None:
    assert term.end not in term
    assert (term.start in term) is (term.days > 0)
    assert term.start - timedelta(days=1) not in term
    assert term.start + timedelta(days=term.days) == term.end


@given(terms.filter(lambda term: term.days > 0).flatmap(lambda term: st.tuples(st.just(term), days_in(term))))
def test_a_day_splits_a_term_into_two(both: tuple[Term, date]) -> None:
    term, day = both
    assert day in term
    before, after = Term(term.start, day), Term(day, term.end)
    assert before.days + after.days == term.days
    assert day not in before
    assert day in after


@given(month_terms)
def test_a_term_of_months_has_them(term: Term) -> None:
    assert Term.of_months(term.start, term.months) == term
    assert is_whole_months(term.start, term.end)


@given(days, days)
def test_a_term_does_not_end_before_it_starts(start: date, end: date) -> None:
    assume(end < start)
    with pytest.raises(ValueError, match="cannot end"):
        Term(start, end)


def test_an_empty_term_and_its_text() -> None:
    empty = Term(date(2024, 7, 1), date(2024, 7, 1))
    assert (empty.days, empty.months) == (0, 0)
    assert str(Term.of_months(date(2024, 7, 1), 12)) == "2024-07-01..2025-07-01"


def test_an_instant_is_what_a_clock_at_the_offset_shows() -> None:
    assert civil_instant(date(2024, 2, 15), 17, 30, -8).isoformat() == "2024-02-15T17:30:00-08:00"
    assert civil_instant(date(2024, 2, 15), 0, 0, 3).isoformat() == "2024-02-15T00:00:00+03:00"


@given(days, st.integers(0, 40), st.lists(days, max_size=20))
def test_counting_business_days_counts_them(day: date, count: int, holidays: list[date]) -> None:
    end = business_days_after(day, count, holidays)
    passed = [day + timedelta(days=n) for n in range(1, (end - day).days + 1)]
    assert sum(is_business_day(each, holidays) for each in passed) == count
    assert count == 0 or is_business_day(end, holidays)
    assert count > 0 or end == day


@pytest.mark.parametrize(
    ("day", "is_business"),
    [
        (date(2024, 7, 5), True),  # a Friday
        (date(2024, 7, 6), False),
        (date(2024, 7, 7), False),
        (date(2024, 7, 8), True),
        (date(2024, 7, 4), False),  # given as a holiday
    ],
)
def test_saturdays_sundays_and_the_holidays_given_are_none(day: date, is_business: bool) -> None:
    assert is_business_day(day, [date(2024, 7, 4)]) is is_business


def test_business_days_worked_by_hand() -> None:
    friday = date(2024, 7, 5)
    assert business_days_after(friday, 1, []) == date(2024, 7, 8)
    assert business_days_after(friday, 5, []) == date(2024, 7, 12)
    assert business_days_after(friday, 6, [date(2024, 7, 9)]) == date(2024, 7, 16)
    assert business_days_after(date(2024, 7, 6), 0, []) == date(2024, 7, 6)
