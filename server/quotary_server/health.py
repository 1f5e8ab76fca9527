"""Health by service, whose watchers do not hold up a stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2


class Health(health.HealthServicer):  # type: ignore[misc]
    """grpcio's servicer, which also knows who watches, so that a stop need not wait for them."""

    def __init__(self) -> None:
        super().__init__(experimental_non_blocking=True)
        self._watching: set[grpc.ServicerContext] = set()
        self._of_watching = threading.Lock()

    def Watch(  # noqa: N802 the name of the call
        self,
        request: health_pb2.HealthCheckRequest,
        context: grpc.ServicerContext,
        send_response_callback: Callable[[health_pb2.HealthCheckResponse | None], None] | None = None,
    ) -> Any:
        """Tell how a service is, and every change of it until the watcher goes or ``end_watches``."""
        with self._of_watching:
            self._watching.add(context)
        context.add_callback(lambda: self._gone(context))
        return super().Watch(request, context, send_response_callback)

    def end_watches(self) -> None:
        """Let every watcher go."""
        with self._of_watching:
            watching = [*self._watching]
        for context in watching:
            context.cancel()

    def _gone(self, context: grpc.ServicerContext) -> None:
        with self._of_watching:
            self._watching.discard(context)
