"""Calls that a person makes from a file: taxes, and any other call of the contract by its name."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Annotated, Any

import typer
import yaml
from google.protobuf import symbol_database
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.type import money_pb2
from rich.markup import escape

from quotary.cli.connection import AsJson, Edition, Explain, RequestFile, Target, connect
from quotary.cli.pricing import show_rate_sources, show_taxes_not_charged, show_totals
from quotary.cli.screen import (
    amount_with_currency,
    out,
    print_json,
    show_answer_line,
    show_reasons,
    show_trace,
    stop_with,
    table,
)
from quotary.messages import read_file, to_plain
from quotary.v1 import common_pb2, tax_service_pb2

# Each service with the client's stub that speaks it.
_STUBS = {
    "quote": "quotes",
    "order": "orders",
    "tax": "taxes",
    "refund": "refunds",
    "licence_tier": "tiers",
    "subscription": "subscriptions",
    "entitlement": "entitlements",
    "change": "changes",
    "rulebook": "rulebook",
}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(tax)
    app.command()(call)
    app.command()(methods)


def tax(
    request_file: RequestFile,
    edition: Edition = None,
    explain: Explain = False,
    as_json: AsJson = False,
    target: Target = None,
) -> None:
    """Fee and taxes of priced lines.

    The file holds the deal and lines with net amounts; see examples/calculate_tax.yaml.
    """
    request = read_file(request_file, tax_service_pb2.CalculateTaxRequest())
    if edition is not None:
        request.edition = edition
    request.view = common_pb2.VIEW_FULL if explain else common_pb2.VIEW_BASIC
    with connect(target) as client:
        response = client.taxes.CalculateTax(request)
    if as_json:
        print_json(response)
        return
    show_answer_line(response.answer)
    show_totals(response)
    show_rate_sources(response.tax_components)
    show_taxes_not_charged(response)
    for alternative in response.answer.alternatives:
        out.print(f"\n[bold]If so:[/bold] {escape(alternative.text)}")
        out.print(f"  taxes {amount_with_currency(alternative.tax_total)}")
    show_reasons(response.answer)
    if explain:
        show_trace(response.answer)


def call(
    method: Annotated[str, typer.Argument(help="Call by name, as in SubscriptionService.AssessTrial or AssessTrial.")],
    request_file: RequestFile,
    edition: Edition = None,
    explain: Explain = False,
    as_json: AsJson = False,
    target: Target = None,
) -> None:
    """Make any call of the contract with a request from a file. `quotary methods` lists the calls."""
    stub, descriptor = find_call(method)
    if descriptor.client_streaming:
        stop_with(f"{descriptor.name} takes a stream of requests; it has a command of its own.", 2)
    request: Any = read_file(request_file, new_message(descriptor.input_type.full_name))
    fields = descriptor.input_type.fields_by_name
    if edition is not None and "edition" in fields:
        request.edition = edition
    if explain and "view" in fields:
        request.view = common_pb2.VIEW_FULL
    with connect(target) as client:
        response = getattr(getattr(client, stub), descriptor.name)(request)
    if as_json:
        print_json(response)
    else:
        show_response(response, explain)


def methods() -> None:
    """List the calls of the contract."""
    for _, service in _services():
        made = table("Call", "Takes", title=service.name)
        for method in service.methods:
            made.add_row(method.name, method.input_type.name + (" (stream)" if method.client_streaming else ""))
        out.print(made)


def show_response(response: Message, explain: bool) -> None:
    """Print any response: its answer for people, the rest by field."""
    plain = to_plain(response)
    plain.pop("answer", None)
    answer: common_pb2.Answer | None = getattr(response, "answer", None)
    if answer is not None:
        show_answer_line(answer)
    if plain:
        out.print(escape(yaml.safe_dump(short_forms(plain), sort_keys=False, allow_unicode=True, width=110).rstrip()))
    if answer is not None:
        show_reasons(answer)
        if explain:
            show_trace(answer)


def short_forms(value: Any) -> Any:
    """Dates and amounts in the short forms of request files."""
    if isinstance(value, dict):
        if set(value) <= {"year", "month", "day"} and "year" in value:
            return f"{value['year']:04d}-{value.get('month', 0):02d}-{value.get('day', 0):02d}"
        if "currency_code" in value and set(value) <= {"currency_code", "units", "nanos"}:
            return amount_with_currency(
                money_pb2.Money(
                    currency_code=value["currency_code"],
                    units=int(value.get("units", 0)),
                    nanos=int(value.get("nanos", 0)),
                )
            )
        return {key: short_forms(each) for key, each in value.items()}
    return [short_forms(each) for each in value] if isinstance(value, list) else value


def _services() -> Iterator[tuple[str, ServiceDescriptor]]:
    for module, stub in _STUBS.items():
        file = importlib.import_module(f"quotary.v1.{module}_service_pb2").DESCRIPTOR
        for service in file.services_by_name.values():
            yield stub, service


def find_call(name: str) -> tuple[str, MethodDescriptor]:
    """The client's stub and the method that a name stands for."""
    service_name, _, method_name = name.rpartition(".")
    for stub, service in _services():
        if service_name in ("", service.name, service.full_name) and method_name in service.methods_by_name:
            return stub, service.methods_by_name[method_name]
    return stop_with(f"There is no call {name}. `quotary methods` lists the calls.", 2)


def new_message(full_name: str) -> Message:
    """An empty message of that type."""
    return symbol_database.Default().GetSymbol(full_name)()
