"""Refunds: windows to the day, amounts to the cent, and nothing lost or doubled on the way back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.calendar import Term
from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Action, Channel, Cycle, Deal, GivenDiscount, GivenPrice, Line, Order
from quotary_spec.model.party import Address, Evidence, Party
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.refund import (
    Amounts,
    PaidLine,
    PaidOrder,
    RefundAssessment,
    RefundKind,
    RefundRequest,
    RefundWindow,
    TaxPart,
)
from quotary_spec.outcome import Outcome
from quotary_spec.register.products import PRODUCT
from quotary_spec.rule import RuleStep, tracing
from quotary_spec.rulebook import BOOK
from quotary_spec.rules import refunds as rules
from quotary_spec.rules.quote.total import PricedOrder, price_order
from quotary_spec.rules.refunds import assess_refund
from quotary_spec.rules.tax.rates import Rates
from quotary_spec.supplements.price_book import PriceBook
from strategies import amounts, days, evidence, loose_products

PAID_ON = date(2026, 3, 1)
JIRA_CLOUD = Product("jira", Platform.CLOUD, "standard")
JIRA_DC = Product("jira", Platform.DATA_CENTER)
JIRA_SERVER = Product("jira", Platform.SERVER)
GUARD = Product("guard", Platform.CLOUD, "standard")
WHOLE = RefundRequest()


def line(product: Product = JIRA_CLOUD, **facts: object) -> PaidLine:
    known: dict[str, object] = {"paid": Amounts(100_00), "action": Action.NEW, "cycle": Cycle.ANNUAL}
    return PaidLine(product, **(known | facts))  # type: ignore[arg-type]


def order(*lines: PaidLine, **facts: object) -> PaidOrder:
    known: dict[str, object] = {"order_date": PAID_ON, "paid_on": PAID_ON, "channel": Channel.DIRECT}
    return PaidOrder(lines, **(known | facts))  # type: ignore[arg-type]


def ask(edition: str, paid: PaidOrder, on: date | None, request: RefundRequest = WHOLE) -> RefundAssessment:
    with tracing() as trace:
        answer = assess_refund(BOOK[edition], paid, request, on)
    assert trace.subject == ""
    # Every rule that takes part serves the edition that asks.
    assert all(edition in step.info.editions for step in trace.steps() if isinstance(step, RuleStep))
    return answer


def codes(answer: RefundAssessment) -> list[str]:
    return [finding.reason for finding in answer.findings]


def sole(answer: RefundAssessment) -> tuple[Outcome, str]:
    """The outcome and the one reason of an answer."""
    (finding,) = answer.findings
    assert finding.outcome == answer.outcome
    return answer.outcome, finding.reason


# ---- windows


@pytest.mark.parametrize("edition", ["2021", "2023", "2024", "2026"])
@pytest.mark.parametrize("action", [None, *Action])
def test_annual_cloud_goes_back_to_day_30_after_each_payment(edition: str, action: Action | None) -> None:
    paid = order(line(action=action))
    assert ask(edition, paid, PAID_ON).outcome is Outcome.GRANTED
    assert ask(edition, paid, date(2026, 3, 31)).outcome is Outcome.GRANTED
    assert sole(ask(edition, paid, date(2026, 4, 1))) == (Outcome.REFUSED, "REFUND_WINDOW_CLOSED")
    assert sole(ask(edition, paid, date(2026, 2, 28))) == (Outcome.REFUSED, "REFUND_WINDOW_NOT_OPEN")


@pytest.mark.parametrize("edition", ["2024", "2026"])
def test_annual_guard_has_its_own_passage(edition: str) -> None:
    answer = ask(edition, order(line(GUARD)), date(2026, 3, 31))
    assert answer.outcome is Outcome.GRANTED
    assert answer.lines[0].rule_id == "REFUND-GUARD-ANNUAL"
    assert sole(ask(edition, order(line(GUARD)), date(2026, 4, 1))) == (Outcome.REFUSED, "REFUND_WINDOW_CLOSED")


def test_guard_premium_and_older_editions_fall_under_all_of_cloud() -> None:
    premium = order(line(Product("guard", None, "premium")))
    assert ask("2026", premium, PAID_ON).lines[0].rule_id == "REFUND-CLOUD-ANNUAL"
    assert ask("2023", order(line(GUARD)), PAID_ON).lines[0].rule_id == "REFUND-CLOUD-ANNUAL"


@pytest.mark.parametrize("edition", ["2023", "2026"])
def test_the_first_paid_month_is_a_calendar_month(edition: str) -> None:
    paid = order(line(cycle=Cycle.MONTHLY, service_start=date(2025, 3, 15)))
    assert ask(edition, paid, date(2025, 3, 14)).outcome is Outcome.REFUSED
    assert ask(edition, paid, date(2025, 3, 15)).outcome is Outcome.GRANTED
    assert ask(edition, paid, date(2025, 4, 14)).outcome is Outcome.GRANTED
    assert sole(ask(edition, paid, date(2025, 4, 15))) == (Outcome.REFUSED, "REFUND_WINDOW_CLOSED")


def test_a_month_from_the_31st_ends_with_the_shorter_month() -> None:
    paid = order(line(cycle=Cycle.MONTHLY, service_start=date(2028, 1, 31)))
    window = ask("2026", paid, None).lines[0].window
    assert window == RefundWindow(date(2028, 1, 31), date(2028, 2, 28))
    assert ask("2026", paid, date(2028, 2, 28)).outcome is Outcome.GRANTED
    assert ask("2026", paid, date(2028, 2, 29)).outcome is Outcome.REFUSED


def test_2024_counts_the_month_from_the_later_of_receipt_and_service() -> None:
    service, receipt = date(2024, 10, 1), date(2024, 10, 10)
    for start, first_paid_on in ((service, receipt), (receipt, service)):
        paid = order(line(cycle=Cycle.MONTHLY, service_start=start, first_paid_on=first_paid_on))
        assert ask("2024", paid, date(2024, 11, 9)).outcome is Outcome.GRANTED
        assert ask("2024", paid, date(2024, 11, 10)).outcome is Outcome.REFUSED
    guard = order(line(GUARD, cycle=Cycle.MONTHLY, service_start=service, first_paid_on=receipt))
    assert ask("2024", guard, date(2024, 10, 31)).lines[0].rule_id == "REFUND-GUARD-MONTHLY"
    assert ask("2024", guard, date(2024, 11, 1)).outcome is Outcome.REFUSED


def test_2021_gives_no_monthly_subscription_back() -> None:
    paid = order(line(cycle=Cycle.MONTHLY, service_start=PAID_ON))
    assert sole(ask("2021", paid, PAID_ON)) == (Outcome.REFUSED, "MONTHLY_NOT_REFUNDED")


def test_the_first_month_of_a_first_purchase_begins_with_its_term() -> None:
    term = Term.of_months(date(2026, 3, 2), 1)
    first = line(cycle=Cycle.MONTHLY, term_start=term.start)
    assert ask("2026", order(first), date(2026, 4, 1)).outcome is Outcome.GRANTED
    assert ask("2026", order(first), date(2026, 4, 2)).outcome is Outcome.REFUSED
    assert ask("2024", order(first), None).lines[0].window == RefundWindow(term.start, date(2026, 4, 1))
    later = order(replace(first, action=Action.RENEWAL))
    assert ask("2026", later, PAID_ON).findings[0].missing == ("service_start_date",)
    assert ask("2024", later, PAID_ON).findings[0].missing == ("first_payment_date",)
    assert ask("2024", order(line(cycle=Cycle.MONTHLY)), PAID_ON).findings[0].missing == ("service_start_date",)


@pytest.mark.parametrize("edition", ["2023", "2024", "2026"])
@pytest.mark.parametrize("product", [JIRA_DC, JIRA_SERVER])
def test_self_managed_licences_go_back_for_30_days_after_the_first_purchase(edition: str, product: Product) -> None:
    first = order(line(product, cycle=None))
    assert ask(edition, first, date(2026, 3, 31)).outcome is Outcome.GRANTED
    assert sole(ask(edition, first, date(2026, 4, 1))) == (Outcome.REFUSED, "REFUND_WINDOW_CLOSED")
    earlier = order(line(product, first_paid_on=date(2026, 2, 1)))
    assert ask(edition, earlier, date(2026, 3, 3)).outcome is Outcome.GRANTED
    assert ask(edition, earlier, date(2026, 3, 4)).outcome is Outcome.REFUSED
    for action in (Action.RENEWAL, Action.UPGRADE, Action.EXPANSION):
        later = order(line(product, action=action, first_paid_on=PAID_ON))
        assert sole(ask(edition, later, PAID_ON)) == (Outcome.REFUSED, "NOT_FIRST_PURCHASE")
    unknown = ask(edition, order(line(product, action=None)), PAID_ON)
    assert unknown.outcome is Outcome.UNDETERMINED
    assert unknown.findings[0].missing == ("action",)


def test_a_data_center_downgrade_is_refused_by_its_own_sentence_in_2024() -> None:
    lower = order(line(JIRA_DC, action=Action.DOWNGRADE))
    assert sole(ask("2024", lower, PAID_ON)) == (Outcome.REFUSED, "DOWNGRADE_NOT_REFUNDED")
    assert sole(ask("2026", lower, PAID_ON)) == (Outcome.REFUSED, "NOT_FIRST_PURCHASE")
    server = order(line(JIRA_SERVER, action=Action.DOWNGRADE))
    assert sole(ask("2024", server, PAID_ON)) == (Outcome.REFUSED, "NOT_FIRST_PURCHASE")


def test_2021_gives_back_commercial_and_academic_server_licences_only() -> None:
    for licence_type in ("commercial", "academic"):
        paid = order(line(JIRA_SERVER, licence_type=licence_type))
        assert ask("2021", paid, date(2026, 3, 31)).outcome is Outcome.GRANTED
        assert ask("2021", paid, date(2026, 4, 1)).outcome is Outcome.REFUSED
    starter = order(line(JIRA_SERVER, licence_type="starter", action=None))
    assert sole(ask("2021", starter, PAID_ON)) == (Outcome.REFUSED, "LICENCE_TYPE_NOT_REFUNDED")
    renewed = order(line(JIRA_SERVER, action=Action.RENEWAL))
    assert sole(ask("2021", renewed, PAID_ON)) == (Outcome.REFUSED, "NOT_FIRST_PURCHASE")
    unknown = ask("2021", order(line(JIRA_SERVER, action=None)), PAID_ON)
    assert unknown.findings[0].missing == ("licence_type", "action")
    unpaid = ask("2021", order(line(JIRA_SERVER, licence_type="academic"), paid_on=None), PAID_ON)
    assert unpaid.findings[0].missing == ("paid_order.payment_date",)
    assert sole(ask("2021", order(line(JIRA_DC)), PAID_ON)) == (Outcome.NOT_COVERED, "EDITION_SILENT")


@pytest.mark.parametrize("edition", ["2021", "2023", "2024", "2026"])
def test_a_missing_fact_is_named_where_it_stands(edition: str) -> None:
    no_platform = ask(edition, order(line(Product("jira"))), PAID_ON)
    assert no_platform.findings[0].subject == "paid_order.lines[0]"
    assert no_platform.findings[0].missing == ("product.platform",)
    no_cycle = ask(edition, order(line(cycle=None)), PAID_ON)
    assert no_cycle.findings[0].missing == ("billing_cycle",)
    unpaid = ask(edition, order(line(), line(), paid_on=None), PAID_ON)
    assert [(each.subject, each.missing) for each in unpaid.findings] == [("paid_order", ("paid_order.payment_date",))]
    no_day = ask(edition, order(line(), line()), None)
    assert [(each.subject, each.missing) for each in no_day.findings] == [("request_date", ("request_date",))]
    assert no_day.lines[0].window == RefundWindow(PAID_ON, date(2026, 3, 31))
    assert no_day.amounts is None


# ---- the fee, tax alone, exchange

TURKISH = Amounts(180_00, 13_50, (TaxPart("VAT", "TR", "", 34_83),))
"""180.00 of Data Center in Turkey: 7.5 % fee, 18 % of 193.50."""


def test_the_fee_goes_back_in_2026_and_is_an_open_question_in_2024() -> None:
    paid = order(line(JIRA_DC, paid=TURKISH))
    newest = ask("2026", paid, PAID_ON)
    assert newest.amounts == TURKISH
    assert newest.amounts is not None
    assert newest.amounts.total == 228_33
    assert newest.payer == "vendor"
    assert newest.guidance == Guidance("support", contact="vendor")
    lost = ask("2024", paid, PAID_ON)
    assert sole(lost) == (Outcome.NOT_COVERED, "PASSAGE_LOST")
    assert lost.amounts is None
    assert lost.lines[0].amounts == replace(TURKISH, fee=0)
    assert lost.payer == ""
    assert sole(ask("2023", paid, PAID_ON)) == (Outcome.NOT_COVERED, "EDITION_SILENT")


TEXAN = Amounts(100_00, 0, (TaxPart("US_SALES", "US-TX", "", 6_25),))
CERTIFICATE = Evidence("exemption_certificate", "US-TX")
TAX = RefundRequest(RefundKind.TAX, evidence=(CERTIFICATE,))


@pytest.mark.parametrize("edition", ["2024", "2026"])
def test_us_sales_tax_goes_back_alone_for_30_days(edition: str) -> None:
    paid = order(line(paid=TEXAN))
    answer = ask(edition, paid, date(2026, 3, 31), TAX)
    assert answer.amounts == Amounts(taxes=TEXAN.taxes)
    assert answer.payer == "vendor"
    assert answer.lines[0].window == RefundWindow(PAID_ON, date(2026, 3, 31))
    late = ask(edition, paid, date(2026, 4, 1), TAX)
    assert sole(late) == (Outcome.REFUSED, "TAX_REFUND_WINDOW_CLOSED")
    assert late.payer == "tax_authority"
    assert late.guidance is not None
    assert late.guidance.channel == "tax_authority"
    assert answer.guidance is not None
    assert answer.guidance.channel == "support"
    assert late.lines[0].amounts is None
    assert sole(ask(edition, paid, date(2026, 2, 28), TAX)) == (Outcome.REFUSED, "REFUND_WINDOW_NOT_OPEN")
    unpaid = ask(edition, order(line(paid=TEXAN), paid_on=None), PAID_ON, TAX)
    assert unpaid.findings[0].missing == ("paid_order.payment_date",)
    assert ask(edition, paid, None, TAX).findings[0].missing == ("request_date",)


def test_tax_alone_goes_back_for_us_sales_tax_only() -> None:
    german = order(line(paid=Amounts(100_00, 0, (TaxPart("VAT", "DE", "", 19_00),))))
    assert sole(ask("2026", german, PAID_ON, TAX)) == (Outcome.NOT_COVERED, "TAX_NOT_REFUNDED_ALONE")
    chicago = order(line(paid=Amounts(100_00, 0, (TaxPart("CHICAGO_LTT", "US-IL", "Chicago", 9_00),))))
    assert sole(ask("2026", chicago, PAID_ON, TAX)) == (Outcome.NOT_COVERED, "TAX_NOT_REFUNDED_ALONE")
    hawaii = order(line(paid=Amounts(100_00, 0, (TaxPart("GET", "US-HI", "", 4_00),))))
    own = RefundRequest(RefundKind.TAX, evidence=(replace(CERTIFICATE, region="US-HI"),))
    assert ask("2026", hawaii, PAID_ON, own).outcome is Outcome.GRANTED
    for edition in ("2021", "2023"):
        paid = order(line(paid=TEXAN))
        assert sole(ask(edition, paid, PAID_ON, TAX)) == (Outcome.NOT_COVERED, "EDITION_SILENT")


@pytest.mark.parametrize(
    ("document", "counts"),
    [
        (CERTIFICATE, True),
        (replace(CERTIFICATE, region=None), True),
        (replace(CERTIFICATE, region="US"), True),
        (replace(CERTIFICATE, region="US-NY"), False),
        (replace(CERTIFICATE, kind="exclusion_document"), True),
        (replace(CERTIFICATE, kind="reseller_exemption_certificate"), False),
        (replace(CERTIFICATE, accepted=True), True),
        (replace(CERTIFICATE, accepted=False), False),
        (replace(CERTIFICATE, valid_from=date(2026, 1, 1)), True),
        (replace(CERTIFICATE, valid_from=date(2026, 2, 20)), True),
        (replace(CERTIFICATE, valid_from=date(2026, 2, 21)), False),
        (replace(CERTIFICATE, valid_through=date(2026, 12, 31)), True),
        (replace(CERTIFICATE, valid_through=date(2026, 3, 1)), True),
        (replace(CERTIFICATE, valid_through=date(2026, 2, 28)), False),
        (replace(CERTIFICATE, locality="Austin"), True),
        (replace(CERTIFICATE, locality="Dallas"), False),
    ],
)
def test_a_document_frees_the_place_and_time_of_the_purchase(document: Evidence, counts: bool) -> None:
    party = Party(address=Address("US", "US-TX", "Austin"))
    paid = order(line(paid=TEXAN), order_date=date(2026, 2, 20), billing_party=party)
    answer = ask("2026", paid, PAID_ON, RefundRequest(RefundKind.TAX, evidence=(document,)))
    assert (answer.outcome is Outcome.GRANTED) is counts
    # Shown before with the party, it counts as well.
    shown = replace(paid, billing_party=replace(party, evidence=(document,)))
    assert (ask("2026", shown, PAID_ON, RefundRequest(RefundKind.TAX)).outcome is Outcome.GRANTED) is counts
    if not counts:
        assert codes(answer) == ["NO_DOCUMENT_FOR_PURCHASE"]


def test_the_purchase_lasts_to_the_later_of_order_and_payment() -> None:
    paid = order(line(paid=TEXAN), order_date=date(2026, 3, 10))
    for document, counts in (
        (replace(CERTIFICATE, valid_through=date(2026, 3, 10)), True),
        (replace(CERTIFICATE, valid_through=date(2026, 3, 9)), False),
        (replace(CERTIFICATE, valid_from=PAID_ON), True),
        (replace(CERTIFICATE, valid_from=date(2026, 3, 2)), False),
    ):
        answer = ask("2026", paid, PAID_ON, RefundRequest(RefundKind.TAX, evidence=(document,)))
        assert (answer.outcome is Outcome.GRANTED) is counts
    undated = order(line(paid=TEXAN), order_date=None)
    assert ask("2026", undated, PAID_ON, TAX).outcome is Outcome.GRANTED


def test_reseller_orders_of_2024_need_a_resellers_certificate() -> None:
    customer = Party(address=Address("US", "US-TX"), evidence=(replace(CERTIFICATE, region=None),))
    paid = order(line(paid=TEXAN), channel=Channel.RESELLER, sold_to=customer)
    nothing = RefundRequest(RefundKind.TAX)
    resale = RefundRequest(RefundKind.TAX, evidence=(replace(CERTIFICATE, kind="reseller_exemption_certificate"),))
    assert codes(ask("2024", paid, PAID_ON, nothing)) == ["NO_DOCUMENT_FOR_PURCHASE"]
    assert ask("2024", paid, PAID_ON, resale).outcome is Outcome.GRANTED
    assert ask("2026", paid, PAID_ON, nothing).outcome is Outcome.GRANTED
    assert codes(ask("2026", replace(paid, sold_to=None), PAID_ON, nothing)) == ["NO_DOCUMENT_FOR_PURCHASE"]
    unknown = ask("2026", replace(paid, channel=None), PAID_ON, resale)
    assert unknown.findings[0].missing == ("paid_order.channel",)


def test_in_colorado_documents_count_in_two_towns() -> None:
    taxed = line(paid=Amounts(100_00, 0, (TaxPart("US_SALES", "US-CO", "", 2_90),)))
    request = RefundRequest(RefundKind.TAX, evidence=(replace(CERTIFICATE, region="US-CO"),))

    def in_town(town: str | None) -> RefundAssessment:
        return ask("2026", order(taxed, billing_party=Party(address=Address("US", "US-CO", town))), PAID_ON, request)

    assert in_town("Denver").outcome is Outcome.GRANTED
    assert codes(in_town("Boulder")) == ["NO_DOCUMENT_FOR_PURCHASE"]
    assert in_town(None).findings[0].missing == ("paid_order.billing_party.address.locality",)
    resold = order(replace(taxed, sold_to_address=Address("US", "US-CO", "Lakewood")), channel=Channel.PARTNER)
    assert ask("2026", resold, PAID_ON, request).outcome is Outcome.GRANTED
    nowhere = order(replace(taxed, sold_to_address=Address("US", "US-CO")), channel=Channel.PARTNER)
    assert ask("2026", nowhere, PAID_ON, request).findings[0].missing == ("sold_to_address.locality",)
    sold = order(taxed, channel=Channel.PARTNER, sold_to=Party(address=Address("US", "US-CO")))
    answer = ask("2026", sold, PAID_ON, request)
    assert answer.findings[0].missing == ("paid_order.sold_to_party.address.locality",)
    assert answer.findings[0].subject == "paid_order"


def exchange(edition: str, held: PaidLine, wanted: Product | None, on: date | None = PAID_ON) -> RefundAssessment:
    return ask(edition, order(held), on, RefundRequest(RefundKind.EXCHANGE, exchange_product=wanted))


def test_server_and_cloud_are_not_exchanged_for_one_another() -> None:
    for edition in ("2024", "2026"):
        for held, wanted in ((JIRA_SERVER, JIRA_CLOUD), (JIRA_CLOUD, JIRA_SERVER)):
            answer = exchange(edition, line(held), wanted)
            assert sole(answer) == (Outcome.REFUSED, "PRODUCTS_NOT_EXCHANGEABLE")
        assert sole(exchange(edition, line(JIRA_SERVER), JIRA_DC)) == (Outcome.NOT_COVERED, "EDITION_SILENT")
        assert sole(exchange(edition, line(JIRA_DC), JIRA_CLOUD)) == (Outcome.NOT_COVERED, "EDITION_SILENT")
    assert sole(exchange("2023", line(JIRA_SERVER), JIRA_CLOUD)) == (Outcome.NOT_COVERED, "EDITION_SILENT")


def test_a_cloud_subscription_is_not_exchanged_after_its_window() -> None:
    other = Product("confluence", Platform.CLOUD)
    for edition in ("2024", "2026"):
        assert sole(exchange(edition, line(), other)) == (Outcome.NOT_COVERED, "EDITION_SILENT")
        assert sole(exchange(edition, line(), other, date(2026, 4, 1))) == (Outcome.REFUSED, "REFUND_WINDOW_CLOSED")
    assert sole(exchange("2021", line(), other)) == (Outcome.NOT_COVERED, "EDITION_SILENT")


def test_2021_exchanges_server_licences_for_30_days() -> None:
    held = line(JIRA_SERVER, licence_type="commercial")
    answer = exchange("2021", held, JIRA_DC, date(2026, 3, 31))
    assert answer.outcome is Outcome.GRANTED
    assert answer.amounts is None
    assert answer.payer == ""
    assert sole(exchange("2021", held, JIRA_DC, date(2026, 4, 1))) == (Outcome.REFUSED, "REFUND_WINDOW_CLOSED")
    starter = line(JIRA_SERVER, licence_type="starter")
    assert sole(exchange("2021", starter, JIRA_DC)) == (Outcome.REFUSED, "LICENCE_TYPE_NOT_REFUNDED")


def test_an_exchange_names_what_it_lacks() -> None:
    assert exchange("2026", line(), None).findings[0].missing == ("exchange_product",)
    no_platform = exchange("2026", line(), Product("jira"))
    assert no_platform.findings[0].missing == ("exchange_product.platform",)
    assert no_platform.findings[0].subject == "exchange_product"
    assert exchange("2026", line(Product("jira")), JIRA_DC).findings[0].missing == ("product.platform",)
    gone = line(refunded=Amounts(100_00))
    assert sole(exchange("2026", gone, JIRA_DC)) == (Outcome.REFUSED, "NOTHING_LEFT_TO_REFUND")


# ---- amounts


def test_more_than_was_paid_cannot_have_gone_back() -> None:
    with pytest.raises(ValueError, match="net, fee, VAT TR"):
        line(paid=TURKISH, refunded=Amounts(180_01, 13_51, (TaxPart("VAT", "TR", "", 34_84),)))
    with pytest.raises(ValueError, match="QST CA-QC"):
        line(paid=TURKISH, refunded=Amounts(taxes=(TaxPart("QST", "CA-QC", "", 1),)))


def test_what_went_back_is_not_given_twice() -> None:
    first, second = line(paid=TEXAN), line(paid=Amounts(50_00))
    gone = replace(second, refunded=second.paid)
    answer = ask("2026", order(first, gone), PAID_ON)
    assert answer.amounts == TEXAN
    assert answer.lines[1].amounts is None
    assert answer.lines[1].outcome is Outcome.GRANTED
    named = ask("2026", order(first, gone), PAID_ON, RefundRequest(RefundKind.LINES, (1,)))
    assert sole(named) == (Outcome.REFUSED, "NOTHING_LEFT_TO_REFUND")
    assert named.findings[0].subject == "paid_order.lines[1]"
    everything = ask("2026", order(gone, gone), PAID_ON)
    assert sole(everything) == (Outcome.REFUSED, "NOTHING_LEFT_TO_REFUND")
    assert everything.findings[0].subject == "paid_order"
    untaxed = ask("2026", order(first, gone), PAID_ON, replace(TAX, lines=(1,)))
    assert codes(untaxed) == ["NOTHING_LEFT_TO_REFUND"]
    assert ask("2026", order(first, gone), PAID_ON, TAX).amounts == Amounts(taxes=TEXAN.taxes)


def test_one_line_refuses_the_whole_and_no_other() -> None:
    paid = order(line(), line(JIRA_DC, action=Action.RENEWAL))
    whole = ask("2026", paid, PAID_ON)
    assert whole.outcome is Outcome.REFUSED
    assert whole.amounts is None
    assert [each.outcome for each in whole.lines] == [Outcome.GRANTED, Outcome.REFUSED]
    assert whole.lines[0].amounts == Amounts(100_00)
    part = ask("2026", paid, PAID_ON, RefundRequest(RefundKind.LINES, (0,)))
    assert part.outcome is Outcome.GRANTED
    assert [each.position for each in part.lines] == [0]


RATES = Rates()
PRICES = PriceBook.demo()
CERTIFICATES = tuple(Evidence("exemption_certificate", region) for region in ("US-TX", "US-NY"))


def allotted_amounts(quote: PricedOrder) -> list[Amounts]:
    """What is paid on each line of a quote: its net amount, and its parts of the fee and of each tax."""
    fees = [0] * len(quote.lines)
    taxes: list[list[TaxPart]] = [[] for _ in quote.lines]
    if quote.fee is not None:
        for i, part in zip(quote.fee.lines, quote.fee.parts, strict=True):
            fees[i] = part
    for component in quote.components:
        for i, part in zip(component.lines, component.parts, strict=True):
            taxes[i].append(TaxPart(component.tax, component.region, component.locality, part))
    return [Amounts(line.net or 0, fees[i], tuple(taxes[i])) for i, line in enumerate(quote.lines)]


@st.composite
def quoted(draw: st.DrawFn, billing: Address) -> PaidOrder:
    """Discounted orders as the rule book quotes, taxes and (in Turkey) charges a fee on them; paid the same day."""
    products = st.sampled_from([JIRA_DC, JIRA_CLOUD, Product("confluence", Platform.DATA_CENTER), GUARD])
    lines = tuple(
        Line(
            product,
            cycle=Cycle.ANNUAL,
            price=GivenPrice(Decimal(price) / 100),
            discount=GivenDiscount(rate=Decimal(off) / 100),
        )
        for product, price, off in draw(
            st.lists(st.tuples(products, st.integers(0, 999_99), st.integers(0, 100)), min_size=1, max_size=6)
        )
    )
    deal = Deal(Party(address=billing), order_date=PAID_ON, channel=Channel.DIRECT)
    quote = price_order(BOOK["2026"], Order(deal, lines), PRICES, RATES)
    assert quote.total is not None
    allotted = allotted_amounts(quote)
    assert sum(each.total for each in allotted) == quote.total
    return order(
        *(
            PaidLine(bought.product, paid, action=Action.NEW, cycle=Cycle.ANNUAL)
            for bought, paid in zip(lines, allotted, strict=True)
        ),
        billing_party=deal.billing_party,
    )


def returned(paid: PaidOrder, requests: list[RefundRequest]) -> tuple[int, PaidOrder]:
    """All that goes back over a sequence of requests, and the order after them."""
    total = 0
    for request in requests:
        answer = ask("2026", paid, PAID_ON, request)
        if answer.amounts is None:
            assert set(codes(answer)) == {"NOTHING_LEFT_TO_REFUND"}
            continue
        assert answer.amounts.total == sum(each.amounts.total for each in answer.lines if each.amounts is not None)
        total += answer.amounts.total
        lines = list(paid.lines)
        for each in answer.lines:
            if each.amounts is not None:
                held = lines[each.position]
                left = held.paid.less(held.refunded).less(each.amounts)
                lines[each.position] = replace(held, refunded=held.paid.less(left))
        paid = replace(paid, lines=tuple(lines))
    return total, paid


@given(st.data())
def test_partial_refunds_that_return_everything_return_exactly_what_was_paid(data: st.DataObject) -> None:
    billing = data.draw(st.sampled_from([Address("TR"), Address("US", "US-TX"), Address("CA", "CA-QC")]))
    paid = data.draw(quoted(billing))
    everything = sum(each.paid.total for each in paid.lines)
    parts = [RefundRequest(RefundKind.LINES, (i,)) for i in range(len(paid.lines))]
    if billing.country == "US":
        parts += [RefundRequest(RefundKind.TAX, (i,), CERTIFICATES) for i in range(len(paid.lines))]
    one_way = data.draw(st.permutations([*parts, WHOLE]))
    other_way = data.draw(st.permutations([*parts, WHOLE]))
    assert returned(paid, one_way)[0] == returned(paid, other_way)[0] == returned(paid, [WHOLE])[0] == everything
    for each in returned(paid, one_way)[1].lines:
        assert each.paid.less(each.refunded).total == 0
        assert not list(each.refunded.exceeding(each.paid))


@given(st.data())
def test_lines_in_any_order_get_the_same(data: st.DataObject) -> None:
    paid = data.draw(quoted(Address("TR")))
    shuffled = data.draw(st.permutations(range(len(paid.lines))))
    straight = {each.position: each.amounts for each in ask("2026", paid, PAID_ON).lines}
    moved = ask("2026", replace(paid, lines=tuple(paid.lines[i] for i in shuffled)), PAID_ON)
    assert {shuffled[each.position]: each.amounts for each in moved.lines} == straight


# ---- the whole

paid_amounts = st.builds(
    lambda net, fee, tax, share: (
        Amounts(net, fee, (TaxPart("US_SALES", "US-TX", "", tax),)),
        Amounts(net * share // 4, fee * share // 4, (TaxPart("US_SALES", "US-TX", "", tax * share // 4),)),
    ),
    amounts,
    amounts,
    amounts,
    st.integers(0, 4),
)
paid_lines = st.builds(
    lambda product, both, action, cycle, kind, term_start, start, first: PaidLine(
        product, both[0], both[1], action, cycle, kind, term_start, start, first
    ),
    loose_products,
    paid_amounts,
    st.sampled_from([None, *Action]),
    st.sampled_from([None, *Cycle]),
    st.sampled_from([None, "commercial", "academic", "starter"]),
    st.none() | days,
    st.none() | days,
    st.none() | days,
)
paid_orders = st.builds(
    lambda lines, ordered, paid, channel: PaidOrder(tuple(lines), ordered, paid, channel),
    st.lists(paid_lines, min_size=1, max_size=4),
    st.none() | days,
    st.none() | days,
    st.sampled_from([None, *Channel]),
)
requests = st.builds(
    RefundRequest,
    st.sampled_from(RefundKind),
    st.sampled_from([(), (0,)]),
    st.lists(evidence, max_size=2).map(tuple),
    st.none() | loose_products,
)


@given(st.sampled_from(list(BOOK)), paid_orders, requests, st.none() | days, st.integers(0, 40))
def test_every_order_gets_an_answer_within_what_is_left(
    edition: str, paid: PaidOrder, request: RefundRequest, asked_on: date | None, later: int
) -> None:
    if asked_on is None and paid.paid_on is not None:
        asked_on = paid.paid_on + timedelta(days=later)
    answer = ask(edition, paid, asked_on, request)
    assert len(answer.lines) == len(request.lines or paid.lines)
    for each in answer.lines:
        left = paid.lines[each.position].paid.less(paid.lines[each.position].refunded)
        if each.amounts is not None:
            assert not list(each.amounts.exceeding(left))
            assert each.window is not None
            assert asked_on is not None
            assert each.window.start <= asked_on <= each.window.last
        assert each.outcome is not Outcome.REFUSED or each.amounts is None
    assert (answer.amounts is not None) == (
        answer.outcome is Outcome.GRANTED and request.kind is not RefundKind.EXCHANGE
    )
    if answer.amounts is not None:
        assert answer.amounts.total == sum(each.amounts.total for each in answer.lines if each.amounts is not None)
        assert answer.amounts.total > 0
        assert answer.payer == "vendor"


@given(st.sampled_from(list(BOOK)), paid_orders, days, st.integers(0, 60))
def test_a_window_once_closed_stays_closed(edition: str, paid: PaidOrder, asked_on: date, later: int) -> None:
    now, then = ask(edition, paid, asked_on), ask(edition, paid, asked_on + timedelta(days=later))
    for one, other in zip(now.lines, then.lines, strict=True):
        if "REFUND_WINDOW_CLOSED" in [finding.reason for finding in one.findings]:
            assert [finding.reason for finding in other.findings] == ["REFUND_WINDOW_CLOSED"]


# ---- rules by themselves


def test_what_a_rule_grants_is_a_plain_yes() -> None:
    window = RefundWindow(PAID_ON, PAID_ON)
    assert rules.is_asked_in_time(PAID_ON, window) is True
    assert rules.tax_refund_is_in_time(PAID_ON, PAID_ON, 0) is True
    assert rules.tax_is_refunded_alone("US_SALES", ["US_SALES"]) is True
    assert rules.products_are_exchangeable(Platform.SERVER, Platform.DATA_CENTER) is True
    assert rules.products_are_exchangeable(Platform.CLOUD, Platform.GOVERNMENT_CLOUD) is True


def test_only_a_data_center_downgrade_is_refused_as_one() -> None:
    for platform in Platform:
        for action in (None, *Action):
            found = rules.downgrade_is_refunded(platform, action)
            assert (found is not None) is (platform is Platform.DATA_CENTER and action is Action.DOWNGRADE)


def test_words_are_compared_by_what_they_say() -> None:
    plan, id = "".join(["prem", "ium"]), "".join(["gu", "ard"])
    answer = ask("2026", order(line(Product(id, Platform.CLOUD, plan))), PAID_ON)
    assert answer.lines[0].rule_id == "REFUND-CLOUD-ANNUAL"


@pytest.mark.parametrize("id", [id for id in PRODUCT if id != "guard"])
def test_only_guard_has_windows_of_its_own(id: str) -> None:
    annual = ask("2026", order(line(Product(id, Platform.CLOUD))), PAID_ON)
    assert annual.lines[0].rule_id == "REFUND-CLOUD-ANNUAL"
    assert ask("2026", order(line(Product(id))), PAID_ON).outcome is Outcome.UNDETERMINED


def test_guard_without_a_plan_is_guard() -> None:
    assert ask("2026", order(line(Product("guard"))), PAID_ON).lines[0].rule_id == "REFUND-GUARD-ANNUAL"


def test_each_step_of_the_trace_is_about_its_line() -> None:
    paid = order(line(), line(JIRA_DC))
    with tracing() as trace:
        traced = assess_refund(BOOK["2026"], paid, WHOLE, PAID_ON)
    subjects = {step.info.id: step.subject for step in trace.steps() if isinstance(step, RuleStep)}
    assert subjects["REFUND-CLOUD-ANNUAL"] == "paid_order.lines[0]"
    assert subjects["REFUND-SELF-MANAGED"] == "paid_order.lines[1]"
    assert assess_refund(BOOK["2026"], paid, WHOLE, PAID_ON) == traced


@pytest.mark.parametrize("edition", ["2024", "2026"])
def test_a_tax_comes_back_with_documents_at_hand(edition: str) -> None:
    asked = RefundRequest(RefundKind.TAX)
    guidance = assess_refund(BOOK[edition], order(line()), asked, PAID_ON).guidance
    assert guidance is not None
    assert guidance.documents == ("exemption documents that cover the purchase",)
