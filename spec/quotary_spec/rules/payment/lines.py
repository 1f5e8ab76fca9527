"""What the lines of an order are to its payment, and which billing system each is on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from quotary_spec.model.order import Billing, Cycle
from quotary_spec.model.payment import LineKind, PayableLine, PaymentCase
from quotary_spec.model.product import Platform
from quotary_spec.outcome import Finding, undetermined
from quotary_spec.rulebook import Book

Kinds = Mapping[LineKind | Finding, int]
"""What the lines of an order are, or why it is not known, each with the first line it holds for."""


def kinds_of(book: Book, lines: Sequence[PayableLine]) -> Kinds:
    """What the lines are, or why it is not known, each with the first line it holds for."""
    found: dict[LineKind | Finding, int] = {}
    for i, line in enumerate(lines):
        kind = kind_of(book, line)
        found.setdefault(kind.about(f"lines[{i}]") if isinstance(kind, Finding) else kind, i)
    return found


def kind_of(book: Book, line: PayableLine) -> LineKind | Finding:
    """What a line is to its payment: its platform, its cycle, and whether it is Guard."""
    if line.platform is None:
        return undetermined("INPUT_MISSING", "product.platform")
    if not line.platform.hosted:
        return LineKind.DATA_CENTER if line.platform is Platform.DATA_CENTER else LineKind.SERVER
    if line.cycle is None:
        return undetermined("INPUT_MISSING", "billing_cycle")
    # Editions without the Guard document have no passage of their own for it.
    if line.product.id == "guard" and book.prints("payment.methods.guard_monthly.original"):
        return LineKind.GUARD_MONTHLY if line.cycle is Cycle.MONTHLY else LineKind.GUARD_ANNUAL
    return LineKind.MONTHLY if line.cycle is Cycle.MONTHLY else LineKind.ANNUAL


def systems_of(book: Book, case: PaymentCase, kinds: Kinds) -> Iterator[tuple[LineKind, int, str]]:
    """What the lines are, the first line of each, and the billing system it is on: empty where that is not known."""
    for kind, i in kinds.items():
        if isinstance(kind, Finding):
            continue
        if not _has_two_systems(book):
            yield kind, i, "only"
        elif not kind.hosted:
            yield kind, i, Billing.ORIGINAL.value
        else:
            yield kind, i, case.deal.billing.value if case.deal.billing else ""


def _has_two_systems(book: Book) -> bool:
    return book.prints("payment.net_30.amounts.improved")


def findings_in(answers: Iterable[bool | Finding]) -> list[Finding]:
    """What stands in the way among the answers of rules."""
    return [answer for answer in answers if isinstance(answer, Finding)]
