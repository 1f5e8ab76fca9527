"""Posting times, and net terms to the cent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_cases import CLOUD, DC, GOOD_CREDIT, GUARD, LINES, MONDAY, accepted, ask, deal, net, option, reason
from quotary_spec.business_days import business_days_after, is_business_day
from quotary_spec.model.order import Billing, Cycle
from quotary_spec.model.payment import (
    AmountRange,
    CreditStanding,
    LineKind,
    PayableLine,
    PaymentOption,
    PaymentProgress,
    PostingDays,
)
from quotary_spec.model.product import Product
from quotary_spec.outcome import Finding, Outcome
from quotary_spec.rules.payment.net_terms import line_qualifies_for_net_terms
from strategies import days

# ---- posting times

TIMES = {
    # Sent on a Monday: first and last day, worked by hand on a calendar.
    ("2021", "bank_transfer"): ("2025-09-15", "2025-09-17"),
    ("2021", "ach"): ("2025-09-17", "2025-09-26"),
    ("2021", "cheque"): ("2025-09-08", "2025-09-22"),
    ("2023", "bank_transfer"): ("2025-09-15", "2025-09-17"),
    ("2023", "ach"): ("2025-09-17", "2025-09-26"),
    ("2023", "cheque"): ("2025-09-08", "2025-09-22"),
    ("2024", "bank_transfer"): ("2025-09-17", "2025-09-26"),
    ("2024", "ach"): ("2025-09-15", "2025-09-17"),
    ("2024", "cheque"): ("2025-09-17", "2025-09-26"),
    ("2026", "bank_transfer"): ("2025-09-17", "2025-09-26"),
    ("2026", "ach"): ("2025-09-17", "2025-09-26"),
    ("2026", "ach_debit"): ("2025-09-09", "2025-09-11"),
    ("2026", "cheque"): ("2025-09-17", "2025-09-26"),
}


@pytest.mark.parametrize(("edition", "method"), TIMES)
def test_posting_takes_the_printed_range(edition: str, method: str) -> None:
    found = option(edition, LINES["annual"], method=method, progress=PaymentProgress(sent_on=MONDAY))
    assert found.days == PostingDays(*map(date.fromisoformat, TIMES[edition, method]))
    if found.time.maximum_calendar_days:
        assert (found.time.maximum_calendar_days, found.time.maximum_business_days) == (14, 0)


def test_holidays_push_posting_back_and_cards_have_no_range() -> None:
    progress = PaymentProgress(sent_on=MONDAY)
    holidays = frozenset({date(2025, 9, 9), date(2025, 9, 13)})
    found = option("2026", LINES["annual"], method="ach_debit", progress=progress, holidays=holidays)
    assert found.days == PostingDays(date(2025, 9, 10), date(2025, 9, 12))
    for method in ("credit_card", "paypal", "net_30"):
        assert option("2026", LINES["annual"], method=method, progress=progress).days is None
    assert option("2026", LINES["annual"], method="cheque").days is None


def test_a_cheque_counts_from_its_receipt_where_that_is_known() -> None:
    progress = PaymentProgress(sent_on=date(2025, 9, 1), received_on=MONDAY)
    cheque = option("2026", LINES["annual"], method="cheque", progress=progress)
    assert cheque.days == PostingDays(date(2025, 9, 17), date(2025, 9, 26))
    transfer = option("2026", LINES["annual"], method="bank_transfer", progress=progress)
    assert transfer.days == PostingDays(date(2025, 9, 10), date(2025, 9, 19))


@given(days, st.integers(0, 20), st.sets(days, max_size=3))
def test_business_days_are_counted_one_by_one(start: date, count: int, holidays: set[date]) -> None:
    end = business_days_after(start, count, holidays)
    between = [date.fromordinal(each) for each in range(start.toordinal() + 1, end.toordinal() + 1)]
    assert sum(is_business_day(each, holidays) for each in between) == count
    assert not between or is_business_day(end, holidays)


# ---- net terms

BOUNDS = [
    # Edition, method, billing system, product; the last amount below and the first that qualifies, and so at the top.
    ("2026", "net_14", Billing.IMPROVED, CLOUD, 1_000_00, 50_000_00),
    ("2024", "net_14", Billing.IMPROVED, CLOUD, 1_000_00, 20_000_00),
    ("2026", "net_14", Billing.IMPROVED, GUARD, 1_000_00, 50_000_00),
    ("2024", "net_14", Billing.IMPROVED, GUARD, 1_000_00, 20_000_00),
    ("2026", "net_30", Billing.IMPROVED, CLOUD, 50_000_01, None),
    ("2024", "net_30", Billing.IMPROVED, CLOUD, 20_000_00, None),
    ("2024", "net_30", Billing.IMPROVED, GUARD, 10_000_01, None),
    ("2026", "net_30", Billing.ORIGINAL, CLOUD, 10_000_01, None),
    ("2024", "net_30", Billing.ORIGINAL, CLOUD, 10_000_00, None),
    ("2026", "net_30", Billing.ORIGINAL, GUARD, 10_000_01, None),
    ("2024", "net_30", Billing.ORIGINAL, GUARD, 10_000_01, None),
    ("2026", "net_30", Billing.IMPROVED, DC, 10_000_01, None),
    ("2024", "net_30", Billing.IMPROVED, DC, 10_000_00, None),
    ("2023", "net_30", Billing.ORIGINAL, CLOUD, 10_000_00, None),
    ("2023", "net_30", Billing.IMPROVED, DC, 10_000_00, None),
    ("2023", "net_30", Billing.IMPROVED, GUARD, 10_000_00, None),
    ("2021", "net_30", Billing.ORIGINAL, CLOUD, 10_000_00, None),
    ("2021", "net_30", Billing.ORIGINAL, DC, 10_000_00, None),
]


@pytest.mark.parametrize(("edition", "method", "billing", "product", "first", "last"), BOUNDS)
def test_net_terms_begin_and_end_at_the_cent(
    edition: str, method: str, billing: Billing, product: Product, first: int, last: int | None
) -> None:
    assert net(edition, method, billing, first, product).outcome is Outcome.GRANTED
    below = net(edition, method, billing, first - 1, product)
    assert reason(below) == (Outcome.REFUSED, "NET_TERMS_AMOUNT")
    top = net(edition, method, billing, last or 10**11, product)
    assert top.outcome is Outcome.GRANTED
    assert top.net_terms is not None
    assert top.net_terms.amounts is not None
    assert top.net_terms.amounts.maximum == last
    assert top.net_terms.amounts.minimum + (not top.net_terms.amounts.inclusive) == first
    if last is not None:
        above = net(edition, method, billing, last + 1, product)
        assert reason(above) == (Outcome.REFUSED, "NET_TERMS_AMOUNT")
        assert dict(above.findings[0].detail)["maximum"] == str(Decimal(last).scaleb(-2))


def test_the_bounds_are_told_with_the_refusal() -> None:
    assert dict(net("2026", "net_30", Billing.ORIGINAL, 10_000_00).findings[0].detail) == {
        "amount": "10000.00",
        "minimum": "10000.00",
        "minimum_included": "no",
    }
    assert dict(net("2024", "net_14", Billing.IMPROVED, 999_99).findings[0].detail)["minimum_included"] == "yes"


def test_in_2024_twenty_thousand_has_both_terms() -> None:
    line = PayableLine(CLOUD, Cycle.ANNUAL, 20_000_00)
    assert {"net_14", "net_30"} <= set(accepted(ask("2024", line, credit=GOOD_CREDIT)))


@pytest.mark.parametrize("kind", LineKind)
@pytest.mark.parametrize("billing", [None, *Billing])
def test_only_annual_subscriptions_and_data_center_have_net_terms(kind: LineKind, billing: Billing | None) -> None:
    serves = kind in (LineKind.ANNUAL, LineKind.GUARD_ANNUAL, LineKind.DATA_CENTER)
    net_30 = line_qualifies_for_net_terms(kind, billing, "net_30")
    assert (net_30 is True) is serves
    net_14 = line_qualifies_for_net_terms(kind, billing, "net_14")
    assert (net_14 is True) is (serves and billing is Billing.IMPROVED)
    for answer in (net_30, net_14):
        assert answer is True or (isinstance(answer, Finding) and answer.reason == "NET_TERMS_NOT_FOR_LINE")


def test_a_mixed_order_is_told_which_lines_could_be_paid_so_by_themselves() -> None:
    big, month, small = PayableLine(DC, None, 12_000_00), LINES["monthly"], PayableLine(DC, None, 9_000_00)
    split = option("2026", month, big, month, method="net_30")
    assert [(each.reason, each.subject) for each in split.findings] == [
        ("NET_TERMS_NOT_FOR_LINE", "lines[0]"),
        ("SPLIT_WOULD_DO", ""),
    ]
    assert dict(split.findings[-1].detail) == {"lines": "lines[1]"}
    # What is left would not reach the amount, so that no split helps.
    useless = option("2026", month, small, method="net_30")
    assert "SPLIT_WOULD_DO" not in {each.reason for each in useless.findings}
    cheque = option("2024", LINES["annual"], month, LINES["data_center"], method="cheque")
    assert dict(cheque.findings[-1].detail) == {"lines": "lines[0], lines[2]"}
    # One refused line has nothing to be split from.
    assert len(option("2024", month, month, method="cheque").findings) == 1


def test_net_14_is_never_for_the_old_system_or_data_center() -> None:
    for edition in ("2024", "2026"):
        for billing, product in ((Billing.ORIGINAL, CLOUD), (Billing.IMPROVED, DC)):
            found = net(edition, "net_14", billing, 5_000_00, product)
            assert reason(found) == (Outcome.REFUSED, "NET_TERMS_NOT_FOR_LINE")
            assert found.net_terms is not None
            assert found.net_terms.days == 14
    for edition in ("2021", "2023"):
        found = net(edition, "net_14", Billing.IMPROVED, 5_000_00)
        assert reason(found) == (Outcome.REFUSED, "METHOD_NOT_ACCEPTED")


def test_each_billing_system_counts_its_own_lines() -> None:
    cloud, center = PayableLine(CLOUD, Cycle.ANNUAL, 60_000_00), PayableLine(DC, None, 9_000_00)
    found = option("2026", cloud, center, method="net_30", credit=GOOD_CREDIT)
    assert reason(found) == (Outcome.REFUSED, "NET_TERMS_AMOUNT")
    assert found.net_terms is not None
    assert found.net_terms.amount == 9_000_00
    together = option("2026", cloud, center, method="net_30", on=deal(Billing.ORIGINAL))
    assert together.net_terms is not None
    assert (together.outcome, together.net_terms.amount) == (Outcome.GRANTED, 69_000_00)
    monthly = option("2026", cloud, LINES["monthly"], method="net_30", credit=GOOD_CREDIT)
    assert reason(monthly) == (Outcome.REFUSED, "NET_TERMS_NOT_FOR_LINE")
    assert monthly.findings[0].subject == "lines[1]"
    assert monthly.net_terms is not None
    assert monthly.net_terms.amount == 60_000_00


def test_guard_beside_other_lines_binds_the_order_to_its_own_sentence() -> None:
    lines = (PayableLine(CLOUD, Cycle.ANNUAL, 6_000_00), PayableLine(GUARD, Cycle.ANNUAL, 4_000_00))
    assert option("2024", *lines, method="net_30", on=deal(Billing.ORIGINAL)).outcome is Outcome.REFUSED
    assert option("2023", *lines, method="net_30", on=deal(Billing.ORIGINAL)).outcome is Outcome.GRANTED


def test_net_terms_name_what_they_lack() -> None:
    nowhere = option("2026", LINES["annual"], method="net_30", on=deal(None))
    assert nowhere.findings[0].missing == ("deal.billing_experience",)
    priceless = option("2026", LINES["annual"], PayableLine(CLOUD, Cycle.ANNUAL), method="net_30")
    assert (priceless.findings[0].subject, priceless.findings[0].missing) == ("lines[1]", ("net_amount",))
    assert priceless.net_terms is not None
    assert priceless.net_terms.checks


@pytest.mark.parametrize(
    ("credit", "wanted"),
    [
        (CreditStanding(), (Outcome.UNDETERMINED, "INPUT_MISSING")),
        (CreditStanding(check_passed=True), (Outcome.UNDETERMINED, "INPUT_MISSING")),
        (CreditStanding(check_passed=False), (Outcome.REFUSED, "CREDIT_CHECK_NOT_PASSED")),
        (CreditStanding(tax_identifier_supplied=False), (Outcome.REFUSED, "TAX_IDENTIFIER_NOT_SUPPLIED")),
    ],
)
def test_the_first_net_30_of_the_new_system_needs_credit(credit: CreditStanding, wanted: tuple[Outcome, str]) -> None:
    line = PayableLine(CLOUD, Cycle.ANNUAL, 60_000_00)
    found = option("2026", line, method="net_30", credit=credit)
    assert reason(found) == wanted
    assert found.net_terms is not None
    assert found.net_terms.checks
    if wanted[0] is Outcome.UNDETERMINED:
        absent = [name for name in ("check_passed", "tax_identifier_supplied") if getattr(credit, name) is None]
        assert found.findings[0].missing == tuple(f"credit.{name}" for name in absent)
    assert option("2026", line, method="net_30", credit=credit, on=deal(Billing.ORIGINAL)).findings == ()
    assert option("2026", LINES["annual"], method="net_14", credit=credit).findings[0].reason == "NET_TERMS_AMOUNT"


def test_once_approved_the_limit_alone_binds() -> None:
    def with_credit(minor: int, **facts: object) -> PaymentOption:
        credit = CreditStanding(approved=True, **facts)  # type: ignore[arg-type]
        return option("2026", PayableLine(CLOUD, Cycle.ANNUAL, minor), method="net_30", credit=credit)

    at_limit = with_credit(20_000_00, outstanding=40_000_00, limit=60_000_00)
    assert at_limit.outcome is Outcome.GRANTED
    assert at_limit.net_terms is not None
    assert at_limit.net_terms.remaining_credit == 0
    assert at_limit.net_terms.amounts is None
    assert not at_limit.net_terms.checks
    above = with_credit(20_000_01, outstanding=40_000_00, limit=60_000_00)
    assert reason(above) == (Outcome.REFUSED, "CREDIT_LIMIT_EXCEEDED")
    assert dict(above.findings[0].detail) == {"excess": "0.01"}
    assert above.net_terms is not None
    assert above.net_terms.remaining_credit == -1
    assert with_credit(1, outstanding=0, limit=1).outcome is Outcome.GRANTED
    assert with_credit(1).findings[0].missing == ("credit.outstanding_amount", "credit.credit_limit")
    assert with_credit(1, outstanding=5).findings[0].missing == ("credit.credit_limit",)
    unknown = with_credit(1, limit=5)
    assert unknown.findings[0].missing == ("credit.outstanding_amount",)
    assert unknown.net_terms is not None
    assert unknown.net_terms.remaining_credit is None


def test_an_invoice_falls_due_after_calendar_days() -> None:
    for method, due in (("net_14", date(2025, 9, 15)), ("net_30", date(2025, 10, 1))):
        found = option("2026", LINES["annual"], method=method, invoice_date=date(2025, 9, 1))
        assert found.net_terms is not None
        assert found.net_terms.due_on == due
    undated = option("2026", LINES["annual"], method="net_14").net_terms
    assert undated is not None
    assert undated.due_on is None


@given(st.integers(0, 100), st.booleans(), st.none() | st.integers(0, 100), st.integers(-5, 110))
def test_a_range_of_amounts_is_an_interval(minimum: int, inclusive: bool, maximum: int | None, amount: int) -> None:
    inside = amount in AmountRange(minimum, inclusive, maximum)
    assert inside == ((amount >= minimum if inclusive else amount > minimum) and (maximum is None or amount <= maximum))
