"""United States: sales tax of the listed states and territories, and Chicago's lease transaction tax (R-16)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date

from quotary_spec.model.party import Party
from quotary_spec.model.product import Product
from quotary_spec.outcome import Finding, remark, undetermined
from quotary_spec.rule import about, rule
from quotary_spec.rules.tax.charge import Charge, Claim, RateOrigin, TaxCase, charge
from quotary_spec.rules.tax.evidence import OWN_DOCUMENTS, Search, held, is_town, settle
from quotary_spec.rules.tax.place import Place, names_customer_in

SALES_TAX_NAMES = frozenset({"US_SALES", "GET"})
"""Names under which the sales tax of a state is charged: Hawaii's is the general excise tax."""

HAWAII, ILLINOIS, CHICAGO = "US-HI", "US-IL", "Chicago"


@rule("TAX-US-REGISTRATION-DATE", "002:472-575 000:394 000:469-617", rulings="R-06 R-16")
def state_is_taxed(order_date: date, registered: date | None) -> bool:
    """A listed state or territory is taxed from the day the vendor registered there; one not listed is not taxed."""
    return registered is not None and order_date >= registered


@rule("TAX-US-SALES", "002:461 002:469 000:458 000:466 000:625", rulings="R-14 R-16")
def sales_tax_is_due(document: bool) -> bool:
    """US sales tax is charged on every line unless valid exemption documents came in time."""
    return not document


@rule("TAX-US-COLORADO", "000:471 000:619", rulings="R-16")
def exemption_counts_in_town(locality: str | None, towns: Collection[str]) -> bool | Finding:
    """In Colorado an exemption counts only for orders in Denver and Lakewood.

    Reading: all of Colorado is taxed; the note limits the exemption, not the tax.
    """
    if locality is None:
        return undetermined("INPUT_MISSING", "locality")
    return is_town(locality, towns)


@rule("TAX-US-CHICAGO-LTT", "002:416 002:418 002:420 000:400 000:402 000:404", rulings="R-16")
def bears_chicago_tax(product: Product, order_date: date, cloud_start: date, trello_start: date) -> bool | Finding:
    """In Chicago the lease transaction tax is charged on cloud software, since 1 February 2022, and Trello, since 2024.

    Reading: it stands in place of Illinois sales tax on the same line, and Trello follows its own date alone.
    """
    if product.id == "trello":
        return order_date >= trello_start
    if order_date < cloud_start:
        return False
    if product.platform is None:
        return undetermined("INPUT_MISSING", "product.platform")
    return product.platform.hosted


@rule("TAX-US-HAWAII", "000:543-545 000:623")
def name_of_sales_tax(state: str) -> str:
    """In Hawaii the sales tax is the general excise tax."""
    return "GET" if state == HAWAII else "US_SALES"


def united_states(case: TaxCase, customers: Iterable[Place] | None) -> Claim | None:
    """US sales tax and Chicago's tax; None when neither billing party nor end customer is in the United States.

    Args:
        case: The order.
        customers: Where the end customers are; None when nobody resells.
    """
    billed_here = case.country == "US"
    if case.resale is None:
        concerned = billed_here or names_customer_in(case, "US")
        return [undetermined("INPUT_MISSING", "deal.channel")] if concerned else None
    if customers is not None:
        places = [each for each in customers if each.address.country == "US"]
    else:
        places = [Place(case.billing, case.every_line, "deal.billing_party.address")] if billed_here else []
    if not places:
        return [] if billed_here else None
    claim: Claim = []
    by_state: dict[str, list[Place]] = {}
    for place in places:
        if place.address.subdivision is None:
            claim.append(undetermined("INPUT_MISSING", f"{place.path}.administrative_area"))
        else:
            by_state.setdefault(place.address.subdivision, []).append(place)
    for state, in_state in by_state.items():
        claim += _state(case, state, in_state)
    if any(isinstance(each, Charge) and each.rate.origin is RateOrigin.SUPPLEMENT for each in claim):
        claim.append(remark("STATE_BASE_RATE"))
    return claim


def _state(case: TaxCase, state: str, places: Iterable[Place]) -> Claim:
    key = f"tax.us.registered.{state}"
    if not state_is_taxed(case.on, case.book.day(key) if case.book.prints(key) else None):
        return []
    claim: Claim = []
    leased: list[int] = []
    taxed: list[int] = []
    for place in places:
        rest = _take_leases(case, place, leased, claim) if state == ILLINOIS else place
        if rest.lines:
            due, findings = _sales_tax(case, state, rest)
            claim += findings
            taxed += rest.lines if due else ()
    if taxed:
        claim.append(_sales_charge(case, state, tuple(sorted(taxed))))
    if leased:
        found = charge(case, "CHICAGO_LTT", ILLINOIS, tuple(sorted(leased)), bears_chicago_tax.info.id)
        claim.append(found if isinstance(found, Finding) else replace(found, locality=CHICAGO))
    return claim


def _sales_charge(case: TaxCase, state: str, lines: tuple[int, ...]) -> Charge | Finding:
    found = charge(case, "US_SALES", state, lines, sales_tax_is_due.info.id)
    if isinstance(found, Finding) or not case.book.serves(name_of_sales_tax):
        return found
    return replace(found, tax=name_of_sales_tax(state)) if state == HAWAII else found


def _take_leases(case: TaxCase, place: Place, leased: list[int], claim: Claim) -> Place:
    """Move the lines of a place in Illinois that bear Chicago's tax to ``leased``; what is left bears the state's."""
    town = place.address.locality
    if town is not None and not is_town(town, (CHICAGO,)):
        return place
    start, trello_start = case.book.day("tax.start.CHICAGO_LTT.US"), case.book.day("tax.start.CHICAGO_LTT.trello")
    rest: list[int] = []
    for i in place.lines:
        with about(f"lines[{i}]"):
            bears = bears_chicago_tax(case.lines[i].product, case.on, start, trello_start)
        if isinstance(bears, Finding):
            claim.append(replace(bears, missing=(f"lines[{i}].product.platform",), subject=f"lines[{i}]"))
        elif not bears:
            rest.append(i)
        elif town is None:
            claim.append(undetermined("INPUT_MISSING", f"{place.path}.locality"))
        else:
            leased.append(i)
    return replace(place, lines=tuple(rest))


def _sales_tax(case: TaxCase, state: str, place: Place) -> tuple[bool, list[Finding]]:
    parties: list[tuple[Party | None, str]] = [(case.deal.billing_party, "deal.billing_party")]
    documents: Collection[str] = OWN_DOCUMENTS
    if case.resale:
        parties.append((case.deal.sold_to, "deal.sold_to_party"))
        documents = case.book.texts("tax.us.documents.resale")
    town = place.address.locality
    what = held(case, Search(place=state, locality=town, documents=documents), *parties)
    towns = case.book.texts(f"tax.us.exemption-towns.{state}")
    counts = exemption_counts_in_town(town, towns) if what.document and towns else what.document
    if isinstance(counts, Finding):
        return False, [replace(counts, missing=(f"{place.path}.locality",))]
    return settle(sales_tax_is_due(counts), what)
