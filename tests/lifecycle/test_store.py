"""The store itself: its steps of migration, facts that never change, a full disk, a read-only file, lost commits."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError

from lifecycle.world import accept, cloud, create, minor, order, pay, reason_of, refund, request_id, world
from quotary.v1 import order_service_pb2, quote_service_pb2
from quotary_server.settings import Settings
from quotary_server.store.database import Database, OutcomeUnknown, StoreBusy, StoreMisconfigured
from quotary_server.store.migration import HEAD, migrate, version
from quotary_server.store.store import Store, default_address
from quotary_server.store.tables import FACTS, METADATA


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    made = Database(store_url, connections=4)
    migrate(made)
    yield made
    made.close()


# ---- migration


def test_the_steps_make_the_tables_that_the_program_uses(database: Database) -> None:
    with database.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), METADATA)
    if database.is_sqlite:
        # SQLite numbers rows without saying so.
        found = [each for each in found if not (isinstance(each, list) and each[0][0] == "modify_default")]
    assert found == []


def test_a_store_is_brought_up_to_date_once(store_url: str) -> None:
    database = Database(store_url, connections=1)
    assert version(database) is None
    assert migrate(database) == (None, HEAD)
    assert migrate(database) == (HEAD, HEAD)
    database.close()


def test_servers_that_start_at_once_make_one_store(store_url: str) -> None:
    script = (
        "import sys; from quotary_server.store.database import Database; "
        "from quotary_server.store.migration import migrate; print(migrate(Database(sys.argv[1], 1))[1])"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", script, store_url], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    assert [each.communicate(timeout=60)[0].strip() for each in started] == [HEAD] * 3


def test_a_store_of_a_later_release_is_left_alone(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreMisconfigured, match="later release"):
        migrate(database)


@pytest.mark.parametrize(
    "address", ["quotary.db", "mysql://localhost/quotary", "sqlite://", "sqlite:///:memory:", "nonsense://x"]
)
def test_an_address_that_names_no_store(address: str) -> None:
    with pytest.raises(StoreMisconfigured):
        Database(address, connections=1)


def test_another_kind_of_database_is_told_apart_from_a_driver_that_lacks() -> None:
    with pytest.raises(StoreMisconfigured, match="mysql is not a kind of store"):
        Database("mysql://localhost/quotary", connections=1)


def test_by_default_the_store_is_in_the_users_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_address() == f"sqlite:///{tmp_path}/quotary/quotary.db"
    monkeypatch.delenv("QUOTARY_STORE_URL")
    Store(Settings()).open().close()
    assert (tmp_path / "quotary" / "quotary.db").is_file()


def test_an_unknown_time_zone_is_named() -> None:
    with pytest.raises(StoreMisconfigured, match="Mars"):
        Store(Settings(time_zone="Mars/Olympus"))


def test_a_test_clock_that_tells_no_time_is_named(tmp_path: Path) -> None:
    for content in (None, "noon"):
        clock = tmp_path / "clock"
        if content is not None:
            clock.write_text(content)
        with pytest.raises(StoreMisconfigured, match="tells no moment"):
            Store(Settings(test_clock=clock))


# ---- facts


def test_facts_never_change(store_url: str, tmp_path: Path) -> None:
    """Whoever has the database open cannot change or remove what happened."""
    with world(store_url, tmp_path) as kept:
        client = kept.clients[0]
        made = create(client, order(cloud()), request_id=request_id())
        client.quotes.ReviseQuote(quote_service_pb2.ReviseQuoteRequest(name=made.name, purchase_order_number="PO"))
        refund(client, pay(client, accept(client, made).order).order)
    database = Database(store_url, connections=1)
    for table in FACTS:
        for statement in (f"UPDATE {table.name} SET create_time = 0", f"DELETE FROM {table.name}"):
            with pytest.raises(DBAPIError, match="never change"), database.engine.begin() as connection:
                connection.execute(text(statement))
    database.close()


def test_sqlite_syncs_at_every_commit(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/q.db", connections=2)
    with database.read() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    database.close()


# ---- when the store fails


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """The call that finds no room says so; what was kept stays, and with room again the same call succeeds."""
    url = f"sqlite:///{tmp_path}/q.db"
    with world(url, tmp_path) as kept:
        client = kept.clients[0]
        database = kept.running[0].store.database
        first = create(client)

        pages = 1  # SQLite takes away none of those that are there already

        def limit(connection: Connection) -> None:
            driver: Any = connection.connection.driver_connection
            driver.execute(f"PRAGMA max_page_count = {pages}")

        event.listen(database.engine, "begin", limit)
        ids = [request_id() for _ in range(40)]
        kept_names: list[str] = []
        failures: list[grpc.RpcError] = []
        for id in ids:
            try:
                kept_names.append(create(client, request_id=id).name)
            except grpc.RpcError as error:
                failures.append(error)
        assert failures, "the limit was reached"
        assert {(each.code(), reason_of(each)) for each in failures} == {
            (grpc.StatusCode.RESOURCE_EXHAUSTED, "STORE_FULL")
        }
        names = {first.name, *kept_names}
        assert {each.name for each in listed(client)} == names
        pages = 4294967294
        again = {create(client, request_id=id).name for id in ids}
        assert again >= set(kept_names)
        assert {each.name for each in listed(client)} == {first.name} | again


def listed(client: Any) -> Any:
    return client.quotes.ListQuotes(quote_service_pb2.ListQuotesRequest(page_size=1000)).quotes


def test_a_read_only_store_is_read(tmp_path: Path) -> None:
    """What is kept can be read; a change is told why it is not made."""
    file = tmp_path / "q.db"
    with world(f"sqlite:///{file}", tmp_path) as kept:
        made = create(kept.clients[0])
        accepted = accept(kept.clients[0], create(kept.clients[0]))
    with world(f"sqlite:///file:{file}?mode=ro&uri=true", tmp_path) as kept:
        client = kept.clients[0]
        kept.pass_days(40)
        found = client.quotes.GetQuote(quote_service_pb2.GetQuoteRequest(name=made.name))
        assert (found.digest, found.state) == (made.digest, quote_service_pb2.Quote.STATE_EXPIRED)
        assert len(listed(client)) == 2
        assert client.orders.GetOrder(order_service_pb2.GetOrderRequest(name=accepted.order.name)) == accepted.order
        for change in (lambda: create(client), lambda: pay(client, accepted.order)):
            with pytest.raises(grpc.RpcError) as refused:
                change()
            assert (refused.value.code(), reason_of(refused.value)) == (
                grpc.StatusCode.FAILED_PRECONDITION,
                "STORE_READ_ONLY",
            )
        assert minor(create(client, validate_only=True).priced_order.total) == 11800


def test_a_store_that_cannot_be_reached(tmp_path: Path) -> None:
    with world("postgresql://quotary@127.0.0.1:1/quotary", tmp_path) as kept:
        with pytest.raises(grpc.RpcError) as failed:
            kept.clients[0].quotes.GetQuote(quote_service_pb2.GetQuoteRequest(name="quotes/AT-1"), timeout=60)
        assert (failed.value.code(), reason_of(failed.value)) == (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE")


@contextmanager
def commits_fail(database: Database, how_often: int) -> Iterator[list[str]]:
    """The next commits are carried out, but their outcome is lost."""
    commit = database.engine.dialect.do_commit
    lost: list[str] = []

    def lose(connection: Any) -> None:
        commit(connection)
        if len(lost) < how_often:
            lost.append("commit")
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error

    database.engine.dialect.do_commit = lose  # type: ignore[assignment, method-assign]
    try:
        yield lost
    finally:
        database.engine.dialect.do_commit = commit  # type: ignore[method-assign]


def test_a_lost_commit_is_found_again_by_its_request_id(tmp_path: Path) -> None:
    with world(f"sqlite:///{tmp_path}/q.db", tmp_path) as kept:
        client = kept.clients[0]
        database = kept.running[0].store.database
        made = create(client)
        id = request_id()
        with commits_fail(database, 3) as lost:
            accepted = accept(client, made, request_id=id)
        assert lost
        assert accept(client, made, request_id=id) == accepted
        assert len(client.orders.ListOrders(order_service_pb2.ListOrdersRequest()).orders) == 1


def test_without_a_request_id_a_lost_commit_is_not_repeated(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/q.db", connections=1)
    migrate(database)
    done = []

    def work(connection: Connection) -> None:
        done.append(1)
        connection.exec_driver_sql(
            "INSERT INTO purchase_order_numbers (quote, position, value, create_time) VALUES ('AT-1', 1, 'PO', 0)"
        )

    with commits_fail(database, 1), pytest.raises(OutcomeUnknown):
        database.change(work, repeatable=False)
    assert len(done) == 1
    database.close()


def test_a_change_that_always_comes_too_late_gives_up(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quotary_server.store.database.PATIENCE_SECONDS", 0.2)
    tries = []

    def work(connection: Connection) -> None:
        tries.append(1)
        row = "INSERT INTO purchase_order_numbers (quote, position, value, create_time) VALUES ('AT-1', 1, 'PO', 0)"
        connection.exec_driver_sql(row)
        connection.exec_driver_sql(row)

    with pytest.raises(StoreBusy):
        database.change(work, repeatable=True)
    assert len(tries) > 1


@pytest.mark.parametrize(
    ("failure", "code", "reason"),
    [
        (StoreBusy("x"), grpc.StatusCode.ABORTED, "STORE_BUSY"),
        (OutcomeUnknown("x"), grpc.StatusCode.UNKNOWN, "OUTCOME_UNKNOWN"),
    ],
)
def test_a_caller_is_told_what_the_store_could_not_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception, code: grpc.StatusCode, reason: str
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise failure

    with world(f"sqlite:///{tmp_path}/q.db", tmp_path) as kept:
        monkeypatch.setattr(kept.running[0].store.database, "change", fail)
        with pytest.raises(grpc.RpcError) as failed:
            create(kept.clients[0])
        assert (failed.value.code(), reason_of(failed.value)) == (code, reason)


@pytest.mark.parametrize("broken", ["CHECK", "FOREIGN KEY"])
def test_a_change_that_breaks_a_constraint_fails_at_once(database: Database, broken: str) -> None:
    tries = []

    def work(connection: Connection) -> None:
        tries.append(1)
        amount = -1 if broken == "CHECK" else 1
        connection.exec_driver_sql(
            "INSERT INTO payments (order_number, position, currency, amount, message, trace, fulfilment, create_time) "
            f"VALUES ('AT-1', 1, 'USD', {amount}, '', '', '', 0)"
        )

    with pytest.raises(DBAPIError):
        database.change(work, repeatable=True)
    assert len(tries) == 1
