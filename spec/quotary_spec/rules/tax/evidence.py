"""What frees from a tax: numbers and documents, whether they came in time, and whether they count (R-14)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from quotary_spec.model.party import Evidence, Party, TaxIdentifier
from quotary_spec.outcome import Finding, Outcome, remark, undetermined
from quotary_spec.rule import ByEdition, rule
from quotary_spec.rules.tax.charge import Assumption, TaxCase
from quotary_spec.rules.tax.identifiers import FORMAT_ONLY, UNVERIFIED, Standing, number_standing
from quotary_spec.rules.tax.number_reading import NumberReading, read_number

OWN_DOCUMENTS = frozenset({"exemption_certificate", "blanket_certificate", "exclusion_document"})
"""Kinds of documents that can free the party itself."""

RESALE_DOCUMENTS = OWN_DOCUMENTS | {"reseller_exemption_certificate"}
"""Kinds of documents that can free an order for somebody else."""

_PROVINCIAL_NUMBERS = ("qst", "pst")
_STRENGTH = (Standing.INVALID, Standing.UNKNOWN, Standing.FORMAT_ONLY, Standing.CONFIRMED)


@rule("TAX-EVIDENCE-IN-TIME-2021", "004:165", rulings="R-14")
def came_by_order(supplied_on: date, order_date: date, payment_date: date, resale: bool | None) -> bool | Finding:
    """Evidence counts if it came by the day of the order."""
    return supplied_on <= order_date


@rule(
    "TAX-EVIDENCE-IN-TIME",
    "002:425 002:432 002:436 002:469 000:410 000:412 000:422 000:428 000:466 000:635",
    rulings="R-14",
)
def is_in_time(supplied_on: date, order_date: date, payment_date: date, resale: bool | None) -> bool | Finding:
    """Evidence counts if it came by the day of payment, and on orders of resellers by the day of the order.

    Reading: the day itself counts, also where the text says before payment.
    """
    for_order, for_payment = supplied_on <= order_date, supplied_on <= payment_date
    if resale is None and for_order != for_payment:
        return undetermined("INPUT_MISSING", "deal.channel")
    return for_order if resale else for_payment


in_time = ByEdition(came_by_order, is_in_time)


@rule("TAX-EVIDENCE-IN-FORCE", "002:413 002:463 000:396 000:460", rulings="R-14")
def document_is_in_force(
    valid_from: date | None, valid_through: date | None, accepted: bool | None, order_date: date
) -> bool:
    """A document covers orders from its first to its last day, or until it is revoked; an invalid one covers none."""
    if accepted is False or (valid_from is not None and order_date < valid_from):
        return False
    return valid_through is None or order_date <= valid_through


def due_without_number(number: Standing | None) -> bool | Finding:
    """Charged unless a number counts; open when nothing is known of the number."""
    if number is Standing.UNKNOWN:
        return undetermined(UNVERIFIED)
    return number not in (Standing.CONFIRMED, Standing.FORMAT_ONLY)


@dataclass(frozen=True, slots=True)
class Search:
    """What frees from a tax in a place.

    Attributes:
        place: Country or subdivision whose tax it is.
        locality: Town of the order.
        documents: Kinds of documents that count.
        numbers: Kinds of numbers that count.
        issuers: Countries or subdivisions whose numbers count.
        any_number: True when a number counts as it stands, unchecked.
    """

    place: str
    locality: str | None = None
    documents: Collection[str] = ()
    numbers: Collection[str] = ()
    issuers: Collection[str] = ()
    any_number: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """What was supplied that may free from a tax in a place.

    Attributes:
        document: Whether a document counts.
        number: Standing of the best number that came in time; None when there is none.
        number_path: Where that number stands in the request.
        notes: Why other evidence does not count, or cannot be judged.
    """

    document: bool = False
    number: Standing | None = None
    number_path: str = ""
    notes: tuple[Finding, ...] = ()


NOTHING = Held()


def held(case: TaxCase, search: Search, *parties: tuple[Party | None, str]) -> Held:
    """What these parties, each given with its path, supplied. Numbers are looked at only where no document counts."""
    best = NOTHING
    notes: list[Finding] = []
    for party, path in parties:
        for i, document in enumerate(party.evidence if party is not None else ()):
            if party is not None and document.kind in search.documents and _covers(document, party, search):
                standing = _document(case, document, f"{path}.evidence[{i}]")
                if standing is None:
                    return Held(document=True)
                notes.append(standing)
    for party, path in parties:
        for i, identifier in enumerate(party.tax_identifiers if party is not None else ()):
            reading = read_number(
                identifier.kind, identifier.value, identifier.region, _holder_region(case, party, identifier.kind)
            )
            if identifier.kind in search.numbers and reading.region in search.issuers:
                where = f"{path}.tax_identifiers[{i}]"
                number = _number(case, search, identifier, reading, where)
                if isinstance(number, Finding):
                    notes.append(number)
                elif best.number is None or _STRENGTH.index(number) > _STRENGTH.index(best.number):
                    best = Held(False, number, where)
    return replace(best, notes=tuple(notes)) if notes else best


def settle(due: bool | Finding, what: Held) -> tuple[bool, list[Finding]]:
    """Whether the tax is charged, and what is to be said about it; while that is open, nothing is charged."""
    if isinstance(due, Finding):
        return False, [replace(due, missing=(f"{what.number_path}.register_verdict",)) if _on_number(due) else due]
    if not due:
        marked = not what.document and what.number is Standing.FORMAT_ONLY
        return False, [remark(FORMAT_ONLY, number=what.number_path)] if marked else []
    open_questions = [note for note in what.notes if note.outcome is not Outcome.GRANTED]
    if open_questions:
        return False, open_questions
    invalid = [remark("TAX_NUMBER_NOT_VALID", number=what.number_path)] if what.number is Standing.INVALID else []
    return True, [*what.notes, *invalid]


def _on_number(finding: Finding) -> bool:
    return finding.reason == UNVERIFIED


def _document(case: TaxCase, document: Evidence, path: str) -> Finding | None:
    """Why a document does not count; None when it does."""
    if not document_is_in_force(document.valid_from, document.valid_through, document.accepted, case.on):
        return remark("EVIDENCE_NOT_IN_FORCE", evidence=path)
    return _lateness(case, document.supplied_on, path)


def _number(
    case: TaxCase, search: Search, identifier: TaxIdentifier, reading: NumberReading, path: str
) -> Standing | Finding:
    late = _lateness(case, identifier.supplied_on, path)
    if late is not None:
        return late
    if search.any_number:
        return Standing.CONFIRMED
    standing = number_standing(reading.well_formed, identifier.verdict)
    if case.assume is None or standing in (Standing.CONFIRMED, Standing.INVALID):
        return standing
    return Standing.CONFIRMED if case.assume is Assumption.VALID else Standing.INVALID


def _lateness(case: TaxCase, supplied_on: date | None, path: str) -> Finding | None:
    """Why evidence came too late, or why that is open; None when it came in time."""
    if supplied_on is None:
        return None
    timely = case.book.ask(in_time, supplied_on, case.on, case.deal.paid_on or case.on, case.resale)
    if isinstance(timely, Finding):
        return timely
    return None if timely else remark("EVIDENCE_LATE", evidence=path)


def _holder_region(case: TaxCase, party: Party | None, kind: str) -> str | None:
    """Where the holder of a number is taxed: its country, or its province for provincial kinds."""
    if party is None:
        return None
    if kind in _PROVINCIAL_NUMBERS:
        return party.subdivision
    return case.country if party is case.deal.billing_party else party.country


def _covers(document: Evidence, party: Party, search: Search) -> bool:
    """Whether a document is made for the place: for its country, its subdivision, or its town alone."""
    if document.locality is not None and not is_town(search.locality, (document.locality,)):
        return False
    if document.region is not None:
        return document.region in (search.place, search.place.partition("-")[0])
    return search.place in (party.country, party.subdivision)


def is_town(locality: str | None, towns: Collection[str]) -> bool:
    """Whether a town as written is one of these."""
    return locality is not None and " ".join(locality.split()).casefold() in {town.casefold() for town in towns}
