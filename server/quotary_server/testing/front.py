"""A listener before the server that forwards every byte and breaks the connection that it is told to.

gRPC gives a handler no way to its connection. So a server under test listens on a port of its own, and callers come
through here: each connection has one to the server, whose own port is by what the server names the peer.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

_PIECE = 256 * 1024
_FRAME_HEADER = 9
_HEADERS, _CONTINUATION, _END_HEADERS = 1, 9, 0x4
# Type 7, of no stream; last stream 0: no call of this connection was taken up; no error.
_GOAWAY = b"\x00\x00\x08\x07\x00\x00\x00\x00\x00" + bytes(8)


@dataclass(slots=True)
class _Link:
    """One connection of a caller, and its continuation to the server."""

    caller: asyncio.StreamWriter
    server: asyncio.StreamWriter
    inside_headers: bool = False
    told_to_go: bool = False


class Front:
    """The listener, which runs in a thread of its own."""

    def __init__(self) -> None:
        self._server_port = 0
        self._links: dict[str, _Link] = {}
        self._loop = asyncio.new_event_loop()
        self._listener: asyncio.Server | None = None

    def start(self, host: str, port: int, server_port: int) -> int:
        """Listen, forward to a port of 127.0.0.1, and return the port listened on (for 0 a free one).

        Raises:
            OSError: the address is taken or not ours.
        """
        self._server_port = server_port
        threading.Thread(target=self._loop.run_forever, name="test-front", daemon=True).start()
        try:
            self._listener = self._run(asyncio.start_server(self._forward, host, port))
        except OSError as error:
            self.close()
            raise OSError(f"cannot listen on {host}:{port}: is another server there?") from error
        return int(self._listener.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Stop listening and close every connection."""
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)

    def drop(self, peer: str) -> None:
        """Close the connection of a peer, as the server names it, without a word."""
        self._run(self._drop(peer))

    def goaway(self, peer: str) -> None:
        """Tell the peer by a GOAWAY frame that none of its calls was taken up, and close its connection."""
        self._run(self._goaway(peer))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._server_port)
        except OSError:
            writer.close()
            return
        peer = f"ipv4:127.0.0.1:{server_writer.get_extra_info('sockname')[1]}"
        link = self._links[peer] = _Link(writer, server_writer)
        ways = {
            asyncio.create_task(_pass_bytes(reader, server_writer)),
            asyncio.create_task(_pass_frames(server_reader, link)),
        }
        try:
            # What one side closes is closed for the other.
            _, left = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in left:
                way.cancel()
        finally:
            del self._links[peer]
            writer.close()
            server_writer.close()

    async def _drop(self, peer: str) -> None:
        if link := self._links.get(peer):
            link.caller.transport.abort()

    async def _goaway(self, peer: str) -> None:
        if link := self._links.get(peer):
            link.told_to_go = True
            while link.inside_headers:
                await asyncio.sleep(0.001)
            link.caller.write(_GOAWAY)
            link.caller.close()
            with suppress(OSError):
                await link.caller.wait_closed()

    async def _close(self) -> None:
        if self._listener is not None:
            self._listener.close()
        for link in [*self._links.values()]:
            link.caller.transport.abort()


async def _pass_bytes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()


async def _pass_frames(reader: asyncio.StreamReader, link: _Link) -> None:
    """Pass what the server sends, frame by frame, so that a frame of our own can stand between two of them."""
    with suppress(OSError, asyncio.IncompleteReadError):
        while True:
            head = await reader.readexactly(_FRAME_HEADER)
            frame = head + await reader.readexactly(int.from_bytes(head[:3], "big"))
            if link.told_to_go and not link.inside_headers:
                return
            link.caller.write(frame)
            if head[3] in (_HEADERS, _CONTINUATION):
                link.inside_headers = not head[4] & _END_HEADERS
            await link.caller.drain()
