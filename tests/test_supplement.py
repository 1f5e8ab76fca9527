"""The supplement of statutory rates: what it holds, how it is looked up, and what a rates file may not say."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import duty27_eu_vat
import eu_vat_rates_data
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.supplements.rates import (
    COUNTRY_TAXES,
    RatesError,
    SupplementRow,
    canonical_bytes,
    eu_member,
    find_rate,
    load,
    memberships,
    parse_rates,
    rate_on,
)
from quotary_spec.supplements.territories import own_rates

EU_27 = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
# The states and territories of 000:469-617.
# fmt: off
US_LISTED = [
    "AL", "AZ", "CO", "CT", "DC", "HI", "IA", "ID", "IL", "IN", "KS", "KY", "LA", "MA", "ME", "MI", "MN", "MS",
    "NC", "NE", "NM", "NY", "OH", "PA", "PR", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "WA", "WI", "WV", "WY",
]
# fmt: on
# Years for which the source prints the average of two rates.
GAPS = {("US_SALES", "US-SD"): [(date(2023, 1, 1), date(2024, 1, 1))]}
COMMISSION_AS_OF = date.fromisoformat(eu_vat_rates_data.data_version)


def rows_of(tax: str, region: str) -> list[SupplementRow]:
    rows = [row for row in load() if (row.tax, row.region) == (tax, region)]
    return sorted(rows, key=lambda row: row.valid_from)


# What it holds


def test_it_holds_the_places_that_the_documents_tax_without_a_printed_rate_and_no_other() -> None:
    vat = {
        ("VAT", country) for country in [*EU_27, "PT-20", "PT-30", "CH", "CL", "IS", "KR", "MX", "NO", "RU", "TW", "ZA"]
    }
    us = {("US_SALES", f"US-{state}") for state in US_LISTED}
    assert {(row.tax, row.region) for row in load()} == vat | us | {("JCT", "JP"), ("GST", "IN")}


def test_one_rate_at_most_applies_on_any_day() -> None:
    for tax, region in {(row.tax, row.region) for row in load()}:
        rows = rows_of(tax, region)
        for day in {row.valid_from for row in rows} | {date(2016, 1, 1), date(2026, 11, 22)}:
            assert sum(row.applies(day) for row in rows) <= 1, (tax, region, day)


def test_only_the_known_periods_lack_a_rate_between_two() -> None:
    found: dict[tuple[str, str], list[tuple[date | None, date]]] = {}
    for tax, region in {(row.tax, row.region) for row in load()}:
        rows = rows_of(tax, region)
        assert rows[-1].valid_until is None, (tax, region)
        for earlier, later in pairwise(rows):
            if earlier.valid_until != later.valid_from:
                found.setdefault((tax, region), []).append((earlier.valid_until, later.valid_from))
    assert found == GAPS


def test_every_row_says_where_and_when_it_was_read_and_names_no_address() -> None:
    for row in load():
        assert row.source
        assert "://" not in row.source
        assert row.checked_on >= row.valid_from


@pytest.mark.parametrize(
    ("tax", "region", "on", "rate"),
    [
        ("VAT", "DE", date(2020, 6, 30), "0.19"),
        ("VAT", "DE", date(2020, 7, 1), "0.16"),
        ("VAT", "DE", date(2020, 12, 31), "0.16"),
        ("VAT", "DE", date(2021, 1, 1), "0.19"),
        ("VAT", "FI", date(2024, 8, 31), "0.24"),
        ("VAT", "FI", date(2024, 9, 1), "0.255"),
        ("VAT", "CH", date(2023, 12, 31), "0.077"),
        ("VAT", "CH", date(2024, 1, 1), "0.081"),
        ("VAT", "RU", date(2025, 12, 31), "0.20"),
        ("VAT", "RU", date(2026, 1, 1), "0.22"),
        ("US_SALES", "US-LA", date(2024, 12, 31), "0.0445"),
        ("US_SALES", "US-LA", date(2025, 1, 1), "0.05"),
        ("US_SALES", "US-SD", date(2022, 12, 31), "0.045"),
        ("US_SALES", "US-SD", date(2023, 7, 1), None),
        ("US_SALES", "US-SD", date(2024, 1, 1), "0.042"),
        ("US_SALES", "US-NM", date(2023, 12, 31), None),
        ("US_SALES", "US-NM", date(2024, 1, 1), "0.04875"),
        ("US_SALES", "US-MN", date(2026, 6, 1), "0.06875"),
        ("VAT", "DE", date(2015, 12, 31), None),
        ("VAT", "GB", date(2026, 1, 1), None),
        ("VAT", "TR", date(2026, 1, 1), None),
        ("US_SALES", "US-CA", date(2026, 1, 1), None),
        ("GST", "JP", date(2026, 1, 1), None),
    ],
)
def test_the_rate_of_a_day(tax: str, region: str, on: date, rate: str | None) -> None:
    row = rate_on(tax, region, on)
    assert (row and row.rate) == (rate and Decimal(rate))


def test_an_undated_row_answers_for_any_date_and_says_that_it_is_one() -> None:
    assert [(row.tax, row.region) for row in load() if not row.dated] == [("US_SALES", "US-PR")]
    for on in (date(2021, 5, 25), date(2026, 11, 22)):
        row = rate_on("US_SALES", "US-PR", on)
        assert row is not None
        assert (row.rate, row.dated) == (Decimal("0.105"), False)


# Against the published data sets


def test_the_two_published_sets_agree_on_every_member_state() -> None:
    on = min(COMMISSION_AS_OF, duty27_eu_vat.DATA_AS_OF)
    for country in EU_27:
        theirs = eu_vat_rates_data.get_standard_rate(country)
        assert duty27_eu_vat.get_standard_rate(country, on) == Decimal(str(theirs)), country


@pytest.mark.parametrize("country", EU_27)
def test_a_member_state_has_the_published_rate_before_and_after_every_change(country: str) -> None:
    starts = [window.effective_from for window in duty27_eu_vat.get_rate_history(country)]
    assert [row.valid_from for row in rows_of("VAT", country)] == starts
    eves = [start - timedelta(days=1) for start in starts[1:]]
    for on in [*starts, *eves, duty27_eu_vat.DATA_AS_OF]:
        row = rate_on("VAT", country, on)
        assert row is not None
        assert row.rate * 100 == duty27_eu_vat.get_standard_rate(country, on), on


@pytest.mark.parametrize("country", ["CH", "IS", "NO"])
def test_a_european_country_outside_the_union_has_the_published_rate(country: str) -> None:
    row = rate_on("VAT", country, COMMISSION_AS_OF)
    assert row is not None
    assert row.rate * 100 == Decimal(str(eu_vat_rates_data.get_standard_rate(country)))


# The European Union


@pytest.mark.parametrize(
    ("country", "on", "is_member"),
    [
        ("HR", date(2013, 6, 30), False),
        ("HR", date(2013, 7, 1), True),
        ("GB", date(2020, 1, 31), True),
        ("GB", date(2020, 2, 1), False),
        ("GB", date(2020, 12, 31), False),
        ("DE", date(1958, 1, 1), True),
        ("XI", date(2026, 1, 1), False),
        ("NO", date(2026, 1, 1), False),
        ("CH", date(2026, 1, 1), False),
        ("MC", date(2026, 1, 1), False),
    ],
)
def test_membership_on_a_day(country: str, on: date, is_member: bool) -> None:
    assert eu_member(country, on) is is_member


def test_the_members_are_those_of_the_published_sets() -> None:
    countries = {*eu_vat_rates_data.get_all_rates(), *(member.country for member in memberships())}
    members = {country for country in countries if eu_member(country, COMMISSION_AS_OF)}
    assert members == set(EU_27)
    assert members == {country for country in countries if eu_vat_rates_data.is_eu_member(country)}
    assert members == {country.code.replace("EL", "GR") for country in duty27_eu_vat.list_countries()}


def test_every_member_state_is_named_once_and_has_a_treaty() -> None:
    countries = [member.country for member in memberships()]
    assert len(countries) == len(set(countries)) == 28
    assert all(member.source for member in memberships())


# A rates file

GOOD = """\
[[rate]]
tax = "VAT"
region = "DE"
rate = "0.19"
valid_from = 2024-01-01
source = "our tax adviser"
checked_on = 2024-01-15
"""


def problems_of(text: str) -> list[tuple[int, str]]:
    with pytest.raises(RatesError) as caught:
        parse_rates(text, "ours.toml")
    return [(problem.line, problem.field) for problem in caught.value.problems]


def test_a_good_file_gives_its_rows_and_an_empty_one_none() -> None:
    assert parse_rates(GOOD, "ours.toml") == (
        SupplementRow("VAT", "DE", Decimal("0.19"), date(2024, 1, 1), "our tax adviser", date(2024, 1, 15)),
    )
    assert parse_rates("# none yet\n", "ours.toml") == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "field"),
    [
        ('"VAT"', '"VATT"', 2, "tax"),
        ('"DE"', '"ZZ"', 3, "region"),
        ('"DE"', '"de"', 3, "region"),
        ('"DE"', '"DE-BY"', 3, "region"),
        ('"VAT"', '"US_SALES"', 3, "region"),
        ('"0.19"', "0.19", 4, "rate"),
        ('"0.19"', '"19 %"', 4, "rate"),
        ('"0.19"', '"1.9e-1"', 4, "rate"),
        ('"0.19"', '"NaN"', 4, "rate"),
        ('"0.19"', '"-0.19"', 4, "rate"),
        ('"0.19"', '"-0"', 4, "rate"),
        ('"0.19"', '"1.01"', 4, "rate"),
        ('rate = "0.19"\n', "", 1, "rate"),
        ("valid_from = 2024-01-01\n", "", 1, "valid_from"),
        ("2024-01-01", '"2024-01-01"', 5, "valid_from"),
        ("2024-01-01", "2024-01-01T00:00:00", 5, "valid_from"),
        ('"our tax adviser"', '" "', 6, "source"),
        ("checked_on", "seen_on", 7, "seen_on"),
        ("2024-01-15", "2024-01-15\nvalid_until = 2024-01-01", 8, "valid_until"),
        ("2024-01-15", "2024-01-15\ndated = false\nvalid_until = 2025-01-01", 9, "valid_until"),
        ("2024-01-15", "2024-01-15\ndated = 0", 8, "dated"),
        ("[[rate]]", "region = 1\n[[rate]]", 1, "region"),
        ("[[rate]]", "[rate]", 1, "rate"),
        ('"our tax adviser"', '"""\n[[rate]]\n"""', 1, "rate"),
        ('"our tax adviser"', "our tax adviser", 6, ""),
        ("2024-01-15", "", 7, ""),
        ("2024-01-15", '2024-01-15\nnote = """', 8, ""),
        ("[[rate]]", '"\\u0061" = 1\n[[rate]]', 1, "a"),
    ],
)
def test_a_fault_is_reported_with_its_line_and_field(old: str, new: str, line: int, field: str) -> None:
    assert old in GOOD
    assert (line, field) in problems_of(GOOD.replace(old, new, 1))


