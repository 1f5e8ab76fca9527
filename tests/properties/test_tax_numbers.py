"""Tax numbers: what people write is read, and what is wrong is named."""

from __future__ import annotations

import re
from importlib import import_module

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quotary_spec.rules.tax.number_reading import KOREAN, NumberReading, read_number
from quotary_spec.supplements.tax_numbers import NumberForm, number_forms

FORMS = [form for forms in number_forms().values() for form in forms]

SAMPLES = {
    ("vat", "AT"): "U13585627", ("vat", "BE"): "0428759497", ("vat", "BG"): "175074752", ("vat", "CY"): "10259033P",
    ("vat", "CZ"): "25123891", ("vat", "DE"): "136695976", ("vat", "DK"): "13585628", ("vat", "EE"): "100931558",
    ("vat", "ES"): "B58378431", ("vat", "FI"): "20774740", ("vat", "FR"): "40303265045", ("vat", "GR"): "094259216",
    ("vat", "HR"): "33392005961", ("vat", "HU"): "12892312", ("vat", "IE"): "6433435F", ("vat", "IT"): "00743110157",
    ("vat", "LT"): "119511515", ("vat", "LU"): "15027442", ("vat", "LV"): "40003521600", ("vat", "MT"): "11679112",
    ("vat", "NL"): "004495445B01", ("vat", "PL"): "8567346215", ("vat", "PT"): "501964843", ("vat", "RO"): "18547290",
    ("vat", "SE"): "123456789701", ("vat", "SI"): "50223054", ("vat", "SK"): "2022749619", ("vat", "GB"): "980780684",
    ("vat", "TR"): "4540536920", ("vat", "NO"): "995525828", ("vat", "CH"): "107787577", ("vat", "KR"): "1168200276",
    ("vat", "CL"): "760864285", ("vat", "TW"): "04595257", ("vat", "IS"): "00621", ("vat", "RU"): "7827004526",
    ("vat", "ZA"): "4123456789", ("vat", "MX"): "GODE561231GR8", ("pan", "IN"): "ACUPA7085R",
    ("gst", "IN"): "27AAPFU0939F1ZV", ("service_tax", "IN"): "27AAPFU0939F1ZV", ("cin", "IN"): "U72200MH2009PLC123456",
    ("gst", "CA"): "123026635RT0001", ("qst", "CA-QC"): "1012345678TQ0001", ("pst", "CA-BC"): "12345678",
    ("pst", "CA-SK"): "1234567", ("abn", "AU"): "83914571673", ("ein", "US"): "911144442",
}  # fmt: skip
"""A right number of each kind, without prefix and suffix: examples that issuers or python-stdnum print."""

samples = st.sampled_from(sorted(SAMPLES))


def read(key: tuple[str, str], value: str) -> NumberReading:
    return read_number(key[0], value, key[1])


def form_of(key: tuple[str, str]) -> NumberForm:
    return number_forms()[key][0]


def test_there_is_a_sample_of_every_form() -> None:
    assert set(SAMPLES) == set(number_forms())


@pytest.mark.parametrize("key", sorted(SAMPLES))
def test_a_right_number_is_right_with_and_without_its_prefix_and_suffix(key: tuple[str, str]) -> None:
    form, bare = form_of(key), SAMPLES[key]
    for prefix in ("", *form.prefixes):
        for suffix in ("", *form.suffixes):
            reading = read(key, f"{prefix}{bare}{suffix}")
            assert (reading.well_formed, reading.problems) == (True, ()), (prefix, suffix)
            assert reading.usual == read(key, bare).usual
            assert reading.region == key[1]


@given(samples, st.data())
def test_what_people_put_between_the_characters_changes_nothing(key: tuple[str, str], data: st.DataObject) -> None:
    bare = SAMPLES[key]
    between = [data.draw(st.sampled_from(["", " ", ".", "-", "/", "\u00a0", "\u2013", "\u3000"])) for _ in bare]
    written = "".join(map("".join, zip(between, bare, strict=True)))
    if data.draw(st.booleans()):
        written = written.lower()
    if data.draw(st.booleans()):
        written = "".join(chr(ord(each) + 0xFEE0) if each.isalnum() else each for each in written)
    reading = read(key, written)
    assert (reading.compact, reading.well_formed) == (bare, True)


@given(samples, st.sampled_from("ЖІΑ٣五é_,+#"), st.data())
def test_a_character_that_no_number_has_makes_it_malformed_and_is_named(
    key: tuple[str, str], foreign: str, data: st.DataObject
) -> None:
    assume(foreign not in form_of(key).signs)
    bare = SAMPLES[key]
    at = data.draw(st.integers(0, len(bare)))
    reading = read(key, bare[:at] + foreign + bare[at:])
    assert reading.well_formed is False
    assert foreign in reading.compact
    assert [(each.part, each.position, each.character) for each in reading.problems] == [("character", at + 1, foreign)]


