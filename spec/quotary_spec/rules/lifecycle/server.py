"""The end of Server: until when its licences and its maintenance are sold, and until when it is supported."""

from __future__ import annotations

from datetime import date

from quotary_spec.outcome import Finding, refused, undetermined
from quotary_spec.rule import ByEdition, rule
from quotary_spec.rulebook import Book


@rule("ORDER-SERVER-SALES-END", "004:4", rulings="R-06 R-36")
def server_is_sold(order_date: date | None, end: date | None) -> bool | Finding:
    """New Server licences are sold until the day before 2 February 2021.

    Reading: on the day itself the sale has stopped.
    """
    if order_date is None or end is None:
        return undetermined("INPUT_MISSING", "deal.order_date")
    return True if order_date < end else refused("SERVER_SALES_ENDED", end=end.isoformat())


@rule("ORDER-SERVER-SALES-ENDED", "003:6", rulings="R-36 R-003-ORDER-SERVER-SALES-ENDED-003")
def server_is_no_longer_sold(order_date: date | None, end: date | None) -> bool | Finding:
    """New Server licences are no longer sold.

    Reading: at any date of order, since no day is printed.
    """
    return refused("SERVER_SALES_ENDED")


SERVER_IS_SOLD = ByEdition(server_is_sold, server_is_no_longer_sold)


@rule("MAINTENANCE-SERVER-RENEWABLE", "003:130 004:171", only="2021 2023", rulings="R-36")
def server_maintenance_is_sold(order_date: date | None, support_end: date | None) -> bool | Finding:
    """Maintenance of Server is renewed; no last day is printed for it."""
    return True


@rule("MAINTENANCE-SERVER-RENEWABLE-UNTIL-SUPPORT-ENDS", "002:836 003:130", only="2024", rulings="R-02 R-36")
def server_maintenance_is_sold_until_support_ends(order_date: date | None, support_end: date | None) -> bool | Finding:
    """Maintenance of Server is renewed until its support ends on 15 February 2024.

    Reading: the sentence on the end of support displaces the older one on renewals from its day on.
    """
    if order_date is None or support_end is None:
        return undetermined("INPUT_MISSING", "order_date")
    return order_date < support_end


@rule("MAINTENANCE-SERVER-ENDED", "000:906", rulings="R-36")
def server_maintenance_is_no_longer_sold(order_date: date | None, support_end: date | None) -> bool | Finding:
    """Maintenance of Server is no longer sold at all, since Server has reached the end of its support."""
    return False


SERVER_MAINTENANCE_IS_SOLD = ByEdition(
    server_maintenance_is_sold,
    server_maintenance_is_sold_until_support_ends,
    server_maintenance_is_no_longer_sold,
)


@rule("MAINTENANCE-SERVER-EOS", "002:253 002:836 003:6 004:4", only="2021 2023 2024", rulings="R-06 R-36")
def server_is_supported(day: date, support_end: date | None) -> bool:
    """Server and its apps are supported until the day before the printed end of support.

    Reading: a civil date; the day itself is without support.
    """
    return support_end is None or day < support_end


@rule("MAINTENANCE-SERVER-UNSUPPORTED", "000:906", rulings="R-36")
def server_is_no_longer_supported(day: date, support_end: date | None) -> bool:
    """Server has reached the end of its support."""
    return False


SERVER_IS_SUPPORTED = ByEdition(server_is_supported, server_is_no_longer_supported)


def server_sale_end(book: Book) -> date | None:
    """First day on which no new Server licence is sold, where the edition prints one."""
    return book.if_printed(book.day, "sale.server.end")


def server_support_end(book: Book) -> date | None:
    """First day without support of Server, where the edition prints one."""
    key = "maintenance.server.support-end"
    return book.if_printed(book.day, key)