@pytest.mark.parametrize(
    ("tax", "region"),
    [("GST", "AU"), ("JCT", "JP"), ("HST", "CA-ON"), ("PST", "CA-BC"), ("QST", "CA-QC"), ("CHICAGO_LTT", "US-IL")],
)
def test_an_operator_may_also_give_the_rates_that_an_edition_prints(tax: str, region: str) -> None:
    (row,) = parse_rates(GOOD.replace("VAT", tax).replace("DE", region), "ours.toml")
    assert find_rate([row], tax, region, date(2026, 1, 1)) is row


@pytest.mark.parametrize("rate", ["0", "1", "0.0", "1.000", "0.123456789012345678901234567890123456789"])
def test_a_rate_from_nothing_to_the_whole_is_exact(rate: str) -> None:
    (row,) = parse_rates(GOOD.replace("0.19", rate), "ours.toml")
    assert row.rate == Decimal(rate)


def test_every_problem_is_listed_at_once_in_the_order_of_lines() -> None:
    bad = GOOD.replace('"DE"', '"ZZ"').replace('"0.19"', "0.19").replace("checked_on = 2024-01-15\n", "")
    text = f"{GOOD}\n{bad}\n# the same again\n{GOOD}"
    with pytest.raises(RatesError) as caught:
        parse_rates(text, "ours.toml")
    assert [(problem.line, problem.field) for problem in caught.value.problems] == [
        (9, "checked_on"),
        (11, "region"),
        (12, "rate"),
        (21, "valid_from"),
    ]
    lines = str(caught.value).splitlines()
    assert lines[1] == "ours.toml:11: region: unknown region 'ZZ': VAT asks for an ISO 3166-1 alpha-2 code such as DE"
    assert lines[3] == "ours.toml:21: valid_from: overlaps the period of VAT in DE on line 5"


