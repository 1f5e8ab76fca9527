"""The conditions of sale in one place: every call asks those that its facts reach (R-41).

A condition is asked once for all lines and yields what stands against each: its position, and a finding whose missing
fields are relative to the line, or begin with a part of the request (``deal.``, ``resale.`` ...). One that is silent
about a line lets it pass. A new condition takes its place in ``CONDITIONS`` and is asked everywhere from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from quotary_spec.model.order import Action, Channel, Cycle, Deal, Line
from quotary_spec.model.party import Party, PartyKind
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.sale import SaleCase
from quotary_spec.outcome import Finding, Outcome, as_remark, not_covered, refused, undetermined
from quotary_spec.rule import about
from quotary_spec.rulebook import Book
from quotary_spec.rules.currency import check_currency
from quotary_spec.rules.guard.trials import organisation_is_ready
from quotary_spec.rules.lifecycle.data_center import check_sale, has_end
from quotary_spec.rules.lifecycle.server import (
    SERVER_IS_SOLD,
    SERVER_MAINTENANCE_IS_SOLD,
    server_sale_end,
    server_support_end,
)
from quotary_spec.rules.price.changes import against_downgrade, against_late_change
from quotary_spec.rules.sales.offers import (
    CLOUD_IS_OFFERED,
    DATA_CENTER_IS_OFFERED,
    GOVERNMENT_CLOUD_IS_SOLD,
    STACK_IS_SOLD,
    guard_premium_has_its_base,
    guard_premium_is_sold,
    reseller_may_buy,
)
from quotary_spec.rules.terms_assessment import check_terms, cut
from quotary_spec.rules.terms_start import (
    asked_term,
    full_months,
    is_upgrade,
    settled_lines,
    start_of,
    starts_at_held_end,
)
from quotary_spec.rules.tiers.apps import against_app_tier
from quotary_spec.rules.tiers.users import against_limits
from quotary_spec.rules.trials import NEW_CLOUD_MAY_BE_SOLD

Against = Iterator[tuple[int, Finding]]
Condition = Callable[[Book, SaleCase], Against]


def against_sale(book: Book, case: SaleCase, names: Collection[str] | None = None) -> list[tuple[Finding, ...]]:
    """What stands against each line of a sale, by the conditions of these names; None: by all."""
    found: list[dict[Finding, None]] = [{} for _ in case.lines]
    lines, contradictions = settled_lines(case.deal, case.lines)
    for each, contradiction in zip(found, contradictions, strict=True):
        if contradiction is not None:
            each[contradiction] = None
    case = replace(case, lines=lines)
    for name, condition in CONDITIONS.items():
        if names is None or name in names:
            for i, finding in condition(book, case):
                if name == "bundle" or not is_ended_bundle(book, case.lines[i]):
                    found[i][finding] = None
    return [tuple(each) for each in found]


def against_order(
    book: Book, deal: Deal, lines: Sequence[Line], without: Collection[str] = ()
) -> list[tuple[Finding, ...]]:
    """What stands against each line of an order, by the conditions that an order alone can meet or fail.

    What only a sale says (a trial, a resale's declaration, a verified domain) is asked when the sale is assessed, and
    no price waits for it.

    Args:
        without: Names of conditions that the caller asks itself.
    """
    by_line = against_sale(book, SaleCase(deal, tuple(lines)), OF_AN_ORDER.difference(without))
    return [
        (*(each for each in found if not _waits_for_sale(each)), *_unasked(line))
        for line, found in zip(lines, by_line, strict=True)
    ]


def _unasked(line: Line) -> Iterator[Finding]:
    """What conditions hang on that could not be asked: where a product runs."""
    if line.product.platform is None:
        yield undetermined("INPUT_MISSING", "product.platform")


def refusals(book: Book, deal: Deal, lines: Sequence[Line], without: Collection[str] = ()) -> list[tuple[Finding, ...]]:
    """Of what stands against each line of an order, that which refuses it, whatever else is not known yet."""
    by_line = against_order(book, deal, lines, without)
    return [tuple(each for each in found if each.outcome is Outcome.REFUSED) for found in by_line]


def asked_beside(book: Book, deal: Deal, lines: Sequence[Line], without: Collection[str] = ()) -> Iterator[Finding]:
    """What a call that is about something else says of a sale: what refuses it, and the facts of the deal that could.

    The latter are remarks: what is asked about does not wait for them.
    """
    open_facts: dict[Finding, None] = {}
    for i, findings in enumerate(against_order(book, deal, lines, without)):
        for finding in placed(findings, f"lines[{i}]"):
            if finding.outcome is Outcome.REFUSED:
                yield finding
            elif finding.missing and all(path.startswith("deal.") for path in finding.missing):
                open_facts[as_remark(replace(finding, rule_id=""), "sale")] = None
    yield from open_facts


def placed(findings: Iterable[Finding], at: str) -> Iterator[Finding]:
    """Findings about a line that stands there in the request, whose missing fields are named from its root."""
    for finding in findings:
        rebased = finding.rebased(lambda path: path if path.startswith(_ROOTS) else f"{at}.{path}")
        yield rebased if _waits_for_sale(finding) else rebased.about(at)


def customer(case: SaleCase) -> tuple[Party, str]:
    """The end customer, and where it stands in the request."""
    if case.deal.sold_to is not None:
        return case.deal.sold_to, "deal.sold_to_party"
    return case.deal.billing_party, "deal.billing_party"


_SALE_FACTS = ("resale.", "trial_exists", "commercial_licence_held", "guard.")
"""Where facts stand that an order does not have."""

_ROOTS = ("deal.", "lines[", *_SALE_FACTS)


def _waits_for_sale(finding: Finding) -> bool:
    return any(path.startswith(_SALE_FACTS) for path in finding.missing)


def _each(case: SaleCase) -> Iterator[tuple[int, Line]]:
    """The lines by position, each made the subject of the trace."""
    for i, line in enumerate(case.lines):
        with about(f"lines[{i}]"):
            yield i, line


def is_ended_bundle(book: Book, line: Line) -> bool:
    """True for a new licence of the bundle where its end is printed: nothing else of it matters then."""
    return line.product.id == "stack" and line.action is Action.NEW and book.prints("sale.stack.announced")


def _only(i: int, *results: object) -> Against:
    """Of results about a line, what stands against it."""
    for each in results:
        if isinstance(each, Finding):
            yield i, each


def _resold(deal: Deal) -> bool:
    return deal.channel not in (None, Channel.DIRECT)


# ---- what is offered at all


def is_offered(book: Book, case: SaleCase) -> Against:
    """Whether the edition says anything of selling such a product through this channel (R-39)."""
    for i, line in _each(case):
        platform = line.product.platform
        if platform is None:
            yield i, undetermined("INPUT_MISSING", "product.platform")
        elif platform.hosted and not _resold(case.deal):
            yield from _only(i, book.ask(CLOUD_IS_OFFERED, platform, book.texts("sale.cloud.cycles", silent=())))
        elif platform is Platform.DATA_CENTER and not _resold(case.deal) and not has_end(book, line):
            yield from _only(i, book.ask(DATA_CENTER_IS_OFFERED, platform))


def bundle_is_sold(book: Book, case: SaleCase) -> Against:
    """The bundle, of which no new licence is sold any more; where its end is not printed, nothing is said of it.

    On Server it is a Server licence like any other.
    """
    for i, line in _each(case):
        if is_ended_bundle(book, line):
            yield from _only(i, book.ask(STACK_IS_SOLD, case.deal.order_date, book.day("sale.stack.announced")))
        elif line.product.id == "stack" and not _is_server(line) and not book.prints("sale.stack.announced"):
            yield i, not_covered(edition=book.edition)


def _is_server(line: Line) -> bool:
    return line.product.platform is Platform.SERVER


def server_is_sold(book: Book, case: SaleCase) -> Against:
    """Server: its licences until sales end, their maintenance until it is no longer sold."""
    for i, line in _each(case):
        if not _is_server(line):
            continue
        ordered = case.deal.order_date
        if line.action is Action.NEW:
            yield from _only(i, book.ask(SERVER_IS_SOLD, ordered, server_sale_end(book)))
        elif line.action is not Action.RENEWAL:
            yield i, not_covered(edition=book.edition)
        else:
            sold = book.ask(SERVER_MAINTENANCE_IS_SOLD, ordered, server_support_end(book))
            if isinstance(sold, Finding):
                sold = sold.rebased(lambda _: "deal.order_date")
            yield from _only(i, refused("SERVER_MAINTENANCE_NOT_SOLD") if sold is False else sold)


def data_center_is_sold(book: Book, case: SaleCase) -> Against:
    """Data Center: until when it is sold to whom, and that no term of it starts after its end of life."""
    for i, line in _each(case):
        if not has_end(book, line):
            continue
        finding = check_sale(book, case.deal, line)
        yield from _only(i, finding)
        requested = asked_term(case.deal, line, full_months(line))
        if finding is None and requested is None and line.action is Action.RENEWAL and case.deal.order_date is None:
            # Its term starts on a civil day, which no moment tells.
            yield i, undetermined("INPUT_MISSING", "deal.order_date")
        elif finding is None and requested is not None:
            yield from _only(i, *(each for each in cut(book, line, requested)[1] if each.outcome is Outcome.REFUSED))


# ---- to whom


def reseller_buys_cloud_by_the_year(book: Book, case: SaleCase) -> Against:
    """Resellers and partners buy no cloud by the month."""
    if not _resold(case.deal):
        return
    for i, line in _each(case):
        if line.product.platform is not None and line.product.platform.hosted:
            yield from _only(i, reseller_may_buy(line.cycle, book.texts("sale.cloud.cycles.resale")))


def trial_comes_first(book: Book, case: SaleCase) -> Against:
    """New cloud for a reseller's customer, where the customer tries it first."""
    if not _resold(case.deal):
        return
    for i, line in _each(case):
        hosted = line.product.platform is not None and line.product.platform.hosted
        if hosted and line.action is Action.NEW and line.cycle is not Cycle.MONTHLY:
            may = book.ask(NEW_CLOUD_MAY_BE_SOLD, case.trial_exists)
            yield from _only(i, refused("TRIAL_NEEDED_FIRST") if may is False else may)


def government_cloud_is_sold(book: Book, case: SaleCase) -> Against:
    """Government cloud, by whose it may be and what has to stand beside it."""
    for i, line in _each(case):
        if line.product.platform is not Platform.GOVERNMENT_CLOUD:
            continue
        party, path = customer(case)
        holds_commercial = case.commercial_held
        if holds_commercial is None and any(_is_commercial(each.product) for each in case.lines):
            holds_commercial = True
        academic = party.kind is PartyKind.ACADEMIC or case.deal.programme == "academic"
        sold = book.ask(
            GOVERNMENT_CLOUD_IS_SOLD, party.kind, party.country, commercial=holds_commercial, academic=academic
        )
        if isinstance(sold, Finding) and sold.missing and sold.missing != ("commercial_licence_held",):
            sold = sold.rebased(lambda each, path=path: f"{path}.{each}")  # type: ignore[misc]
        yield from _only(i, sold)


def _is_commercial(product: Product) -> bool:
    return product.platform is not Platform.GOVERNMENT_CLOUD


def guard_is_sold(book: Book, case: SaleCase) -> Against:
    """Guard, by the organisation's domains, and its Premium plan by who may have it."""
    guard = case.guard
    for i, line in _each(case):
        hosted = line.product.platform is not None and line.product.platform.hosted
        if line.product.id != "guard" or line.action is not Action.NEW or not hosted:
            continue
        if not book.prints("guard.trial.least-verified-domains"):
            yield i, not_covered(edition=book.edition)
            continue
        least = book.integer("guard.trial.least-verified-domains")
        yield from _only(i, organisation_is_ready(guard.organisation_exists, guard.verified_domains, least))
        if line.product.plan not in (None, "premium"):
            continue
        of_premium = list(_only(i, *_guard_premium(book, case)))
        if line.product.plan == "premium":
            yield from of_premium
        elif of_premium:
            yield i, undetermined("INPUT_MISSING", "product.plan").by(guard_premium_is_sold.info.id)


def _guard_premium(book: Book, case: SaleCase) -> Iterator[bool | Finding | None]:
    """Whether the Premium plan of Guard is sold to this customer, and stands beside the Standard one."""
    guard = case.guard
    available = guard.premium_available
    if available is None:
        available = book.flag("sale.guard-premium.available")
    yield guard_premium_is_sold(
        generally_available=available, registered=guard.premium_registered, selected=guard.premium_selected
    )
    ordered = any(each.product.id == "guard" and each.product.plan == "standard" for each in case.lines)
    yield book.if_served(guard_premium_has_its_base, ordered, guard.state)


# ---- how much and how long


def users_are_licensed(book: Book, case: SaleCase) -> Against:
    """No more users than are printed for the product and plan."""
    for i, line in _each(case):
        for finding in against_limits(book, line.product, licensed_users(line)):
            yield i, finding


def app_tier_fits(book: Book, case: SaleCase) -> Against:
    """An app beside its host: at the tier that the line names, else beside the host's own line in the order."""
    for i, line in _each(case):
        tier = licensed_users(line)
        if not line.product.app or tier is None:
            continue
        hosts = [line.host_user_tier] if line.host_user_tier is not None else _host_tiers(case, line)
        findings = [against_app_tier(book, tier, host) for host in hosts]
        # Of several hosts in one order, one that it fits is enough.
        if findings and None not in findings:
            yield from _only(i, findings[0])


def licensed_users(line: Line) -> int | None:
    """The users of a line: its tier, by the month and in the free plan the number of units; None while not known."""
    if line.user_tier is not None:
        return line.user_tier
    return line.quantity if line.cycle is Cycle.MONTHLY or line.product.plan == "free" else None


def _host_tiers(case: SaleCase, app: Line) -> list[int]:
    """Tiers of the lines that sell the app's host on its platform."""
    hosts = (
        licensed_users(each)
        for each in case.lines
        if each.product.id == app.product.host
        and not each.product.app
        and each.product.platform is app.product.platform
    )
    return [tier for tier in hosts if tier is not None]


def term_is_sold(book: Book, case: SaleCase) -> Against:
    """The terms that lines ask for; nothing stands against one full term."""
    requested = [
        line.names_length
        or (line.term_start is not None and starts_at_held_end(line))
        # A price for several months is of no monthly subscription.
        or (line.cycle is Cycle.MONTHLY and full_months(line) != 1)
        for line in case.lines
    ]
    if not any(requested):
        return
    terms = [asked_term(case.deal, line, full_months(line)) for line in case.lines]
    for i, checked in enumerate(check_terms(book, case.lines, terms)):
        # The end of life is a condition of its own, and facts that a term lacks are those that its price lacks; those
        # of the line that it would end with are not.
        for finding in checked.findings:
            own = finding.missing and not finding.missing[0].startswith(("deal.", "lines["))
            if requested[i] and not own and finding.reason not in ("TERM_CUT_AT_END_OF_LIFE", "EOL_REACHED"):
                yield i, finding


def downgrade_is_in_time(book: Book, case: SaleCase) -> Against:
    """A downgrade of Data Center goes with the renewal, in the days before it, where the edition says so."""
    for i, line in _each(case):
        if line.action is Action.DOWNGRADE and line.product.platform is Platform.DATA_CENTER:
            yield from _only(i, against_downgrade(book, case.deal.order_date, line.held_end))


def change_is_in_term(book: Book, case: SaleCase) -> Against:
    """An upgrade of what is hosted, within the term that is held."""
    for i, line in _each(case):
        hosted = line.product.platform is not None and line.product.platform.hosted
        held_end = line.held_end
        if hosted and is_upgrade(line) and held_end is not None:
            yield from _only(i, against_late_change(book, start_of(case.deal, line), held_end))


def currency_is_offered(book: Book, case: SaleCase) -> Against:
    """The currency of the deal, product by product."""
    for i, line in _each(case):
        for finding in check_currency(book, case.deal, line.product):
            yield i, finding


CONDITIONS: Mapping[str, Condition] = MappingProxyType(
    {
        "offer": is_offered,
        "bundle": bundle_is_sold,
        "server": server_is_sold,
        "data-center": data_center_is_sold,
        "resale-cycle": reseller_buys_cloud_by_the_year,
        "trial": trial_comes_first,
        "government-cloud": government_cloud_is_sold,
        "guard": guard_is_sold,
        "users": users_are_licensed,
        "app-tier": app_tier_fits,
        "term": term_is_sold,
        "downgrade": downgrade_is_in_time,
        "change": change_is_in_term,
        "currency": currency_is_offered,
    }
)
"""Every condition of sale, in the order in which they are asked."""

OF_AN_ORDER = frozenset(CONDITIONS) - {"offer", "trial", "guard"}
"""Conditions that an order by itself can meet or fail; the others ask for facts of the customer's standing."""
