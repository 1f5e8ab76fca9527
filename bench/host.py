"""The server that is measured, in a process of its own: the product's server, and an empty handler beside it.

The empty handler reads the same request and returns a ready response of the same size, so that what remains between
the two is the adapter and the rule book. Prints its address, then serves until its standard input closes.
"""

from __future__ import annotations

import sys

import grpc

from bench.orders import order_of
from quotary.v1 import quote_service_pb2
from quotary_server.app import create
from quotary_server.calls.price_quote import price_quote
from quotary_server.ruleset import load_ruleset
from quotary_server.settings import load


def main(lines: int) -> None:
    """Serve both until standard input closes."""
    settings = load(port=0, workers=8)
    ruleset = load_ruleset(settings)
    ready = price_quote(ruleset, order_of(lines))

    def empty(
        request: quote_service_pb2.PriceQuoteRequest, context: grpc.ServicerContext
    ) -> quote_service_pb2.PriceQuoteResponse:
        return ready

    handler = grpc.unary_unary_rpc_method_handler(
        empty,
        request_deserializer=quote_service_pb2.PriceQuoteRequest.FromString,
        response_serializer=quote_service_pb2.PriceQuoteResponse.SerializeToString,
    )
    server, _ = create(settings, ruleset)
    # Its name starts as the product's own do, so that the same guard stands around it.
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("quotary.bench.Empty", {"Call": handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"127.0.0.1:{port}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.stop(0).wait()


if __name__ == "__main__":
    main(int(sys.argv[1]))