@given(samples, st.data())
def test_a_digit_more_or_less_is_a_fault_of_length(key: tuple[str, str], data: st.DataObject) -> None:
    bare, lengths = SAMPLES[key], {len(each) for form in number_forms()[key] for each in form.forms}
    longer = bare + "0" * data.draw(st.integers(1, 5))
    assume(len(longer) not in lengths)
    reading = read(key, longer)
    assert (reading.well_formed, [each.part for each in reading.problems]) == (False, ["length"])


# Published without check digits, or, for Mexico, with some that its own registers do not keep to.
WITHOUT_CHECK_DIGITS = {("ein", "US"), ("pan", "IN"), ("vat", "IS"), ("vat", "MX")}


@pytest.mark.parametrize("key", sorted({key for key in SAMPLES if form_of(key).check} - WITHOUT_CHECK_DIGITS))
def test_check_digits_are_looked_at(key: tuple[str, str]) -> None:
    """Of the numbers that differ in one digit most are wrong, and the answer names the check digits or a part."""
    bare = SAMPLES[key]
    changed = [
        bare[:i] + str((int(each) + by) % 10) + bare[i + 1 :]
        for i, each in enumerate(bare)
        if each.isdigit()
        for by in range(1, 10)
    ]
    wrong = [reading for each in changed if (reading := read(key, each)).well_formed is False]
    assert len(wrong) > len(changed) * 0.6
    assert {each.part for reading in wrong for each in reading.problems} <= {"check_digits", "number", "character"}


@pytest.mark.parametrize(
    ("value", "address", "region", "right"),
    [
        ("EL123456783", "DE", "GR", True),
        ("EL123456783", None, "GR", True),
        ("GR123456783", None, "GR", True),
        ("CHE-116.281.710 MWST", None, "CH", True),
        ("136695976", "DE", "DE", True),
        ("136695976", None, None, None),
        ("DE136695977", "FR", "DE", False),
        ("FR40303265045", "DE", "FR", True),
        ("40303265045", "FR", "FR", True),
        ("XX123", "DE", "DE", False),
    ],
)
def test_whose_number_it_is(value: str, address: str | None, region: str | None, right: bool | None) -> None:
    reading = read_number("vat", value, None, address)
    assert (reading.region, reading.well_formed) == (region, right)


def test_the_prefix_of_another_country_is_named() -> None:
    reading = read_number("vat", "EL123456783", "DE")
    assert [each.part for each in reading.problems] == ["prefix", "length"]
    assert "GR" in reading.problems[0].text


@pytest.mark.parametrize(
    ("key", "wrong", "position", "character"),
    [
        (("vat", "DE"), "DE12345A788", 8, "A"),
        (("vat", "DE"), "DE 12345A788", 9, "A"),
        (("vat", "NL"), "NL004495445X01", 12, "X"),
        (("vat", "AT"), "AT113585627", 3, "1"),
        (("qst", "CA-QC"), "1012345678 RT 0001", 12, "R"),
        (("pst", "CA-BC"), "PST-1234-567O", 13, "O"),
    ],
)
def test_the_wrong_character_is_named_where_it_was_written(
    key: tuple[str, str], wrong: str, position: int, character: str
) -> None:
    (problem,) = read(key, wrong).problems
    assert (problem.part, problem.position, problem.character) == ("character", position, character)


kinds = st.sampled_from(sorted({form.kind for form in FORMS}))


@given(st.text(max_size=40), kinds, st.none() | st.sampled_from(["DE", "CA-QC", "BR", "AQ"]))
def test_whatever_is_written_is_read(value: str, kind: str, region: str | None) -> None:
    reading = read_number(kind, value, region)
    assert bool(reading.problems) is (reading.well_formed is False)
    assert reading.well_formed is None or reading.region is not None


# ---- the data


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.kind}-{form.region}")
def test_a_form_says_who_prints_it_and_how_it_is_checked(form: NumberForm) -> None:
    assert form.source
    assert form.forms
    assert form.expected
    assert all(re.fullmatch(r"[daxsA-Z0-9]+", each) for each in form.forms)
    assert form.check in ("", KOREAN) or import_module(form.check).validate


def test_a_prefix_names_one_country() -> None:
    prefixes = [prefix for form in FORMS if form.kind == "vat" for prefix in form.prefixes]
    assert len(prefixes) == len(set(prefixes))
    assert not any(one != other and other.startswith(one) for one in prefixes for other in prefixes)
