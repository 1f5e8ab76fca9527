"""The store's tables, made and brought up to date by Alembic; every step is a file in ``migrations/versions``."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from quotary_server.store.database import Database, StoreMisconfigured

HEAD = "0003"
"""The step that this program needs."""

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x51756F74  # any number that servers of this program share


def version(database: Database) -> str | None:
    """The last step that was taken; None for a store without tables.

    Raises:
        StoreError: the store cannot be read.
    """
    with database.read() as connection:
        return _version(connection)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def migrate(database: Database, to: str = HEAD) -> tuple[str | None, str]:
    """Take every step that is missing, all in one transaction; steps taken before are left alone.

    Args:
        to: The last step to take.

    Returns:
        The last step before and after.

    Raises:
        StoreMisconfigured: the store was made by a later release.
        StoreError: the store cannot be read or changed.
    """
    before = version(database)
    if before != to:
        database.change(lambda connection: _upgrade(connection, to), repeatable=True)
    return before, to


def _upgrade(connection: Connection, to: str) -> None:
    # Servers that start at once wait for the first.
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    before = _version(connection)
    if before is not None and before not in known:
        raise StoreMisconfigured(
            f"The store is at step {before} and this program knows {HEAD}: a later release made it; install that one."
        )
    command.upgrade(config, to)
