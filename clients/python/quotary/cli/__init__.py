"""The ``quotary`` command: serve, price, explain, look up. The one place that may start the server in process."""

import os

# What the gRPC library logs of connections that close says nothing to the reader of an answer. It is read when loaded.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")

from quotary.cli.app import main

__all__ = ["main"]
