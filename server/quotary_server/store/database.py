"""Transactions: snapshots to read, serializable changes that are repeated when another one came between.

Of a change everything is kept or nothing, also when the process or the machine dies (SQLite: write-ahead log with a
full sync at each commit; PostgreSQL: as it is configured, by default the same).
"""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout

T = TypeVar("T")

PATIENCE_SECONDS = 15
"""How long a change is tried again before its call fails."""
MOST_WAIT_SECONDS = 0.2
"""Longest wait between two attempts; each wait is a random part of a limit that doubles."""
LOCK_SECONDS = 10
"""How long one attempt waits for a lock or for a connection."""


class StoreError(Exception):
    """The store could not do what was asked. Nothing of it was kept."""


class StoreMisconfigured(StoreError):
    """The address does not name a store that this program can open."""


class StoreFull(StoreError):
    """No room is left."""


class StoreReadOnly(StoreError):
    """The store can be read but not written."""


class StoreUnavailable(StoreError):
    """The store cannot be reached."""


class StoreBusy(StoreError):
    """Other changes came between, again and again."""


class StoreTampered(StoreError):
    """A row is not as it was kept; the text names it."""


class OutcomeUnknown(StoreError):
    """The connection was lost while the change was being kept: it may have been kept or not."""


class Database:
    """A pool of connections to one SQLite file or PostgreSQL database."""

    def __init__(self, address: str, connections: int) -> None:
        """Prepare to connect to ``address``, an SQLAlchemy URL; nothing is opened yet.

        Raises:
            StoreMisconfigured: the address is not a URL of SQLite or PostgreSQL.
        """
        self.url = _read_url(address)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writing = threading.Lock()
        self._kept_open: Connection | None = None
        if self.is_sqlite:
            self.engine = create_engine(
                self.url, pool_size=connections, max_overflow=2, connect_args={"timeout": LOCK_SECONDS}
            )
            event.listen(self.engine, "connect", _set_up_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
            self._reader = self.engine
            self._writer: Engine = self.engine.execution_options(quotary_writes=True)
        else:
            self.engine = create_engine(
                self.url, pool_size=connections, max_overflow=2, pool_timeout=LOCK_SECONDS, connect_args=_POSTGRES
            )
            self._writer = self.engine.execution_options(isolation_level="SERIALIZABLE")
            self._reader = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One snapshot.

        Raises:
            StoreError: the store cannot be read.
        """
        try:
            with self._reader.begin() as connection:
                yield connection
        except _FAILURES as error:
            raise _explain(error) from error

    def change(self, work: Callable[[Connection], T], *, repeatable: bool) -> T:
        """Do ``work`` in one serializable transaction and keep all of it.

        ``work`` runs again from the start when another change came between.

        Args:
            repeatable: Whether ``work``, done again, finds what it kept before; a change whose outcome is not known is
                then repeated.

        Raises:
            StoreError: nothing was kept; or OutcomeUnknown.
        """
        attempt = 0
        patience = time.monotonic() + PATIENCE_SECONDS
        while True:
            attempt += 1
            committing = False
            try:
                with self._turn() as connection, connection.begin() as transaction:
                    result = work(connection)
                    committing = True
                    transaction.commit()
                return result
            except _FAILURES as error:
                failure = _explain(error)
                lost = isinstance(failure, StoreUnavailable)
                if committing and lost and not repeatable:
                    raise OutcomeUnknown(str(failure)) from error
                again = isinstance(failure, StoreBusy) or (lost and attempt < 3)
                if not again or time.monotonic() > patience:
                    raise failure from error
            time.sleep(random.uniform(0, min(MOST_WAIT_SECONDS, 0.002 * 2 ** min(attempt, 10))))

    @contextmanager
    def _turn(self) -> Iterator[Connection]:
        """A connection to write with.

        SQLite has one writer: the threads of this process take turns at one connection instead of polling the lock of
        the file. After a failure it is opened anew.
        """
        if not self.is_sqlite:
            with self._writer.connect() as connection:
                yield connection
            return
        if not self._writing.acquire(timeout=LOCK_SECONDS):
            raise StoreBusy("another change holds the store")
        try:
            if self._kept_open is None:
                self._kept_open = self._writer.connect()
            yield self._kept_open
        except _FAILURES:
            if self._kept_open is not None:
                self._kept_open.close()
                self._kept_open = None
            raise
        finally:
            self._writing.release()

    def copy_to(self, file: Path) -> None:
        """Copy a SQLite store as one consistent file, while it is in use.

        Raises:
            StoreError: the store cannot be read, or the copy not be written.
        """
        try:
            with self.engine.connect() as connection:
                driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
                driver.execute("VACUUM INTO ?", (str(file),))
        except _FAILURES as error:
            raise _explain(error) from error

    def close(self) -> None:
        """Close all connections."""
        with self._writing:
            if self._kept_open is not None:
                self._kept_open.close()
                self._kept_open = None
        self.engine.dispose()


_POSTGRES = {
    "connect_timeout": 5,
    "application_name": "quotary",
    "options": f"-c lock_timeout={LOCK_SECONDS}s -c idle_in_transaction_session_timeout=60s",
}
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


def _read_url(address: str) -> URL:
    try:
        url = make_url(address)
        if "+" not in url.drivername:
            url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
        backend = url.get_backend_name()
        if backend not in ("sqlite", "postgresql"):
            raise StoreMisconfigured(f"{backend} is not a kind of store: {_FORMS}")
        url.get_dialect().import_dbapi()
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreMisconfigured(f"{address!r} is not the address of a store: {_FORMS}") from error
    except ImportError as error:
        raise StoreMisconfigured(
            f"The PostgreSQL driver is not installed: pip install 'quotary[postgres]' ({error})"
        ) from error
    if backend == "sqlite":
        if not url.database or url.database == ":memory:":
            raise StoreMisconfigured("A store in memory would lose everything: name a file, sqlite:///FILE")
        if url.query and url.query.get("uri") != "true":
            raise StoreMisconfigured("Options of SQLite are given as sqlite:///file:FILE?mode=ro&uri=true")
        if not url.query:
            Path(url.database).absolute().parent.mkdir(parents=True, exist_ok=True)
    return url


_FORMS = "sqlite:///FILE or postgresql://USER@HOST/DATABASE"


def _set_up_sqlite(connection: sqlite3.Connection, record: Any) -> None:
    # The driver shall not begin transactions by itself: _begin_sqlite says which kind is wanted.
    connection.isolation_level = None
    cursor = connection.cursor()
    # A read-only file stays in the mode that it is in.
    with suppress(sqlite3.OperationalError):
        cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    # KiB that a connection may hold of the file: enough for the upper levels of every index at a million rows.
    cursor.execute("PRAGMA cache_size = -16384")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("quotary_writes")
    driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")


# PostgreSQL's classes of errors (SQLSTATE): https://www.postgresql.org/docs/current/errcodes-appendix.html
# The last three say that a table, trigger or function is there already: another server made the store meanwhile.
_CONFLICTS = {"40001", "40P01", "55P03", "23505", "42P07", "42710", "42723"}
_TAKEN = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}


_FAILURES = (DBAPIError, PoolTimeout, sqlite3.Error)


def _explain(error: Exception) -> StoreError:
    """What a driver's error means for the caller; one that means nothing known stays what it is."""
    if isinstance(error, PoolTimeout):
        return StoreBusy("all connections are in use")
    cause = error.orig if isinstance(error, DBAPIError) else error
    text = str(cause).strip()
    if isinstance(cause, sqlite3.Error):
        return _explain_sqlite(error, cause, text)
    assert isinstance(error, DBAPIError)
    state = getattr(cause, "sqlstate", None) or ""
    if state in _CONFLICTS:
        return StoreBusy(text)
    if state.startswith("53"):
        return StoreFull(text)
    if state in ("25006", "42501"):
        return StoreReadOnly(text)
    if error.connection_invalidated or not state or state.startswith(("08", "57", "28", "3D")):
        return StoreUnavailable(text)
    raise error


def _explain_sqlite(error: Exception, cause: sqlite3.Error, text: str) -> StoreError:
    extended = getattr(cause, "sqlite_errorcode", 0)
    code = extended & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) or extended in _TAKEN:
        # Another process writes, or a row of that name appeared meanwhile: done again, the work finds it.
        return StoreBusy(text)
    if code == sqlite3.SQLITE_FULL:
        return StoreFull(text)
    if code == sqlite3.SQLITE_READONLY:
        return StoreReadOnly(text)
    if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreUnavailable(text)
    raise error
