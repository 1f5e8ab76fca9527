"""One effect a request id of a tenant: what a call answered is kept with its effect, in the same transaction.

A repeated call with the same id gets the kept answer, whoever made it and however the first one ended. A refused or
failed call leaves nothing behind, so that its id can be used again.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, Generic, Protocol, TypeVar

from google.protobuf.message import Message
from google.rpc import code_pb2
from sqlalchemy import Connection, Insert, Update, insert, select

from quotary_server.adapter.faults import CallError, Faults, fail
from quotary_server.security.callers import Caller, caller
from quotary_server.store.clock import to_micros
from quotary_server.store.seals import sealed, verified, whole, with_seal
from quotary_server.store.store import Store
from quotary_server.store.tables import CHANGES

M = TypeVar("M", bound=Message)

Write = tuple[Insert | Update, Mapping[str, Any]]
"""A statement with its values."""

_INSERT = insert(CHANGES)


class ChangingRequest(Protocol):
    """What the requests of all changing calls have."""

    request_id: str
    validate_only: bool

    def SerializeToString(self, *, deterministic: bool = ...) -> bytes: ...  # noqa: N802


@dataclass(frozen=True, slots=True)
class Transaction:
    """In which a change is decided.

    Attributes:
        connection: Reads what is stored.
        now: The moment of the change.
        caller: Who makes it, for which tenant.
        attempt: Counted from 0; above it when another change came between, or a number was taken.
    """

    connection: Connection
    now: datetime
    caller: Caller
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Effect(Generic[M]):
    """What a change comes to: rows to add and to update, in this order, and the reply, complete with its names."""

    reply: M
    rows: Sequence[Write]


def read_request_id(faults: Faults, request: ChangingRequest) -> None:
    """Note a fault of the request id: it is a UUID, in small letters or capitals."""
    if not request.request_id:
        return
    try:
        known = str(uuid.UUID(request.request_id)) == request.request_id.lower()
    except ValueError:
        known = False
    if not known:
        faults.add("request_id", "INVALID_REQUEST_ID", repr(request.request_id[:40]))


def run_idempotent(
    store: Store,
    method: str,
    request: ChangingRequest,
    empty: M,
    decide: Callable[[Transaction], Effect[M]],
    *,
    prepare: Callable[[], object] = lambda: None,
    unname: Callable[[M], None] = lambda reply: None,
) -> M:
    """Answer a changing call.

    Args:
        method: Name of the call ("QuoteService/CreateQuote").
        empty: A response to fill with a stored answer.
        decide: Examines everything in the transaction and gives the effect, or fails the call; asked again when another
            change came between.
        prepare: What can be done before the transaction, so that it is short; may fail the call.
        unname: Takes out of a reply the names of what a mere check does not make.

    Raises:
        CallError: the call fails, and nothing was stored; ALREADY_EXISTS when the id stands for another request.
        StoreError: the store failed.
    """
    change = _Idempotent(store, f"quotary.v1.{method}", request, empty)
    if request.validate_only:
        if change.recall():
            return empty
        prepare()
        with store.database.read() as connection:
            reply = decide(Transaction(connection, store.clock.now(), caller())).reply
        unname(reply)
        return reply
    attempts = count()
    try:
        prepare()
        return store.database.change(
            lambda connection: change.attempt(connection, next(attempts), decide), repeatable=bool(change.id)
        )
    except CallError:
        # What stands against it now may be its own effect.
        if change.recall():
            return empty
        raise


class _Idempotent(Generic[M]):
    """One changing call, and the answer that is stored under its request id."""

    def __init__(self, store: Store, method: str, request: ChangingRequest, empty: M) -> None:
        self.id = request.request_id.lower()
        self._store, self._method, self._empty = store, method, empty
        self._caller = caller()
        self._fingerprint = _fingerprint(method, request) if self.id else b""

    def attempt(self, connection: Connection, number: int, decide: Callable[[Transaction], Effect[M]]) -> M:
        """Decide and write. Most ids are new: the first attempt does not look, since a row of the id would end it."""
        if number and self.id and self._find(connection):
            # The same call came through meanwhile, on this server or another.
            return self._empty
        now = self._store.clock.now()
        effect = decide(Transaction(connection, now, self._caller, number))
        for statement, values in effect.rows:
            connection.execute(statement, with_seal(statement, values))
        if self.id:
            row = {
                "tenant": self._caller.tenant,
                "request_id": self.id,
                "method": self._method,
                "fingerprint": self._fingerprint,
                "response": effect.reply.SerializeToString(),
                "create_time": to_micros(now),
                "created_by": self._caller.name,
            }
            connection.execute(_INSERT, sealed(CHANGES, row))
        return effect.reply

    def recall(self) -> bool:
        """Fill in the stored answer; False when there is none."""
        if not self.id:
            return False
        with self._store.database.read() as connection:
            return self._find(connection)

    def _find(self, connection: Connection) -> bool:
        stored = find_change(connection, self._caller.tenant, self.id)
        if stored is None:
            return False
        if stored["fingerprint"] != self._fingerprint:
            fail(code_pb2.ALREADY_EXISTS, "REQUEST_ID_REUSED", f"it stands for a call of {stored['method']}")
        self._empty.ParseFromString(stored["response"])
        return True


def find_change(connection: Connection, tenant: str, request_id: str) -> Mapping[str, Any] | None:
    """What is kept of a request id of a tenant; None when nothing is."""
    query = select(*whole(CHANGES)).where(CHANGES.c.tenant == tenant, CHANGES.c.request_id == request_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else verified(CHANGES, row)


def _fingerprint(method: str, request: ChangingRequest) -> bytes:
    plain = type(request)()
    plain.CopyFrom(request)  # type: ignore[attr-defined]
    plain.ClearField("request_id")  # type: ignore[attr-defined]
    plain.ClearField("validate_only")  # type: ignore[attr-defined]
    return hashlib.sha256(method.encode() + b"\0" + plain.SerializeToString(deterministic=True)).digest()
