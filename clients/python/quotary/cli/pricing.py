"""``quotary price``: an order priced, taxed and explained, and the same order under two editions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer
from google.type import money_pb2
from rich.markup import escape
from rich.text import Text

from quotary.cli.connection import AsJson, Edition, Explain, RequestFile, Target, connect
from quotary.cli.screen import (
    amount,
    amount_with_currency,
    out,
    percent,
    place,
    print_json,
    product_name,
    show_answer_line,
    show_reasons,
    show_trace,
    table,
)
from quotary.messages import read_file
from quotary.v1 import common_pb2, quote_service_pb2, tax_service_pb2

_ORIGIN = {1: "edition", 2: "supplement", 3: "operator"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(price)


def price(
    order: RequestFile,
    edition: Edition = None,
    compare: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="EDITION EDITION", help="Price under two editions and say what moved.", show_default=False
        ),
    ] = None,
    explain: Explain = False,
    as_json: AsJson = False,
    target: Target = None,
) -> None:
    """Price an order: lines, discounts, fee, each tax, total.

    The file holds the deal and its lines; see examples/turkey.yaml.
    """
    request = read_file(order, quote_service_pb2.OrderRequest())
    view = common_pb2.VIEW_FULL if explain else common_pb2.VIEW_BASIC
    with connect(target) as client:
        if compare is not None:
            comparison = client.quotes.CompareEditions(
                quote_service_pb2.CompareEditionsRequest(order=request, editions=compare, view=view)
            )
            if as_json:
                print_json(comparison)
            else:
                _show_comparison(comparison, explain)
            return
        quote = client.quotes.PriceQuote(quote_service_pb2.PriceQuoteRequest(order=request, edition=edition, view=view))
    if as_json:
        print_json(quote)
    else:
        show_quote(quote, explain)


def show_quote(quote: quote_service_pb2.PriceQuoteResponse, explain: bool) -> None:
    """Print a priced order."""
    show_answer_line(quote.answer)
    _show_lines(quote)
    show_totals(quote)
    _show_rounding(quote.answer)
    show_rate_sources(quote.tax_components)
    show_taxes_not_charged(quote)
    for alternative in quote.answer.alternatives:
        out.print(f"\n[bold]If so:[/bold] {escape(alternative.text)}")
        out.print(
            f"  taxes {amount_with_currency(alternative.tax_total)}, total {amount_with_currency(alternative.total)}"
        )
    if quote.answer.reasons:
        out.print()
        show_reasons(quote.answer)
    if explain:
        show_trace(quote.answer)


def _show_lines(quote: quote_service_pb2.PriceQuoteResponse) -> None:
    rows = [_line_row(line) for line in quote.lines]
    # What no line has is left out, so that the table fits a narrow screen.
    optional = ("Discount", "Off", "Credit", "Order discount")
    columns = [name for name in LINE_COLUMNS if name not in optional or any(row[name] for row in rows)]
    made = table(*columns, right=[name for name in columns if name != "Product"])
    for row in rows:
        made.add_row(*(row[name] for name in columns))
    out.print(made)


LINE_COLUMNS = ("#", "Product", "Quantity", "Unit price", "List", "Discount", "Off", "Credit", "Order discount", "Net")


def _line_row(line: quote_service_pb2.PricedLine) -> dict[str, str]:
    """The cells of a line, by column; empty where it has none."""
    cells = (
        str(line.position + 1),
        escape(product_name(line.product)),
        f"{line.quantity:,}",
        line.unit_price,
        amount(line.prorated_amount) if line.HasField("prorated_amount") else "open",
        amount(line.discount.amount) if line.HasField("discount") else "",
        percent(line.discount.rate) if line.discount.rate else "",
        amount(line.credit) if line.HasField("credit") else "",
        amount(line.order_discount) if line.HasField("order_discount") else "",
        amount(line.net_amount) if line.HasField("net_amount") else "open",
    )
    return dict(zip(LINE_COLUMNS, cells, strict=True))


def show_totals(result: quote_service_pb2.PriceQuoteResponse | tax_service_pb2.CalculateTaxResponse) -> None:
    """Print net, fee, each tax with its base and rate, and the total."""
    currency = result.net_total.currency_code
    made = table("Amount", "", currency, right=(currency,))
    if result.HasField("net_total"):
        made.add_row("Net", "", amount(result.net_total))
    if isinstance(result, quote_service_pb2.PriceQuoteResponse):
        if result.HasField("fee"):
            fee = result.fee
            made.add_row(f"Administration fee {fee.region_code}", _share(fee.rate, fee.base), amount(fee.amount))
    elif result.HasField("fee_amount"):
        made.add_row("Administration fee", "", amount(result.fee_amount))
    for tax in result.tax_components:
        made.add_row(f"{tax.tax} {tax.locality or tax.region_code}", _share(tax.rate, tax.base), amount(tax.amount))
    made.add_section()
    total = amount(result.total) if result.HasField("total") else "open"
    made.add_row("[bold]Total[/bold]", "", f"[bold]{total}[/bold]")
    out.print(made)


def _show_rounding(answer: common_pb2.Answer) -> None:
    difference = answer.rounding_difference
    if difference.units or difference.nanos:
        policy = common_pb2.RoundingPolicy.Name(answer.rounding_policy).removeprefix("ROUNDING_POLICY_")
        text = f"Rounded {policy.replace('_', ' ').lower()}: {amount_with_currency(difference)}"
        out.print(f"{text} against the rule book's own rounding.")


def _share(rate: str, base: money_pb2.Money) -> str:
    return f"{percent(rate)} of {amount(base)}"


def show_rate_sources(components: Iterable[common_pb2.TaxComponent]) -> None:
    """Print where the rate of each tax comes from."""
    for tax in components:
        origin, place = _ORIGIN[tax.rate_origin], tax.locality or tax.region_code
        source = f"{percent(tax.rate)} from the {origin} ({tax.rate_source}), rule {tax.rule_id}"
        out.print(escape(f"{tax.tax} {place}: {source}"), style="dim")


def show_taxes_not_charged(
    result: quote_service_pb2.PriceQuoteResponse | tax_service_pb2.CalculateTaxResponse,
) -> None:
    """Print which taxes that the rules speak of are not charged, and why."""
    for free in result.taxes_not_charged:
        region = free.locality or free.region_code
        out.print(f"No {free.tax.replace('_', ' ')} {escape(region)}: {escape(free.reason.text)}")


def _show_comparison(comparison: quote_service_pb2.CompareEditionsResponse, explain: bool) -> None:
    for quote in comparison.quotes:
        show_quote(quote, explain)
        out.print()
    first, second = comparison.quotes[0].answer.edition, comparison.quotes[-1].answer.edition
    if not comparison.differences:
        out.print(f"Nothing differs between {first} and {second}.")
        return
    out.print(f"[bold]From {first} to {second}[/bold]")
    for each in comparison.differences:
        change = f"{each.base_value or 'none'} -> {each.value or 'none'}"
        moving_rules = ", ".join(dict.fromkeys((*each.base_rule_ids, *each.rule_ids)))
        out.print(Text.assemble((place(each.path), "cyan"), "  ", (change, "bold")))
        out.print(f"    moved by {escape(moving_rules)}", style="dim")
