"""United States: sales tax of the listed states and territories, and Chicago's lease transaction tax (R-16)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date

from quotary_spec.model.product import Product
from quotary_spec.outcome import Finding, remark, undetermined
from quotary_spec.register.parameters import Keys
from quotary_spec.rule import about, rule
from quotary_spec.rules.tax.charge import Charge, Claim, Due, RateOrigin, TaxCase, Untaxed, not_yet
from quotary_spec.rules.tax.evidence import OWN_DOCUMENTS, RESALE_DOCUMENTS, Papers, Search, is_town, levy, papers
from quotary_spec.rules.tax.place import BILLING, SOLD_TO, Place, names_customer_in

REGISTERED = Keys("tax.us.registered.*")
_EXEMPTION_TOWNS = Keys("tax.us.exemption-towns.*")


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


@rule("TAX-US-CHICAGO-LTT", "002:416 002:418 002:420 000:400 000:402 000:404", rulings="R-16 R-16-APPS R-16-TRELLO")
def bears_chicago_tax(product: Product, order_date: date, cloud_start: date, trello_start: date) -> bool | Finding:
    """In Chicago the lease transaction tax is charged on cloud software, since 1 February 2022, and Trello, since 2024.

    Reading: it stands in place of Illinois sales tax on the same line, Trello follows its own date alone, and every
    hosted app is cloud software.
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
    key = REGISTERED[state]
    registered = case.book.if_printed(case.book.day, key)
    if not state_is_taxed(case.on, registered):
        return [_untaxed_state(case, state, registered, places)]
    claim: Claim = []
    leased: list[int] = []
    taxed: list[Charge] = []
    for place in places:
        rest = _take_leases(case, place, leased, claim) if state == ILLINOIS else place
        for each in _sales_tax(case, state, rest) if rest.lines else ():
            if isinstance(each, Charge):
                taxed.append(each)
            else:
                claim.append(each)
    if taxed:
        claim.append(_together(taxed))
    if leased:
        due = Due("CHICAGO_LTT", ILLINOIS, tuple(sorted(leased)), bears_chicago_tax.info, CHICAGO)
        claim += levy(case, due, Search(place=ILLINOIS, locality=CHICAGO))
    return claim


def _untaxed_state(case: TaxCase, state: str, registered: date | None, places: Iterable[Place]) -> Untaxed:
    lines = tuple(sorted(line for place in places for line in place.lines))
    due = Due(_name(case, state), state, lines, state_is_taxed.info)
    if registered is not None:
        return not_yet(due, registered)
    return Untaxed(due, remark("STATE_NOT_TAXED", state=state).by(state_is_taxed.info.id))


def _name(case: TaxCase, state: str) -> str:
    """The name of the sales tax of a state."""
    return (case.book.if_served(name_of_sales_tax, state) if state == HAWAII else None) or "US_SALES"


def _together(charges: Sequence[Charge]) -> Charge:
    """One charge for the lines of several places in a state, taxed once on their sum."""
    first, *others = charges
    lines = tuple(sorted(line for each in charges for line in each.due.lines))
    not_counted = tuple(dict.fromkeys(note for each in charges for note in each.not_counted))
    return replace(first, due=replace(first.due, lines=lines), not_counted=not_counted) if others else first


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


def _sales_tax(case: TaxCase, state: str, place: Place) -> Claim:
    town = place.address.locality
    search = Search(
        place=state,
        locality=town,
        documents=case.book.texts("tax.us.documents.resale") if case.resale else OWN_DOCUMENTS,
        holders=(BILLING, SOLD_TO) if case.resale else (BILLING,),
        on_resale=RESALE_DOCUMENTS,
    )
    due = Due(_name(case, state), state, place.lines, sales_tax_is_due.info, rate_of="US_SALES")
    what = papers(case, search)
    towns = case.book.texts(_EXEMPTION_TOWNS[state], silent=())
    counts = exemption_counts_in_town(town, towns) if what.document and towns else what.document
    if isinstance(counts, Finding):
        return [replace(counts, missing=(f"{place.path}.locality",))]
    if what.document and not counts:
        note = remark("EXEMPTION_NOT_IN_TOWN", towns=", ".join(towns), town=town or "").about(what.document_path)
        what = Papers(notes=(note.by(exemption_counts_in_town.info.id),))
    return levy(case, due, search, sales_tax_is_due(counts), what)
