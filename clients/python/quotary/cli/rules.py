"""``quotary rules``, ``editions`` and ``diff``: the rule book as a reader sees it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Annotated

import typer
from google.protobuf import json_format
from rich.markup import escape

from quotary.cli.connection import AsJson, Target, connect
from quotary.cli.screen import citations, indented, out, print_json, table
from quotary.v1 import rulebook_service_pb2 as rulebook_pb2

# Characters of a figure or list on the screen; GetRule has all of it.
_LONG = 80


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(rules)
    app.command()(editions)
    app.command()(diff)


def rules(
    rule: Annotated[
        str | None,
        typer.Argument(help="Rule (FEE-RATE) or catalogue entry (000:FEE-RATE) to show.", show_default=False),
    ] = None,
    area: Annotated[str | None, typer.Option(help="Only this area, as in fees or tax.canada.")] = None,
    edition: Annotated[str | None, typer.Option(help="Only rules of this edition.")] = None,
    passage: Annotated[str | None, typer.Option(help="Only rules that cite this line, as in 000:689.")] = None,
    search: Annotated[
        str | None,
        typer.Option(help="Only rules that speak of these words, best first, as in 'extend trial', MwSt or 000:689."),
    ] = None,
    as_json: AsJson = False,
    target: Target = None,
) -> None:
    """Show one rule whole, or list rules: statement, passages, editions, rulings."""
    with connect(target) as client:
        if rule is not None:
            found = client.rulebook.GetRule(rulebook_pb2.GetRuleRequest(name=f"rules/{rule}"))
            if as_json:
                print_json(found)
            else:
                _show_rule(found)
            return
        request = rulebook_pb2.ListRulesRequest(
            area=area, edition=edition, passage=passage, query=search, page_size=1_000
        )
        listed = rulebook_pb2.ListRulesResponse()
        while True:
            page = client.rulebook.ListRules(request)
            listed.rules.extend(page.rules)
            if not page.next_page_token:
                break
            request.page_token = page.next_page_token
    if as_json:
        print_json(listed)
        return
    if not listed.rules:
        out.print("No rule fits. `quotary rules` without options lists all.")
        return
    for each in listed.rules:
        out.print(f"[bold]{escape(each.rule_id)}[/bold]  {escape(each.area)}, {' '.join(each.editions)}")
        indented(escape(each.statement), 2)
        indented(citations(each.citations), 2, "dim")
        out.print()
    out.print(f"{len(listed.rules)} rules. `quotary rules ID` shows one whole.", style="dim")


def _show_rule(rule: rulebook_pb2.Rule) -> None:
    kind = rulebook_pb2.RuleClass.Name(rule.rule_class).removeprefix("RULE_CLASS_").replace("_", " ").lower()
    out.print(f"[bold]{escape(rule.rule_id)}[/bold]  {kind} of area {escape(rule.area)}")
    out.print(escape(rule.statement))
    made = table("", "")
    made.show_header = False
    made.add_row("Editions", ", ".join(rule.editions))
    made.add_row("Passages", citations(rule.citations))
    if rule.headings:
        titles = (f"{escape(each.title)} ({citations([each.citation])})" for each in rule.headings)
        made.add_row("Headings", "\n".join(titles))
    if rule.symbol:
        made.add_row("Function", escape(f"{rule.symbol} in {rule.file}"))
    if rule.answered_by:
        made.add_row("Answered by", ", ".join(rule.answered_by))
    if rule.inputs:
        inputs = (f"{each.input} ({each.type}{'' if each.required else ', optional'})" for each in rule.inputs)
        made.add_row("Takes", escape(", ".join(inputs)))
    if rule.figures:
        made.add_row("Figures", "\n".join(_figures(rule)))
    if rule.catalogue_ids:
        made.add_row("Catalogue", ", ".join(rule.catalogue_ids))
    if rule.vector_ids:
        made.add_row("Vectors", ", ".join(rule.vector_ids))
    if rule.note:
        made.add_row("Note", escape(rule.note))
    if rule.asked_by:
        made.add_row("Asked by", escape("\n".join(each.call for each in rule.asked_by)))
    out.print(made)
    if rule.asked_by:
        first = rule.asked_by[0]
        out.print(f"To try: quotary call {first.call.partition('.')[2]} FILE, with in the file")
        request = json.dumps(
            _whole_numbers(json_format.MessageToDict(first.request)), ensure_ascii=False, sort_keys=True
        )
        indented(escape(request), 2)
    for ruling in rule.rulings:
        contested = " (contested)" if ruling.contested else ""
        out.print(f"[bold]{ruling.ruling}[/bold]{contested}  {escape(ruling.title)}")
        indented(escape(ruling.text), 2)
        for number, reading in enumerate(ruling.readings, 1):
            indented(f"{number}. {escape(reading)}", 2)


def _figures(rule: rulebook_pb2.Rule) -> Iterator[str]:
    """Each figure once, with the editions that print it so, and where: the first of a long list."""
    for key, rows in groupby(rule.figures, key=lambda each: each.key):
        told: dict[str, list[str]] = {}
        for each in rows:
            told.setdefault(each.value, []).append(f"{each.edition}: {citations(each.citations)}")
        for value, where in told.items():
            short = value if len(value) <= _LONG else value[: _LONG - 4] + " ..."
            yield f"{escape(key)} = {escape(short)} [dim]({'; '.join(where)})[/dim]"


def _whole_numbers(value: object) -> object:
    """A value of a Struct with its whole numbers as such."""
    match value:
        case float():
            return int(value) if value.is_integer() else value
        case dict():
            return {name: _whole_numbers(each) for name, each in value.items()}
        case list():
            return [_whole_numbers(each) for each in value]
        case _:
            return value


def editions(as_json: AsJson = False, target: Target = None) -> None:
    """List the editions and their documents."""
    with connect(target) as client:
        listed = client.rulebook.ListEditions(rulebook_pb2.ListEditionsRequest())
    if as_json:
        print_json(listed)
        return
    made = table("Edition", "Documents", "Rules", right=("Rules",))
    for each in listed.editions:
        documents = "\n".join(f"{document.document}  {document.title}" for document in each.documents)
        made.add_row(each.edition + (" (default)" if each.is_default else ""), escape(documents), str(each.rule_count))
    out.print(made)


def diff(
    base: Annotated[str, typer.Argument(help="Earlier edition.")],
    later: Annotated[str, typer.Argument(help="Later edition.")],
    area: Annotated[str | None, typer.Option(help="Only this area.")] = None,
    as_json: AsJson = False,
    target: Target = None,
) -> None:
    """Say what changed in the rules from one edition to another, with both passages."""
    with connect(target) as client:
        found = client.rulebook.DiffEditions(
            rulebook_pb2.DiffEditionsRequest(base_edition=base, edition=later, area=area)
        )
    if as_json:
        print_json(found)
        return
    for each in found.changes:
        kind = rulebook_pb2.EditionChangeKind.Name(each.kind).removeprefix("EDITION_CHANGE_KIND_").lower()
        lost = ", text lost" if each.text_lost else ""
        out.print(f"[bold]{escape(each.id)}[/bold]  {escape(each.area)}, {kind}{lost}")
        for edition, value, cited in (
            (base, each.base_value, each.base_citations),
            (later, each.value, each.citations),
        ):
            where = f"({citations(cited)})" if cited else ""
            indented(f"[cyan]{edition}[/cyan]  {escape(value) or '-'}  [dim]{where}[/dim]", 2)
        out.print()
    out.print(f"{len(found.changes)} changes.", style="dim")
