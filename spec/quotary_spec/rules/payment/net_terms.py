"""Net terms: payment by invoice after delivery, for orders of some size and customers of some standing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from quotary_spec.model.order import Billing
from quotary_spec.model.payment import AmountRange, CreditStanding, LineKind, NetTerms, PayableLine, PaymentCase
from quotary_spec.money import decimal_text, to_minor
from quotary_spec.outcome import Finding, refused, undetermined, weakest
from quotary_spec.register.parameters import Keys
from quotary_spec.rule import RuleFunction, rule
from quotary_spec.rulebook import Book
from quotary_spec.rules.payment.lines import Kinds, findings_in, kind_of, systems_of

DAYS = Keys("payment.*.days")
_GUARD_AMOUNTS = Keys("payment.net_30.amounts.guard.*")
_AMOUNTS = Keys("payment.net_30.amounts.*")


USD = "USD"
NET_TERMS = ("net_14", "net_30")


@rule(
    "PAYMENT-NET-LINES",
    "000:307-311 001:333 002:342-346 003:106-108 004:145-147",
    rulings="R-25",
)
def line_qualifies_for_net_terms(kind: LineKind, billing: Billing | None, method: str) -> bool | Finding:
    """Net-14 is for annual cloud subscriptions in the new billing system, Net-30 for them and for Data Center.

    Reading: terms of twelve to twenty-four months are annual, and Data Center is always billed by the old system.
    Editions with one system know Net-30 alone. Monthly subscriptions and Server licences never qualify.
    """
    if kind.monthly or kind is LineKind.SERVER or (method == "net_14" and billing is not Billing.IMPROVED):
        return refused("NET_TERMS_NOT_FOR_LINE", line=kind.value, method=method)
    return True


def _amount(amount: int, amounts: AmountRange) -> bool | Finding:
    if amount in amounts:
        return True
    detail = {"amount": decimal_text(amount, USD), "minimum": decimal_text(amounts.minimum, USD)}
    detail["minimum_included"] = "yes" if amounts.inclusive else "no"
    if amounts.maximum is not None:
        detail["maximum"] = decimal_text(amounts.maximum, USD)
    return refused("NET_TERMS_AMOUNT", **detail)


@rule("PAYMENT-NET14", "000:306-308 002:342", rulings="R-25")
def net_14_amount(amount: int, amounts: AmountRange) -> bool | Finding:
    """Net-14 is open, without a credit check, to orders between two amounts before tax.

    Reading: both ends are included; the amount is the US dollar net of the lines that qualify.
    """
    return _amount(amount, amounts)


@rule("PAYMENT-NET30", "003:88 003:106 004:78 004:145", only="2021 2023", rulings="R-25 R-25-2021")
def net_30_amount(amount: int, amounts: AmountRange) -> bool | Finding:
    """Net-30 is open to Data Center and annual cloud orders of 10,000 dollars or more."""
    return _amount(amount, amounts)


@rule("PAYMENT-NET30-LEGACY", "000:309-310 002:344", rulings="R-25")
def net_30_original_amount(amount: int, amounts: AmountRange) -> bool | Finding:
    """In the old billing system Net-30 is open to Data Center and annual cloud orders from, or above, 10,000 dollars.

    Reading: the amount itself qualifies in 2024 and not in 2026; the threshold binds Data Center orders too.
    """
    return _amount(amount, amounts)


@rule("PAYMENT-GUARD-NET30", "001:333", rulings="R-02 R-25")
def net_30_guard_amount(amount: int, amounts: AmountRange) -> bool | Finding:
    """For annual Guard subscriptions Net-30 is open to orders above 10,000 dollars.

    Reading: in both billing systems, until 2026 prints terms of the new one.
    """
    return _amount(amount, amounts)


@rule("PAYMENT-NET30-NEW", "000:311 002:346", rulings="R-25")
def net_30_improved_amount(amount: int, amounts: AmountRange) -> bool | Finding:
    """In the new billing system the first Net-30 order has to reach a larger amount than in the old."""
    return _amount(amount, amounts)


@rule("PAYMENT-NET30-CREDIT-CHECK", "000:311 002:346", rulings="R-25")
def credit_is_established(*, check_passed: bool | None, tax_identifier_supplied: bool | None) -> bool | Finding:
    """In the new billing system Net-30 comes after one credit check and an application with a tax identifier."""
    if check_passed is False:
        return refused("CREDIT_CHECK_NOT_PASSED")
    if tax_identifier_supplied is False:
        return refused("TAX_IDENTIFIER_NOT_SUPPLIED")
    facts = {"check_passed": check_passed, "tax_identifier_supplied": tax_identifier_supplied}
    missing = [f"credit.{name}" for name, value in facts.items() if value is None]
    return undetermined("INPUT_MISSING", *missing) if missing else True


@rule("PAYMENT-NET30-CREDIT-LIMIT", "000:311 002:346", rulings="R-25")
def credit_suffices(amount: int, outstanding: int | None, limit: int | None) -> bool | Finding:
    """Once approved, Net-30 serves any later purchase up to the credit limit without a further check.

    Reading: what is outstanding and the order together, the limit included; no smallest amount binds any more.
    """
    facts = {"outstanding_amount": outstanding, "credit_limit": limit}
    if outstanding is None or limit is None:
        return undetermined("INPUT_MISSING", *(f"credit.{name}" for name, value in facts.items() if value is None))
    if outstanding + amount <= limit:
        return True
    return refused("CREDIT_LIMIT_EXCEEDED", excess=decimal_text(outstanding + amount - limit, USD))


@rule(
    "PAYMENT-NET-DUE-DATE",
    "000:306-309 001:333 002:342-344 003:88 003:106 004:145",
    rulings="R-25",
)
def due_date(invoice_date: date, days: int) -> date:
    """An invoice on net terms falls due 14 or 30 days after its date.

    Reading: calendar days.
    """
    return invoice_date + timedelta(days=days)


# ---- composition


def net_terms(book: Book, case: PaymentCase, method: str, kinds: Kinds) -> tuple[NetTerms, list[Finding]]:
    """The terms of one method and what stands in their way; each billing system looks at its own lines."""
    days = book.integer(DAYS[method])
    due_on = due_date(case.invoice_date, days) if case.invoice_date is not None else None
    findings: list[Finding] = [kind for kind in kinds if isinstance(kind, Finding)]
    systems: dict[str, set[LineKind]] = {}
    for kind, i, system in systems_of(book, case, kinds):
        if not system:
            findings.append(undetermined("INPUT_MISSING", "deal.billing_experience").about(f"lines[{i}]"))
            continue
        billing = None if system == "only" else Billing(system)
        qualifies = line_qualifies_for_net_terms(kind, billing, method)
        if isinstance(qualifies, Finding):
            findings.append(qualifies.about(f"lines[{i}]"))
        else:
            systems.setdefault(system, set()).add(kind)
    answers = [_of_system(book, case, method, system, of) for system, of in systems.items()]
    # Terms of the system that stands in the way are shown, else of the first.
    answers.sort(key=lambda answer: -weakest(answer[1]))
    terms = answers[0][0] if answers else NetTerms(days)
    findings += (finding for _, found in answers for finding in found)
    return replace(terms, due_on=due_on), findings


def _of_system(
    book: Book, case: PaymentCase, method: str, system: str, kinds: Collection[LineKind]
) -> tuple[NetTerms, list[Finding]]:
    days = book.integer(DAYS[method])
    amount = _qualifying_amount(book, case.lines, kinds)
    amounts, amount_rule = _amounts(book, method, system, kinds)
    credit = case.credit
    checks = amount_rule is net_30_improved_amount
    if isinstance(amount, Finding):
        return NetTerms(days, amounts=amounts, checks=checks), [amount]
    if checks and credit.approved:
        terms = NetTerms(days, amount=amount, remaining_credit=_remaining(credit, amount))
        return terms, findings_in([credit_suffices(amount, credit.outstanding, credit.limit)])
    found = [amount_rule(amount, amounts)]
    if checks and found == [True]:
        found.append(
            credit_is_established(
                check_passed=credit.check_passed, tax_identifier_supplied=credit.tax_identifier_supplied
            )
        )
    remaining = _remaining(credit, amount) if checks else None
    return NetTerms(days, None, amounts, amount, checks, remaining), findings_in(found)


AmountRule = RuleFunction[[int, AmountRange], bool | Finding]

_NET_30_RULES: Mapping[str, AmountRule] = {
    "only": net_30_amount,
    "original": net_30_original_amount,
    "improved": net_30_improved_amount,
}


def _amounts(book: Book, method: str, system: str, kinds: Collection[LineKind]) -> tuple[AmountRange, AmountRule]:
    """The amounts that qualify. With Guard on the order its own sentence binds, which is never the wider one."""
    if method == "net_14":
        return _range(book.rows("payment.net_14.amounts")), net_14_amount
    if _bound_by_guard(book, system, kinds):
        return _range(book.rows(_GUARD_AMOUNTS[system])), net_30_guard_amount
    return _range(book.rows(_AMOUNTS[system])), _NET_30_RULES[system]


def _bound_by_guard(book: Book, system: str, kinds: Collection[LineKind]) -> bool:
    """Whether Guard's own sentence binds: of the old system for its whole order, of the new for Guard alone.

    In the new system other lines need a larger amount and a credit check, and Guard beside them needs no more.
    """
    if LineKind.GUARD_ANNUAL not in kinds or not book.prints(_GUARD_AMOUNTS[system]):
        return False
    return system == Billing.ORIGINAL.value or set(kinds) == {LineKind.GUARD_ANNUAL}


def _range(rows: Sequence[Mapping[str, Any]]) -> AmountRange:
    (row,) = rows
    maximum = to_minor(Decimal(row["maximum"]), USD) if "maximum" in row else None
    return AmountRange(to_minor(Decimal(row["minimum"]), USD), row["inclusive"], maximum)


def _qualifying_amount(book: Book, lines: Sequence[PayableLine], kinds: Collection[LineKind]) -> int | Finding:
    total = 0
    for i, line in enumerate(lines):
        if kind_of(book, line) not in kinds:
            continue
        if line.net is None:
            return undetermined("INPUT_MISSING", "net_amount").about(f"lines[{i}]")
        total += line.net
    return total


def _remaining(credit: CreditStanding, amount: int) -> int | None:
    return None if credit.limit is None or credit.outstanding is None else credit.limit - credit.outstanding - amount
