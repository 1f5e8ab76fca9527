"""The audit finds what differs from what was kept, and the rule that moved it; a copy of the store passes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from lifecycle.world import World, accept, cloud, create, data_center, order, order_message, pay, refund, world
from quotary.v1 import quote_service_pb2
from quotary_server.audit import Deviation, audit, count
from quotary_server.ruleset import Ruleset, load_ruleset
from quotary_server.settings import Settings
from quotary_server.store.database import Database
from quotary_spec.register.parameters import PARAMETERS
from quotary_spec.rulebook import BOOK, Book
from quotary_spec.supplements.price_book import PriceBook


@pytest.fixture
def kept(store_url: str, tmp_path: Path) -> Iterator[World]:
    """A store with quotes of two editions, revised, accepted, paid and refunded."""
    with world(store_url, tmp_path) as made:
        client = made.clients[0]
        create(client, order(cloud(), data_center()), edition="2024")
        revised = create(client)
        client.quotes.ReviseQuote(
            quote_service_pb2.ReviseQuoteRequest(name=revised.name, order=order_message(order(cloud("3.00"))))
        )
        undecided = {**cloud(), "price": {"unit_price": "7", "currency_code": "USD"}}
        create(client, order(undecided, place="JP", currency="JPY"))
        paid = pay(client, accept(client, create(client, order(cloud(), data_center()))).order).order
        refund(client, paid, [0])
        accept(client, create(client, order(place="QC")))
        yield made


@pytest.fixture
def ruleset() -> Ruleset:
    return load_ruleset(Settings())


def deviations(kept: World, ruleset: Ruleset) -> list[Deviation]:
    return [each for found in audit(ruleset, kept.running[0].store.database) for each in found]


def test_what_was_just_kept_does_not_differ(kept: World, ruleset: Ruleset) -> None:
    database = kept.running[0].store.database
    looked_at = list(audit(ruleset, database))
    assert len(looked_at) == count(database) == 6 + 2
    assert not any(looked_at)


def test_a_rate_that_changed_is_named(kept: World, ruleset: Ruleset, monkeypatch: pytest.MonkeyPatch) -> None:
    book = Book("2026")
    dearer = replace(PARAMETERS["2026"]["fee.rate.TR"], value=Decimal("0.08"))
    book.parameters = {**PARAMETERS["2026"], "fee.rate.TR": dearer}
    monkeypatch.setattr("quotary_server.audit.BOOK", {**BOOK, "2026": book})
    found = deviations(kept, ruleset)
    assert {each.what for each in found} >= {"fee.amount", "total"}
    fees = [each for each in found if each.what == "fee.amount"]
    assert [(each.stored, each.found) for each in fees] == [("15.00 USD", "16.00 USD")]
    assert "fee.rate.TR" in fees[0].rule_ids
    assert not [each for each in found if "quotes/" not in each.name]


def test_a_price_book_that_does_not_take_part_moves_nothing(kept: World) -> None:
    """Other books are no deviation as long as they say the same of what was quoted."""
    assert deviations(kept, Ruleset.assemble(PriceBook.empty())) == []


def test_a_note_that_does_not_follow_from_the_facts_is_found(kept: World, ruleset: Ruleset) -> None:
    database = kept.running[0].store.database
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE order_standings SET refunded = 1, state = 4 WHERE refunded = 0 AND paid > 0"))
        connection.execute(text("UPDATE order_standings SET refunded = 1 WHERE refunded > 0"))
        connection.execute(text("UPDATE quote_standings SET state = 1 WHERE state = 2"))
    found = deviations(kept, ruleset)
    assert {(each.name.partition("/")[0], each.what) for each in found} == {
        ("orders", "amount refunded"),
        ("quotes", "standing"),
    }


def test_a_message_that_was_tampered_with_is_found(kept: World, ruleset: Ruleset) -> None:
    """Whoever removes the guard of the facts and rewrites a price is found out by its digest, and by the sums."""
    database = kept.running[0].store.database
    with database.engine.begin() as connection:
        trigger = "DROP TRIGGER quote_revisions_no_update"
        connection.execute(text(trigger if database.is_sqlite else "ALTER TABLE quote_revisions DISABLE TRIGGER ALL"))
        query = "SELECT number, message FROM quote_revisions JOIN order_standings USING (number) WHERE paid > 0"
        number, message = connection.execute(text(query)).one()
        quote = quote_service_pb2.Quote.FromString(message)
        quote.priced_order.total.units -= 100
        connection.execute(
            text("UPDATE quote_revisions SET message = :message WHERE number = :number"),
            {"message": quote.SerializeToString(), "number": number},
        )
    found = deviations(kept, ruleset)
    assert {each.what for each in found} >= {"digest", "total in the table"}
    assert {each.name.split()[-1].rpartition("/")[2].partition("@")[0] for each in found if each.what != "seal"} == {
        number
    }
    assert [each.name for each in found if each.what == "seal"] == [f"quote_revisions {number} 1"]


def test_a_backup_taken_under_load_passes_the_audit(tmp_path: Path, ruleset: Ruleset) -> None:
    """What `quotary backup` does: a copy made while the server runs is whole."""
    file, copy = tmp_path / "q.db", tmp_path / "copy.db"
    with world(f"sqlite:///{file}", tmp_path) as made:
        for _ in range(3):
            pay(made.clients[0], accept(made.clients[0], create(made.clients[0])).order)
        made.running[0].store.database.copy_to(copy)
        create(made.clients[0])
    database = Database(f"sqlite:///{copy}", connections=1)
    assert count(database) == 6
    assert not any(audit(ruleset, database))
    database.close()
