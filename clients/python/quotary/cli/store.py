"""The upkeep of the store: its tables, a copy of it, and the audit of what it keeps."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import Progress

from quotary.cli.connection import read_settings
from quotary.cli.screen import err, out, show_list, stop_with, table

if TYPE_CHECKING:
    from quotary_server.settings import Settings

Config = Annotated[Path | None, typer.Option(help="Settings file (TOML) of the server.", show_default=False)]
StoreUrl = Annotated[
    str | None, typer.Option(help="The store: sqlite:///FILE or postgresql://USER@HOST/DATABASE.", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands: tuple[Callable[..., None], ...] = (migrate, backup, audit)
    for command in commands:
        app.command(rich_help_panel="The store")(command)


def migrate(store_url: StoreUrl = None, config: Config = None) -> None:
    """Bring the store's tables up to date; `quotary serve` does it by itself when it starts."""
    from quotary_server.store.database import Database, StoreError
    from quotary_server.store.migration import migrate as take_steps
    from quotary_server.store.store import default_address

    address = _settings(config, store_url).store_url or default_address()
    try:
        before, after = take_steps(Database(address, connections=1))
    except StoreError as error:
        stop_with(f"{_without_password(address)}: {error}", 1)
    change = f"is at step {after} already" if before == after else f"went from step {before or 'nothing'} to {after}"
    out.print(f"{_without_password(address)} {change}.", markup=False, soft_wrap=True)


def backup(
    file: Annotated[Path, typer.Argument(help="File to write; it must not exist yet.", show_default=False)],
    store_url: StoreUrl = None,
    config: Config = None,
) -> None:
    """Copy a SQLite store, whole and consistent, while servers use it. (PostgreSQL has pg_dump.)"""
    from quotary_server.store.database import Database, StoreError
    from quotary_server.store.migration import version
    from quotary_server.store.store import default_address

    address = _settings(config, store_url).store_url or default_address()
    if file.exists():
        stop_with(f"{file} is there already; name a new file", 2)
    try:
        database = Database(address, connections=1)
        if not database.is_sqlite:
            stop_with("This store is PostgreSQL: back it up with pg_dump (docs/store.md)", 2)
        if version(database) is None:
            stop_with(f"There is no store at {address}", 1)
        database.copy_to(file)
    except StoreError as error:
        stop_with(f"{address}: {error}", 1)
    out.print(
        f"{address} is copied to {file}. Check it: quotary audit --store-url sqlite:///{file}",
        markup=False,
        soft_wrap=True,
    )


def audit(store_url: StoreUrl = None, config: Config = None) -> None:
    """Price every kept quote again with today's books; report what differs, and which rule moved it.

    Everything else that is kept is checked against the facts it follows from. Prices and rates are those of the
    settings: give the server's settings file, or set its environment.
    """
    from quotary_server.audit import audit as look
    from quotary_server.audit import count
    from quotary_server.ruleset import load_ruleset
    from quotary_server.store.database import StoreError
    from quotary_server.store.store import Store, default_address, is_missing

    settings = _settings(config, store_url)
    address = settings.store_url or default_address()
    if is_missing(address):
        stop_with(f"There is no store at {_without_password(address)}: nothing was audited.", 2)
    seen = differing = 0
    try:
        store = Store(settings)
        ruleset = load_ruleset(settings)
        made = table("Name", "What", "Kept", "Now", "Moved by")
        with Progress(console=err, transient=True) as progress:
            task = progress.add_task("Looking at quotes and orders", total=count(store.database))
            for deviations in look(ruleset, store.database):
                seen += 1
                differing += bool(deviations)
                for each in deviations:
                    made.add_row(
                        *map(escape, (each.name, each.what, each.stored, each.found, ", ".join(each.rule_ids)))
                    )
                progress.advance(task)
    except StoreError as error:
        stop_with(str(error), 1)
    if differing:
        show_list(made)
    out.print(f"Store: {_without_password(address)}", markup=False, soft_wrap=True)
    out.print(f"audited: {seen} differing: {differing}")
    if not seen:
        stop_with("The store is empty: nothing was audited.", 2)
    raise typer.Exit(1 if differing else 0)


def _settings(config: Path | None, store_url: str | None) -> Settings:
    return read_settings(config, store_url=store_url)


def _without_password(address: str) -> str:
    return re.sub(r"(://[^:/@]+):[^@]*@", r"\1:***@", address)
