"""`ingest look`: the pages over HTTP, and a box for SQL that only reads and that no other site can use."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from site_data import Site

from ingest.errors import IngestError
from ingest.look import examples, looking
from ingest.look.ask import ROWS, answer
from ingest.look.server import Looking


@pytest.fixture(scope="module")
def server(site: Site) -> Iterator[Looking]:
    """A server that runs."""
    with looking(site.warehouse) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def ask(server: Looking, body: Any, **headers: str) -> tuple[int, Any]:
    """The status and the content that a request for an answer gets."""
    host = server.address.removeprefix("http://").rstrip("/")
    given = {"Host": host, "Origin": f"http://{host}", "Content-Type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    connection = http.client.HTTPConnection(host, timeout=30)
    connection.request("POST", "/ask", body if isinstance(body, bytes) else json.dumps(body), given)
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def get(server: Looking, path: str, host: str | None = None) -> tuple[int, bytes, dict[str, str]]:
    """The status, content and headers of a page."""
    address = server.address.removeprefix("http://").rstrip("/")
    connection = http.client.HTTPConnection(address, timeout=30)
    connection.putrequest("GET", path, skip_host=True)
    connection.putheader("Host", host or address)
    connection.endheaders()
    response = connection.getresponse()
    return response.status, response.read(), dict(response.getheaders())


def test_pages_are_served_and_one_has_a_box_for_sql(server: Looking) -> None:
    status, page, headers = get(server, "/")
    assert status == 200
    assert b'href="sql.html"' in page
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert b"connect-src 'self'" in get(server, "/sql.html")[1]


def test_a_question_is_answered_with_lists_as_json(server: Looking) -> None:
    status, told = ask(
        server, {"sql": "SELECT ['a', NULL] AS list, 1.5::DOUBLE AS n, NULL AS nothing, 2::HUGEINT ** 70 AS big"}
    )
    assert status == 200
    assert told["columns"] == ["list", "n", "nothing", "big"]
    assert told["rows"] == [['["a",null]', 1.5, None, str(2.0**70)]]


@pytest.mark.parametrize("example", examples(), ids=lambda each: each.name)
def test_the_examples_are_answered(site: Site, example: Any) -> None:
    assert answer(site.warehouse, example.sql).columns


def test_a_long_answer_says_that_there_is_more(site: Site) -> None:
    told = answer(site.warehouse, "FROM range(5000)")
    assert (len(told.rows), told.has_more) == (ROWS, True)


@pytest.mark.parametrize(
    "question",
    [
        "DELETE FROM models", "CREATE TEMP TABLE t AS SELECT 1", "SET enable_external_access = true",
        "SELECT 1; SELECT 2", "COPY models TO '/tmp/stolen.csv'", "ATTACH '/tmp/other.duckdb'", "INSTALL httpfs",
        "SELECT * FROM read_csv('/etc/passwd')", "FROM '/etc/passwd'",
        "SELECT * FROM read_text('/etc/hostname')", "SELECT * FROM glob('/*')", "", "nonsense", "CHECKPOINT",
        "SELECT getenv('HOME')", "CALL pragma_version()", "EXPORT DATABASE '/tmp/all'",
    ],
)  # fmt: skip
def test_a_question_that_does_more_than_read_the_warehouse_is_refused(site: Site, question: str) -> None:
    with pytest.raises(IngestError):
        answer(site.warehouse, question)


def test_a_question_that_takes_too_long_is_stopped(site: Site) -> None:
    with pytest.raises(IngestError, match="took longer than"):
        answer(site.warehouse, "SELECT count(*) FROM range(100000000) a, range(100000) b", seconds=0.2)
    assert answer(site.warehouse, "SELECT 1").rows == [[1]]


def test_a_page_of_another_site_gets_nothing(server: Looking) -> None:
    question = {"sql": "SELECT 1"}
    assert ask(server, question, Origin="https://attack.example")[0] == 403
    assert ask(server, question, Origin="null")[0] == 403
    assert ask(server, question, Host="attack.example")[0] == 403
    assert ask(server, question, Content_Type="text/plain")[0] == 415
    assert get(server, "/index.html", host="attack.example")[0] == 403
    assert ask(server, question)[0] == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[]", 400), ({"sql": 5}, 400), ({"sql": "x" * 30_000}, 422), (b"x" * 200_000, 413)],
)
def test_what_is_no_question_is_named(server: Looking, body: Any, status: int) -> None:
    got, told = ask(server, body)
    assert got == status
    assert told["error"]


@pytest.mark.parametrize(
    "path", ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/models/", "/..%2f..%2fetc/passwd"]
)
def test_nothing_but_the_pages_is_served(server: Looking, path: str) -> None:
    assert get(server, path)[0] == 404


def test_a_port_that_is_taken_is_named(server: Looking, site: Site) -> None:
    with (
        pytest.raises(IngestError, match="Name another with --port"),
        looking(site.warehouse, server.server_address[1]),
    ):
        pass


def test_the_command_says_its_address_and_ends_with_ctrl_c(house: Any, server: Looking, site: Site) -> None:
    """``server`` has built the pages of this warehouse already."""
    process = house.start(
        "look", "--no-browser", "--warehouse", site.warehouse,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    try:
        said = process.stdout.readline()
        assert said.endswith("/  (Ctrl-C ends it)\n"), process.communicate()
        host, _, port = said.split("/")[2].partition(":")
        assert host == "127.0.0.1"
        connection = http.client.HTTPConnection(host, int(port), timeout=30)
        connection.request("GET", "/sql.html")
        assert connection.getresponse().status == 200
        with pytest.raises(OSError), socket.create_connection(("127.0.0.2", int(port)), timeout=5):
            pass  # only a server that listens on every address is reached here
        taken = house.cli("look", "--no-browser", "--port", port, "--warehouse", site.warehouse)
        assert (taken.returncode, taken.stdout) == (1, "")
        assert taken.stderr == f"error: Port {port} cannot be used: Address already in use. Name another with --port.\n"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=300) == ("", "Stopped by SIGINT. What is published is whole.\n")
        assert process.returncode == 130
    finally:
        process.kill()
