"""Streams of requests, kept from holding the server: they run beside the other calls, are few, and must not idle.

A handler that waits for the caller's next message holds a thread for as long as the caller likes. So streams have
threads of their own, no more than so many at a time, and a caller who says nothing for a while, or goes on for too
long, is told so and let go.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.rpc import code_pb2, error_details_pb2, status_pb2

from quotary_server.adapter.faults import CallError, build_status, fail
from quotary_spec.register.reasons import REASON

_AHEAD = 4
"""Messages read ahead of the handler; the caller is held back beyond them."""

_TO_TURN_AWAY = 4
"""Threads beyond the limit, which tell further callers that there is no room."""


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """What a stream may take: how many at a time, seconds without a message, and seconds in all."""

    streams: int
    idle_seconds: float
    age_seconds: float


class Streams:
    """The streams of one server."""

    def __init__(self, limits: StreamLimits) -> None:
        self._limits = limits
        self._room = threading.Semaphore(limits.streams)
        self.threads = ThreadPoolExecutor(limits.streams + _TO_TURN_AWAY, thread_name_prefix="stream")

    @contextmanager
    def admitted(self, requests: Iterator[Any]) -> Iterator[Iterator[Any]]:
        """The messages of a stream within its limits.

        Raises:
            CallError: RESOURCE_EXHAUSTED when there are as many streams as there may be.
        """
        if not self._room.acquire(blocking=False):
            raise CallError(_no_room(self._limits.streams))
        messages = _Messages(requests, self._limits)
        try:
            yield messages
        finally:
            messages.close()
            self._room.release()


class _Messages:
    """Reads a stream in a thread of its own, so that waiting for the next message can end."""

    def __init__(self, requests: Iterator[Any], limits: StreamLimits) -> None:
        self._limits = limits
        self._ends = monotonic() + limits.age_seconds
        self._waiting: queue.Queue[tuple[Any, BaseException | None]] = queue.Queue(_AHEAD)
        self._closed = threading.Event()
        self._end: BaseException | None = None
        threading.Thread(target=self._read, args=(requests,), name="stream-reader", daemon=True).start()

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if self._end is not None:
            raise self._end
        left = self._ends - monotonic()
        if left <= 0:
            fail(code_pb2.DEADLINE_EXCEEDED, "STREAM_TOO_LONG", f"{self._limits.age_seconds:g} seconds")
        try:
            message, end = self._waiting.get(timeout=min(left, self._limits.idle_seconds))
        except queue.Empty:
            if left <= self._limits.idle_seconds:
                fail(code_pb2.DEADLINE_EXCEEDED, "STREAM_TOO_LONG", f"{self._limits.age_seconds:g} seconds")
            fail(code_pb2.DEADLINE_EXCEEDED, "STREAM_IDLE", f"{self._limits.idle_seconds:g} seconds")
        if end is not None:
            # Nothing follows the end: whoever asks again is told the same, and does not wait for it.
            self._end = end
            raise end
        return message

    def close(self) -> None:
        """Let the reader go; it ends with the call at the latest."""
        self._closed.set()

    def _read(self, requests: Iterator[Any]) -> None:
        try:
            for message in requests:
                if not self._put((message, None)):
                    return
            self._put((None, StopIteration()))
        except BaseException as error:  # whatever ends the stream is the handler's to see, in its own thread
            self._put((None, error))

    def _put(self, entry: tuple[Any, BaseException | None]) -> bool:
        while not self._closed.is_set():
            try:
                self._waiting.put(entry, timeout=1)
            except queue.Full:
                continue
            return True
        return False


def _no_room(streams: int) -> status_pb2.Status:
    retry = error_details_pb2.RetryInfo(retry_delay=Duration(seconds=1))
    facts = {"streams": str(streams)}
    return build_status(code_pb2.RESOURCE_EXHAUSTED, REASON["TOO_MANY_STREAMS"].text, "TOO_MANY_STREAMS", facts, retry)
