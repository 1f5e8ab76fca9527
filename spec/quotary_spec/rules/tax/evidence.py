"""What frees from a tax: numbers and documents, whether they came in time, and whether they count (R-14)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date

from quotary_spec.model.order import Deal
from quotary_spec.model.party import Evidence, Party, TaxIdentifier, Verdict
from quotary_spec.outcome import Finding, Outcome, remark, undetermined
from quotary_spec.rule import ByEdition, rule, untraced
from quotary_spec.rules.tax.charge import Assumption, Charge, Claim, Due, TaxCase, Untaxed, find_rate
from quotary_spec.rules.tax.identifiers import FORMAT_ONLY, UNVERIFIED, Validity, number_standing, why_invalid
from quotary_spec.rules.tax.number_reading import NumberReading, read_number
from quotary_spec.rules.tax.place import BILLING, SOLD_TO

OWN_DOCUMENTS = frozenset({"exemption_certificate", "blanket_certificate", "exclusion_document"})
"""Kinds of documents that can free the party itself."""

RESALE_DOCUMENTS = OWN_DOCUMENTS | {"reseller_exemption_certificate"}
"""Kinds of documents that can free an order for somebody else."""

_PROVINCIAL_NUMBERS = ("qst", "pst")
_STRENGTH = (Validity.INVALID, Validity.UNKNOWN, Validity.FORMAT_ONLY, Validity.CONFIRMED)


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


def due_without_number(number: Validity | None) -> bool | Finding:
    """Charged unless a number counts; open when nothing is known of the number."""
    if number is Validity.UNKNOWN:
        return undetermined(UNVERIFIED)
    return number not in (Validity.CONFIRMED, Validity.FORMAT_ONLY)


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
        holders: Paths of the parties whose documents count.
        on_resale: Kinds that would count if the order were one for somebody else.
    """

    place: str
    locality: str | None = None
    documents: Collection[str] = ()
    numbers: Collection[str] = ()
    issuers: Collection[str] = ()
    any_number: bool = False
    holders: Collection[str] = (BILLING,)
    on_resale: Collection[str] = ()

    @property
    def exempting(self) -> tuple[str, ...]:
        """Kinds of numbers and documents that free from the tax; none when nothing does."""
        return (*self.numbers, *sorted(self.documents))


@dataclass(frozen=True, slots=True)
class Papers:
    """What was supplied that may free from a tax in a place.

    Attributes:
        document_path: Where the document that counts stands in the request; empty when none does.
        number: Standing of the best number that came in time; None when there is none.
        number_path: Where that number stands in the request.
        notes: Why other papers and numbers do not count, or cannot be judged, each about its path.
    """

    document_path: str = ""
    number: Validity | None = None
    number_path: str = ""
    notes: tuple[Finding, ...] = ()

    @property
    def document(self) -> bool:
        """Whether a document counts."""
        return bool(self.document_path)


NOTHING = Papers()


def parties_with_papers(deal: Deal) -> Iterator[tuple[str, Party]]:
    """Every party of a deal that may have handed something in, with its path."""
    for path, party in (
        (BILLING, deal.billing_party),
        (SOLD_TO, deal.sold_to),
        ("deal.ship_to_party", deal.ship_to),
        ("deal.technical_contact", deal.technical_contact),
    ):
        if party is not None:
            yield path, party


def papers(case: TaxCase, search: Search) -> Papers:
    """What the parties supplied against a tax. Numbers are looked at only where no document counts."""
    notes: list[Finding] = []
    for path, party in parties_with_papers(case.deal):
        for i, document in enumerate(party.evidence):
            where = f"{path}.evidence[{i}]"
            note = _why_document_does_not_count(case, search, document, party, path)
            if note is None:
                return Papers(document_path=where)
            notes.append(note.about(where))
    best = NOTHING
    for path, party in parties_with_papers(case.deal):
        for i, identifier in enumerate(party.tax_identifiers):
            where = f"{path}.tax_identifiers[{i}]"
            number, note = _number(case, search, identifier, party, path)
            if note is not None:
                notes.append(note.about(where))
            if number is not None and (best.number is None or _STRENGTH.index(number) > _STRENGTH.index(best.number)):
                best = Papers("", number, where)
    return replace(best, notes=tuple(notes))


def levy(
    case: TaxCase,
    what_is_due: Due,
    search: Search,
    due: bool | Finding = True,
    what: Papers | None = None,
) -> Claim:
    """A tax as charged, with what would free from it and why what was shown does not; or freed; or open.

    Args:
        case: The order.
        what_is_due: The tax, where, and on which lines.
        search: What frees from it.
        due: Whether it is charged; a finding while that is open.
        what: What was supplied against it; looked up when it is not given.
    """
    what = papers(case, search) if what is None else what
    if isinstance(due, Finding):
        return [replace(due, missing=(f"{what.number_path}.register_verdict",)) if _on_number(due) else due]
    if not due:
        return _freed(what_is_due, what)
    open_questions = [note for note in what.notes if note.outcome is not Outcome.GRANTED]
    if open_questions:
        return [*open_questions]
    rate = find_rate(case.book, case.rates, what_is_due.rate_of or what_is_due.tax, what_is_due.region, case.on)
    if isinstance(rate, Finding):
        return [rate]
    return [Charge(what_is_due, rate, search.exempting, _last_day(case) if search.exempting else None, what.notes)]


