"""ChangeService: tells what came of a request id."""

from __future__ import annotations

import grpc

from quotary.v1 import change_service_pb2, change_service_pb2_grpc
from quotary_server.calls.get_change import get_change
from quotary_server.ruleset import Ruleset
from quotary_server.store.store import Store


class ChangeService(change_service_pb2_grpc.ChangeServiceServicer):
    """Tells what came of a request id."""

    def __init__(self, ruleset: Ruleset, store: Store) -> None:
        self._store = store

    def GetChange(
        self, request: change_service_pb2.GetChangeRequest, context: grpc.ServicerContext
    ) -> change_service_pb2.Change:
        """See the contract."""
        return get_change(self._store, request)
