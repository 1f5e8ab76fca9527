"""``quotary check-refund``, ``tier`` and ``guard``: what is paid back, which tier holds the users, who is billable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Annotated

import grpc
import typer
from rich.markup import escape
from rich.progress import track

from quotary.cli.calls import call
from quotary.cli.connection import AsJson, Edition, Explain, RequestFile, Target, connect
from quotary.cli.screen import (
    amount_with_currency,
    citations,
    err,
    out,
    outcome_name,
    print_json,
    show_answer_line,
    show_reasons,
    show_trace,
    table,
)
from quotary.messages import read_file, read_text
from quotary.source import Mark, SourceError, decoded
from quotary.v1 import common_pb2
from quotary.v1 import licence_tier_service_pb2 as tier_pb2

USERS_A_MESSAGE = 5_000


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(check_refund)
    app.command()(tier)
    app.command()(guard)


def check_refund(
    request_file: RequestFile,
    edition: Edition = None,
    explain: Explain = False,
    as_json: AsJson = False,
    target: Target = None,
) -> None:
    """What of a paid order could be refunded on a day: whole, by line, or tax alone. See examples/assess_refund.yaml.

    It only looks; `quotary refund` makes the refund of an order that is kept.
    """
    call("RefundService.AssessRefund", request_file, edition, explain, as_json, target)


def tier(
    request_file: RequestFile,
    edition: Edition = None,
    explain: Explain = False,
    as_json: AsJson = False,
    target: Target = None,
) -> None:
    """Which tier a number of users needs. See examples/resolve_tier.yaml."""
    call("LicenceTierService.ResolveTier", request_file, edition, explain, as_json, target)


def guard(
    request_file: RequestFile,
    users: Annotated[
        Path | None,
        typer.Option(help="Users as JSON lines, ids ascending; read as a stream, however many.", show_default=False),
    ] = None,
    edition: Edition = None,
    explain: Explain = False,
    as_json: AsJson = False,
    target: Target = None,
) -> None:
    """How many users of an organisation are billable for Guard, and what they cost.

    The file holds the settings and, for a small organisation, the users; see examples/count_billable_users.yaml.
    """
    first = read_file(request_file, tier_pb2.CountBillableUsersRequest())
    if edition is not None:
        first.edition = edition
    first.view = common_pb2.VIEW_FULL if explain else common_pb2.VIEW_BASIC
    requests = _Users(first, users)
    with connect(target) as client:
        try:
            counted = client.tiers.CountBillableUsers(iter(requests))
        except grpc.RpcError as error:
            raise requests.fault or error from None
    if as_json:
        print_json(counted)
        return
    show_answer_line(counted.answer)
    _show_counts(counted)
    if counted.HasField("total"):
        out.print(f"[bold]Total {amount_with_currency(counted.total)}[/bold]")
    show_reasons(counted.answer)
    if explain:
        show_trace(counted.answer)


class _Users:
    """The messages of a count: the settings, then the users of a file, one a line as YAML or JSON.

    gRPC reads a stream in a thread of its own and keeps what goes wrong there to itself, so the fault is kept here.
    """

    def __init__(self, first: tier_pb2.CountBillableUsersRequest, file: Path | None) -> None:
        self._first = first
        self._file = file
        self.fault: Exception | None = None

    def __iter__(self) -> Iterator[tier_pb2.CountBillableUsersRequest]:
        yield self._first
        if self._file is None:
            return
        try:
            with self._file.open("rb") as file:
                lines = enumerate(track(file, "users", console=err, transient=True), 1)
                while batch := list(islice(lines, USERS_A_MESSAGE)):
                    message = tier_pb2.CountBillableUsersRequest()
                    for number, line in batch:
                        if line.strip():
                            self._add(message, number, line)
                    yield message
        except (OSError, SourceError) as fault:
            self.fault = fault
            raise

    def _add(self, message: tier_pb2.CountBillableUsersRequest, number: int, line: bytes) -> None:
        name = str(self._file)
        try:
            read_text(decoded(line, name), message.users.add(), name)
        except SourceError as error:
            raise SourceError(
                name,
                [replace(each, mark=Mark(number, each.mark.column if each.mark else 1)) for each in error.problems],
            ) from error


def _show_counts(counted: tier_pb2.CountBillableUsersResponse) -> None:
    made = table("Plan", "Outcome", "Billable", "Not billable, by reason", right=("Billable",))
    lists = table("Another printed list of Standard", "Billable", "Where", right=("Billable",))
    for each in (counted.standard, counted.premium):
        if not each.plan:
            continue
        excluded = ", ".join(f"{one.users:,} {one.reason.lower().replace('_', ' ')}" for one in each.exclusions)
        made.add_row(each.plan, outcome_name(each.outcome), _billable(each), escape(excluded))
        for one in each.differing_lists:
            lists.add_row(escape(one.title), _billable(one), citations([one.citation]))
    out.print(made)
    if lists.row_count:
        out.print(lists)
    everyone = f"{counted.total_users:,} users: {counted.managed_users:,} managed, {counted.external_users:,} external"
    out.print(everyone, style="dim")
    for line in counted.price_lines:
        price = amount_with_currency(line.amount) if line.HasField("amount") else "open"
        parts = f"{line.full_price_users:,} at full price, {line.difference_users:,} at the difference"
        out.print(f"{line.plan}: {price} ({parts})")


def _billable(count: tier_pb2.BillableUserCount | tier_pb2.PrintedListCount) -> str:
    if count.HasField("billable_users"):
        return f"{count.billable_users:,}"
    return f"{count.fact_interval.minimum:,} to {count.fact_interval.maximum:,}"
