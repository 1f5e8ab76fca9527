"""What may be sold, through whom, and until when.

The end of life of Data Center is in ``lifecycle.data_center``, the end of Server in ``lifecycle.server``, the trial
that a reseller's sale may need in ``trials``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

from quotary_spec.calendar import Term, add_months
from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Action, Channel, Cycle, Deal, Line
from quotary_spec.model.party import Party, PartyKind
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.sale import AssessedSale, LifecycleDate, LineSale, SaleCase
from quotary_spec.outcome import Finding, Outcome, not_covered, refused, undetermined
from quotary_spec.rule import ByEdition, current_trace, rule
from quotary_spec.rulebook import Book
from quotary_spec.rules.guard.trials import organisation_is_ready
from quotary_spec.rules.lifecycle.data_center import check_sale, closing, effective_action, has_end, sale_end
from quotary_spec.rules.lifecycle.server import (
    SERVER_IS_SOLD,
    SERVER_MAINTENANCE_IS_SOLD,
    server_sale_end,
    server_support_end,
)
from quotary_spec.rules.terms import asked_term, cut, default_months
from quotary_spec.rules.trials import NEW_CLOUD_MAY_BE_SOLD

_PUBLIC_BODIES = frozenset({PartyKind.FEDERAL_GOVERNMENT, PartyKind.STATE_GOVERNMENT, PartyKind.LOCAL_GOVERNMENT})


# ---- products that are no longer sold


@rule("ORDER-STACK-UNTIL-ANNOUNCED", "002:1263 002:1271", rulings="R-002-ORDER-STACK-DISCONTINUED")
def stack_is_sold_after_announcement(order_date: date | None, announced: date) -> bool | Finding:
    """No new licence of the Stack bundle is sold since its end was announced on 1 July 2019.

    Reading: from that day on; of the time before, nothing is said.
    """
    if order_date is None:
        return undetermined("INPUT_MISSING", "deal.order_date")
    return refused("BUNDLE_NO_LONGER_SOLD") if order_date >= announced else not_covered()


@rule("ORDER-STACK-DISCONTINUED", "000:1309 000:1315", rulings="R-000-ORDER-STACK-DISCONTINUED")
def stack_is_sold(order_date: date | None, announced: date) -> bool | Finding:
    """No new licence of the Stack bundle is sold any more.

    Reading: at any date of order; 1 July 2019 is the day of the announcement alone.
    """
    return refused("BUNDLE_NO_LONGER_SOLD")


STACK_IS_SOLD = ByEdition(stack_is_sold_after_announcement, stack_is_sold)


# ---- resale


@rule("ORDER-RESELLER-NO-APPROVAL", "003:14 004:12", rulings="R-38")
def may_resell(approved: bool | None) -> bool:
    """Anybody may resell, approved by the vendor or not."""
    return True


@rule("ORDER-NO-DISTRIBUTOR", "003:45 004:52", rulings="R-38 R-003-ORDER-NO-DISTRIBUTOR-003")
def buys_directly(intermediaries: int, most: int) -> bool | Finding:
    """A reseller buys for an end customer from the vendor directly; buying through a distributor is not allowed.

    Reading: exactly one party stands between vendor and end customer.
    """
    return True if intermediaries <= most else refused("TWO_TIER_RESALE", intermediaries=str(intermediaries))


@rule(
    "ORDER-RESELLER-DECLARATION",
    "000:178 002:264 003:33 004:21",
    rulings="R-38 R-000-ORDER-RESELLER-CHECKBOX R-002-ORDER-RESELLER-CHECKBOX",
)
def resale_is_declared(declared: bool | None) -> bool | Finding:
    """A reseller declares at checkout that it buys for its customer.

    Reading: without the declaration its order is not taken, since its taxes would follow the wrong party.
    """
    if declared is None:
        return undetermined("INPUT_MISSING", "resale.declared")
    return True if declared else refused("RESALE_NOT_DECLARED")


@rule("ORDER-CLOUD-ANNUAL-ONLY", "003:55 004:64", rulings="R-38")
def reseller_may_buy(cycle: Cycle | None, cycles: Collection[str]) -> bool | Finding:
    """Resellers buy annual cloud subscriptions for their customers, never monthly ones."""
    if cycle is None:
        return undetermined("INPUT_MISSING", "billing_cycle")
    return True if cycle in cycles else refused("RESALE_ANNUAL_ONLY")


# ---- cloud


@rule("ORDER-CLOUD-CYCLES", "000:162 002:260", rulings="R-20")
def cloud_cycles(platform: Platform, cycles: Collection[str]) -> tuple[Cycle, ...]:
    """Cloud is sold by the month or by the year."""
    return tuple(Cycle(each) for each in cycles) if platform.hosted else ()


@rule("ORDER-US-GOVERNMENT-CLOUD", "000:98", rulings="R-31 R-000-ORDER-US-GOVERNMENT-CLOUD")
def government_cloud_stands_alone(
    kind: PartyKind | None, country: str | None, commercial: bool | None
) -> bool | Finding:
    """Federal, state and local bodies of the United States buy government cloud without commercial licences beside it.

    Reading: to anybody else it is not sold.
    """
    if country is not None and country != "US":
        return refused("GOVERNMENT_CLOUD_US_BODIES_ONLY")
    if kind is None or (country is None and kind in _PUBLIC_BODIES):
        return undetermined("INPUT_MISSING", "kind" if kind is None else "address.region_code")
    return True if kind in _PUBLIC_BODIES else refused("GOVERNMENT_CLOUD_US_BODIES_ONLY")


@rule("ORDER-GOVERNMENT-COMMERCIAL", "002:201", rulings="R-31")
def government_buys_commercial(kind: PartyKind | None, country: str | None, commercial: bool | None) -> bool | Finding:
    """Every public body buys commercial licences or subscriptions.

    Reading: government cloud comes beside them, and who is no public body is not spoken of.
    """
    if kind is None:
        return undetermined("INPUT_MISSING", "kind")
    if kind not in _PUBLIC_BODIES:
        return not_covered()
    if commercial is None:
        return undetermined("INPUT_MISSING", "commercial_licence_held")
    return True if commercial else refused("COMMERCIAL_LICENCE_MISSING")


GOVERNMENT_CLOUD_IS_SOLD = ByEdition(government_cloud_stands_alone, government_buys_commercial)


# ---- Guard


@rule(
    "GUARD-BILLING-PREMIUM-LIMITED-ACCESS",
    "000:853 001:153",
    rulings="R-02 R-001-GUARD-BILLING-PREMIUM-LIMITED-ACCESS",
)
def guard_premium_is_sold(generally_available: bool, registered: bool | None, selected: bool | None) -> bool | Finding:
    """While Guard Premium is of limited availability, it goes to customers who registered and were selected.

    Reading: edition 2024 counts as that time; edition 2026 speaks of Premium as something one simply chooses.
    """
    if generally_available:
        return True
    if registered is False or selected is False:
        return refused("GUARD_PREMIUM_LIMITED")
    facts = {"guard.premium_registered": registered, "guard.premium_selected": selected}
    missing = [path for path, fact in facts.items() if fact is None]
    return undetermined("INPUT_MISSING", *missing) if missing else True


@rule("GUARD-PREMIUM-NEEDS-STANDARD", "000:853")
def guard_premium_has_its_base(standard_ordered: bool, state: str | None) -> bool | Finding:
    """Guard Premium is an addition to Guard Standard, which is held already or ordered with it."""
    if standard_ordered or state in ("paid_monthly", "paid_annual"):
        return True
    return undetermined("INPUT_MISSING", "guard.state") if state is None else refused("GUARD_STANDARD_MISSING")


# ---- Server licences, as they were ordered


@rule("ORDER-MAINTENANCE-YEARS", "004:19", rulings="R-05")
def ordered_maintenance(start: date, years: int) -> Term:
    """The order of a new self-managed licence states for how many years it is maintained.

    Reading: any whole number from one; the maintenance ends that many years after its start.
    """
    return Term(start, add_months(start, 12 * years))


# ---- the whole sale


def assess_sale(book: Book, case: SaleCase) -> AssessedSale:
    """Whether each line may be sold to this customer through this channel, until when, and how it is bought."""
    resale = list(_against_resale(book, case))
    lines = tuple(_Sale(book, case).assess(i, line) for i, line in enumerate(case.lines))
    _subject("")
    platforms = dict.fromkeys(line.product.platform for line in case.lines)
    products = dict.fromkeys(line.product.id for line in case.lines)
    dates = tuple(sorted(_dates(book, platforms, products), key=lambda each: each.day))
    found = dict.fromkeys((*resale, *(finding for line in lines for finding in line.findings)))
    return AssessedSale(lines, dates, tuple(found))


def against_order(book: Book, deal: Deal, line: Line) -> tuple[Finding, ...]:
    """What the sale of a line is refused for by what an order says of itself.

    The end of life of Data Center stands beside this, in ``end_of_life``. What only a sale says (a trial, a resale's
    declaration, a verified domain) is asked when the sale is assessed, and no price waits for it.
    """
    product, platform = line.product, line.product.platform
    found: list[bool | Finding] = []
    if platform is Platform.SERVER or product.id == "stack":
        found += _Sale(book, SaleCase(deal, (line,))).by_platform(LineSale(product, line.action), line).findings
    elif platform is not None and platform.hosted:
        if deal.channel not in (None, Channel.DIRECT):
            found.append(reseller_may_buy(line.cycle, book.texts("sale.cloud.cycles.resale")))
        if platform is Platform.GOVERNMENT_CLOUD:
            found += _Sale(book, SaleCase(deal, (line,))).government_cloud(LineSale(product, line.action)).findings
    return tuple(each for each in found if isinstance(each, Finding) and each.outcome is Outcome.REFUSED)


def customer(case: SaleCase) -> tuple[Party, str]:
    """The end customer, and where it stands in the request."""
    if case.deal.sold_to is not None:
        return case.deal.sold_to, "deal.sold_to_party"
    return case.deal.billing_party, "deal.billing_party"


def is_us_public_body(party: Party) -> bool:
    """True for a federal, state or local body of the United States."""
    return party.kind in _PUBLIC_BODIES and party.country == "US"


def _against_resale(book: Book, case: SaleCase) -> Iterator[Finding]:
    """What stands against the party that sells: it is asked once for all lines."""
    channel = case.deal.channel
    if channel is None:
        yield undetermined("INPUT_MISSING", "deal.channel")
    if channel in (None, Channel.DIRECT):
        return
    may_resell(case.resale.approved)
    direct = buys_directly(len(case.resale.intermediaries), book.integer("sale.resale.most-intermediaries"))
    if isinstance(direct, Finding):
        yield direct.about("resale.intermediaries")
    platforms = book.texts("sale.resale.declared-platforms")
    if any(line.product.platform in platforms for line in case.lines):
        declared = resale_is_declared(case.resale.declared)
        if isinstance(declared, Finding):
            yield declared.about("resale.declared") if not declared.missing else declared


@dataclass(frozen=True, slots=True)
class _Sale:
    """The lines of a sale, assessed one by one."""

    book: Book
    case: SaleCase

    def assess(self, position: int, line: Line) -> LineSale:
        """Whether one line may be sold."""
        subject = f"lines[{position}]"
        _subject(subject)
        sale = self.by_platform(LineSale(line.product, effective_action(self.book, line)), line)
        sale = replace(sale, guidance=self._guidance(line), term=self._term(line) if sale.term is None else sale.term)
        return replace(sale, findings=tuple(_about(finding, subject) for finding in sale.findings))

    def by_platform(self, sale: LineSale, line: Line) -> LineSale:
        """What stands against a line, and what is known of its sale, by the rules of its platform."""
        product, platform = line.product, line.product.platform
        if product.id == "stack" and line.action is Action.NEW and self.book.prints("sale.stack.announced"):
            return _found(
                sale,
                STACK_IS_SOLD(self.book.edition, self.case.deal.order_date, self.book.day("sale.stack.announced")),
            )
        if platform is None:
            return _found(sale, undetermined("INPUT_MISSING", "product.platform"))
        if platform is Platform.SERVER:
            return self._server(sale, line)
        if platform is Platform.DATA_CENTER:
            return self._data_center(sale, line)
        return self._cloud(sale, line, platform)

    def _server(self, sale: LineSale, line: Line) -> LineSale:
        book, ordered = self.book, self.case.deal.order_date
        if line.action is Action.NEW:
            end = server_sale_end(book)
            return replace(_found(sale, SERVER_IS_SOLD(book.edition, ordered, end)), end=end)
        if line.action is not Action.RENEWAL:
            return _found(sale, not_covered(edition=book.edition))
        sold = SERVER_MAINTENANCE_IS_SOLD(book.edition, ordered, server_support_end(book))
        if isinstance(sold, Finding):
            sold = sold.moved(lambda _: "deal.order_date")
        return _found(sale, refused("SERVER_MAINTENANCE_NOT_SOLD") if sold is False else sold)

    def _data_center(self, sale: LineSale, line: Line) -> LineSale:
        if not has_end(self.book, line):
            return sale
        deal = self.case.deal
        end = sale_end(self.book, deal, line)
        sale = replace(sale, end_time=end, latest_end=self.book.day("eol.data-center.end"))
        against = check_sale(self.book, deal, line)
        if against is not None:
            return _found(sale, against)
        asked = self._term(line)
        if asked is None:
            return sale
        term, findings = cut(self.book, line, asked)
        return _found(replace(sale, term=term), *findings)

    def _cloud(self, sale: LineSale, line: Line, platform: Platform) -> LineSale:
        book, channel = self.book, self.case.deal.channel
        cycles = cloud_cycles(platform, book.texts("sale.cloud.cycles")) if book.prints("sale.cloud.cycles") else ()
        if channel not in (None, Channel.DIRECT):
            resold = book.texts("sale.cloud.cycles.resale")
            cycles = tuple(Cycle(each) for each in resold)
            sale = _found(sale, reseller_may_buy(line.cycle, resold))
            if line.action is Action.NEW and line.cycle is not Cycle.MONTHLY:
                sale = self._after_trial(sale)
        sale = replace(sale, cycles=cycles, channels=self._channels(line))
        if platform is Platform.GOVERNMENT_CLOUD:
            sale = self.government_cloud(sale)
        return self._guard(sale, line.product) if line.product.id == "guard" and line.action is Action.NEW else sale

    def _channels(self, line: Line) -> tuple[Channel, ...]:
        """Who sells a cloud line of that cycle; nobody is named while the cycle is not known."""
        if line.cycle is None:
            return ()
        resold = line.cycle in self.book.texts("sale.cloud.cycles.resale")
        return tuple(Channel) if resold else (Channel.DIRECT,)

    def _after_trial(self, sale: LineSale) -> LineSale:
        may = NEW_CLOUD_MAY_BE_SOLD(self.book.edition, self.case.trial_exists)
        needed = NEW_CLOUD_MAY_BE_SOLD.versions[self.book.edition].info.id == "TRIAL-CLOUD-REQUIRED"
        return _found(replace(sale, trial_required=needed), refused("TRIAL_NEEDED_FIRST") if may is False else may)

    def government_cloud(self, sale: LineSale) -> LineSale:
        """Whether this customer may buy government cloud, and what has to come with it."""
        party, path = customer(self.case)
        held = self.case.commercial_held
        if held is None and any(_is_commercial(line.product) for line in self.case.lines):
            held = True
        sold = GOVERNMENT_CLOUD_IS_SOLD(self.book.edition, party.kind, party.country, held)
        if isinstance(sold, Finding) and sold.missing and sold.missing != ("commercial_licence_held",):
            sold = sold.moved(lambda each: f"{path}.{each}")
        required = self.book.edition in government_buys_commercial.info.editions and party.kind in _PUBLIC_BODIES
        alone = self.book.edition in government_cloud_stands_alone.info.editions and sold is True
        return replace(_found(sale, sold), commercial_required=True if required else False if alone else None)

    def _guard(self, sale: LineSale, product: Product) -> LineSale:
        book, guard = self.book, self.case.guard
        if not book.prints("guard.trial.least-verified-domains"):
            return _found(sale, not_covered(edition=book.edition))
        least = book.integer("guard.trial.least-verified-domains")
        sale = _found(sale, organisation_is_ready(guard.organisation_exists, guard.verified_domains, least))
        if product.plan != "premium":
            return sale
        available = guard.premium_available
        if available is None:
            available = book.flag("sale.guard-premium.available")
        sale = _found(sale, guard_premium_is_sold(available, guard.premium_registered, guard.premium_selected))
        if book.edition not in guard_premium_has_its_base.info.editions:
            return sale
        ordered = any(line.product.id == "guard" and line.product.plan == "standard" for line in self.case.lines)
        return _found(sale, guard_premium_has_its_base(ordered, guard.state))

    def _term(self, line: Line) -> Term | None:
        """The time that is asked for; that of a Server licence in whole years, where the order states them."""
        return asked_term(self.case.deal, line, default_months(line.product, line.cycle))

    def _guidance(self, line: Line) -> Guidance | None:
        book, product, deal = self.book, line.product, self.case.deal
        if is_us_public_body(customer(self.case)[0]) and book.prints("sale.guidance.government"):
            return book.guidance("sale.guidance.government")
        if product.id == "guard" and product.plan == "premium" and self.case.guard.premium_available is not True:
            limited = book.guidance("sale.guidance.guard-premium.limited")
            if limited is not None:
                return limited
        resale = ".resale" if deal.channel not in (None, Channel.DIRECT) else ""
        if product.platform is None or product.id == "stack":
            return None
        if not product.platform.hosted:
            return book.guidance(f"sale.guidance.self-managed{resale}")
        if resale:
            return book.guidance("sale.guidance.cloud.resale")
        if line.cycle is None or deal.billing is None:
            return None
        return book.guidance(f"sale.guidance.cloud.{line.cycle}.{deal.billing}")


# Facts of a line; any other that is missing stands at the root of the request.
_LINE_FACTS = ("product.", "billing_cycle")


def _about(finding: Finding, subject: str) -> Finding:
    elsewhere = any(not path.startswith(_LINE_FACTS) for path in finding.missing)
    return finding if elsewhere else finding.about(subject)


def _is_commercial(product: Product) -> bool:
    return product.platform is not Platform.GOVERNMENT_CLOUD


def _found(sale: LineSale, *results: bool | Finding) -> LineSale:
    """The same line, with what stands against it."""
    return replace(sale, findings=(*sale.findings, *(each for each in results if isinstance(each, Finding))))


def _subject(subject: str) -> None:
    trace = current_trace()
    if trace is not None:
        trace.subject = subject


@dataclass(frozen=True, slots=True)
class _Event:
    """An event in the life of a platform or product, and the parameter that holds its day."""

    name: str
    key: str
    platform: Platform | None = None
    product: str = ""
    timed: bool = False


_EVENTS = (
    _Event("new_customer_sales_end", "eol.data-center.new-customers", Platform.DATA_CENTER, timed=True),
    _Event("new_subscription_sales_end", "eol.data-center.existing-customers", Platform.DATA_CENTER, timed=True),
    _Event("expansion_sales_end", "eol.data-center.existing-customers", Platform.DATA_CENTER, timed=True),
    _Event("app_sales_end", "eol.data-center.existing-customers", Platform.DATA_CENTER, timed=True),
    _Event("downgrade_end", "eol.data-center.end", Platform.DATA_CENTER, timed=True),
    _Event("end_of_life", "eol.data-center.end", Platform.DATA_CENTER),
    _Event("new_licence_sales_end", "sale.server.end", Platform.SERVER),
    _Event("support_end", "maintenance.server.support-end", Platform.SERVER),
    _Event("sale_end_announced", "sale.stack.announced", product="stack"),
)


def _dates(book: Book, platforms: Collection[Platform | None], products: Collection[str]) -> Iterator[LifecycleDate]:
    """The dates that the edition prints for these platforms and products."""
    for event in _EVENTS:
        if book.prints(event.key) and (event.platform in platforms if event.platform else event.product in products):
            moment = closing(book, event.key) if event.timed else None
            row = book.row(event.key)
            day = cast("date", row.value)
            yield LifecycleDate(event.name, event.platform, event.product, day, moment, row.passages)