def test_a_missing_field_is_not_looked_for_in_the_next_row() -> None:
    assert problems_of(GOOD.replace('tax = "VAT"\n', "") + GOOD) == [(1, "tax")]


def test_a_character_that_only_python_takes_for_a_line_break_moves_no_line() -> None:
    text = GOOD.replace("our tax", "our\u2028tax") + GOOD.replace('"0.19"', '"x"')
    assert problems_of(text) == [(11, "rate")]


def test_an_undated_row_overlaps_every_other_of_its_tax_and_place() -> None:
    ended = GOOD.replace("2024-01-15", "2024-01-15\nvalid_until = 2024-06-01")
    undated = GOOD.replace("2024-01-01", "2024-07-01").replace("2024-01-15", "2024-07-15\ndated = false")
    assert problems_of(ended + undated) == [(13, "valid_from")]
    assert len(parse_rates(ended + undated.replace('"DE"', '"FR"'), "ours.toml")) == 2


# Properties

DAY_0 = date(2024, 1, 1)


def row_in(start: int, length: int | None, region: str) -> SupplementRow:
    valid_from = DAY_0 + timedelta(days=start)
    valid_until = None if length is None else valid_from + timedelta(days=length)
    rate = Decimal(start) / 100
    return SupplementRow("VAT", region, rate, valid_from, "drawn", DAY_0, valid_until)


