"""Ways to pay: each method by edition and line, posting times, net terms to the cent, and what comes before paying."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.business_days import business_days_after, is_business_day
from quotary_spec.model.order import Billing, CurrencyTerms, Cycle, Deal
from quotary_spec.model.party import Address, Party
from quotary_spec.model.payment import (
    AmountRange,
    CreditStanding,
    LineKind,
    PayableLine,
    PaymentAssessment,
    PaymentCase,
    PaymentInstrument,
    PaymentOption,
    PaymentProgress,
    PaymentPurpose,
    PostingDays,
    Sending,
)
from quotary_spec.model.product import Platform, Product
from quotary_spec.outcome import Finding, Outcome
from quotary_spec.register.products import PRODUCT
from quotary_spec.register.vocabulary import VOCABULARY
from quotary_spec.rule import RuleStep, tracing
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.payment import methods, net_terms
from quotary_spec.rules.payment.assessment import assess_payment_options
from quotary_spec.rules.payment.net_terms import line_qualifies_for_net_terms
from strategies import amounts, days, loose_products

METHODS = list(VOCABULARY["payment_method"])
CLOUD = Product("jira", Platform.CLOUD, "standard")
GUARD = Product("guard", Platform.CLOUD, "standard")
DC = Product("jira", Platform.DATA_CENTER)
SERVER = Product("jira", Platform.SERVER)
LISTS = {
    # What each edition accepts, line by line: c card, p PayPal, t transfer, a ACH, d ACH debit, q cheque.
    ("2021", "monthly"): "c",
    ("2021", "annual"): "ctqa",
    ("2021", "data_center"): "ctqa",
    ("2021", "server"): "ctqa",
    ("2023", "monthly"): "c",
    ("2023", "annual"): "cptqa",
    ("2023", "data_center"): "cptqa",
    ("2024", "monthly"): "cp",
    ("2024", "annual"): "cptqa",
    ("2024", "data_center"): "cptqa",
    ("2026", "monthly"): "cptadq",
    ("2026", "annual"): "cptadq",
    ("2026", "data_center"): "cptadq",
}
LETTER = dict(zip("cptadq", METHODS[:6], strict=True))
LINES = {
    "monthly": PayableLine(CLOUD, Cycle.MONTHLY, 500_00),
    "annual": PayableLine(CLOUD, Cycle.ANNUAL, 500_00),
    "data_center": PayableLine(DC, None, 500_00),
    "server": PayableLine(SERVER, None, 500_00),
    "guard_monthly": PayableLine(GUARD, Cycle.MONTHLY, 500_00),
    "guard_annual": PayableLine(GUARD, Cycle.ANNUAL, 500_00),
}


def deal(billing: Billing | None = Billing.IMPROVED, currency: str = "USD") -> Deal:
    home = Address({"AUD": "AU", "JPY": "JP"}.get(currency))
    return Deal(Party(address=home), billing=billing, currency=CurrencyTerms(currency))


def ask(
    edition: str, *lines: PayableLine, method: str | None = None, on: Deal | None = None, **facts: object
) -> PaymentAssessment:
    instrument = facts.pop("instrument", None) or (PaymentInstrument(method) if method else None)
    return assess_payment_options(
        BOOK[edition],
        PaymentCase(on or deal(), lines, instrument, **facts),  # type: ignore[arg-type]
    )


def option(edition: str, *lines: PayableLine, method: str, on: Deal | None = None, **facts: object) -> PaymentOption:
    (found,) = ask(edition, *lines, method=method, on=on, **facts).options
    return found


def accepted(answer: PaymentAssessment) -> list[str]:
    return [each.method for each in answer.options if each.outcome is Outcome.GRANTED]


def reason(found: PaymentOption | PaymentAssessment) -> tuple[Outcome, str]:
    (finding,) = (each for each in found.findings if each.reason != "SPLIT_WOULD_DO")
    return finding.outcome, finding.reason


# ---- methods


@pytest.mark.parametrize(("edition", "line"), LISTS)
def test_each_edition_accepts_its_list_and_nothing_else(edition: str, line: str) -> None:
    answer = ask(edition, LINES[line])
    assert [each.method for each in answer.options] == METHODS
    wanted = {LETTER[letter] for letter in LISTS[edition, line]}
    assert set(accepted(answer)) - {"net_14", "net_30"} == wanted
    assert answer.findings == ()
    for each in answer.options:
        if each.method in ("net_14", "net_30", "purchase_order", *wanted):
            continue
        debit = each.method == "ach_debit" and "a" in LISTS[edition, line]
        assert each.outcome is (Outcome.NOT_COVERED if debit else Outcome.REFUSED)


@pytest.mark.parametrize("edition", ["2024", "2026"])
@pytest.mark.parametrize("billing", Billing)
def test_guard_is_paid_by_lists_of_its_own(edition: str, billing: Billing) -> None:
    monthly = {"credit_card", "paypal"}
    if edition == "2026" and billing is Billing.IMPROVED:
        monthly = {"credit_card"}
    assert set(accepted(ask(edition, LINES["guard_monthly"], on=deal(billing)))) == monthly
    annual = {"credit_card", "bank_transfer", "ach", "cheque"}
    if edition == "2026" and billing is Billing.IMPROVED:
        annual |= {"paypal"}
    assert set(accepted(ask(edition, LINES["guard_annual"], on=deal(billing)))) == annual
    assert option(edition, LINES["guard_annual"], method="ach_debit", on=deal(billing)).outcome is Outcome.NOT_COVERED


def test_guard_without_a_billing_system_is_open_only_where_the_lists_differ() -> None:
    nowhere = deal(None)
    assert option("2026", LINES["guard_monthly"], method="credit_card", on=nowhere).outcome is Outcome.GRANTED
    assert option("2026", LINES["guard_monthly"], method="cheque", on=nowhere).outcome is Outcome.REFUSED
    paypal = option("2026", LINES["guard_monthly"], method="paypal", on=nowhere)
    assert paypal.findings[0].missing == ("deal.billing_experience",)
    assert option("2024", LINES["guard_monthly"], method="paypal", on=nowhere).outcome is Outcome.GRANTED
    assert option("2023", LINES["guard_monthly"], method="paypal", on=nowhere).outcome is Outcome.REFUSED


def test_guard_without_a_platform_is_cloud() -> None:
    line = PayableLine(Product("guard"), Cycle.MONTHLY)
    assert option("2026", line, method="credit_card").outcome is Outcome.GRANTED


@pytest.mark.parametrize("edition", BOOK)
def test_a_purchase_order_pays_nothing(edition: str) -> None:
    wanted = "PURCHASE_ORDER_IS_NO_PAYMENT" if edition in ("2024", "2026") else "METHOD_NOT_ACCEPTED"
    assert reason(option(edition, LINES["annual"], method="purchase_order")) == (Outcome.REFUSED, wanted)


@pytest.mark.parametrize("edition", BOOK)
def test_three_brands_of_cards_are_accepted(edition: str) -> None:
    for brand in VOCABULARY["card_brand"]:
        found = option(edition, LINES["monthly"], method="", instrument=PaymentInstrument("credit_card", brand))
        good = brand in ("visa", "mastercard", "american_express")
        assert (found.outcome is Outcome.GRANTED) is good
        assert good or reason(found) == (Outcome.REFUSED, "CARD_BRAND_NOT_ACCEPTED")
    card = option(edition, LINES["monthly"], method="credit_card")
    assert list(card.accepted_brands) == ["visa", "mastercard", "american_express"]
    assert list(card.refused_brands) == (["discover"] if edition in ("2024", "2026") else [])
    assert option(edition, LINES["annual"], method="cheque").accepted_brands == ()


@pytest.mark.parametrize("edition", BOOK)
def test_australian_dollars_are_paid_by_transfer(edition: str) -> None:
    in_aud = deal(Billing.ORIGINAL, "AUD")
    outcomes = {each.method: each.outcome for each in ask(edition, LINES["data_center"], on=in_aud).options}
    assert outcomes["bank_transfer"] is Outcome.GRANTED
    assert outcomes["credit_card"] is outcomes["cheque"] is Outcome.REFUSED
    assert outcomes["paypal"] is (Outcome.REFUSED if edition == "2021" else Outcome.UNDETERMINED)
    assert outcomes["ach"] is Outcome.UNDETERMINED
    for method, code in (("credit_card", "METHOD_NOT_IN_CURRENCY"), ("cheque", "METHOD_NOT_IN_CURRENCY")):
        assert reason(option(edition, LINES["data_center"], method=method, on=in_aud)) == (Outcome.REFUSED, code)
    yen = deal(Billing.ORIGINAL, "JPY")
    assert option(edition, LINES["data_center"], method="credit_card", on=yen).outcome is Outcome.GRANTED
    own = PaymentInstrument("credit_card", currency="AUD")
    assert option(edition, LINES["data_center"], method="", instrument=own).outcome is Outcome.REFUSED


def test_paypal_in_australian_dollars_is_not_stated() -> None:
    found = option("2026", LINES["data_center"], method="paypal", on=deal(currency="AUD"))
    assert reason(found) == (Outcome.UNDETERMINED, "METHOD_IN_CURRENCY_NOT_STATED")


@pytest.mark.parametrize(("edition", "billing"), [(e, b) for e in ("2024", "2026") for b in Billing])
def test_ach_for_annual_guard_needs_a_bank_in_the_united_states(edition: str, billing: Billing) -> None:
    guard, on = LINES["guard_annual"], deal(billing)

    def from_bank(country: str | None) -> PaymentOption:
        return option(edition, guard, method="", instrument=PaymentInstrument("ach", bank_country=country), on=on)

    assert from_bank("US").findings == ()
    if (edition, billing) == ("2026", Billing.IMPROVED):
        assert from_bank("NL").findings == from_bank(None).findings == ()
        return
    assert reason(from_bank("NL")) == (Outcome.REFUSED, "ACH_FROM_US_BANKS_ONLY")
    assert reason(from_bank(None)) == (Outcome.GRANTED, "BANK_HAS_TO_BE_IN_THE_US")


@pytest.mark.parametrize("edition", BOOK)
@pytest.mark.parametrize("line", ["annual", "data_center"])
def test_ach_for_the_rest_comes_from_any_bank_in_any_currency(edition: str, line: str) -> None:
    dutch = PaymentInstrument("ach", bank_country="NL")
    assert option(edition, LINES[line], method="", instrument=dutch).findings == ()
    yen = deal(Billing.ORIGINAL, "JPY")
    assert option(edition, LINES[line], method="ach", on=yen).findings == ()


@pytest.mark.parametrize("edition", ["2024", "2026"])
@pytest.mark.parametrize("method", ["bank_transfer", "net_30", "paypal"])
def test_what_cannot_be_invoiced_in_a_currency_cannot_be_paid_in_it(edition: str, method: str) -> None:
    cloud = option(edition, LINES["data_center"], LINES["annual"], method=method, on=deal(Billing.ORIGINAL, "AUD"))
    against = [each for each in cloud.findings if each.reason == "CURRENCY_WITHOUT_CLOUD_AND_APPS"]
    assert [(each.outcome, each.subject) for each in against] == [(Outcome.REFUSED, "lines[1]")]


def test_paypal_renews_data_center_in_2026_and_not_in_2024() -> None:
    renewal = PaymentPurpose.AUTOMATIC_RENEWAL
    lines = (LINES["annual"], LINES["data_center"])
    found = option("2024", *lines, method="paypal", purpose=renewal)
    assert reason(found) == (Outcome.REFUSED, "PAYPAL_DOES_NOT_RENEW")
    assert found.findings[0].subject == "lines[1]"
    assert option("2026", *lines, method="paypal", purpose=renewal).outcome is Outcome.GRANTED
    assert option("2024", *lines, method="paypal", purpose=PaymentPurpose.QUOTE).outcome is Outcome.GRANTED
    assert option("2024", *lines, method="credit_card", purpose=renewal).outcome is Outcome.GRANTED
    assert option("2023", *lines, method="paypal", purpose=renewal).outcome is Outcome.GRANTED
    government = PayableLine(Product("jira", Platform.GOVERNMENT_CLOUD), Cycle.ANNUAL)
    assert option("2024", government, method="paypal", purpose=renewal).outcome is Outcome.GRANTED


def test_a_line_of_unknown_kind_leaves_every_list_open() -> None:
    answer = ask("2026", LINES["annual"], PayableLine(Product("jira")), PayableLine(CLOUD))
    assert accepted(answer) == []
    assert {(each.subject, each.missing) for each in answer.findings if each.outcome is Outcome.UNDETERMINED} == {
        ("lines[1]", ("product.platform",)),
        ("lines[2]", ("billing_cycle",)),
    }
    assert answer.sending is None
    asked = ask("2026", PayableLine(CLOUD), method="cheque", purpose=PaymentPurpose.QUOTE)
    assert asked.sending is None
    assert [each.reason for each in asked.findings] == ["INPUT_MISSING"]


# ---- posting times

MONDAY = date(2025, 9, 8)
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

GOOD_CREDIT = CreditStanding(check_passed=True, tax_identifier_supplied=True)


def net(edition: str, method: str, billing: Billing, minor: int, product: Product = CLOUD) -> PaymentOption:
    line = PayableLine(product, Cycle.ANNUAL, minor)
    return option(edition, line, method=method, on=deal(billing), credit=GOOD_CREDIT)


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


# ---- what comes before paying

P = PaymentPurpose
SENDING = [
    # Purpose, method, order placed, invoice issued: payable, next step.
    (P.QUOTE, None, None, None, Sending(False, "place_order")),
    (P.QUOTE, "credit_card", False, None, Sending(False, "place_order")),
    (P.QUOTE, "bank_transfer", True, False, Sending(False, "receive_invoice")),
    (P.QUOTE, "bank_transfer", True, None, Sending(False, "receive_invoice")),
    (P.QUOTE, "bank_transfer", True, True, Sending(False)),
    (P.INVOICE, "bank_transfer", True, True, Sending(True)),
    (P.INVOICE, "bank_transfer", None, True, Sending(True)),
    (P.INVOICE, "bank_transfer", True, False, Sending(False, "receive_invoice")),
    (P.INVOICE, "bank_transfer", False, False, Sending(False, "place_order")),
    (P.INVOICE, "bank_transfer", True, None, None),
    (P.ORDER, "credit_card", False, False, Sending(True)),
    (P.ORDER, "paypal", None, None, Sending(True)),
    (P.ORDER, "bank_transfer", None, None, Sending(False, "place_order")),
    (P.ORDER, None, True, None, None),
    (P.AUTOMATIC_RENEWAL, "credit_card", None, None, Sending(True)),
    (P.AUTOMATIC_RENEWAL, None, None, None, Sending(True)),
]


@pytest.mark.parametrize("edition", ["2024", "2026"])
@pytest.mark.parametrize(("purpose", "method", "placed", "issued", "wanted"), SENDING)
def test_in_the_improved_experience_the_invoice_is_paid(
    edition: str,
    purpose: PaymentPurpose,
    method: str | None,
    placed: bool | None,
    issued: bool | None,
    wanted: Sending | None,
) -> None:
    answer = ask(edition, LINES["annual"], method=method, purpose=purpose, order_placed=placed, invoice_issued=issued)
    assert answer.sending == wanted
    remarks = [each for each in answer.findings if each.reason in ("PAY_AGAINST_INVOICE", "MORE_WITH_FACT")]
    assert bool(remarks) is (wanted != Sending(True))
    if wanted is not None and not wanted.payable:
        assert dict(remarks[0].detail)["next_step"] == (wanted.next_step or "pay_invoice")


@pytest.mark.parametrize("edition", BOOK)
def test_elsewhere_the_quote_itself_may_be_paid(edition: str) -> None:
    for line, on in ((LINES["annual"], deal(Billing.ORIGINAL)), (LINES["data_center"], deal(Billing.IMPROVED))):
        assert ask(edition, line, on=on, purpose=P.QUOTE).sending == Sending(True)
        waiting = ask(edition, line, on=on, purpose=P.INVOICE, invoice_issued=False)
        assert waiting.sending == Sending(False, "receive_invoice")
        assert ask(edition, line, on=on, purpose=P.INVOICE, invoice_date=MONDAY).sending == Sending(True)
        unknown = ask(edition, line, on=on, purpose=P.INVOICE)
        assert unknown.sending is None
        assert unknown.findings[-1].missing == ("invoice_issued",)
        assert ask(edition, line, on=on).sending is None
    if edition in ("2021", "2023"):
        assert ask(edition, LINES["annual"], on=deal(Billing.IMPROVED), purpose=P.QUOTE).sending == Sending(True)


def test_one_improved_line_binds_the_whole_order() -> None:
    mixed = ask("2026", LINES["data_center"], LINES["annual"], purpose=P.QUOTE)
    assert mixed.sending == Sending(False, "place_order")
    nowhere = ask("2026", LINES["data_center"], LINES["annual"], on=deal(None), purpose=P.QUOTE)
    assert nowhere.sending is None
    assert nowhere.findings[-1].missing == ("deal.billing_experience",)
    assert nowhere.outcome is Outcome.GRANTED


# ---- holds, changes, accounts, guidance


def hold(edition: str = "2026", on: date | None = None, available: bool | None = None) -> PaymentAssessment:
    progress = PaymentProgress(charged_on=date(2025, 5, 1), funds_available=available)
    return ask(edition, LINES["guard_monthly"], progress=progress, assessed_on=on)


def test_a_reservation_lasts_one_to_five_days() -> None:
    open_ended = hold().hold
    assert open_ended is not None
    assert (open_ended.earliest_release, open_ended.latest_release) == (date(2025, 5, 2), date(2025, 5, 6))
    assert (open_ended.plausible, open_ended.issuer_contact_due) == (None, None)
    for day, plausible in ((date(2025, 4, 30), False), (date(2025, 5, 1), True), (date(2025, 5, 6), True)):
        found = hold("2024", day).hold
        assert found is not None
        assert (found.plausible, found.issuer_contact_due) == (plausible, None)
    late = hold("2026", date(2025, 5, 7)).hold
    assert late is not None
    assert late.plausible is False
    assert hold("2023").hold is None
    assert ask("2026", LINES["annual"]).hold is None


@pytest.mark.parametrize(
    ("day", "available", "due"), [(5, False, False), (6, False, True), (7, False, True), (6, True, False)]
)
def test_the_issuer_is_asked_from_day_five(day: int, available: bool, due: bool) -> None:
    found = hold("2026", date(2025, 5, day), available).hold
    assert found is not None
    assert found.issuer_contact_due is due


def test_a_changed_card_is_charged_on_the_next_billing_date() -> None:
    def changed(day: date | None, billing: date | None, edition: str = "2026") -> date | None:
        progress = PaymentProgress(changed_on=day, next_billing_on=billing)
        found = ask(edition, LINES["guard_monthly"], progress=progress)
        open_parts = [dict(each.detail)["part"] for each in found.findings if each.reason == "PART_NOT_STATED"]
        assert open_parts == (["first_charge_date"] if day == billing else [])
        return found.first_charge_on

    assert changed(date(2025, 3, 1), date(2025, 3, 9)) == date(2025, 3, 9)
    assert changed(date(2025, 3, 9), date(2025, 3, 9)) is None
    assert changed(None, date(2025, 3, 9)) is None
    assert changed(date(2025, 3, 1), None) is None
    assert changed(date(2025, 3, 1), date(2025, 3, 9), "2023") is None


def test_the_account_number_serves_as_iban_of_a_transfer_from_europe_in_2026_alone() -> None:
    european = Deal(Party(address=Address("NL")))
    newest = ask("2026", LINES["annual"], on=european)
    assert (newest.account_number_usable, newest.account_currency) == (True, "USD")
    for elsewhere in (Deal(Party(address=Address("JP"))), Deal(Party())):
        unsaid = ask("2026", LINES["annual"], on=elsewhere)
        assert (unsaid.account_number_usable, unsaid.account_currency) == (None, "")
    for edition in ("2021", "2023", "2024"):
        older = ask(edition, LINES["annual"], on=european)
        assert (older.account_number_usable, older.account_currency) == (None, "")
        assert older.guidance is not None


def test_cards_are_used_where_the_order_is_billed() -> None:
    def channel(edition: str, method: str, *lines: PayableLine, on: Deal | None = None) -> str | None:
        guidance = option(edition, *lines, method=method, on=on).guidance
        return guidance.channel if guidance is not None else None

    assert channel("2026", "credit_card", LINES["annual"]) == "billing_console"
    assert channel("2026", "credit_card", LINES["annual"], on=deal(Billing.ORIGINAL)) == "order_form"
    assert channel("2026", "credit_card", LINES["data_center"]) == "order_form"
    assert channel("2023", "credit_card", LINES["annual"]) == "order_form"
    assert channel("2026", "credit_card", LINES["annual"], on=deal(None)) is None
    assert channel("2026", "credit_card", LINES["annual"], LINES["data_center"]) is None
    assert channel("2026", "paypal", LINES["annual"], on=deal(Billing.ORIGINAL)) == "site_administration"
    assert channel("2026", "bank_transfer", LINES["annual"], on=deal(None)) == "bank"
    assert channel("2026", "cheque", LINES["annual"]) is None


# ---- the whole

lines = st.builds(PayableLine, loose_products, st.sampled_from([None, *Cycle]), st.none() | amounts)
cases = st.builds(
    PaymentCase,
    st.builds(deal, st.sampled_from([None, *Billing]), st.sampled_from(["USD", "AUD", "JPY"])),
    st.lists(lines, min_size=1, max_size=4).map(tuple),
    st.none()
    | st.builds(
        PaymentInstrument,
        st.sampled_from(METHODS),
        st.sampled_from([None, *VOCABULARY["card_brand"]]),
        st.sampled_from([None, "US", "NL"]),
        st.sampled_from([None, "AUD"]),
    ),
    st.sampled_from([None, *PaymentPurpose]),
    st.none() | st.booleans(),
    st.none() | days,
    st.none() | st.booleans(),
    st.builds(
        CreditStanding,
        st.none() | st.booleans(),
        st.none() | st.booleans(),
        st.none() | amounts,
        st.none() | amounts,
        st.none() | st.booleans(),
    ),
    st.builds(PaymentProgress, *[st.none() | days] * 3, st.none() | st.booleans(), *[st.none() | days] * 2),
    st.frozensets(days, max_size=2),
    st.none() | days,
)


@given(st.sampled_from(list(BOOK)), cases)
def test_every_order_gets_an_answer(edition: str, case: PaymentCase) -> None:
    with tracing() as trace:
        answer = assess_payment_options(BOOK[edition], case)
    assert trace.subject == ""
    # Every rule that takes part serves the edition that asks.
    assert all(edition in step.info.editions for step in trace.steps() if isinstance(step, RuleStep))
    assert [each.method for each in answer.options] == ([case.instrument.method] if case.instrument else METHODS)
    if case.instrument:
        assert answer.outcome is answer.options[0].outcome
    else:
        granted = any(each.outcome is Outcome.GRANTED for each in answer.options)
        assert (answer.outcome is Outcome.GRANTED) is granted
    for each in answer.options:
        if each.days is not None:
            assert each.days.earliest <= each.days.latest
        if each.outcome is Outcome.GRANTED and each.net_terms is not None and each.net_terms.amounts is not None:
            assert each.net_terms.amount in each.net_terms.amounts  # type: ignore[operator]


@given(st.sampled_from(list(BOOK)), cases, st.data())
def test_the_order_of_the_lines_does_not_matter(edition: str, case: PaymentCase, data: st.DataObject) -> None:
    moved = PaymentCase(case.deal, tuple(data.draw(st.permutations(case.lines))), case.instrument, credit=case.credit)
    straight = PaymentCase(case.deal, case.lines, case.instrument, credit=case.credit)
    outcomes = [
        [each.outcome for each in assess_payment_options(BOOK[edition], one).options] for one in (straight, moved)
    ]
    assert outcomes[0] == outcomes[1]


# ---- rules by themselves


def test_what_a_rule_grants_is_a_plain_yes() -> None:
    for accepts in (
        methods.method_is_accepted,
        methods.monthly_method_is_accepted,
        methods.guard_monthly_method_is_accepted,
        methods.guard_annual_method_is_accepted,
    ):
        assert accepts("ach", ["ach"]) is True
        assert accepts("ach_debit", ["ach_debit", "ach"]) is True
    assert methods.card_is_accepted("visa", ["visa"]) is True
    assert methods.method_takes_currency("paypal", "JPY", ["cheque"], []) is True
    assert methods.method_takes_currency("bank_transfer", "AUD", ["cheque"], ["bank_transfer"]) is True
    assert methods.bank_takes_part_in_ach("US", ["US"]) is True
    assert methods.paypal_renews(Platform.CLOUD, ["cloud"]) is True
    for amount_is_right in (
        net_terms.net_14_amount,
        net_terms.net_30_amount,
        net_terms.net_30_original_amount,
        net_terms.net_30_guard_amount,
        net_terms.net_30_improved_amount,
    ):
        assert amount_is_right(1, AmountRange(1)) is True
    assert net_terms.credit_is_established(True, True) is True
    assert net_terms.credit_suffices(1, 1, 2) is True


def test_words_are_compared_by_what_they_say() -> None:
    aud, card, guard = "".join(["A", "UD"]), "_".join(["credit", "card"]), "".join(["gu", "ard"])
    found = option("2026", LINES["data_center"], method=card, on=deal(currency=aud))
    assert reason(found) == (Outcome.REFUSED, "METHOD_NOT_IN_CURRENCY")
    assert found.accepted_brands
    line = PayableLine(Product(guard, Platform.CLOUD), Cycle.MONTHLY)
    assert option("2026", line, method="cheque").outcome is Outcome.REFUSED
    dirhams = option("2026", LINES["data_center"], method=card, on=deal(Billing.ORIGINAL, "AED"))
    assert [each.reason for each in dirhams.findings] == ["CURRENCY_NOT_OFFERED"]
    progress = PaymentProgress(sent_on=date(2025, 9, 1), received_on=MONDAY)
    received = option("2026", LINES["annual"], method="".join(["che", "que"]), progress=progress)
    assert received.days == PostingDays(date(2025, 9, 17), date(2025, 9, 26))
    first = option("2026", PayableLine(CLOUD, Cycle.ANNUAL, 60_000_00), method="_".join(["net", "30"]))
    assert first.findings[0].missing == ("credit.check_passed", "credit.tax_identifier_supplied")


@pytest.mark.parametrize("method", METHODS)
def test_the_brand_of_a_card_means_nothing_to_other_methods(method: str) -> None:
    found = option("2026", LINES["annual"], method="", instrument=PaymentInstrument(method, "discover", "US"))
    plain = option("2026", LINES["annual"], method="", instrument=PaymentInstrument(method, None, "US"))
    assert (found.outcome is plain.outcome) is (method != "credit_card")


def test_every_line_that_stands_in_the_way_is_named() -> None:
    answer = option("2026", LINES["annual"], LINES["server"], LINES["guard_annual"], method="net_30", on=deal(None))
    named = {(each.subject, each.reason) for each in answer.findings}
    assert named == {
        ("lines[0]", "INPUT_MISSING"),
        ("lines[1]", "NET_TERMS_NOT_FOR_LINE"),
        ("lines[2]", "INPUT_MISSING"),
    }


@pytest.mark.parametrize("id", [id for id in PRODUCT if id != "guard"])
def test_only_guard_has_lists_of_its_own(id: str) -> None:
    original = deal(Billing.ORIGINAL)
    for cycle in Cycle:
        line = PayableLine(Product(id, Platform.CLOUD), cycle)
        assert option("2026", line, method="paypal", on=original).outcome is Outcome.GRANTED
        assert option("2026", line, method="ach_debit", on=original).outcome is Outcome.GRANTED
    assert option("2026", PayableLine(Product(id), Cycle.ANNUAL), method="paypal").outcome is Outcome.UNDETERMINED


EUROPE = """
Albania, Andorra, Austria, Belarus, Belgium, Bosnia and Herzegovina, Bulgaria, Croatia, Cyprus, Czechia, Denmark,
Estonia, Faroe Islands, Finland, France, Germany, Gibraltar, Greece, Guernsey, Holy See (Vatican City State), Hungary,
Iceland, Ireland, Isle of Man, Italy, Jersey, Latvia, Liechtenstein, Lithuania, Luxembourg, Malta, Moldova, Monaco,
Montenegro, Netherlands, North Macedonia, Norway, Poland, Portugal, Romania, Russian Federation, San Marino, Serbia,
Slovakia, Slovenia, Spain, Svalbard and Jan Mayen, Sweden, Switzerland, Ukraine, United Kingdom, Åland Islands
"""


def test_europe_is_the_continent_with_its_islands() -> None:
    codes = {pycountry.countries.lookup(name.strip()).alpha_2 for name in EUROPE.split(",")}
    assert set(BOOK["2026"].texts("payment.account.countries")) == codes
