"""Canada: GST or HST, QST in Quebec, PST in British Columbia and Saskatchewan; not compounded (R-17)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from quotary_spec.outcome import Finding, undetermined
from quotary_spec.rule import rule
from quotary_spec.rules.tax.charge import Claim, Due, TaxCase, not_yet
from quotary_spec.rules.tax.evidence import RESALE_DOCUMENTS, Search, due_without_number, levy, papers
from quotary_spec.rules.tax.identifiers import Validity
from quotary_spec.rules.tax.place import BILLING, SOLD_TO, Place, address_of, names_customer_in, pst_place
from quotary_spec.rules.tax.vat import documents_for

QUEBEC = "CA-QC"


@rule("TAX-CA-GST", "002:439 000:432", rulings="R-17")
def gst_is_due(province: str, gst_provinces: Collection[str], order_date: date, start: date) -> bool:
    """Orders from eight provinces and territories bear GST since 1 July 2021; nothing frees from it."""
    return province in gst_provinces and order_date >= start


@rule("TAX-CA-HST", "002:445 000:440", rulings="R-17")
def hst_is_due(province: str, gst_provinces: Collection[str], order_date: date, start: date) -> bool:
    """Orders from the other five provinces bear harmonised sales tax since 1 July 2021; nothing frees from it."""
    return province not in gst_provinces and order_date >= start


@rule("TAX-CA-QST", "002:442 002:450 000:436 000:442 000:445", rulings="R-17")
def qst_is_due(province: str, number: Validity | None) -> bool | Finding:
    """Orders from Quebec bear QST unless a valid QST number was supplied.

    Reading: everybody without such a number is charged, not consumers only, and at every date, for want of a start.
    """
    return province == QUEBEC and due_without_number(number)


@rule("TAX-CA-PST", "002:436 000:428 000:442", rulings="R-17")
def pst_is_due(province: str, pst_provinces: Collection[str], order_date: date, start: date, document: bool) -> bool:
    """Orders from British Columbia and Saskatchewan bear PST since 1 April 2021 unless exemption documents came."""
    return province in pst_provinces and order_date >= start and not document


@rule("TAX-CA-PST-RESALE", "002:589 000:637", rulings="R-14 R-17")
def pst_is_due_on_resale(number: Validity | None) -> bool | Finding:
    """A reseller or partner is free of PST for resale with a valid PST number as the billing contact's tax number."""
    return due_without_number(number)


def canada(case: TaxCase) -> Claim:
    """GST or HST, and QST, of the billing party's province."""
    book, province = case.book, case.billing.subdivision
    if province is None:
        return [undetermined("INPUT_MISSING", f"{BILLING}.address.administrative_area")]
    gst_provinces = book.texts("tax.gst.provinces")
    gst_start, hst_start = book.day("tax.start.GST.CA"), book.day("tax.start.HST.CA")
    gst = Due("GST", "CA", case.every_line, gst_is_due.info)
    hst = Due("HST", province, case.every_line, hst_is_due.info)
    claim: Claim = []
    if gst_is_due(province, gst_provinces, case.on, gst_start):
        claim += levy(case, gst, Search(place="CA"))
    elif hst_is_due(province, gst_provinces, case.on, hst_start):
        claim += levy(case, hst, Search(place=province))
    else:
        claim.append(not_yet(gst, gst_start) if province in gst_provinces else not_yet(hst, hst_start))
    return claim + _qst(case) if province == QUEBEC else claim


def _qst(case: TaxCase) -> Claim:
    search = Search(place=QUEBEC, numbers=("qst",), issuers=(QUEBEC,))
    what = papers(case, search)
    due = Due("QST", QUEBEC, case.every_line, qst_is_due.info)
    return levy(case, due, search, qst_is_due(QUEBEC, what.number), what)


def pst(case: TaxCase, customers: Iterable[Place] | None) -> Claim:
    """PST, wherever the billing party is.

    Args:
        case: The order.
        customers: Where the end customers are; None when nobody resells.
    """
    provinces = case.book.texts("tax.pst.provinces")
    if case.resale is None:
        concerned = case.billing.subdivision in provinces or names_customer_in(case, "CA")
        return [undetermined("INPUT_MISSING", "deal.channel")] if concerned else []
    if customers is None:
        return _pst_in(case, case.billing.subdivision or "", case.every_line)
    claim: Claim = []
    by_province: dict[str, list[int]] = {}
    for customer in customers:
        province = _province_of_resale(case, customer, provinces)
        if isinstance(province, Finding):
            claim.append(province)
        else:
            by_province.setdefault(province, []).extend(customer.lines)
    for province, lines in by_province.items():
        claim += _pst_in(case, province, tuple(sorted(lines)))
    return claim


def _province_of_resale(case: TaxCase, customer: Place, provinces: Collection[str]) -> str | Finding:
    if customer.address.country == "CA" and customer.address.subdivision is None:
        return undetermined("INPUT_MISSING", f"{customer.path}.administrative_area")
    ship_to, technical = address_of(case.deal.ship_to), address_of(case.deal.technical_contact)
    place = pst_place(case.billing, customer.address, ship_to, technical, provinces)
    return place if isinstance(place, Finding) else place.subdivision or ""


def _pst_in(case: TaxCase, province: str, lines: tuple[int, ...]) -> Claim:
    provinces = case.book.texts("tax.pst.provinces")
    if province not in provinces:
        return []
    start = case.book.day("tax.start.PST.CA")
    search = Search(
        place=province,
        documents=documents_for(case),
        numbers=("pst",) if case.resale else (),
        issuers=(province,),
        holders=(BILLING, SOLD_TO) if case.resale else (BILLING,),
        on_resale=(*RESALE_DOCUMENTS, "pst"),
    )
    what = papers(case, search)
    due = Due("PST", province, lines, pst_is_due.info)
    charged: bool | Finding = pst_is_due(province, provinces, case.on, start, what.document)
    if case.on < start:
        return [not_yet(due, start)]
    if charged and case.resale:
        charged = pst_is_due_on_resale(what.number)
    return levy(case, due, search, charged, what)