drawn_rows = st.lists(
    st.builds(
        row_in,
        st.integers(0, 20),
        st.none() | st.integers(1, 8),
        st.sampled_from(["DE", "FR"]),
    ),
    max_size=5,
)


def as_toml(rows: list[SupplementRow]) -> str:
    return "\n".join(
        f'[[rate]]\ntax = "{row.tax}"\nregion = "{row.region}"\nrate = "{row.rate}"\nvalid_from = {row.valid_from}\n'
        + (f"valid_until = {row.valid_until}\n" if row.valid_until else "")
        + f'source = "{row.source}"\nchecked_on = {row.checked_on}\n'
        for row in rows
    )


@given(drawn_rows)
def test_rows_are_refused_exactly_when_two_apply_on_one_day(rows: list[SupplementRow]) -> None:
    days = [DAY_0 + timedelta(days=number) for number in range(40)]
    crowded = any(
        sum(row.region == region and row.applies(on) for row in rows) > 1 for region in ("DE", "FR") for on in days
    )
    try:
        parsed = parse_rates(as_toml(rows), "drawn.toml")
    except RatesError:
        assert crowded
        return
    assert not crowded
    assert list(parsed) == rows
    for on in days:
        for region in ("DE", "FR"):
            expected = [row for row in rows if row.region == region and row.applies(on)]
            assert find_rate(parsed, "VAT", region, on) == (expected[0] if expected else None)


@given(st.permutations(load()))
def test_the_order_of_rows_and_the_notation_of_a_rate_do_not_change_the_digest(rows: list[SupplementRow]) -> None:
    notation = [replace(row, rate=row.rate * Decimal("1.000")) for row in rows]
    assert canonical_bytes(notation) == canonical_bytes(load())


@pytest.mark.parametrize(
    "change",
    [
        {"tax": "GST"},
        {"region": "LI"},
        {"rate": Decimal("0.0810000000000000000000000000000000001")},
        {"valid_from": date(2024, 1, 2)},
        {"valid_until": date(2030, 1, 1)},
        {"source": "another"},
        {"checked_on": date(2026, 11, 23)},
        {"dated": False},
    ],
)
def test_a_change_of_any_field_changes_the_digest(change: dict[str, object]) -> None:
    rows = list(load())
    at = next(number for number, row in enumerate(rows) if (row.region, row.rate) == ("CH", Decimal("0.081")))
    changed = [*rows[:at], replace(rows[at], **change), *rows[at + 1 :]]  # type: ignore[arg-type]
    assert canonical_bytes(changed) != canonical_bytes(rows)


def test_the_digest_is_taken_of_one_json_object_a_row() -> None:
    lines = canonical_bytes((*load(), *memberships())).decode().splitlines()
    assert len(lines) == len(load()) + len(memberships())
    assert all(isinstance(json.loads(line), dict) for line in lines)


def test_a_tax_has_one_kind_of_region() -> None:
    for row in load():
        national = "-" not in row.region or row.region in own_rates(row.tax)
        assert national == (row.tax in COUNTRY_TAXES)
