"""A web server on this machine that misbehaves on command, for tests of fetching.

It speaks plain HTTP/1.1 over asyncio in a thread of its own, so that a test can also say what no proper server
says: a length that is wrong, a body that drips, a connection that is cut.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field


@dataclass
class Request:
    """What a client asked for, and when."""

    path: str
    headers: dict[str, str]
    at: float


@dataclass
class Answer:
    """What the server says. ``length`` states another Content-Length than that of the body, None states none."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "text/html; charset=utf-8"
    length: int | None = -1
    cut: bool = False
    delay: float = 0.0
    pieces: Callable[[], AsyncIterator[bytes]] | None = None


Route = Answer | Callable[[Request], Answer] | Callable[[asyncio.StreamWriter], Awaitable[None]]


class Server:
    """A server on a free port of 127.0.0.1, as a context manager. ``routes`` maps a path to what it answers."""

    def __init__(self, routes: dict[str, Route] | None = None, context: ssl.SSLContext | None = None) -> None:
        self.routes: dict[str, Route] = routes or {}
        self.fallback: Route = Answer(b"<title>404</title>Page not found", status=404)
        self.requests: list[Request] = []
        self.port = 0
        self.speaks: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]] = self._speak_http_1
        self._context = context
        self._ready = threading.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{'https' if self._context else 'http'}://{self.host}"

    def paths(self) -> list[str]:
        """The paths asked for, in order, without robots.txt."""
        return [request.path for request in self.requests if request.path != "/robots.txt"]

    def __enter__(self) -> Server:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._ready.wait(120)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(120)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._client, "127.0.0.1", self.port, ssl=self._context)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
            await self.speaks(reader, writer)
        self._tasks.discard(task)
        writer.close()

    async def _speak_http_1(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await self._one(reader, writer):
            pass

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines if line)}
        request = Request(first.split(" ")[1], headers, time.monotonic())
        self.requests.append(request)
        route = self.routes.get(request.path)
        if route is None and request.path == "/robots.txt":
            route = Answer(status=404)
        route = self.fallback if route is None else route
        answer = route
        if not isinstance(route, Answer):
            given = route(writer) if asyncio.iscoroutinefunction(route) else route(request)
            if not isinstance(given, Answer):
                await given
                return False
            answer = given
        return await self._send(answer, writer)

    async def _send(self, answer: Answer, writer: asyncio.StreamWriter) -> bool:
        if answer.delay:
            await asyncio.sleep(answer.delay)
        headers = {"Content-Type": answer.media_type, **answer.headers}
        if answer.length is not None and answer.status != 304 and answer.pieces is None:
            headers["Content-Length"] = str(len(answer.body) if answer.length < 0 else answer.length)
        text = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {answer.status} Reason\r\n{text}\r\n".encode("latin-1"))
        if answer.pieces is not None:
            async for piece in answer.pieces():
                writer.write(piece)
                await writer.drain()
            return False
        writer.write(answer.body)
        await writer.drain()
        return not answer.cut and answer.length is not None and answer.length < 0


def page(name: str, more: str = "") -> Answer:
    """A small page that shows ``name``."""
    text = f"<!DOCTYPE html><html><head><title>{name}</title>{more}</head><body><h1>{name}</h1><p>Page of {name}.</p>"
    return Answer(text.encode())


def serve_for_ever(pages: int, body_bytes: int) -> None:
    """Serve ``/0`` to ``/<pages - 1>`` as a process of its own, and say on which port."""
    filler = "<p>" + "x" * 78 + "</p>\n"
    more = filler * (body_bytes // len(filler))

    def one(request: Request) -> Answer:
        answer = page(f"page {request.path[1:]}")
        return Answer(answer.body + more.encode(), headers={"ETag": f'"{request.path}"'})

    with Server({"/robots.txt": Answer(status=404)}) as server:
        server.fallback = one
        server.requests = _Forgetful()
        print(server.port, flush=True)
        sys.stdin.read()  # until the test lets go


class _Forgetful(list[Request]):
    def append(self, _: Request) -> None:
        return None


if __name__ == "__main__":
    serve_for_ever(int(sys.argv[1]), int(sys.argv[2]))
