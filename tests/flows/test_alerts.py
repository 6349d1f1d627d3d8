"""Alerts: one message for one failure, one when it is well again, whatever run meets it. A local webhook takes them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from ingest.errors import IngestError
from ingest.outcome import HeldBack, Kind
from ingest.settings import Settings, load_settings
from ingest.summary import Summary


class Hook:
    """A webhook on this machine: what came, and the status that it answers with."""

    def __init__(self) -> None:
        self.messages: list[dict[str, str]] = []
        self.status = 200
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if hook.status == 200:
                    hook.messages.append(message)
                self.send_response(hook.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hunter2"

    def taken(self) -> list[dict[str, str]]:
        """What came since the last call."""
        messages, self.messages = self.messages, []
        return messages


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,))
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def settings(house: Any, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("INGEST_ALERT_TO", hook.url)
    return load_settings(raw=house.raw, warehouse=house.warehouse)


def after(settings: Settings, subject: str, *held_back: HeldBack, error: Exception | None = None) -> list[str]:
    """What a run of that subject sends that held these back, or ended by an error."""
    from ingest_flows import alerts

    report = alerts.Report(subject, f"{subject} 2026-11-29T06:00", "run-1")
    summary = Summary("1", captures_read=1, held_back=list(held_back))
    report.came_out(summary)
    if error is not None:
        report.failed(error)
    return list(alerts.send(settings, report))


DOWN = HeldBack("openrouter", "https://openrouter.ai/api/v1/models", Kind.TRANSPORT, "http_500: answered 500")
CUT = HeldBack("aider", "raw/feeds/aider.yml", Kind.BROKEN, "cut_off: ends in the middle of a value")


def test_a_failure_is_told_once_and_so_is_its_end(settings: Settings, hook: Hook) -> None:
    for subject in ("openrouter", "ingest-pages", "openrouter"):  # whichever run meets it, and however often
        assert after(settings, subject, DOWN) == []
    (message,) = hook.taken()
    assert message["subject"] == "[ingest] openrouter is held back: http_500"
    for part in ("Source: openrouter", DOWN.what, "answered 500", "What to do: Nothing, where it passes", "run-1"):
        assert part in message["text"]

    after(settings, "models-dev")  # another source is well: that says nothing of this one
    after(settings, "ingest-pages")  # nor does a run that fetches nothing
    assert hook.taken() == []
    after(settings, "openrouter")
    after(settings, "openrouter")
    (message,) = hook.taken()
    assert message["subject"] == "[ingest] Well again: openrouter is held back: http_500"


def test_two_sources_are_two_messages_and_two_files_of_one_source_are_one(settings: Settings, hook: Hook) -> None:
    other = HeldBack("aider", "raw/feeds/old.yml", Kind.BROKEN, "cut_off: ends in the middle of a value")
    after(settings, "ingest-pages", DOWN, CUT, other)
    assert [m["subject"] for m in hook.taken()] == [
        "[ingest] openrouter is held back: http_500",
        "[ingest] aider is held back: cut_off",
    ]


def test_what_stops_every_run_is_one_message(settings: Settings, hook: Hook) -> None:
    for number, subject in enumerate(("models-dev", "openrouter", "ingest-pages")):
        after(settings, subject, error=IngestError(f"Cannot publish: No space left on device ({number} bytes)."))
    (message,) = hook.taken()
    assert "No space left on device" in message["text"]
    after(settings, "aider")
    (message,) = hook.taken()
    assert message["subject"].startswith("[ingest] Well again")


def test_a_message_that_does_not_get_through_is_sent_by_the_next_run(settings: Settings, hook: Hook) -> None:
    hook.status = 500
    (trouble,) = after(settings, "openrouter", DOWN)
    assert "could not be sent" in trouble
    assert "hunter2" not in trouble
    hook.status = 200
    after(settings, "openrouter", DOWN)
    assert len(hook.taken()) == 1


def test_a_run_that_was_killed_is_told_once(settings: Settings, hook: Hook) -> None:
    from ingest_flows import alerts

    for _ in range(2):
        alerts.tell(settings, "models-dev was broken off", "Reason: its process was killed", "run 7")
    assert [m["subject"] for m in hook.taken()] == ["[ingest] models-dev was broken off"]


def test_the_daily_message_says_what_changed(house: Any, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INGEST_ALERT_TO", hook.url)
    monkeypatch.setenv("INGEST_ALERT_DAILY", "true")
    settings = load_settings(raw=house.raw, warehouse=house.warehouse)
    house.write(input="$0.40")
    house.run()
    after(settings, "ingest-pages")
    (message,) = hook.taken()
    assert message["subject"].startswith("[ingest] What changed: ")
    assert "acme-ai/sparrow-2" in message["text"]
    after(settings, "ingest-pages")
    assert hook.taken() == [], "once a day"


def test_the_first_wrong_lines_stand_in_the_message(house: Any, settings: Settings, hook: Hook) -> None:
    page = house.write(content=b"<html><body>\n\n<h1>Sign in</h1>\n<form><input type=password></form></body></html>")
    house.run()
    after(settings, "ingest-pages", HeldBack(None, str(page), Kind.NO_DATA, "login_page"))
    (message,) = hook.taken()
    assert "It begins with:\n    <html><body>\n    <h1>Sign in</h1>" in message["text"]


def test_addresses_are_blocks_of_prefect() -> None:
    from ingest_flows.alerts import blocks

    addresses = "https://hooks.slack.com/services/T/B/x http://127.0.0.1:9/x mailto://me:secret@mail.example?to=a@b.c"
    assert [type(block).__name__ for block in blocks(addresses)] == [
        "SlackWebhook",
        "CustomWebhookNotificationBlock",
        "_Message",
    ]
    with pytest.raises(ValueError, match="begins with a scheme"):
        list(blocks("ops@example.org"))
