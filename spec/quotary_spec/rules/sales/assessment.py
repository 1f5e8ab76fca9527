"""A sale that is asked about: whether each line may be sold, through whom, until when, and how it is bought.

What stands against it is in ``conditions``, what is offered to whom in ``offers``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

from quotary_spec.calendar import Term
from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Action, Channel, Cycle, Line
from quotary_spec.model.product import Platform
from quotary_spec.model.sale import AssessedSale, LifecycleDate, LineSale, SaleCase
from quotary_spec.outcome import Finding, Outcome, undetermined, weakest
from quotary_spec.register.parameters import Keys
from quotary_spec.rule import about
from quotary_spec.rulebook import Book
from quotary_spec.rules.lifecycle.data_center import closing, effective_action, has_end, sale_end
from quotary_spec.rules.lifecycle.server import server_sale_end
from quotary_spec.rules.sales.conditions import against_sale, customer, is_ended_bundle, placed
from quotary_spec.rules.sales.offers import (
    PUBLIC_BODIES,
    buys_directly,
    government_buys_commercial,
    government_cloud_stands_alone,
    is_us_public_body,
    may_resell,
    resale_is_declared,
)
from quotary_spec.rules.terms_assessment import cut
from quotary_spec.rules.terms_start import asked_term, full_months, settled
from quotary_spec.rules.trials import NEW_CLOUD_MAY_BE_SOLD

_CLOUD_SALE = Keys("sale.guidance.cloud.*.*")


def assess_sale(book: Book, case: SaleCase) -> AssessedSale:
    """Whether each line may be sold to this customer through this channel, until when, and how it is bought."""
    resale = list(_against_resale(book, case))
    of_sale = against_sale(book, case)
    lines = []
    for i, line in enumerate(case.lines):
        with about(f"lines[{i}]"):
            lines.append(_Sale(book, case).assess(line, of_sale[i], f"lines[{i}]"))
    platforms = dict.fromkeys(line.product.platform for line in case.lines)
    products = dict.fromkeys(line.product.id for line in case.lines)
    dates = tuple(sorted(_dates(book, platforms, products), key=lambda each: each.day))
    found = dict.fromkeys((*resale, *(finding for line in lines for finding in line.findings)))
    return AssessedSale(tuple(lines), dates, tuple(found))


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

    def assess(self, line: Line, of_sale: Sequence[Finding], subject: str) -> LineSale:
        """Whether one line may be sold, as nothing stands against it, and what is known of its sale."""
        sale = self._described(line)
        of_term: tuple[Finding, ...] = ()
        if sale.term is not None and weakest(of_sale) is not Outcome.REFUSED:
            term, of_term = cut(self.book, line, sale.term)
            sale = replace(sale, term=term)
            # Whether the term may be sold is a condition of sale.
            of_term = tuple(each for each in of_term if each.outcome is Outcome.GRANTED)
        return replace(sale, findings=tuple(placed((*of_sale, *of_term), subject)))

    def _described(self, line: Line) -> LineSale:
        """What is known of the sale of a line, whether anything stands against it or not."""
        book, deal = self.book, self.case.deal
        product, platform = line.product, line.product.platform
        sale = LineSale(product, effective_action(book, line), term=self._term(line), guidance=self._guidance(line))
        if platform is None or is_ended_bundle(book, line):
            return sale
        if platform is Platform.SERVER:
            return replace(sale, end=server_sale_end(book)) if line.action is Action.NEW else sale
        if platform is Platform.DATA_CENTER:
            if not has_end(book, line):
                return sale
            return replace(sale, end_time=sale_end(book, deal, line), latest_end=book.day("eol.data-center.end"))
        return self._cloud(sale, line, platform)

    def _cloud(self, sale: LineSale, line: Line, platform: Platform) -> LineSale:
        book, resold = self.book, self.case.deal.channel not in (None, Channel.DIRECT)
        if resold:
            cycles = tuple(Cycle(each) for each in book.texts("sale.cloud.cycles.resale"))
            if line.action is Action.NEW and line.cycle is not Cycle.MONTHLY:
                needed = book.version(NEW_CLOUD_MAY_BE_SOLD).info.id == "TRIAL-CLOUD-REQUIRED"
                sale = replace(sale, trial_required=needed)
        else:
            cycles = tuple(Cycle(each) for each in book.texts("sale.cloud.cycles", silent=()))
        return replace(
            sale,
            cycles=cycles,
            channels=self._channels(line),
            commercial_required=self._commercial_required() if platform is Platform.GOVERNMENT_CLOUD else None,
        )

    def _channels(self, line: Line) -> tuple[Channel, ...]:
        """Who sells a cloud line of that cycle; nobody is named while the cycle is not known."""
        if line.cycle is None:
            return ()
        resold = line.cycle in self.book.texts("sale.cloud.cycles.resale")
        return tuple(Channel) if resold else (Channel.DIRECT,)

    def _commercial_required(self) -> bool | None:
        """Whether a commercial licence must stand beside government cloud; None where that is not decided."""
        party = customer(self.case)[0]
        if self.book.serves(government_buys_commercial):
            return True if party.kind in PUBLIC_BODIES else None
        alone = self.book.serves(government_cloud_stands_alone)
        return False if alone and is_us_public_body(party) else None

    def _term(self, line: Line) -> Term | None:
        """The time that is asked for; that of a Server licence in whole years, where the order states them."""
        requested = settled(self.case.deal, line)
        if isinstance(requested, Finding):
            return None
        return asked_term(self.case.deal, requested, full_months(line))

    def _guidance(self, line: Line) -> Guidance | None:
        book, product, deal = self.book, line.product, self.case.deal
        if is_us_public_body(customer(self.case)[0]) and book.prints("sale.guidance.government"):
            return book.guidance("sale.guidance.government")
        if product.id == "guard" and product.plan == "premium" and self.case.guard.premium_available is not True:
            limited = book.guidance("sale.guidance.guard-premium.limited")
            if limited is not None:
                return limited
        resale = deal.channel not in (None, Channel.DIRECT)
        if product.platform is None or product.id == "stack":
            return None
        if not product.platform.hosted:
            return book.guidance("sale.guidance.self-managed.resale" if resale else "sale.guidance.self-managed")
        if resale:
            return book.guidance("sale.guidance.cloud.resale")
        if line.cycle is None or deal.billing is None:
            return None
        return book.guidance(_CLOUD_SALE[line.cycle, deal.billing])


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
