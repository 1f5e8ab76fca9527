"""The server that keeps quotes, in a process of its own, with a raw handler beside it.

The raw handler reads the same request, inserts the same pair of rows (a revision and the answer to its request id,
in bytes of the same size) in a transaction of its own through the same connections, and returns a ready response. What
remains between the two is the pricing, its explanation, and the bookkeeping. Prints its address, then serves until its
standard input closes.
"""

from __future__ import annotations

import sys
import uuid

import grpc
from sqlalchemy import Connection, insert, select

from bench.orders import order_of
from quotary.v1 import quote_service_pb2
from quotary_server.app import create
from quotary_server.calls.create_quote import create_quote
from quotary_server.ruleset import load_ruleset
from quotary_server.settings import load
from quotary_server.store.store import Store
from quotary_server.store.tables import CHANGES, QUOTE_REVISIONS

CALLERS = 8


def main(store_url: str, lines: int) -> None:
    """Serve both until standard input closes."""
    settings = load(port=0, workers=CALLERS, store_url=store_url)
    ruleset, store = load_ruleset(settings), Store(settings)
    database = store.open()
    request = quote_service_pb2.CreateQuoteRequest(
        quote=quote_service_pb2.Quote(order=order_of(lines).order), request_id=str(uuid.uuid4())
    )
    ready = create_quote(ruleset, store, request)
    with database.read() as connection:
        revision = dict(connection.execute(select(QUOTE_REVISIONS)).mappings().one())
        change = dict(connection.execute(select(CHANGES)).mappings().one())
    insert_revision, insert_change = insert(QUOTE_REVISIONS), insert(CHANGES)

    def raw(request: quote_service_pb2.CreateQuoteRequest, context: grpc.ServicerContext) -> quote_service_pb2.Quote:
        key = uuid.uuid4().hex

        def pair(connection: Connection) -> None:
            connection.execute(insert_revision, {**revision, "number": key[:20]})
            connection.execute(insert_change, {**change, "request_id": key})

        database.change(pair, repeatable=False)
        return ready

    handler = grpc.unary_unary_rpc_method_handler(
        raw,
        request_deserializer=quote_service_pb2.CreateQuoteRequest.FromString,
        response_serializer=quote_service_pb2.Quote.SerializeToString,
    )
    server, _ = create(settings, ruleset, store)
    # Its name starts as the product's own do, so that the same guard stands around it.
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("quotary.bench.Raw", {"Call": handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"127.0.0.1:{port}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.stop(0).wait()
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
