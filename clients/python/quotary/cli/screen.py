"""What people read: amounts, answers, reasons and traces as text and tables."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from typing import NoReturn

import grpc
from google.protobuf.message import Message
from google.type import date_pb2, money_pb2
from iso4217 import Currency
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from quotary.errors import QuotaryError
from quotary.messages import to_plain
from quotary.v1 import common_pb2

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

_OUTCOME_STYLE = {"GRANTED": "green", "NOT COVERED": "yellow", "UNDETERMINED": "yellow", "REFUSED": "red"}


def amount(money: money_pb2.Money) -> str:
    """``334.53``: the amount without its currency."""
    digits = Currency(money.currency_code).exponent or 0
    sign = "-" if money.units < 0 or money.nanos < 0 else ""
    fraction = f".{abs(money.nanos):09d}"[: digits + 1] if digits else ""
    return f"{sign}{abs(money.units):,}{fraction}"


def amount_with_currency(money: money_pb2.Money) -> str:
    """``334.53 USD``."""
    return f"{amount(money)} {money.currency_code}"


def percent(rate: str) -> str:
    """``7.5 %`` for the rate "0.075"."""
    whole, _, fraction = rate.partition(".")
    digits = (whole + fraction.ljust(2, "0")[:2]).lstrip("0") or "0"
    rest = fraction[2:].rstrip("0")
    return f"{digits}{'.' + rest if rest else ''} %"


def day(date: date_pb2.Date) -> str:
    """``2026-03-01``."""
    return f"{date.year:04d}-{date.month:02d}-{date.day:02d}"


def outcome_name(outcome: int) -> str:
    """``NOT COVERED`` for the enum's number."""
    return common_pb2.Outcome.Name(outcome).removeprefix("OUTCOME_").replace("_", " ")  # type: ignore[arg-type]


def styled_outcome(outcome: int) -> Text:
    """The outcome in its colour."""
    name = outcome_name(outcome)
    return Text(name, style=f"bold {_OUTCOME_STYLE.get(name, '')}")


def table(*columns: str, right: Iterable[str] = (), title: str | None = None) -> Table:
    """A plain table; columns named in ``right`` are figures."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left", title_style="bold")
    for column in columns:
        made.add_column(
            column, justify="right" if column in right else "left", overflow="fold", no_wrap=column in right
        )
    return made


def print_json(message: Message) -> None:
    """The message as JSON with the contract's field names."""
    sys.stdout.write(json.dumps(to_plain(message), indent=2, ensure_ascii=False) + "\n")


def indented(text: str, by: int, style: str = "") -> None:
    """Print text of any length whose every line starts as far in."""
    out.print(Padding(text, (0, 0, 0, by)), style=style)


def place(path: str) -> str:
    """A path of the contract as a person counts: ``lines[0].user_tier`` is ``line 1 user_tier``."""
    return re.sub(r"(?:\w+\.)*?\blines\[(\d+)\]\.?", lambda found: f"line {int(found[1]) + 1} ", path).rstrip()


def product_name(product: common_pb2.Product) -> str:
    """A product in one line: the name that was given, or its id, with plan and platform."""
    where = common_pb2.Platform.Name(product.platform).removeprefix("PLATFORM_").replace("_", " ").title()
    return " ".join(
        each
        for each in (product.display_name or product.id, product.plan, f"({where})" if product.platform else "")
        if each
    )


def show_list(made: Table) -> None:
    """Print a list: a table on a screen; elsewhere a row a line, tab-separated, nothing wrapped or shortened."""
    if out.is_terminal:
        out.print(made)
        return
    for row in zip(*(column.cells for column in made.columns), strict=True):
        sys.stdout.write("\t".join(Text.from_markup(str(cell)).plain for cell in row) + "\n")


def show_reasons(answer: common_pb2.Answer) -> None:
    """Why the answer is as it is, and what can be done."""
    for each in answer.reasons:
        line = Text.assemble(styled_outcome(each.outcome), "  ", (each.code, "bold"))
        if each.subject:
            line.append(f"  {place(each.subject)}", style="cyan")
        out.print(line)
        facts = ", ".join(f"{key} {value}" for key, value in sorted(each.metadata.items()))
        indented(escape(each.text) + (f" ({escape(facts)})" if facts else ""), 2)
        if each.remedy:
            indented(f"[dim]Next: {escape(each.remedy)}[/dim]", 2)
    if answer.missing:
        out.print(f"Missing: [cyan]{escape(', '.join(map(place, answer.missing)))}[/cyan]")


def show_answer_line(answer: common_pb2.Answer) -> None:
    """Outcome, edition and rules in one line."""
    out.print(Text.assemble("Answer: ", styled_outcome(answer.outcome), f", edition {answer.edition}"))
    if answer.rule_ids:
        out.print(f"[dim]Rules: {escape(', '.join(answer.rule_ids))}[/dim]")


def citations(cited: Iterable[common_pb2.Citation]) -> str:
    """``000:689, 002:633-635``."""
    return ", ".join(
        f"{each.document}:{each.first_line}" + (f"-{each.last_line}" if each.last_line != each.first_line else "")
        for each in cited
    )


def show_trace(answer: common_pb2.Answer) -> None:
    """Every rule and row of data that took part, in order."""
    out.print("\n[bold]How it came about[/bold]")
    for number, step in enumerate(answer.steps, 1):
        head = f"{number:>3}. [bold]{escape(step.id)}[/bold]"
        if step.subject:
            head += f" [cyan]{escape(step.subject)}[/cyan]"
        out.print(head + f" -> [bold]{escape(step.result)}[/bold]")
        indented(escape(step.statement), 5, "dim")
        if step.inputs:
            indented("given " + escape("; ".join(f"{fact.name} = {fact.value}" for fact in step.inputs)), 5)
        source = citations(step.citations)
        rulings = ", ".join(step.rulings)
        if source or rulings:
            indented(f"[green]{escape(' and '.join(each for each in (source, rulings) if each))}[/green]", 5)
    if answer.steps_omitted:
        indented(f"and {answer.steps_omitted} more steps", 5)


def show_call_error(error: grpc.RpcError) -> None:
    """A failed call: every violation, or the reason."""
    failure = QuotaryError.of(error)
    if found := failure.violations:
        count = len(found) + failure.omitted
        many = "s" if count > 1 else ""
        malformed = failure.code() is grpc.StatusCode.INVALID_ARGUMENT
        head = f"The request has {count} fault{many}:" if malformed else f"Refused, for {count} reason{many}:"
        err.print(f"[bold red]{head}[/bold red]")
        for each in found:
            where = escape(each.field if malformed else place(each.field))
            err.print(f"  [cyan]{where}[/cyan]  [bold]{each.reason}[/bold]  {escape(each.description)}", soft_wrap=True)
        if failure.omitted:
            err.print(f"  and {failure.omitted} more")
        return
    err.print(f"[bold red]{failure.reason or failure.code().name}[/bold red]  {escape(failure.message)}")
    if failure.code() is grpc.StatusCode.UNAVAILABLE:
        err.print("  Is the server running at that address? Start one with: quotary serve")


def stop_with(message: str, code: int) -> NoReturn:
    """Say what is wrong and end."""
    err.print(escape(message), style="bold red", soft_wrap=True)
    sys.exit(code)
