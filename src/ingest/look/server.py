"""The server behind ``ingest look``: files of one folder, and answers to questions in SQL.

It listens on 127.0.0.1. A page of another site cannot use it: a request has to name this address as its host, which a
name that is bound to 127.0.0.1 does not, and a question has to come from a page of this server.
"""

from __future__ import annotations

import json
import threading
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ingest.errors import IngestError
from ingest.look.ask import LONGEST_QUESTION, answer

ASK = "/ask"
"""Where a page sends its question, as JSON: ``{"sql": …}``."""

_HOST = "127.0.0.1"
_WAIT_SECONDS = 30
"""How long a question waits for the one before it."""


class Looking(ThreadingHTTPServer):
    """Shows a folder and answers questions on a warehouse, one at a time."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, warehouse: Path, folder: Path, port: int = 0) -> None:
        self.warehouse = warehouse
        self.folder = folder
        self.turn = threading.Lock()
        super().__init__((_HOST, port), _Visit)

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"http://{_HOST}:{self.server_address[1]}/"

    @property
    def hosts(self) -> frozenset[str]:
        """What a request may name as its host."""
        return frozenset(f"{name}:{self.server_address[1]}" for name in (_HOST, "localhost"))


class _Visit(SimpleHTTPRequestHandler):
    """One request."""

    server: Looking
    server_version = "ingest"
    sys_version = ""
    timeout = 60

    def __init__(self, request: Any, client_address: Any, server: Looking) -> None:
        super().__init__(request, client_address, server, directory=str(server.folder))

    def do_GET(self) -> None:  # the name that http.server calls
        """A file of the folder."""
        if self._is_for_us():
            super().do_GET()

    def do_HEAD(self) -> None:  # the name that http.server calls
        """The head of a file of the folder."""
        if self._is_for_us():
            super().do_HEAD()

    def do_POST(self) -> None:  # the name that http.server calls
        """A question."""
        if not self._is_for_us():
            return
        length = self.headers.get("Content-Length", "")
        if self.path != ASK:
            self._tell(HTTPStatus.NOT_FOUND, {"error": "There is nothing at this address."})
        elif self.headers.get("Origin", "").removeprefix("http://") not in self.server.hosts:
            self._tell(HTTPStatus.FORBIDDEN, {"error": "A question has to come from a page of this server."})
        elif self.headers.get("Content-Type", "").partition(";")[0].strip() != "application/json":
            self._tell(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, {"error": "A question is sent as JSON."})
        elif not length.isdecimal() or int(length) > 8 * LONGEST_QUESTION:
            self._tell(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": "A question is shorter."})
        else:
            self._answer(self.rfile.read(int(length)))

    def _answer(self, body: bytes) -> None:
        try:
            question = json.loads(body)["sql"]
            if not isinstance(question, str):
                raise TypeError
        except (ValueError, KeyError, TypeError):
            self._tell(HTTPStatus.BAD_REQUEST, {"error": 'A question is {"sql": "…"}.'})
            return
        if not self.server.turn.acquire(timeout=_WAIT_SECONDS):
            self._tell(HTTPStatus.SERVICE_UNAVAILABLE, {"error": "Another question is still being answered."})
            return
        try:
            told = answer(self.server.warehouse, question).as_dict()
        except IngestError as error:
            self._tell(HTTPStatus.UNPROCESSABLE_ENTITY, {"error": str(error)})
        else:
            self._tell(HTTPStatus.OK, told)
        finally:
            self.server.turn.release()

    def _is_for_us(self) -> bool:
        """Refuse a request for another host: a page elsewhere may have bound its name to this address."""
        if self.headers.get("Host", "") in self.server.hosts:
            return True
        self._tell(HTTPStatus.FORBIDDEN, {"error": f"This server is {self.server.address}"})
        return False

    def _tell(self, status: HTTPStatus, told: dict[str, Any]) -> None:
        content = json.dumps(told, default=str).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def end_headers(self) -> None:
        """Add to every response: nobody else may frame, keep or guess it."""
        for name, value in (
            ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
            ("Cross-Origin-Resource-Policy", "same-origin"), ("Referrer-Policy", "no-referrer"),
        ):  # fmt: skip
            self.send_header(name, value)
        super().end_headers()

    def list_directory(self, _: Any) -> None:
        """No folder is listed."""
        self._tell(HTTPStatus.NOT_FOUND, {"error": "There is nothing at this address."})

    def log_message(self, *_: Any) -> None:
        """Requests are not logged."""
