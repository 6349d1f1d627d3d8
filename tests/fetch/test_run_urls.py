"""`ingest run https://…`: from a server to rows, in one command."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

from server import Answer, Server

LOGIN = b"""<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in</h1>
<form action="/login" method="post"><input type="email" name="email"><input type="password" name="password">
<button>Log in</button></form></body></html>"""


def _environment(server: Server) -> dict[str, str]:
    return {"INGEST_FETCH_ALLOW_HOSTS": server.host, "INGEST_FETCH_RATE": "0", "INGEST_FETCH_ATTEMPTS": "1"}


def _page(house: Any, **spec: Any) -> Answer:
    return Answer(house.text(**spec).encode(), media_type="text/plain; charset=utf-8")


def test_a_page_at_a_url_becomes_rows_that_lead_back_to_it(house: Any, server: Server) -> None:
    server.routes["/robin"] = _page(house, name="Robin 1", input="$1.00")
    done = house.cli("run", f"{server.url}/robin", env=_environment(server))
    assert done.returncode == 0, done.stderr
    assert house.values("SELECT amount FROM prices WHERE kind = 'input'") == [1.0]
    assert house.rows("SELECT location, http_status, status FROM captures WHERE location LIKE '%robin'") == [
        (f"{server.url}/robin", 200, "read")
    ]


def test_a_run_of_which_no_url_could_be_fetched_fails(house: Any, server: Server) -> None:
    done = house.cli("run", f"{server.url}/nowhere", env=_environment(server))
    assert done.returncode == 1
    assert "http_404" in done.stdout + done.stderr


def test_a_page_that_became_a_login_page_ends_nothing(house: Any, server: Server) -> None:
    server.routes["/robin"] = _page(house, name="Robin 1", input="$1.00")
    house.cli("run", f"{server.url}/robin", env=_environment(server))
    server.routes["/robin"] = Answer(LOGIN)
    done = house.cli("run", f"{server.url}/robin", "--refresh", env=_environment(server))
    assert (done.returncode, "/robin: login_page" in done.stderr) == (1, True)
    assert house.values("SELECT amount FROM prices WHERE kind = 'input'") == [1.0]
    assert house.values(
        "SELECT DISTINCT reason FROM captures WHERE status = 'rejected' AND location LIKE '%robin'"
    ) == ["login_page"]


def test_a_page_of_which_a_part_came_ends_nothing(
    house: Any, server: Server, page_writers: tuple[Callable[..., str], Callable[..., str]]
) -> None:
    page_html = page_writers[1]
    whole = page_html(name="Robin 1", input="$1.00", today=None)
    server.routes["/robin"] = Answer(whole.encode())
    assert house.cli("run", f"{server.url}/robin", env=_environment(server)).returncode == 0
    before = house.digests()["prices"], house.digests()["scores"]
    for part in (len(whole) // 2, whole.index("<h2>Pricing")):
        changed = whole.replace("Robin 1</h1>", "Robin 1 </h1>")[:part]  # no beginning of what stood there
        server.routes["/robin"] = Answer(changed.encode(), length=None)
        done = house.cli("run", f"{server.url}/robin", "--refresh", env=_environment(server))
        assert (done.returncode, "/robin: cut_off" in done.stderr) == (1, True)
        assert (house.digests()["prices"], house.digests()["scores"]) == before
    after = house.digests()
    assert house.cli("rebuild").returncode == 0
    assert house.digests() == after


def test_pages_that_were_fetched_are_read_where_there_is_no_folder_of_pages(house: Any, server: Server) -> None:
    server.routes["/robin"] = _page(house, name="Robin 1", input="$1.00")
    assert house.cli("fetch", f"{server.url}/robin", env=_environment(server)).returncode == 0
    assert house.cli("run").returncode == 0
    assert house.values("SELECT name FROM models") == ["Robin 1"]


def test_an_unchanged_page_adds_no_history_and_moves_last_seen(house: Any, server: Server) -> None:
    server.routes["/robin"] = _page(house, name="Robin 1", input="$1.00")
    house.cli("run", f"{server.url}/robin", env=_environment(server))
    before = house.rows("SELECT * EXCLUDE (last_seen) FROM models")
    claims = house.values("SELECT count(*) FROM claims")
    done = house.cli("run", f"{server.url}/robin", "--refresh", env=_environment(server))
    assert done.returncode == 0, done.stderr
    assert house.rows("SELECT * EXCLUDE (last_seen) FROM models") == before
    assert house.values("SELECT count(*) FROM claims") == claims
    assert house.values("SELECT status FROM captures WHERE location LIKE '%robin' ORDER BY captured_at") == [
        "read",
        "unchanged",
    ]
    assert house.values("SELECT last_seen = (SELECT max(captured_at) FROM captures) FROM models") == [True]


def test_one_body_for_many_urls_is_no_data_even_where_it_was_read_before(house: Any, server: Server) -> None:
    shown = "".join(f"<p>{escape(line)}</p>" for line in house.text(name="Robin 1").splitlines() if line)
    for number in range(6):
        server.routes[f"/{number}"] = Answer(f"<!DOCTYPE html><html><body>{shown}</body></html>".encode())
    done = house.cli("run", *(f"{server.url}/{number}" for number in range(6)), env=_environment(server))
    assert (done.returncode, "every input was rejected" in done.stderr) == (1, True)
    assert house.values("SELECT count(*) FROM models") == [0]
    assert house.values("SELECT count(*) FROM captures WHERE reason = 'same_body'")[0] > 0


def test_what_comes_on_the_way_to_pages_is_no_rejected_page(house: Any, server: Server) -> None:
    server.routes["/robin"] = _page(house, name="Robin 1")
    server.routes["/robots.txt"] = Answer(b"User-agent: *\nAllow: /\n", media_type="text/plain")
    done = house.cli("run", f"{server.url}/robin", env=_environment(server))
    assert house.values("SELECT location FROM captures WHERE status = 'rejected'") == [f"{server.url}/robots.txt"]
    assert "pages      1 read, 0 unchanged, 0 rejected" in done.stdout


def test_pages_that_come_again_unchanged_are_counted_so(house: Any, server: Server) -> None:
    """By the server's word (304) and by their bytes."""
    server.routes["/robin"] = _page(house, name="Robin 1")
    wren = Answer(house.text(name="Wren 1").encode(), media_type="text/plain", headers={"ETag": '"1"'})
    server.routes["/wren"] = lambda asked: Answer(status=304) if "if-none-match" in asked.headers else wren
    both = [f"{server.url}/robin", f"{server.url}/wren"]
    assert "pages      2 read, 0 unchanged" in house.cli("run", *both, env=_environment(server)).stdout
    assert "pages      0 read, 2 unchanged" in house.cli("run", *both, env=_environment(server)).stdout


