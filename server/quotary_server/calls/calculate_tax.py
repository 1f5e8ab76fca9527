"""TaxService.CalculateTax."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from quotary.v1 import tax_service_pb2
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import count_lines, read_address, read_deal, read_product
from quotary_server.adapter.scalars import money, positive_rate
from quotary_server.adapter.writing import (
    MoneyWriter,
    write_alternatives,
    write_component,
    write_rounding,
    write_untaxed,
)
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.order import Deal
from quotary_spec.model.party import Address, Party
from quotary_spec.model.product import Product
from quotary_spec.money import RoundingPolicy
from quotary_spec.outcome import Finding, Outcome, weakest
from quotary_spec.rulebook import Book
from quotary_spec.rules.quote.total import Charged, fee_and_taxes, rounding_difference
from quotary_spec.rules.tax.invoice import LocalAmount, local_amounts


def calculate_tax(
    ruleset: Ruleset, request: tax_service_pb2.CalculateTaxRequest
) -> tax_service_pb2.CalculateTaxResponse:
    """Fee and taxes of priced lines; the same as in a quote for the same net amounts.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    write = partial(_write, currency=request.deal.currency.currency_code or "USD")
    return answer(ruleset, request, tax_service_pb2.CalculateTaxResponse(), _read, partial(_ask, ruleset), write)


@dataclass(frozen=True, slots=True)
class _Case:
    deal: Deal
    products: list[Product]
    nets: list[int]
    addresses: list[Address | None]
    invoice_rate: Decimal | None


@dataclass(frozen=True, slots=True)
class _Taxed:
    """Fee and taxes, with what the answer says of rounding and of the invoice's own currency."""

    charged: Charged
    total: int | None
    rounding: RoundingPolicy
    difference: int | None
    local_amounts: list[LocalAmount]
    findings: tuple[Finding, ...]


def _read(faults: Faults, request: tax_service_pb2.CalculateTaxRequest) -> _Case:
    deal = _read_deal(faults, request)
    products, nets, addresses = _read_lines(faults, request, deal.currency.code)
    return _Case(deal, products, nets, addresses, _read_invoice_rate(faults, request))


def _ask(ruleset: Ruleset, book: Book, case: _Case) -> _Taxed:
    def charge_of(deal: Deal) -> Charged:
        return fee_and_taxes(book, deal, case.products, case.nets, case.addresses, ruleset.rates)

    charged = charge_of(case.deal)
    findings: list[Finding] = []
    in_local_currency: list[LocalAmount] = []
    if case.invoice_rate is not None:
        in_local_currency, findings = local_amounts(book, case.deal, charged.components, case.invoice_rate)
    # What the invoice's own currency leaves open leaves the whole answer open, and such an answer has no total.
    total = charged.total if weakest(findings) is Outcome.GRANTED else None
    difference = None
    if total is not None:
        difference = rounding_difference(case.deal, total, lambda deal: charge_of(deal).total)
    return _Taxed(charged, total, case.deal.rounding, difference, in_local_currency, (*charged.findings, *findings))


def _write(response: tax_service_pb2.CalculateTaxResponse, taxed: _Taxed, currency: str) -> None:
    write, charged = MoneyWriter(currency), taxed.charged
    write(response.net_total, charged.net_total)
    if charged.fee is not None:
        write(response.fee_amount, charged.fee.amount)
    for component in charged.components:
        write_component(response.tax_components.add(), component, write)
    if charged.tax_total is not None:
        write(response.tax_total, charged.tax_total)
    if taxed.total is not None:
        write(response.total, taxed.total)
    write_rounding(response.answer, taxed.rounding, taxed.difference, write)
    for untaxed in charged.untaxed:
        write_untaxed(response.taxes_not_charged.add(), untaxed)
    write_alternatives(response.answer, charged.alternatives, write)
    for local in taxed.local_amounts:
        into = response.local_amounts.add(component=local.component)
        MoneyWriter(local.currency)(into.amount, local.amount)


def _read_deal(faults: Faults, request: tax_service_pb2.CalculateTaxRequest) -> Deal:
    if request.HasField("deal"):
        return read_deal(faults, "deal", request.deal)
    faults.add("deal", "REQUIRED")
    return Deal(Party())


def _read_invoice_rate(faults: Faults, request: tax_service_pb2.CalculateTaxRequest) -> Decimal | None:
    if not request.HasField("invoice_exchange_rate"):
        return None
    return positive_rate(faults, "invoice_exchange_rate", request.invoice_exchange_rate)


def _read_lines(
    faults: Faults, request: tax_service_pb2.CalculateTaxRequest, currency: str
) -> tuple[list[Product], list[int], list[Address | None]]:
    count_lines(faults, "lines", len(request.lines))
    products: list[Product] = []
    nets: list[int] = []
    addresses: list[Address | None] = []
    for i, line in enumerate(request.lines):
        path = f"lines[{i}]"
        if line.HasField("product"):
            products.append(read_product(faults, f"{path}.product", line.product))
        else:
            faults.add(f"{path}.product", "REQUIRED")
        if line.HasField("net_amount"):
            nets.append(money(faults, f"{path}.net_amount", line.net_amount, currency))
        else:
            faults.add(f"{path}.net_amount", "REQUIRED")
        addresses.append(
            read_address(faults, f"{path}.sold_to_address", line.sold_to_address)
            if line.HasField("sold_to_address")
            else None
        )
    return products, nets, addresses
