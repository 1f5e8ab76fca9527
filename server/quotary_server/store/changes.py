"""One effect a request id: what a call answered is kept with its effect, in the same transaction.

A repeated call with the same id gets the kept answer, whoever made it and however the first one ended. A refused or
failed call leaves nothing behind, so that its id can be used again.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

from google.protobuf.message import Message
from google.rpc import code_pb2
from sqlalchemy import Connection, insert, select

from quotary_server.adapter.faults import CallError, Faults, fail
from quotary_server.store.clock import to_micros
from quotary_server.store.database import Database
from quotary_server.store.store import Store
from quotary_server.store.tables import CHANGES

M = TypeVar("M", bound=Message)

_INSERT = insert(CHANGES)


class ChangingRequest(Protocol):
    """What the requests of all changing calls have."""

    request_id: str
    validate_only: bool

    def SerializeToString(self, *, deterministic: bool = ...) -> bytes: ...  # noqa: N802


Keep = Callable[[Connection], None]
Decide = Callable[[Connection, datetime], tuple[M, Keep]]
"""Examines everything and answers with the response as it would be, and with what keeps it; or fails the call."""


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


def make_change(
    store: Store,
    method: str,
    request: ChangingRequest,
    empty: M,
    decide: Decide[M],
    prepare: Callable[[], None] | None = None,
) -> M:
    """Answer a changing call.

    Args:
        method: Name of the call ("QuoteService/CreateQuote").
        empty: A response to fill with a kept answer.
        decide: Runs in the transaction of the change, again when another change came between.
        prepare: What can be done before the transaction, so that it is short; may fail the call.

    Raises:
        CallError: the call fails, and nothing was kept; ALREADY_EXISTS when the id stands for another request.
        StoreError: the store failed.
    """
    request_id = request.request_id.lower()
    method = f"quotary.v1.{method}"
    fingerprint = _fingerprint(method, request) if request_id else b""
    if request.validate_only:
        if request_id and _recall(store.database, request_id, fingerprint, empty):
            return empty
        if prepare is not None:
            prepare()
        with store.database.read() as connection:
            return decide(connection, store.clock.now())[0]

    def work(connection: Connection) -> M:
        now = store.clock.now()
        response, keep = decide(connection, now)
        keep(connection)
        if request_id:
            row = {
                "request_id": request_id,
                "method": method,
                "fingerprint": fingerprint,
                "response": response.SerializeToString(),
                "create_time": to_micros(now),
            }
            connection.execute(_INSERT, row)
        return response

    def once(connection: Connection) -> M:
        # The same call may have come through meanwhile, on this server or another.
        if request_id and _find(connection, request_id, fingerprint, empty):
            return empty
        return work(connection)

    # Most ids are new: the first attempt does not look, since a row of the same id would end it.
    attempts = iter((work,))
    try:
        if prepare is not None:
            prepare()
        return store.database.change(lambda connection: next(attempts, once)(connection), repeatable=bool(request_id))
    except CallError:
        # What stands against it now may be its own effect.
        if request_id and _recall(store.database, request_id, fingerprint, empty):
            return empty
        raise


def _fingerprint(method: str, request: ChangingRequest) -> bytes:
    asked = type(request)()
    asked.CopyFrom(request)  # type: ignore[attr-defined]
    asked.ClearField("request_id")  # type: ignore[attr-defined]
    asked.ClearField("validate_only")  # type: ignore[attr-defined]
    return hashlib.sha256(method.encode() + b"\0" + asked.SerializeToString(deterministic=True)).digest()


def _recall(database: Database, request_id: str, fingerprint: bytes, into: Message) -> bool:
    with database.read() as connection:
        return _find(connection, request_id, fingerprint, into)


def _find(connection: Connection, request_id: str, fingerprint: bytes, into: Message) -> bool:
    """Fill ``into`` with the kept answer of this request; False when there is none."""
    query = select(CHANGES.c.method, CHANGES.c.fingerprint, CHANGES.c.response)
    kept = connection.execute(query.where(CHANGES.c.request_id == request_id)).one_or_none()
    if kept is None:
        return False
    if kept.fingerprint != fingerprint:
        fail(code_pb2.ALREADY_EXISTS, "REQUEST_ID_REUSED", f"it stands for a call of {kept.method}")
    into.ParseFromString(kept.response)
    return True
