"""The end of life of Data Center: until when it is sold to whom, and where every term ends.

Only edition 2026 knows one; before it there is no end.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from quotary_spec.calendar import Term, civil_instant
from quotary_spec.model.order import Action, Deal, Line
from quotary_spec.model.product import Platform
from quotary_spec.outcome import Finding, refused, undetermined
from quotary_spec.rule import RuleFunction, rule
from quotary_spec.rulebook import Book


def _is_before(order_time: datetime | None, order_date: date | None, closing: datetime) -> bool | Finding:
    """True strictly before the closing moment; a date decides unless it is the closing day itself (R-06)."""
    if order_time is not None:
        return order_time < closing
    if order_date is None:
        return undetermined("INPUT_MISSING", "deal.order_date")
    if order_date == closing.date():
        return undetermined("INPUT_MISSING", "deal.order_time")
    return order_date < closing.date()


@rule("EOL-DC-NEW-CUSTOMER-CUTOFF", "000:175 000:193", rulings="R-06 R-19")
def new_customer_may_buy(order_time: datetime | None, order_date: date | None, closing: datetime) -> bool | Finding:
    """New customers buy Data Center subscriptions and apps strictly before 30 March 2026, 23:59 PST.

    Reading: PST is UTC-8 in every season; the moment of the order decides, not the day of its quote.
    """
    return _is_before(order_time, order_date, closing)


@rule("EOL-DC-EXISTING-NEW-SUBS", "000:946", rulings="R-06 R-19")
def existing_customer_may_buy(
    order_time: datetime | None, order_date: date | None, closing: datetime
) -> bool | Finding:
    """Customers who hold Data Center buy new subscriptions strictly before 30 March 2028, 23:59 PST."""
    return _is_before(order_time, order_date, closing)


@rule("EOL-DC-MARKETPLACE-EXISTING", "000:950", rulings="R-06 R-19")
def existing_customer_may_buy_app(
    order_time: datetime | None, order_date: date | None, closing: datetime
) -> bool | Finding:
    """Customers who hold Data Center buy apps for it strictly before 30 March 2028, 23:59 PST."""
    return _is_before(order_time, order_date, closing)


@rule("EOL-DC-EXPANSION-UPGRADE", "000:948 000:1192", rulings="R-06 R-19")
def data_center_may_grow(order_time: datetime | None, order_date: date | None, closing: datetime) -> bool | Finding:
    """Data Center licences are expanded and upgraded strictly before 30 March 2028, 23:59 PST."""
    return _is_before(order_time, order_date, closing)


@rule("UPGRADE-DC-DOWNGRADE-WINDOW", "000:1192", rulings="R-06 R-19 R-37")
def data_center_may_shrink(order_time: datetime | None, order_date: date | None, closing: datetime) -> bool | Finding:
    """Data Center licences are downgraded strictly before the end of life, 28 March 2029, 23:59 PST."""
    return _is_before(order_time, order_date, closing)


@rule("EOL-DC-RENEWAL-EXPANSION", "000:944", rulings="R-19")
def renewal_is_expansion(users: int, users_held: int) -> bool:
    """Data Center is renewed for the users that are held; a renewal for more of them is an expansion."""
    return users > users_held


@rule("EOL-DC-NEW-CUSTOMER", "000:175 000:946", rulings="R-19")
def is_new_customer(holds_data_center: bool | None) -> bool | Finding:
    """A new customer holds no active Data Center subscription at the moment of the order."""
    if holds_data_center is None:
        return undetermined("INPUT_MISSING", "deal.holds_data_center_subscription")
    return not holds_data_center


@rule("EOL-DC-TERM-END", "000:386 000:944", rulings="R-05 R-19 R-19-301")
def term_until_end_of_life(term: Term, end_of_life: date) -> Term | Finding:
    """No Data Center term runs past 28 March 2029; one that would is cut to that day.

    Reading: every term, not renewals alone; the day itself is no longer part of it.
    """
    if term.start >= end_of_life:
        return refused("EOL_REACHED", end=end_of_life.isoformat())
    return Term(term.start, min(term.end, end_of_life))


def effective_action(book: Book, line: Line) -> Action:
    """What a line is by the rules: a Data Center renewal for more users than held is an expansion."""
    users, current_users = line.user_tier, _held_users(line)
    if line.action is Action.RENEWAL and users is not None and current_users is not None and has_end(book, line):
        return Action.EXPANSION if renewal_is_expansion(users, current_users) else Action.RENEWAL
    return line.action


def _held_users(line: Line) -> int | None:
    """Users of what is held, wherever the line tells them."""
    if line.held_user_tier is not None:
        return line.held_user_tier
    return line.prior.quantity if line.prior is not None else None


def has_end(book: Book, line: Line) -> bool:
    """True when the line is for Data Center and the edition ends its life."""
    return line.product.platform is Platform.DATA_CENTER and book.prints("eol.data-center.end")


def closing(book: Book, key: str) -> datetime:
    """The moment at which sales close on a printed day."""
    return civil_instant(
        book.day(key),
        book.integer("eol.closing-hour"),
        book.integer("eol.closing-minute"),
        book.integer("eol.utc-offset-hours"),
    )


def check_sale(book: Book, deal: Deal, line: Line) -> Finding | None:
    """What the end of life says against a sale; None when it allows it or does not concern it."""
    if not has_end(book, line):
        return None
    action = effective_action(book, line)
    when = (deal.order_time, deal.order_date)
    existing = closing(book, "eol.data-center.existing-customers")
    if action is Action.RENEWAL:
        # Whether it is one hangs on the users that are held, once those could no longer become more.
        open_question = line.action is Action.RENEWAL and line.user_tier is not None and _held_users(line) is None
        closed = _closed(data_center_may_grow, *when, existing) if open_question else None
        return None if closed is None else undetermined("INPUT_MISSING", "held_user_tier", *closed.missing)
    if action is Action.DOWNGRADE:
        end = closing(book, "eol.data-center.end")
        return _closed(data_center_may_shrink, *when, end, reason="EOL_DOWNGRADES_CLOSED")
    if action is not Action.NEW:
        return _closed(data_center_may_grow, *when, existing)
    may_buy = existing_customer_may_buy_app if line.product.app else existing_customer_may_buy
    closed = _closed(may_buy, *when, existing)
    return closed if closed is not None else _new_customer(book, deal)


def _new_customer(book: Book, deal: Deal) -> Finding | None:
    open_to_all = new_customer_may_buy(deal.order_time, deal.order_date, closing(book, "eol.data-center.new-customers"))
    if open_to_all is True:
        return None
    is_new = is_new_customer(deal.holds_data_center)
    if isinstance(is_new, Finding):
        # Either fact could settle it.
        return replace(is_new, missing=(*is_new.missing, *(open_to_all.missing if open_to_all is not False else ())))
    if not is_new:
        return None
    return refused("EOL_NEW_CUSTOMERS").by(new_customer_may_buy.info.id) if open_to_all is False else open_to_all


def _closed(
    sale_is_open: RuleFunction[[datetime | None, date | None, datetime], bool | Finding],
    order_time: datetime | None,
    order_date: date | None,
    closes: datetime,
    reason: str = "EOL_SALES_CLOSED",
) -> Finding | None:
    is_open = sale_is_open(order_time, order_date, closes)
    if isinstance(is_open, Finding):
        return is_open
    return None if is_open else refused(reason).by(sale_is_open.info.id)


def sale_end(book: Book, deal: Deal, line: Line) -> datetime | None:
    """The first moment at which the line is no longer sold to this customer, where the edition names an hour."""
    if not has_end(book, line):
        return None
    action = effective_action(book, line)
    if action is Action.RENEWAL:
        return None
    if action is Action.DOWNGRADE:
        return closing(book, "eol.data-center.end")
    new = action is Action.NEW and deal.holds_data_center is False
    return closing(book, "eol.data-center.new-customers" if new else "eol.data-center.existing-customers")
