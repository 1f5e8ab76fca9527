"""Ways to pay: each method by edition and line, and what holds of every order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_cases import CLOUD, LINES, MONDAY, accepted, ask, deal, lines, option, reason
from quotary_spec.model.order import Billing, Cycle
from quotary_spec.model.payment import (
    AmountRange,
    CreditStanding,
    PayableLine,
    PaymentCase,
    PaymentInstrument,
    PaymentOption,
    PaymentProgress,
    PaymentPurpose,
    PostingDays,
)
from quotary_spec.model.product import Platform, Product
from quotary_spec.outcome import Outcome
from quotary_spec.register.products import PRODUCT
from quotary_spec.register.vocabulary import VOCABULARY
from quotary_spec.rule import RuleStep, tracing
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.payment import methods, net_terms
from quotary_spec.rules.payment.assessment import assess_payment_options
from strategies import amounts, days

METHODS = list(VOCABULARY["payment_method"])
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

# ---- methods


@pytest.mark.parametrize(("edition", "line"), LISTS)
def test_each_edition_accepts_its_list_and_nothing_else(edition: str, line: str) -> None:
    answer = ask(edition, LINES[line])
    assert [each.method for each in answer.options] == METHODS
    wanted = {LETTER[letter] for letter in LISTS[edition, line]}
    assert set(accepted(answer)) - {"net_14", "net_30"} == wanted
    assert answer.outcome is Outcome.GRANTED
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
    line = PayableLine(Product("guard", Platform.CLOUD), Cycle.MONTHLY)
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


# ---- the whole

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
    # An order that is placed met the conditions of sale; they can only refuse what could otherwise be paid.
    placed = assess_payment_options(BOOK[edition], replace(case, order_placed=True))
    assert answer.options == placed.options
    assert answer.outcome in (placed.outcome, Outcome.REFUSED)
    if case.instrument:
        assert placed.outcome is placed.options[0].outcome
    else:
        granted = any(each.outcome is Outcome.GRANTED for each in placed.options)
        assert (placed.outcome is Outcome.GRANTED) is granted
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
    assert net_terms.credit_is_established(check_passed=True, tax_identifier_supplied=True) is True
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
