"""``quotary token``: who may call a server, by bearer token."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from quotary.cli.connection import read_settings
from quotary.cli.screen import err, out, show_list, stop_with, table

if TYPE_CHECKING:
    from quotary_server.security.tokens import Entry

CallersFile = Annotated[
    Path | None,
    typer.Option("--callers", help="File of callers (TOML) [that of the settings].", show_default=False),
]
Config = Annotated[Path | None, typer.Option(help="Settings file (TOML) of the server.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    tokens = typer.Typer(help="Add, list and revoke the bearer tokens of callers.", no_args_is_help=True)
    tokens.command()(add)
    tokens.command("list")(list_tokens)
    tokens.command()(revoke)
    app.add_typer(tokens, name="token", rich_help_panel="The server")


def add(
    name: Annotated[str, typer.Argument(help="Who gets it; changes are kept with this name.", show_default=False)],
    role: Annotated[
        list[str],
        typer.Option(help="reader, seller, cashier, auditor or operator; may be repeated.", show_default=False),
    ],
    tenant: Annotated[str, typer.Option(help="Whose quotes, orders and refunds it is for.")] = "default",
    days: Annotated[int | None, typer.Option(help="Days for which it is good [no end].", min=1, max=3660)] = None,
    callers: CallersFile = None,
    config: Config = None,
) -> None:
    """Make a token and show it, this once: the file keeps its hash alone."""
    from quotary_server.security import tokens
    from quotary_server.security.callers import Caller

    path = _path(callers, config)
    try:
        caller = Caller(tokens.check_name(name), tokens.check_tenant(tenant), tokens.check_roles(role))
        entries = tokens.read(path) if path.exists() else []
    except ValueError as error:
        stop_with(str(error), 2)
    expires = None if days is None else datetime.now(UTC).date() + timedelta(days=days)
    token, entry = tokens.make(caller, expires)
    tokens.write(path, [*entries, entry])
    end = f"to {expires}" if expires else "until it is revoked"
    err.print(
        f"Token {entry.id} of {escape(name)}, good {end}. It is shown this once: put it into a file that its user "
        "alone can read, and name that file in QUOTARY_TOKEN_FILE.",
        soft_wrap=True,
    )
    out.print(token, markup=False, highlight=False, soft_wrap=True)


def list_tokens(callers: CallersFile = None, config: Config = None) -> None:
    """List callers, without their tokens, which are kept nowhere."""
    made = table("Id", "Name", "Tenant", "Roles", "Made", "Good to")
    for each in _read(_path(callers, config)):
        who = each.caller
        kind = each.id or "certificate"
        days = ("" if day is None else str(day) for day in (each.created, each.expires))
        made.add_row(*map(escape, (kind, who.name, who.tenant, ", ".join(sorted(who.roles)), *days)))
    show_list(made)


def revoke(
    token: Annotated[str, typer.Argument(metavar="ID", help="As `quotary token list` shows it.", show_default=False)],
    callers: CallersFile = None,
    config: Config = None,
) -> None:
    """Take a token back; servers that read the file refuse it within a second."""
    from quotary_server.security import tokens

    path = _path(callers, config)
    entries = _read(path)
    left = [each for each in entries if not each.id or each.id != token]
    if len(left) == len(entries):
        stop_with(f"{path} has no token {token}; quotary token list shows them", 2)
    tokens.write(path, left)
    out.print(f"Token {token} is revoked.", markup=False)


def _path(callers: Path | None, config: Path | None) -> Path:
    path = callers or read_settings(config).callers
    if path is None:
        stop_with("Name the file of callers: --callers FILE, or the setting `callers` of the server", 2)
    return path


def _read(path: Path) -> list[Entry]:
    from quotary_server.security import tokens

    try:
        return tokens.read(path)
    except ValueError as error:
        stop_with(str(error), 2)
