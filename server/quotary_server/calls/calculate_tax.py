"""TaxService.CalculateTax."""

from __future__ import annotations

from decimal import Decimal

from quotary.v1 import tax_service_pb2
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import (
    MOST_LINES,
    count_lines,
    money,
    positive_rate,
    read_address,
    read_deal,
    read_edition,
    read_product,
    read_view,
)
from quotary_server.adapter.writing import (
    MoneyWriter,
    write_alternatives,
    write_answer,
    write_component,
    write_rounding,
)
from quotary_server.ruleset import Ruleset
from quotary_spec.model.order import Deal
from quotary_spec.model.party import Address, Party
from quotary_spec.model.product import Product
from quotary_spec.outcome import Finding, Outcome, weakest
from quotary_spec.rule import tracing
from quotary_spec.rules.quote.total import charge, rounding_difference
from quotary_spec.rules.tax.invoice import LocalAmount, local_amounts


def calculate_tax(
    ruleset: Ruleset, request: tax_service_pb2.CalculateTaxRequest
) -> tax_service_pb2.CalculateTaxResponse:
    """Fee and taxes of priced lines; the same as in a quote for the same net amounts.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    faults = Faults()
    book = read_edition(faults, request)
    deal = _read_deal(faults, request)
    products, nets, addresses = _read_lines(faults, request, deal.currency.code)
    view = read_view(faults, request.view)
    invoice_rate = _read_invoice_rate(faults, request)
    faults.raise_if_any()
    findings: list[Finding] = []
    in_local_currency: list[LocalAmount] = []
    with tracing() as trace:
        charged = charge(book, deal, products, nets, addresses, ruleset.rates)
        if invoice_rate is not None:
            in_local_currency, findings = local_amounts(book, deal, charged.components, invoice_rate)
    response = tax_service_pb2.CalculateTaxResponse()
    write = MoneyWriter(deal.currency.code)
    write(response.net_total, charged.net_total)
    if charged.fee is not None:
        write(response.fee_amount, charged.fee.amount)
    for component in charged.components:
        write_component(response.tax_components.add(), component, write)
    if charged.tax_total is not None:
        write(response.tax_total, charged.tax_total)
    # What the invoice's own currency leaves open leaves the whole answer open, and such an answer has no total.
    total = charged.total if weakest(findings) is Outcome.GRANTED else None
    difference = None
    if total is not None:
        write(response.total, total)

        def total_of(deal: Deal) -> int | None:
            return charge(book, deal, products, nets, addresses, ruleset.rates).total

        difference = rounding_difference(deal, total, total_of)
    write_rounding(response.answer, deal.rounding, difference, write)
    write_alternatives(response.answer, charged.alternatives, write)
    for local in in_local_currency:
        into = response.local_amounts.add(component=local.component)
        MoneyWriter(local.currency)(into.amount, local.amount)
    write_answer(response.answer, ruleset.digests, book, (*charged.findings, *findings), trace, view)
    return response


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
    for i, line in enumerate(request.lines[:MOST_LINES]):
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