def _freed(what_is_due: Due, what: Papers) -> Claim:
    if what.document:
        return [Untaxed(what_is_due, remark("FREED_BY_DOCUMENT").about(what.document_path).by(what_is_due.rule.id))]
    freed = Untaxed(what_is_due, remark("FREED_BY_NUMBER").about(what.number_path).by(what_is_due.rule.id))
    marked = what.number is Validity.FORMAT_ONLY
    return [freed, remark(FORMAT_ONLY).about(what.number_path)] if marked else [freed]


def _last_day(case: TaxCase) -> date | None:
    """The last day on which evidence counts; None while the channel, on which it hangs, is not known."""
    paid_on = case.deal.paid_on or case.on
    with untraced():
        for day in sorted({case.on, paid_on}, reverse=True):
            if in_time(case.book.edition, day, case.on, paid_on, case.resale) is True:
                return day
    return None


def _on_number(finding: Finding) -> bool:
    return finding.reason == UNVERIFIED


def _why_document_does_not_count(
    case: TaxCase, search: Search, document: Evidence, party: Party, path: str
) -> Finding | None:
    wrong = _wrong_kind(search, document.kind, search.documents)
    if wrong is not None:
        return wrong
    if path not in search.holders:
        return remark("EVIDENCE_OF_ANOTHER_PARTY")
    if not _covers(case, document, party, search):
        made_for = document.region or party.subdivision or party.country or ""
        return remark(
            "EVIDENCE_OF_ANOTHER_PLACE",
            made_for=", ".join(filter(None, (document.locality, made_for))),
            place=", ".join(filter(None, (search.locality, search.place))),
        )
    if not document_is_in_force(document.valid_from, document.valid_through, document.accepted, case.on):
        return _out_of_force(document, case.on)
    return _lateness(case, document.supplied_on)


def _out_of_force(document: Evidence, on: date) -> Finding:
    if document.accepted is False:
        return remark("EVIDENCE_REJECTED")
    if document.valid_from is not None and on < document.valid_from:
        return remark("EVIDENCE_NOT_YET_VALID", first_day=document.valid_from.isoformat(), order_date=on.isoformat())
    last = document.valid_through.isoformat() if document.valid_through is not None else ""
    return remark("EVIDENCE_EXPIRED", last_day=last, order_date=on.isoformat())


def _number(
    case: TaxCase, search: Search, identifier: TaxIdentifier, party: Party, path: str
) -> tuple[Validity | None, Finding | None]:
    """How a number stands, and why it does not count; no standing for one that this tax does not look at."""
    wrong = _wrong_kind(search, identifier.kind, search.numbers)
    if wrong is not None:
        return None, wrong
    if path != BILLING:
        return None, remark("EVIDENCE_OF_ANOTHER_PARTY")
    holder = party.subdivision if identifier.kind in _PROVINCIAL_NUMBERS else case.country
    reading = read_number(identifier.kind, identifier.value, identifier.region, holder)
    if reading.region not in search.issuers:
        return None, remark("EVIDENCE_OF_ANOTHER_PLACE", made_for=reading.region or "", place=search.place)
    late = _lateness(case, identifier.supplied_on)
    if late is not None:
        return None, late
    if search.any_number:
        return Validity.CONFIRMED, None
    standing = number_standing(reading.well_formed, identifier.verdict)
    if case.assume is not None and standing in (Validity.UNKNOWN, Validity.FORMAT_ONLY):
        standing = Validity.CONFIRMED if case.assume is Assumption.VALID else Validity.INVALID
    return standing, _why_invalid(identifier, reading) if standing is Validity.INVALID else None


def _why_invalid(identifier: TaxIdentifier, reading: NumberReading) -> Finding:
    if identifier.verdict is Verdict.INVALID:
        return remark("TAX_NUMBER_REJECTED", read_as=reading.usual, issuer=reading.region or "")
    parts = {problem.part for problem in reading.problems}
    reason = "TAX_NUMBER_NOT_VALID" if parts <= {"check_digits", "number"} else "TAX_NUMBER_MALFORMED"
    problem = why_invalid(identifier, reading)
    return remark(
        reason, read_as=reading.compact, issuer=reading.region or "", expected=reading.expected, problem=problem
    )


def _wrong_kind(search: Search, kind: str, kinds: Collection[str]) -> Finding | None:
    """Why a kind of paper or number does not count against a tax at all."""
    if not search.exempting:
        return remark("TAX_HAS_NO_EXEMPTION")
    if kind in kinds:
        return None
    if kind in search.on_resale:
        return remark("EVIDENCE_FOR_RESALE", kind=kind)
    return remark("EVIDENCE_OF_ANOTHER_KIND", kind=kind, counts=", ".join(search.exempting))


def _lateness(case: TaxCase, supplied_on: date | None) -> Finding | None:
    """Why evidence came too late, or why that is open; None when it came in time."""
    if supplied_on is None:
        return None
    timely = case.book.ask(in_time, supplied_on, case.on, case.deal.paid_on or case.on, case.resale)
    if isinstance(timely, Finding):
        return timely
    return None if timely else remark("EVIDENCE_LATE", supplied=supplied_on.isoformat())


def _covers(case: TaxCase, document: Evidence, party: Party, search: Search) -> bool:
    """Whether a document is made for the place: for its country, its subdivision, or its town alone."""
    if document.locality is not None and not is_town(search.locality, (document.locality,)):
        return False
    if document.region is not None:
        return document.region in (search.place, search.place.partition("-")[0])
    own = (case.country, case.region) if party is case.deal.billing_party else ()
    return search.place in (*own, party.country, party.subdivision)


def is_town(locality: str | None, towns: Collection[str]) -> bool:
    """Whether a town as written is one of these."""
    return locality is not None and " ".join(locality.split()).casefold() in {town.casefold() for town in towns}
