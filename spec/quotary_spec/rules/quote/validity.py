"""The life of a quote that is kept: until when it can be accepted, and whether its content may still change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from quotary_spec.model.order import Billing
from quotary_spec.model.product import Platform, Product
from quotary_spec.outcome import Finding, refused, undetermined
from quotary_spec.rule import rule
from quotary_spec.rulebook import Book


@rule("QUOTE-VALIDITY", "002:290", rulings="R-04 R-23 R-23-VALIDITY-2024")
def last_valid_day(made_on: date, days: int) -> date:
    """A quote can be accepted for thirty days after the day on which it was made, the thirtieth included.

    Reading: a revision is a quote of its own day, so that its days are counted from its own making.
    """
    return made_on + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Validity:
    """The last day on which a quote can be accepted, and whether the edition prints it or the operator set it."""

    through: date
    printed: bool


def assess_validity(book: Book, made_on: date, operator_days: int | None) -> Validity | Finding:
    """Until when a quote of that day can be accepted: as the edition prints, else as the operator set (R-23)."""
    if book.prints("quote.valid-days"):
        return Validity(last_valid_day(made_on, book.integer("quote.valid-days")), printed=True)
    if operator_days is None:
        return undetermined("QUOTE_VALIDITY_NOT_PRINTED", edition=book.edition)
    return Validity(made_on + timedelta(days=operator_days), printed=False)


def against_age(book: Book, made_on: date | None, used_on: date | None, path: str) -> Finding | None:
    """What stands against using a quote of that day on another; None when nothing does, or the edition prints no limit.

    Args:
        made_on: Day of the quote; None: there was none before the order.
        used_on: Day on which it is accepted or paid.
        path: Where the request gives that day.
    """
    if made_on is None or not book.prints("quote.valid-days"):
        return None
    if used_on is None:
        return undetermined("INPUT_MISSING", path).by(last_valid_day.info.id)
    last = last_valid_day(made_on, book.integer("quote.valid-days"))
    return None if used_on <= last else refused("QUOTE_EXPIRED", last_day=last.isoformat()).by(last_valid_day.info.id)


@rule("QUOTE-REVISION", "000:252-261 002:317-321", rulings="R-23")
def quote_may_be_revised(platforms: Sequence[Platform | None], billing: Billing | None) -> bool | Finding:
    """A cloud quote of the improved billing experience is changed by a revision; any other stays as it was made."""
    if any(platform is not None and not platform.hosted for platform in platforms):
        return refused("QUOTE_NOT_EDITABLE", platform="data_center")
    if billing is Billing.ORIGINAL:
        return refused("QUOTE_NOT_EDITABLE", billing_experience="original")
    if billing is None:
        return undetermined("INPUT_MISSING", "deal.billing_experience")
    if None in platforms:
        return undetermined("INPUT_MISSING", f"lines[{platforms.index(None)}].product.platform")
    return True


def assess_revision(book: Book, products: Sequence[Product], billing: Billing | None) -> Finding | None:
    """What stands against a new revision of a quote of these products; None when nothing does."""
    answer = book.ask(quote_may_be_revised, [product.platform for product in products], billing)
    return answer if isinstance(answer, Finding) else None


@rule("QUOTE-REVISION-BY-VENDOR", "000:255 000:261 002:319", rulings="R-23")
def vendor_revises(editable: bool) -> bool:
    """A quote that cannot be edited is revised by the vendor, who is asked for it."""
    return not editable
