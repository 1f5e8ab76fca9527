"""Canada: GST or HST, QST in Quebec, PST in British Columbia and Saskatchewan; not compounded (R-17)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from quotary_spec.model.party import Party
from quotary_spec.outcome import Finding, undetermined
from quotary_spec.rule import rule
from quotary_spec.rules.tax.charge import Claim, TaxCase, charge
from quotary_spec.rules.tax.evidence import Search, due_without_number, held, settle
from quotary_spec.rules.tax.identifiers import Standing
from quotary_spec.rules.tax.place import Place, address_of, names_customer_in, pst_place
from quotary_spec.rules.tax.vat import documents_for

_PROVINCE = "deal.billing_party.address.administrative_area"


@rule("TAX-CA-GST", "002:439 000:432", editions="2024 2026", rulings="R-17")
def gst_is_due(province: str, provinces: Collection[str], order_date: date, start: date) -> bool:
    """Orders from eight provinces and territories bear GST since 1 July 2021; nothing frees from it."""
    return province in provinces and order_date >= start


@rule("TAX-CA-HST", "002:445 000:440", editions="2024 2026", rulings="R-17")
def hst_is_due(province: str, gst_provinces: Collection[str], order_date: date, start: date) -> bool:
    """Orders from the other five provinces bear harmonised sales tax since 1 July 2021; nothing frees from it."""
    return province not in gst_provinces and order_date >= start


@rule("TAX-CA-QST", "002:442 000:436 000:442 000:445", editions="2024 2026", rulings="R-17")
def qst_is_due(province: str, number: Standing | None) -> bool | Finding:
    """Orders from Quebec bear QST unless a valid QST number was supplied.

    Reading: everybody without such a number is charged, not consumers only, and at every date, for want of a start.
    """
    return province == "CA-QC" and due_without_number(number)


@rule("TAX-CA-PST", "002:436 000:428 000:442", editions="2024 2026", rulings="R-17")
def pst_is_due(province: str | None, provinces: Collection[str], order_date: date, start: date, document: bool) -> bool:
    """Orders from British Columbia and Saskatchewan bear PST since 1 April 2021 unless exemption documents came."""
    return province in provinces and order_date >= start and not document


@rule("TAX-CA-PST-RESALE", "002:589 000:637", editions="2024 2026", rulings="R-14 R-17")
def pst_is_due_on_resale(number: Standing | None) -> bool | Finding:
    """A reseller or partner is free of PST for resale with a valid PST number as the billing contact's tax number."""
    return due_without_number(number)


def canada(case: TaxCase) -> Claim | None:
    """GST or HST, and QST, of the billing party's province."""
    province = case.billing.subdivision
    if not case.book.prints("tax.gst.provinces"):
        return None
    if province is None:
        return [undetermined("INPUT_MISSING", _PROVINCE)]
    book = case.book
    provinces = book.texts("tax.gst.provinces")
    claim: Claim = []
    if gst_is_due(province, provinces, case.on, book.day("tax.start.GST")):
        claim.append(charge(case, "GST", "CA", case.every_line, gst_is_due.info.id))
    elif hst_is_due(province, provinces, case.on, book.day("tax.start.HST")):
        claim.append(charge(case, "HST", province, case.every_line, hst_is_due.info.id))
    if province == "CA-QC":
        claim += _qst(case)
    return claim


def _qst(case: TaxCase) -> Claim:
    what = held(
        case, Search(numbers=("qst",), number_regions=("CA-QC",)), (case.deal.billing_party, "deal.billing_party")
    )
    due, findings = settle(qst_is_due("CA-QC", what.number), what)
    return [*findings, charge(case, "QST", "CA-QC", case.every_line, qst_is_due.info.id)] if due else [*findings]


def pst(case: TaxCase, customers: list[Place] | None) -> Claim:
    """PST, wherever the billing party is: of the place that ``pst_place`` finds for each end customer.

    Args:
        customers: Where the end customers are; None on orders without one.
    """
    provinces = case.book.texts("tax.pst.provinces")
    if case.resale is None:
        if case.billing.subdivision in provinces or names_customer_in(case, "CA"):
            return [undetermined("INPUT_MISSING", "deal.channel")]
        return []
    if customers is None:
        return _pst_in(case, case.billing.subdivision, case.every_line) if case.billing.country == "CA" else []
    by_province: dict[str, list[int]] = {}
    claim: Claim = []
    for customer in customers:
        if customer.address.country == "CA" and customer.address.subdivision is None:
            claim.append(undetermined("INPUT_MISSING", f"{customer.path}.administrative_area"))
            continue
        ship_to, technical = address_of(case.deal.ship_to), address_of(case.deal.technical_contact)
        place = pst_place(case.billing, customer.address, ship_to, technical, provinces)
        if isinstance(place, Finding):
            claim.append(place)
        elif place.subdivision is not None:
            by_province.setdefault(place.subdivision, []).extend(customer.lines)
    for province, lines in by_province.items():
        claim += _pst_in(case, province, tuple(sorted(lines)))
    return claim


def _pst_in(case: TaxCase, province: str | None, lines: tuple[int, ...]) -> Claim:
    provinces = case.book.texts("tax.pst.provinces")
    if province not in provinces:
        return []
    parties: list[tuple[Party | None, str]] = [(case.deal.billing_party, "deal.billing_party")]
    if case.resale:
        parties.append((case.deal.sold_to, "deal.sold_to_party"))
    documents = Search(documents=documents_for(case), document_regions=("CA", province))
    what = held(case, documents, *parties)
    due, findings = settle(
        pst_is_due(province, provinces, case.on, case.book.day("tax.start.PST"), what.document), what
    )
    if due and case.resale:
        numbers = Search(numbers=("pst",), number_regions=(province,))
        what = held(case, numbers, (case.deal.billing_party, "deal.billing_party"))
        due, findings = settle(pst_is_due_on_resale(what.number), what)
    return [*findings, charge(case, "PST", province, lines, pst_is_due.info.id)] if due else [*findings]
