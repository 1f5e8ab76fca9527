"""Where an edition charges tax: every place with its rate, first day and what frees from the tax there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import pycountry

from quotary_spec.outcome import Finding
from quotary_spec.passage import Passage
from quotary_spec.register.parameters import Keys
from quotary_spec.rule import DataRow, RuleInfo, untraced
from quotary_spec.rulebook import Book
from quotary_spec.rules.tax import canada, gst, japan, united_states, vat
from quotary_spec.rules.tax.charge import Rate, RateTable, find_rate
from quotary_spec.rules.tax.evidence import OWN_DOCUMENTS, RESALE_DOCUMENTS
from quotary_spec.rules.tax.identifiers import FreedTax
from quotary_spec.rules.tax.rates import eu_members
from quotary_spec.supplements.territories import OWN_RATE, territories

_START = Keys("tax.start.*.*")


NEWEST = date.max
"""The day on which the newest known rates apply."""


@dataclass(frozen=True, slots=True)
class TaxJurisdiction:
    """A tax in a place.

    Attributes:
        tax: Name of the tax.
        region: Country or subdivision.
        locality: Town, for a town's tax.
        name: Name of the place.
        rate: Rate on the day asked for; None when it is not known.
        start: First day on which the vendor charges it, if the documents say.
        exempting: Kinds of numbers and documents that free from it; empty when nothing does.
        rule_id: Rule that charges it.
        passages: Where the edition says so.
    """

    tax: str
    region: str
    locality: str
    name: str
    rate: Rate | None
    start: date | None
    exempting: tuple[str, ...]
    rule_id: str
    passages: tuple[Passage, ...]


def list_jurisdictions(
    book: Book, rates: RateTable, on: date | None = None, country: str | None = None
) -> list[TaxJurisdiction]:
    """The taxes of an edition by place and name; an edition that prints no taxed place has none.

    Args:
        book: The edition.
        rates: Rates outside the documents.
        on: Day for which rates and EU membership are shown; None for the newest known.
        country: Only this country and its subdivisions.
    """
    day = on or NEWEST
    entries = [
        each
        for family in (_vat, _gst_and_jct, _canada, _united_states)
        for each in family(book, rates, day)
        if country is None or each.region.partition("-")[0] == country
    ]
    return sorted(entries, key=lambda each: (each.region, each.locality, each.tax))


def freed_taxes(book: Book, rates: RateTable, kind: str, issuer: str) -> tuple[FreedTax, ...]:
    """What numbers of a kind and issuer free from, when they count and come in time: taxes with their places."""
    in_union = issuer in eu_members(NEWEST)
    freed: dict[tuple[str, str], list[str]] = {}
    with untraced():  # the whole table is looked through; what the answer rests on is the number's own rule
        jurisdictions = list_jurisdictions(book, rates)
    for each in jurisdictions:
        country = each.region.partition("-")[0]
        reaches = issuer in (country, each.region) or (kind == "vat" and in_union and country in eu_members(NEWEST))
        if kind in each.exempting and reaches and each.rule_id != vat.vat_unless_lost_passage_frees.info.id:
            freed.setdefault((each.tax, each.rule_id), []).append(each.region)
    return tuple(FreedTax(tax, tuple(regions), rule_id) for (tax, rule_id), regions in freed.items())


def _vat(book: Book, rates: RateTable, on: date) -> Iterator[TaxJurisdiction]:
    prefix = "tax.exemption.VAT."
    for key in book.parameters:
        if not key.startswith(prefix):
            continue
        row = book.row(key)
        scheme = vat.SCHEMES[str(row.value)]
        exempting = (["vat"] if scheme.by_number else []) + (sorted(OWN_DOCUMENTS) if scheme.by_document else [])
        place = key.removeprefix(prefix)
        for country in eu_members(on) if place == "EU" else (place,):
            for region in (country, *_with_own_rate(country, on)):
                yield _entry(book, rates, on, "VAT", region, scheme.decide.info, row, exempting)


def _with_own_rate(country: str, on: date) -> Iterator[str]:
    """Places in a country where its VAT has a rate of its own."""
    for each in territories():
        if each.country == country and each.area == OWN_RATE and each.applies(on):
            yield each.code


def _gst_and_jct(book: Book, rates: RateTable, on: date) -> Iterator[TaxJurisdiction]:
    own = {
        "AU": gst.australian_gst_is_due.info,
        "IN": gst.indian_gst_is_due.info,
        "JP": japan.consumption_tax_is_due.info,
    }
    for key in book.parameters:
        tax, _, country = key.removeprefix("tax.exemption.").partition(".")
        if key.startswith("tax.exemption.") and tax in ("GST", "JCT"):
            row = book.row(key)
            exempting = row.value if isinstance(row.value, tuple) else ()
            info = own.get(country, gst.printed_gst_is_due.info)
            yield _entry(book, rates, on, tax, country, info, row, exempting)


def _canada(book: Book, rates: RateTable, on: date) -> Iterator[TaxJurisdiction]:
    taxes = {
        "GST": (canada.gst_is_due.info, ()),
        "HST": (canada.hst_is_due.info, ()),
        "PST": (canada.pst_is_due.info, ("pst", *sorted(RESALE_DOCUMENTS))),
        "QST": (canada.qst_is_due.info, ("qst",)),
    }
    for key in book.parameters:
        tax, _, region = key.removeprefix("tax.rate.").partition(".")
        if key.startswith("tax.rate.") and tax in taxes and region.startswith("CA"):
            info, exempting = taxes[tax]
            yield _entry(book, rates, on, tax, region, info, book.row(key), exempting)


def _united_states(book: Book, rates: RateTable, on: date) -> Iterator[TaxJurisdiction]:
    prefix = "tax.us.registered."
    for key in book.parameters:
        if key.startswith(prefix):
            state = key.removeprefix(prefix)
            info = united_states.sales_tax_is_due.info
            entry = _entry(book, rates, on, "US_SALES", state, info, book.row(key), sorted(RESALE_DOCUMENTS))
            yield replace(entry, tax=book.if_served(united_states.name_of_sales_tax, state) or "US_SALES")
    if book.prints("tax.rate.CHICAGO_LTT.US-IL"):
        row = book.row("tax.rate.CHICAGO_LTT.US-IL")
        info = united_states.bears_chicago_tax.info
        yield _entry(book, rates, on, "CHICAGO_LTT", "US-IL", info, row, (), united_states.CHICAGO)


def _entry(
    book: Book,
    rates: RateTable,
    on: date,
    tax: str,
    region: str,
    info: RuleInfo,
    row: DataRow,
    exempting: Iterable[str],
    locality: str = "",
) -> TaxJurisdiction:
    rate = find_rate(book, rates, tax, region, on)
    return TaxJurisdiction(
        tax=tax,
        region=region,
        locality=locality,
        name=locality or _names()[region],
        rate=None if isinstance(rate, Finding) else rate,
        start=_start(book, tax, region),
        exempting=tuple(exempting),
        rule_id=info.id,
        passages=row.passages,
    )


def _start(book: Book, tax: str, region: str) -> date | None:
    country = region.partition("-")[0]
    key = united_states.REGISTERED[region] if tax == "US_SALES" else _START[tax, country]
    return book.if_printed(book.day, key)


@cache
def _names() -> Mapping[str, str]:
    countries = {each.alpha_2: getattr(each, "common_name", each.name) for each in pycountry.countries}
    return countries | {each.code: each.name for each in pycountry.subdivisions}
