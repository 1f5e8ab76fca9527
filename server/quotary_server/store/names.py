"""Names of what is kept: read from requests, and made for what is new."""

from __future__ import annotations

import re
import secrets

from quotary_server.adapter.faults import Faults
from quotary_spec.rulebook import Book

_NUMBER = r"AT-[A-Z0-9]{1,17}"
_QUOTE = re.compile(rf"quotes/({_NUMBER})(?:@([1-9][0-9]{{0,8}}))?")
_ORDER = re.compile(rf"orders/({_NUMBER})")
_INVOICE = re.compile(rf"orders/({_NUMBER})/invoices/(IN-[A-Z0-9]{{1,17}})")
_REFUND = re.compile(rf"orders/({_NUMBER})/refunds/([1-9][0-9]{{0,8}})")
_CHANGE = re.compile(r"changes/([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")

USUAL_LENGTH = 7


def new_number(book: Book, tries: int) -> str:
    """A number for a new quote: seven digits, in 2024 nine (R-23), and one more after every eight that were taken."""
    length = book.integer("quote.number-length") if book.prints("quote.number-length") else USUAL_LENGTH
    length += tries // 8
    return f"AT-{secrets.randbelow(10**length):0{length}d}"


def _read(faults: Faults, path: str, name: str, form: re.Pattern[str], example: str) -> tuple[str, ...]:
    if not name:
        faults.add(path, "REQUIRED")
        return ()
    match = form.fullmatch(name)
    if match is None:
        faults.add(path, "INVALID_NAME", f"{name[:60]!r} is not like {example}")
        return ()
    return match.groups()


def read_quote_name(faults: Faults, path: str, name: str) -> tuple[str, int | None]:
    """Number and, if it is named, revision of ``quotes/AT-1234567@2``."""
    found = _read(faults, path, name, _QUOTE, "quotes/AT-1234567")
    return (found[0], int(found[1]) if found[1] else None) if found else ("", None)


def read_plain_quote_name(faults: Faults, path: str, name: str) -> str:
    """Number of ``quotes/AT-1234567``, where a revision has no place."""
    number, revision = read_quote_name(faults, path, name)
    if revision is not None:
        faults.add(path, "INVALID_NAME", "the revision is a field of its own")
    return number


def read_order_name(faults: Faults, path: str, name: str) -> str:
    """Number of ``orders/AT-1234567``."""
    found = _read(faults, path, name, _ORDER, "orders/AT-1234567")
    return found[0] if found else ""


def read_invoice_name(faults: Faults, path: str, name: str) -> tuple[str, str]:
    """Number of the order and of the invoice."""
    found = _read(faults, path, name, _INVOICE, "orders/AT-1234567/invoices/IN-1234567")
    return (found[0], found[1]) if found else ("", "")


def read_refund_name(faults: Faults, path: str, name: str) -> tuple[str, int]:
    """Number of the order and position of the refund."""
    found = _read(faults, path, name, _REFUND, "orders/AT-1234567/refunds/1")
    return (found[0], int(found[1])) if found else ("", 0)


def read_change_name(faults: Faults, path: str, name: str) -> str:
    """The request id of ``changes/...``."""
    found = _read(faults, path, name, _CHANGE, "changes/ and a UUID")
    return found[0].lower() if found else ""


def invoice_number(order_number: str) -> str:
    """The printed number of an order's invoice."""
    return f"IN-{order_number.removeprefix('AT-')}"