def test_one_url_of_several_that_does_not_come_is_held_back(house: Any, server: Server) -> None:
    server.routes["/robin"] = _page(house, name="Robin 1", input="$1.00")
    done = house.cli("run", f"{server.url}/robin", f"{server.url}/wren", "--json", env=_environment(server))
    told = json.loads(done.stdout)
    assert (done.returncode, told["outcome"]) == (3, "held_back")
    assert [(each["what"], each["kind"]) for each in told["held_back"]] == [(f"{server.url}/wren", "transport")]
    server.routes["/robin"] = Answer(b"", status=500)
    done = house.cli("run", f"{server.url}/robin", "--refresh", env=_environment(server))
    assert (done.returncode, "http_500" in done.stderr or "http_status: 500" in done.stderr) == (1, True)


def test_a_project_that_only_fetches_has_no_need_of_a_folder_of_pages(house: Any, server: Server) -> None:
    server.routes["/robin"] = _page(house, name="Robin 1")
    assert house.cli("run", f"{server.url}/robin", env=_environment(server)).returncode == 0
    done = house.cli("run")
    assert (done.returncode, "There was nothing to read" in done.stderr) == (0, True)


def test_a_dry_run_keeps_and_reads_nothing(house: Any, server: Server) -> None:
    server.routes["/robin"] = _page(house, name="Robin 1")
    done = house.cli("run", f"{server.url}/robin", "--dry-run", env=_environment(server))
    assert done.returncode == 0, done.stderr
    assert not house.warehouse.exists()


def test_an_archive_of_pages_is_read_as_the_pages_were(house: Any, server: Server) -> None:
    server.routes["/robin"] = _page(house, name="Robin 1", input="$1.00")
    house.cli("run", f"{server.url}/robin", env=_environment(server))
    archive: Path = house.root / "pages.warc.gz"
    assert house.cli("raw", "export", "--warc", archive).returncode == 0
    models = house.rows("SELECT model_id, name, release_date FROM models")
    done = house.cli("run", archive, "--raw", house.root / "other", "--warehouse", house.root / "other.duckdb")
    assert done.returncode == 0, done.stderr
    house.warehouse.unlink()
    (house.root / "other.duckdb").rename(house.warehouse)
    assert house.rows("SELECT model_id, name, release_date FROM models") == models
    assert house.values("SELECT location FROM captures WHERE location LIKE '%robin'") == [f"{server.url}/robin"]
