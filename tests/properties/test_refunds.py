"""Refunds: windows, the fee, taxes alone, exchanges."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from quotary_spec.calendar import Term
from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Action, Channel, Cycle
from quotary_spec.model.party import Address, Evidence, Party
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.refund import (
    Amounts,
    PaidLine,
    RefundAssessment,
    RefundKind,
    RefundRequest,
    RefundWindow,
    TaxPart,
)
from quotary_spec.outcome import Outcome
from refund_cases import (
    CERTIFICATE,
    GUARD,
    JIRA_CLOUD,
    JIRA_DC,
    PAID_ON,
    TAX,
    TEXAN,
    TURKISH,
    ask,
    codes,
    line,
    order,
    sole,
)

JIRA_SERVER = Product("jira", Platform.SERVER)

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
    premium = order(line(Product("guard", Platform.CLOUD, "premium")))
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
        assert codes(answer)[0] == "NO_DOCUMENT_FOR_PURCHASE"
        assert [each[:9] for each in codes(answer)[1:]] == ["EVIDENCE_"]


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
    assert codes(ask("2024", paid, PAID_ON, nothing)) == ["NO_DOCUMENT_FOR_PURCHASE", "EVIDENCE_OF_ANOTHER_KIND"]
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
    assert codes(in_town("Boulder")) == ["NO_DOCUMENT_FOR_PURCHASE", "EVIDENCE_OF_ANOTHER_PLACE"]
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
