"""Orders to pay, instruments, credit and payments on their way, into nouns of the rule book."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from google.type import date_pb2, money_pb2

from quotary.v1 import common_pb2, entitlement_service_pb2
from quotary_server.adapter.enums import ACTION, CYCLE, PAYMENT_PURPOSE
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import count_lines, read_deal, read_product
from quotary_server.adapter.scalars import civil_date, money, region, word
from quotary_spec.model.order import Action, Deal
from quotary_spec.model.party import Party
from quotary_spec.model.payment import (
    CreditStanding,
    PayableLine,
    PaymentCase,
    PaymentInstrument,
    PaymentProgress,
)
from quotary_spec.model.product import Product
from quotary_spec.money import is_currency

USD = "USD"


def read_payment_case(faults: Faults, request: entitlement_service_pb2.AssessPaymentOptionsRequest) -> PaymentCase:
    """An order to pay, and everything that is asked about paying it."""
    if request.HasField("deal"):
        deal = read_deal(faults, "deal", request.deal)
    else:
        faults.add("deal", "REQUIRED")
        deal = Deal(Party())
    count_lines(faults, "lines", len(request.lines))
    return PaymentCase(
        deal=deal,
        lines=tuple(_read_line(faults, f"lines[{i}]", each) for i, each in enumerate(request.lines)),
        instrument=read_instrument(faults, "payment_instrument", request.payment_instrument)
        if request.HasField("payment_instrument")
        else None,
        purpose=PAYMENT_PURPOSE.read(faults, "purpose", request.purpose),
        order_placed=request.order_placed if request.HasField("order_placed") else None,
        invoice_date=_day(faults, "invoice_date", request.invoice_date, request.HasField("invoice_date")),
        invoice_issued=_read_issued(faults, request),
        credit=read_credit(faults, "credit", request.credit),
        progress=_read_progress(faults, "progress", request.progress),
        holidays=read_holidays(faults, "holiday_dates", request.holiday_dates),
        assessed_on=_day(faults, "assessment_date", request.assessment_date, request.HasField("assessment_date")),
    )


def read_instrument(faults: Faults, path: str, message: common_pb2.PaymentInstrument) -> PaymentInstrument:
    """A means of payment."""
    if message.method:
        word(faults, f"{path}.method", message.method, "payment_method")
    else:
        faults.add(f"{path}.method", "REQUIRED")
    currency = message.currency_code or None
    if currency is not None and not is_currency(currency):
        faults.add(f"{path}.currency_code", "UNKNOWN_CURRENCY", repr(currency[:10]))
    return PaymentInstrument(
        message.method,
        word(faults, f"{path}.card_brand", message.card_brand, "card_brand") if message.card_brand else None,
        _read_country(faults, f"{path}.bank_region_code", message.bank_region_code),
        currency,
    )


def _read_country(faults: Faults, path: str, code: str) -> str | None:
    if not code:
        return None
    if "-" in code:
        faults.add(path, "UNKNOWN_COUNTRY", repr(code[:20]))
        return None
    return region(faults, path, code)


def read_holidays(faults: Faults, path: str, messages: Sequence[date_pb2.Date]) -> frozenset[date]:
    """Days that are no business days."""
    found = (civil_date(faults, f"{path}[{i}]", each) for i, each in enumerate(messages))
    return frozenset(day for day in found if day is not None)


def _day(faults: Faults, path: str, message: date_pb2.Date, given: bool) -> date | None:
    return civil_date(faults, path, message) if given else None


def _amount(faults: Faults, path: str, message: money_pb2.Money, given: bool) -> int | None:
    return money(faults, path, message, USD) if given else None


def _read_line(faults: Faults, path: str, message: entitlement_service_pb2.PayableLine) -> PayableLine:
    if message.HasField("product"):
        product = read_product(faults, f"{path}.product", message.product)
    else:
        faults.add(f"{path}.product", "REQUIRED")
        product = Product("")
    return PayableLine(
        product,
        CYCLE.read(faults, f"{path}.billing_cycle", message.billing_cycle),
        _amount(faults, f"{path}.net_amount", message.net_amount, message.HasField("net_amount")),
        ACTION.read(faults, f"{path}.action", message.action, Action.NEW),
    )


def _read_issued(faults: Faults, request: entitlement_service_pb2.AssessPaymentOptionsRequest) -> bool | None:
    if not request.HasField("invoice_issued"):
        return None
    if request.HasField("invoice_date") and not request.invoice_issued:
        faults.add("invoice_issued", "CONFLICTING_FIELDS", "an invoice with a date was issued")
    return request.invoice_issued


def read_credit(faults: Faults, path: str, message: common_pb2.CreditStanding) -> CreditStanding:
    """How a customer stands with the vendor's credit."""
    return CreditStanding(
        message.check_passed if message.HasField("check_passed") else None,
        message.tax_identifier_supplied if message.HasField("tax_identifier_supplied") else None,
        _amount(faults, f"{path}.credit_limit", message.credit_limit, message.HasField("credit_limit")),
        _amount(
            faults, f"{path}.outstanding_amount", message.outstanding_amount, message.HasField("outstanding_amount")
        ),
        message.approved if message.HasField("approved") else None,
    )


def _read_progress(faults: Faults, path: str, message: entitlement_service_pb2.PaymentProgress) -> PaymentProgress:
    return PaymentProgress(
        sent_on=_day(faults, f"{path}.send_date", message.send_date, message.HasField("send_date")),
        received_on=_day(faults, f"{path}.receive_date", message.receive_date, message.HasField("receive_date")),
        charged_on=_day(
            faults, f"{path}.transaction_date", message.transaction_date, message.HasField("transaction_date")
        ),
        funds_available=message.funds_available if message.HasField("funds_available") else None,
        changed_on=_day(
            faults,
            f"{path}.instrument_change_date",
            message.instrument_change_date,
            message.HasField("instrument_change_date"),
        ),
        next_billing_on=_day(
            faults, f"{path}.next_billing_date", message.next_billing_date, message.HasField("next_billing_date")
        ),
    )
