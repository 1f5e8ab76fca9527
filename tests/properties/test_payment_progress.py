"""What comes before paying and what follows: holds, changes, accounts, guidance."""

from __future__ import annotations

from datetime import date

import pytest

from payment_cases import LINES, MONDAY, ask, deal, option
from quotary_spec.model.order import Billing, Deal
from quotary_spec.model.party import Address, Party
from quotary_spec.model.payment import (
    PayableLine,
    PaymentAssessment,
    PaymentProgress,
    PaymentPurpose,
    Sending,
)
from quotary_spec.outcome import Outcome
from quotary_spec.rulebook import BOOK

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
