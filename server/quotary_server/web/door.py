"""The door itself: paths, CORS, sizes and a web server in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from google.protobuf import json_format
from google.protobuf.message_factory import GetMessageClass
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route as At

from quotary_server.adapter.faults import CallError
from quotary_server.settings import Settings
from quotary_server.web import openapi
from quotary_server.web.connecting import Connecting
from quotary_server.web.inward import SECONDS, Inward
from quotary_server.web.problems import of_status, problem
from quotary_server.web.routes import find, request_of

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]", "::1")
_TIMEOUT = "x-server-timeout"


class _TooLarge(Exception):
    """The body is larger than a message may be."""


def application(settings: Settings, inside: str) -> Starlette:
    """The door to the server that listens inside at this address."""
    opened: list[Inward] = []

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        opened.append(Inward(inside, settings.message_bytes))
        yield
        await opened.pop().close()

    async def plain(request: Request) -> Response:
        return await _plain(request, opened[-1], settings)

    async def contract(request: Request) -> Response:
        return JSONResponse(openapi.described())

    middleware = [
        Middleware(
            CORSMiddleware,
            allow_origins=settings.web_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["*"],
            expose_headers=["retry-after"],
        )
    ]
    if settings.is_web_loopback:
        # A page whose name leads here (DNS rebinding) is not this machine.
        middleware.insert(0, Middleware(TrustedHostMiddleware, allowed_hosts=_LOOPBACK))
    app = Starlette(
        routes=[
            At("/openapi.json", contract),
            At("/v1/{rest:path}", plain, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ],
        middleware=middleware,
        lifespan=lifespan,
    )
    app.router.default = _WithoutPath(Connecting(lambda: opened[-1], settings.message_bytes))
    return app


class _WithoutPath:
    """What no path of the contract leads to: Connect's, but for what asks for a path of the contract."""

    def __init__(self, connecting: Connecting) -> None:
        self._connecting: Any = connecting

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        # A path may hold anything, a line break too, which no route of the web server takes.
        asks_plainly = scope["type"] == "http" and scope["path"].startswith("/v1/")
        await (_no_call() if asks_plainly else self._connecting)(scope, receive, send)


def _no_call() -> Response:
    return problem(404, "No call has this path; /openapi.json lists those that there are.")


async def _plain(request: Request, inward: Inward, settings: Settings) -> Response:
    if not _may_come(request, settings):
        return problem(403, "Pages of this origin may not call; the operator lists those that may (web_origins).")
    try:
        return await _answer(request, inward, settings.message_bytes)
    except CallError as error:
        return of_status(error.status)
    except _TooLarge:
        return problem(413, f"The body is larger than {settings.message_bytes} bytes.")


def _may_come(request: Request, settings: Settings) -> bool:
    """Whether a page of its origin may call: a browser sends simple requests without asking first."""
    origin = request.headers.get("origin")
    same = origin is not None and urlsplit(origin).netloc == request.headers.get("host")
    return origin is None or same or origin in settings.web_origins or "*" in settings.web_origins


async def _answer(request: Request, inward: Inward, most: int) -> Response:
    route, in_path, allowed = find(request.method, request.url.path)
    if route is None and allowed:
        return problem(405, f"The path takes {' and '.join(sorted(allowed))}.", {"allow": ", ".join(sorted(allowed))})
    if route is None:
        return _no_call()
    seconds = _seconds(request)
    if seconds is None:
        return problem(400, f"{_TIMEOUT} is a number of seconds above zero.")
    body = await _body(request, most)
    message = request_of(route, in_path, request.query_params.multi_items(), body)
    headers = {"authorization": request.headers.get("authorization", "")}
    call = inward.ask(route.path, message.SerializeToString(), headers, seconds)
    answer = await _unless_gone(request, call)
    told = json_format.MessageToJson(
        GetMessageClass(route.method.output_type).FromString(answer), preserving_proto_field_name=True, indent=None
    )
    return Response(told + "\n", media_type="application/json", headers={"cache-control": "no-store"})


def _seconds(request: Request) -> float | None:
    """How long the caller waits; None when what is said is no time."""
    try:
        seconds = float(request.headers.get(_TIMEOUT, SECONDS))
    except ValueError:
        return None
    return min(seconds, 600.0) if seconds > 0 else None


async def _body(request: Request, most: int) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise _TooLarge
    return bytes(body)


async def _unless_gone(request: Request, call: Coroutine[Any, Any, bytes]) -> bytes:
    """The answer, unless the caller goes before it comes: then the call is cancelled."""
    answer = asyncio.ensure_future(call)
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((answer, gone), return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise ClientDisconnect
        return answer.result()
    finally:
        answer.cancel()
        gone.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


class Door:
    """A web server in a thread of its own."""

    def __init__(self, settings: Settings, inside: str) -> None:
        """Open the port, and answer by the server inside.

        Raises:
            OSError: the address is taken or not ours.
        """
        family = socket.AF_INET6 if ":" in settings.web_host else socket.AF_INET
        self._socket = socket.create_server((settings.web_host, settings.web_port or 0), family=family)
        self.address = f"{settings.web_address(self._socket.getsockname()[1])}"
        config = uvicorn.Config(
            application(settings, inside),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=settings.grace_seconds,
            ssl_certfile=settings.tls_certificate,
            ssl_keyfile=settings.tls_key,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="web-door", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Take no more, and let what is in flight finish within the grace."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
