"""United States: sales tax of the listed states and territories, and Chicago's lease transaction tax (R-16)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from quotary_spec.model.party import Party
from quotary_spec.model.product import Platform, Product
from quotary_spec.outcome import Finding, remark, undetermined
from quotary_spec.rule import rule
from quotary_spec.rules.tax.charge import Charge, Claim, RateOrigin, TaxCase, charge
from quotary_spec.rules.tax.evidence import OWN_DOCUMENTS, Search, held, is_town, settle
from quotary_spec.rules.tax.place import Place, names_customer_in

GENERAL_EXCISE = "GET"
_BILLING = "deal.billing_party.address"


@rule("TAX-US-REGISTRATION-DATE", "002:472-575 000:394 000:469-617", editions="2024 2026", rulings="R-06 R-16")
def state_is_taxed(order_date: date, registered: date | None) -> bool:
    """A listed state or territory is taxed from the day the vendor registered there; one not listed is not taxed."""
    return registered is not None and order_date >= registered


@rule("TAX-US-SALES", "002:461 002:469 000:458 000:466 000:625", editions="2024 2026", rulings="R-14 R-16")
def sales_tax_is_due(document: bool) -> bool:
    """US sales tax is charged on every line unless valid exemption documents came in time."""
    return not document


@rule("TAX-US-COLORADO", "000:471 000:619", editions="2026", rulings="R-16")
def exemption_counts_in_town(locality: str | None, towns: Collection[str]) -> bool | Finding:
    """In Colorado an exemption counts only for orders in Denver and Lakewood.

    Reading: all of Colorado is taxed; the note limits the exemption, not the tax.
    """
    if locality is None:
        return undetermined("INPUT_MISSING", "locality")
    return is_town(locality, towns)


@rule("TAX-US-CHICAGO-LTT", "002:416 002:418 002:420 000:400 000:402 000:404", editions="2024 2026", rulings="R-16")
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
    return product.platform in (Platform.CLOUD, Platform.GOVERNMENT_CLOUD)


def united_states(case: TaxCase, customers: list[Place] | None) -> Claim | None:
    """US sales tax and Chicago's tax; None when neither billing party nor end customer is in the United States.

    Args:
        customers: Where the end customers are; None on orders without one.
    """
    billed_here = case.billing.country == "US"
    if case.resale is None:
        if billed_here or names_customer_in(case, "US"):
            return [undetermined("INPUT_MISSING", "deal.channel")]
        return None
    if customers is None:
        places = [Place(case.billing, case.every_line, _BILLING)] if billed_here else []
    else:
        places = [each for each in customers if each.address.country == "US"]
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


def _state(case: TaxCase, state: str, places: list[Place]) -> Claim:
    key = f"tax.us.registered.{state}"
    if not state_is_taxed(case.on, case.book.day(key) if case.book.prints(key) else None):
        return []
    claim: Claim = []
    leased: list[int] = []
    taxed: list[int] = []
    for place in places:
        if state == "US-IL":
            place = _without_chicago(case, place, leased, claim)
        due, findings = _sales_tax(case, state, place)
        claim += findings
        if due:
            taxed += place.lines
    if taxed:
        claim.append(_as_named(charge(case, "US_SALES", state, tuple(sorted(taxed)), sales_tax_is_due.info.id)))
    if leased:
        found = charge(case, "CHICAGO_LTT", "US-IL", tuple(sorted(leased)), bears_chicago_tax.info.id)
        claim.append(found if isinstance(found, Finding) else replace(found, locality="Chicago"))
    return claim


def _as_named(found: Charge | Finding) -> Charge | Finding:
    """Hawaii's tax goes by its own name."""
    if isinstance(found, Charge) and found.region == "US-HI":
        return replace(found, tax=GENERAL_EXCISE)
    return found


def _without_chicago(case: TaxCase, place: Place, leased: list[int], claim: Claim) -> Place:
    """The lines of a place in Illinois that Chicago's tax leaves to the state; the others go to ``leased``."""
    town = place.address.locality
    if town is not None and not is_town(town, ("Chicago",)):
        return place
    start, trello = case.book.day("tax.start.CHICAGO_LTT.cloud"), case.book.day("tax.start.CHICAGO_LTT.trello")
    left: list[int] = []
    answers: dict[tuple[bool, Platform | None], bool | Finding] = {}
    for i in place.lines:
        product = case.lines[i].product
        kind = product.id == "trello", product.platform
        if kind not in answers:
            answers[kind] = bears_chicago_tax(product, case.on, start, trello)
        bears = answers[kind]
        if isinstance(bears, Finding):
            claim.append(undetermined("INPUT_MISSING", f"lines[{i}].product.platform").about(f"lines[{i}]"))
        elif not bears:
            left.append(i)
        elif town is None:
            claim.append(undetermined("INPUT_MISSING", f"{place.path}.locality"))
        else:
            leased.append(i)
    return Place(place.address, tuple(left), place.path)


def _sales_tax(case: TaxCase, state: str, place: Place) -> tuple[bool, list[Finding]]:
    if not place.lines:
        return False, []
    parties: list[tuple[Party | None, str]] = [(case.deal.billing_party, "deal.billing_party")]
    kinds: Collection[str] = OWN_DOCUMENTS
    if case.resale:
        parties.append((case.deal.sold_to, "deal.sold_to_party"))
        kinds = case.book.texts("tax.us.documents.resale")
    town = place.address.locality
    what = held(case, Search(documents=kinds, document_regions=("US", state), locality=town), *parties)
    towns = case.book.texts(f"tax.us.exemption-towns.{state}")
    counts: bool | Finding = what.document
    if what.document and towns:
        counts = exemption_counts_in_town(town, towns)
    if isinstance(counts, Finding):
        return False, [replace(counts, missing=(f"{place.path}.locality",))]
    return settle(sales_tax_is_due(counts), what)
