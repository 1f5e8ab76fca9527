"""The pages on how to add something are carried out: what they print is read from them and asked for."""

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest

from quotary_spec.model.order import Channel, Deal
from quotary_spec.model.party import Address, Party, TaxIdentifier, Verdict
from quotary_spec.model.product import Platform, Product
from quotary_spec.outcome import Finding, Outcome, weakest
from quotary_spec.register import parameters
from quotary_spec.rule import DataRow, tracing
from quotary_spec.rulebook import BOOK, Book
from quotary_spec.rules.fees import assess_fee
from quotary_spec.rules.tax.assessment import assess_taxes
from quotary_spec.rules.tax.charge import TaxLine
from quotary_spec.rules.tax.jurisdictions import list_jurisdictions
from quotary_spec.rules.tax.rates import Rates

DOCS = Path(__file__).resolve().parents[1] / "docs"
LINE = TaxLine(Product("jira", Platform.CLOUD), 100_00)


def rows_of(page: str, monkeypatch: pytest.MonkeyPatch) -> list[parameters.Row]:
    """The rows of figures that a page prints, cited from a document that is there."""
    printed = "\n".join(re.findall(r"```toml\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL))
    data = tomllib.loads(re.sub(r"005:\d+", "000:422", printed))
    monkeypatch.setattr(parameters, "read_folder", lambda folder: iter([("tax", data)]))
    return list(parameters.rows())


def book_with(rows: list[parameters.Row]) -> Book:
    """The edition 2026 with further rows."""
    book = Book("2026")
    more = {row.key: DataRow(row.key, row.value, "edition", row.passages) for row in rows}
    book.parameters = {**BOOK["2026"].parameters, **more}
    return book


def charged(book: Book, country: str, *numbers: TaxIdentifier) -> dict[tuple[str, str], int]:
    deal = Deal(Party(None, Address(country), numbers), order_date=date(2026, 3, 2), channel=Channel.DIRECT)
    with tracing(book.edition):
        result = assess_taxes(book, deal, [LINE], Rates())
    assert weakest(result.findings) is Outcome.GRANTED, result.findings
    return {(each.tax, each.region): each.amount for each in result.components}


def test_a_jurisdiction_is_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    book = book_with(rows_of("adding-a-jurisdiction.md", monkeypatch))
    assert charged(book, "NZ") == {("VAT", "NZ"): 15_00}
    assert charged(book, "SG") == {("GST", "SG"): 9_00}
    number = TaxIdentifier("gst", "M90312345A", region="SG", verdict=Verdict.VALID)
    assert charged(book, "SG", number) == {}
    listed = {(each.tax, each.region): each for each in list_jurisdictions(book, Rates())}
    assert listed["GST", "SG"].exempting == ("gst",)
    assert listed["GST", "SG"].rule_id == "TAX-GST-PRINTED"
    assert ("VAT", "NZ") in listed


@pytest.mark.parametrize(
    ("row", "country", "told"),
    [
        ("tax.exemption.VAT.NZ", "NZ", Outcome.NOT_COVERED),
        ("tax.rate.VAT.NZ", "NZ", Outcome.UNDETERMINED),
        ("tax.exemption.GST.SG", "SG", Outcome.NOT_COVERED),
        ("tax.rate.GST.SG", "SG", Outcome.UNDETERMINED),
    ],
)
def test_a_row_that_was_forgotten_is_told(
    row: str, country: str, told: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vector that the page asks for says so: no tax is charged by guess, and none is left out without a word."""
    rows = rows_of("adding-a-jurisdiction.md", monkeypatch)
    book = book_with([each for each in rows if each.key != row])
    assert len(book.parameters) == len(BOOK["2026"].parameters) + len(rows) - 1
    deal = Deal(Party(None, Address(country)), order_date=date(2026, 3, 2), channel=Channel.DIRECT)
    with tracing("2026"):
        assert weakest(assess_taxes(book, deal, [LINE], Rates()).findings) is told


def test_where_nothing_frees_a_number_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = rows_of("adding-a-jurisdiction.md", monkeypatch)
    book = book_with(rows)
    book.parameters = {**book.parameters, "tax.exemption.GST.SG": DataRow("tax.exemption.GST.SG", "nothing", "edition")}
    number = TaxIdentifier("gst", "M90312345A", region="SG", verdict=Verdict.VALID)
    assert charged(book, "SG", number) == charged(book, "SG") == {("GST", "SG"): 9_00}


def test_a_country_without_rows_is_not_taxed_by_guess() -> None:
    deal = Deal(Party(None, Address("SG")), order_date=date(2026, 3, 2), channel=Channel.DIRECT)
    assert weakest(assess_taxes(BOOK["2026"], deal, [LINE], Rates()).findings) is Outcome.NOT_COVERED


def test_a_further_country_of_the_fee_is_not_treated_as_another(monkeypatch: pytest.MonkeyPatch) -> None:
    book = book_with([])
    countries = DataRow("fee.countries", ("TR", "SG"), "edition")
    book.parameters = {**book.parameters, "fee.countries": countries}
    deal = Deal(Party(None, Address("SG")), order_date=date(2026, 3, 2), channel=Channel.DIRECT)
    fee, findings = assess_fee(book, deal, [LINE.product], [LINE.net])
    assert fee is None
    (finding,) = findings
    assert isinstance(finding, Finding)
    assert (finding.outcome, dict(finding.detail)["country"]) == (Outcome.NOT_COVERED, "SG")
