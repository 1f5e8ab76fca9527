"""What frees from a tax: numbers and documents, whether they came in time, and whether they count (R-14)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date

from quotary_spec.model.party import Evidence, Party, TaxIdentifier
from quotary_spec.outcome import Finding, remark, undetermined
from quotary_spec.rule import ByEdition, rule
from quotary_spec.rules.tax.charge import Assumption, TaxCase
from quotary_spec.rules.tax.identifiers import Standing, is_well_formed, number_standing

FORMAT_ONLY = "FORMAT_ONLY"
UNVERIFIED = "TAX_NUMBER_UNVERIFIED"

# Documents of a customer for its own use; a reseller's certificate is good for orders on behalf of others only.
OWN_DOCUMENTS = frozenset({"exemption_certificate", "blanket_certificate", "exclusion_document"})
ALL_DOCUMENTS = OWN_DOCUMENTS | {"reseller_exemption_certificate"}

_RANK = (Standing.CONFIRMED, Standing.FORMAT_ONLY, Standing.UNKNOWN, Standing.INVALID)


@rule(
    "TAX-EVIDENCE-IN-TIME",
    "002:425 002:432 002:436 002:469 000:410 000:412 000:422 000:428 000:466 000:635",
    editions="2024 2026",
    rulings="R-14",
)
def is_in_time(supplied_on: date | None, order_date: date, payment_date: date, resale: bool | None) -> bool | Finding:
    """Evidence counts if it came by the day of payment, and on orders of resellers by the day of the order.

    Reading: the day itself counts, also where the text says before payment.
    """
    if supplied_on is None or supplied_on <= min(order_date, payment_date):
        return True
    if resale is None and (supplied_on <= order_date) != (supplied_on <= payment_date):
        return undetermined("INPUT_MISSING", "deal.channel")
    return supplied_on <= (order_date if resale else payment_date)


@rule("TAX-EVIDENCE-IN-TIME-2021", "004:165", editions="2021", rulings="R-14")
def is_in_time_for_order(
    supplied_on: date | None, order_date: date, payment_date: date, resale: bool | None
) -> bool | Finding:
    """Evidence counts if it came by the day of the order."""
    return supplied_on is None or supplied_on <= order_date


in_time = ByEdition(is_in_time_for_order, is_in_time)


@rule("TAX-EVIDENCE-IN-FORCE", "002:413 000:396 000:460", editions="2024 2026", rulings="R-14")
def document_is_in_force(
    valid_from: date | None, valid_through: date | None, accepted: bool | None, order_date: date
) -> bool:
    """A document counts from its first day to its last, or until it is revoked or found invalid."""
    if accepted is False or (valid_from is not None and order_date < valid_from):
        return False
    return valid_through is None or order_date <= valid_through


@dataclass(frozen=True, slots=True)
class Held:
    """What was supplied in time that may free from a tax in a place.

    Attributes:
        number: Standing of the best number; None when there is none.
        number_path: Where that number stands in the request.
        document: Whether a document counts.
        open: Why it cannot be said what came in time.
    """

    number: Standing | None = None
    number_path: str = ""
    document: bool = False
    open: Finding | None = None


NOTHING = Held()


@dataclass(frozen=True, slots=True)
class Search:
    """What frees from a tax in a place: kinds of numbers and documents, who issues them, and the town."""

    numbers: Collection[str] = ()
    documents: Collection[str] = ()
    number_regions: Collection[str] | Callable[[str], bool] = ()
    document_regions: Collection[str] = ()
    locality: str | None = None


def held(case: TaxCase, search: Search, *parties: tuple[Party | None, str]) -> Held:
    """What these parties supplied in time. Numbers are looked at only where no document counts."""
    number: Standing | None = None
    number_path = ""
    unclear: Finding | None = None
    for party, _ in parties:
        for document in party.evidence if party is not None else ():
            if document.kind not in search.documents or not _covers(document, party, search):
                continue
            counts = _document_counts(case, document)
            if isinstance(counts, Finding):
                unclear = counts
            elif counts:
                return Held(document=True)
    for party, path in parties:
        for i, identifier in enumerate(party.tax_identifiers if party is not None else ()):
            region = identifier.region or _region(party, identifier.kind)
            if identifier.kind not in search.numbers or not _issued_in(region, search.number_regions):
                continue
            standing = _standing(case, identifier, region)
            if isinstance(standing, Finding):
                unclear = standing
            elif standing is not None and (number is None or _RANK.index(standing) < _RANK.index(number)):
                number, number_path = standing, f"{path}.tax_identifiers[{i}]"
    return Held(number, number_path, False, unclear)


def _document_counts(case: TaxCase, document: Evidence) -> bool | Finding:
    if not document_is_in_force(document.valid_from, document.valid_through, document.accepted, case.on):
        return False
    return in_time(case.book.edition, document.supplied_on, case.on, case.deal.paid_on or case.on, case.resale)


def _standing(case: TaxCase, identifier: TaxIdentifier, region: str) -> Standing | Finding | None:
    timely = in_time(case.book.edition, identifier.supplied_on, case.on, case.deal.paid_on or case.on, case.resale)
    if isinstance(timely, Finding):
        return timely
    if not timely:
        return None
    if case.book.edition == "2021":
        # Whatever was supplied counts there, so there is nothing to check.
        return Standing.CONFIRMED
    standing = number_standing(is_well_formed(identifier.kind, region, identifier.value), identifier.verdict)
    if case.assume is not None and standing in (Standing.FORMAT_ONLY, Standing.UNKNOWN):
        return Standing.CONFIRMED if case.assume is Assumption.VALID else Standing.INVALID
    return standing


def _region(party: Party | None, kind: str) -> str:
    if party is None or party.address is None:
        return ""
    place = party.address.subdivision if kind in ("qst", "pst") else party.address.country
    return place or ""


def _issued_in(region: str, regions: Collection[str] | Callable[[str], bool]) -> bool:
    return regions(region) if callable(regions) else region in regions


def _covers(document: Evidence, party: Party | None, search: Search) -> bool:
    if document.locality is not None and not is_town(search.locality, (document.locality,)):
        return False
    if document.region is not None:
        return document.region in search.document_regions
    address = party.address if party is not None else None
    if address is None:
        return False
    return address.country in search.document_regions or address.subdivision in search.document_regions


def is_town(locality: str | None, towns: Collection[str]) -> bool:
    """Whether a town as written is one of these."""
    return locality is not None and " ".join(locality.split()).casefold() in {town.casefold() for town in towns}


def settle(due: bool | Finding, what: Held) -> tuple[bool, list[Finding]]:
    """Whether the tax is charged, with what is to be said about it; an open question charges nothing."""
    if isinstance(due, Finding):
        return False, [
            replace(due, missing=(f"{what.number_path}.register_verdict",)) if due.reason == UNVERIFIED else due
        ]
    if due and what.open is not None:
        return False, [what.open]
    if not due and not what.document and what.number is Standing.FORMAT_ONLY:
        return False, [remark(FORMAT_ONLY, number=what.number_path)]
    return due, []


def due_without_number(number: Standing | None) -> bool | Finding:
    """Charged unless a number counts; open when nothing is known of the number."""
    if number is Standing.UNKNOWN:
        return undetermined(UNVERIFIED)
    return number not in (Standing.CONFIRMED, Standing.FORMAT_ONLY)
