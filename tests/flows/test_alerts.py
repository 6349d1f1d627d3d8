"""Alerts: one message for one failure, one when it is well again, whatever run meets it. A local webhook takes them."""

from __future__ import annotations

import ast
import errno
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from email.header import decode_header, make_header
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from hook import Hook
from pydantic import SecretStr
from real_server import free_port

from ingest.errors import IngestError
from ingest.knowledge import knowledge
from ingest.outcome import BROKEN, HeldBack, Kind, kind_of
from ingest.read.reject import NotDataRule
from ingest.report.reasons import in_words
from ingest.settings import Settings, load_settings
from ingest.status import status
from ingest.summary import Summary


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as made:
        yield made


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


def test_what_a_person_accepts_as_advised_is_well_at_once(
    settings: Settings, hook: Hook, house: Any, gateway: Any
) -> None:
    house.run(gateway(house, "2025-06-01", range(12)))
    less = gateway(house, "2025-07-01", range(4))
    assert house.cli("run", less).returncode == 1
    after(settings, "openrouter", HeldBack("openrouter", str(less), Kind.FLOOR, "4 models instead of 12"))
    assert "--accept-source openrouter" in hook.taken()[0]["text"]
    environment = house.process_options()["env"] | {"INGEST_ALERT_TO": hook.url}
    assert house.cli("run", less, "--accept-source", "openrouter", env=environment).returncode == 0
    (message,) = hook.taken()
    assert message["subject"] == "[ingest] Well again: openrouter states 4 models instead of 12"
    assert status(settings).wrong == []


def test_a_failure_is_told_once_and_so_is_its_end(settings: Settings, hook: Hook) -> None:
    for subject in ("openrouter", "ingest-pages", "openrouter"):  # whichever run meets it, and however often
        assert after(settings, subject, DOWN) == []
    (message,) = hook.taken()
    assert message["subject"] == "[ingest] openrouter answered 500"
    for part in ("Source: openrouter", DOWN.what, "answered 500", "What to do: Nothing, where it passes", "run-1"):
        assert part in message["text"]

    after(settings, "models-dev")  # another source is well: that says nothing of this one
    after(settings, "ingest-pages")  # nor does a run that fetches nothing
    assert hook.taken() == []
    after(settings, "openrouter")
    after(settings, "openrouter")
    (message,) = hook.taken()
    assert message["subject"] == "[ingest] Well again: openrouter answered 500"


def test_two_sources_are_two_messages_and_two_files_of_one_source_are_one(settings: Settings, hook: Hook) -> None:
    other = HeldBack("aider", "raw/feeds/old.yml", Kind.BROKEN, "cut_off: ends in the middle of a value")
    after(settings, "ingest-pages", DOWN, CUT, other)
    assert [m["subject"] for m in hook.taken()] == [
        "[ingest] openrouter answered 500",
        "[ingest] aider is cut off",
    ]


def test_a_source_that_fails_in_another_way_is_told_again_once(settings: Settings, hook: Hook) -> None:
    fell = HeldBack("openrouter", "openrouter", Kind.FLOOR, "6 models instead of 12")
    for held_back in (DOWN, fell, DOWN, fell):
        after(settings, "openrouter", held_back)
    assert [m["subject"] for m in hook.taken()] == [
        "[ingest] openrouter answered 500",
        "[ingest] openrouter states 6 models instead of 12",
    ]
    (known,) = status(settings).held_back
    assert known["title"] == "openrouter states 6 models instead of 12", "what is wrong now"
    after(settings, "openrouter")
    assert [m["subject"] for m in hook.taken()] == ["[ingest] Well again: openrouter states 6 models instead of 12"]


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
        alerts.tell(settings, "models-dev was broken off", "its process was killed", "run 7")
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
    house.write(content=house.text().encode())
    house.run()
    after(settings, "openrouter", HeldBack("openrouter", str(page), Kind.TRANSPORT, "transport_failed: refused"))
    (message,) = hook.taken()
    assert "It begins with" not in message["text"], "nothing came, and what came before was well"


def test_addresses_are_blocks_of_prefect() -> None:
    from ingest_flows.delivery import block_of

    addresses = {
        "https://hooks.slack.com/services/T/B/x": "SlackWebhook",
        "http://127.0.0.1:9/x": "CustomWebhookNotificationBlock",
        "mailto://me:secret@mail.example?to=a@b.c": "_Message",
    }
    assert {address: type(block_of(address)).__name__ for address in addresses} == addresses
    with pytest.raises(ValueError, match="begins with a scheme"):
        block_of("ops@example.org")


def test_a_message_reaches_slack(settings: Settings, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack's own address stands in the library; here it is that of this machine."""
    from apprise.plugins.slack import NotifySlack

    monkeypatch.setattr(NotifySlack, "webhook_url", hook.url)
    address = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    after(settings.model_copy(update={"alert_to": SecretStr(address)}), "openrouter", DOWN)
    (message,) = hook.taken()
    said = json.dumps(message)
    assert "[ingest] openrouter answered 500" in said
    assert "What to do: Nothing, where it passes" in said


def test_a_message_comes_by_mail(settings: Settings) -> None:
    came: list[Any] = []

    class Inbox(Message):
        def handle_message(self, message: Any) -> None:
            came.append(message)

    inbox = Controller(Inbox(), hostname="127.0.0.1", port=free_port())
    inbox.start()
    try:
        address = f"mailto://127.0.0.1:{inbox.port}?from=ingest@example.org&to=ops@example.org"
        assert after(settings.model_copy(update={"alert_to": SecretStr(address)}), "openrouter", DOWN) == []
    finally:
        inbox.stop()
    (message,) = came
    assert str(make_header(decode_header(message["Subject"]))) == "[ingest] openrouter answered 500"
    assert "ops@example.org" in message["To"]
    text = "".join(p.get_payload(decode=True).decode() for p in message.walk() if not p.is_multipart())
    assert "Source: openrouter" in text


def test_one_address_that_is_down_costs_the_others_nothing(settings: Settings, hook: Hook) -> None:
    with Hook() as down:
        down.status = 500
        both = settings.model_copy(update={"alert_to": SecretStr(f"{down.url} {hook.url}")})
        after(both, "openrouter", DOWN)
        after(both, "openrouter", DOWN)
        assert len(hook.taken()) == 1
        down.status = 200
        after(both, "openrouter")
        assert [m["subject"] for m in down.taken()] == [
            "[ingest] openrouter answered 500",
            "[ingest] Well again: openrouter answered 500",
        ]
        assert len(hook.taken()) == 1


def test_a_run_that_was_broken_off_is_well_when_one_of_its_deployment_ends(settings: Settings, hook: Hook) -> None:
    from ingest_flows import alerts

    began = datetime.now(UTC)

    def run(number: int, message: str, due: datetime = began) -> Any:
        state = SimpleNamespace(message=message, timestamp=datetime.now(UTC))
        name = "north 2026-11-29T06:00"
        return SimpleNamespace(id=f"run {number}", name=name, deployment_id="d1", state=state, expected_start_time=due)

    for _ in range(2):  # the runner and the next start both notice it
        alerts.crashed(settings, [run(1, "Its process was killed.")])
    alerts.crashed(settings, [run(2, "Its process was killed.")])  # the run that made it up
    assert [m["subject"] for m in hook.taken()] == ["[ingest] north 2026-11-29T06:00 was broken off"]
    for deployment, title in (("d2", []), ("d1", ["[ingest] Well again: north 2026-11-29T06:00 was broken off"])):
        report = alerts.Report("north", "north 2026-11-29T06:01", "run-3", deployment)
        report.came_out(Summary("1", captures_read=1))
        alerts.send(settings, report)
        assert [m["subject"] for m in hook.taken()] == title
    alerts.crashed(settings, [run(1, "Its process was killed.")])
    assert hook.taken() == [], "what is over is not told again"
    alerts.server_is_back(settings, "The server ended", "It was killed.")
    alerts.crashed(settings, [run(3, "Its process exited with status 1.")])
    assert [m["subject"] for m in hook.taken()] == ["[ingest] The server ended"], "one failure is one message"
    alerts.crashed(settings, [run(4, "Its process was killed.", due=datetime.now(UTC))])
    assert len(hook.taken()) == 1, "a run that was due after the server was back is another failure"


def test_the_hook_of_prefect_tells_of_a_crash(settings: Settings, hook: Hook) -> None:
    """A worker has nothing but this hook. Prefect calls it with these names."""
    from ingest_flows.frame import on_crashed

    given = {"raw": str(settings.raw), "warehouse": str(settings.warehouse)}
    run = SimpleNamespace(id="run 9", name="north 2026-11-29T06:00", deployment_id="d1", parameters=given, state=None)
    state: Any = SimpleNamespace(message="Its process was killed.", timestamp=datetime.now(UTC))
    on_crashed(flow=None, flow_run=run, state=state)  # type: ignore[arg-type]
    (message,) = hook.taken()
    assert message["subject"] == "[ingest] north 2026-11-29T06:00 was broken off"


def _failed_run(number: int | str, at: datetime | None = None) -> Any:
    """A run of a source that failed at a time, now unless one is given, since its settings cannot be read."""
    return SimpleNamespace(
        id=number,
        name="humble-cow",
        deployment_id="d1",
        state=SimpleNamespace(message="The setting 'shedule' is wrong.", timestamp=at or datetime.now(UTC)),
        parameters={"source": "north"},
        expected_start_time=datetime(2026, 11, 29, 6, tzinfo=UTC),
    )


def test_a_failed_run_is_told_for_it_where_it_could_not_do_so(settings: Settings, hook: Hook) -> None:
    from ingest_flows import alerts

    for _ in range(2):
        alerts.failed_unsaid(settings, [_failed_run(number) for number in (1, 2)])
    (message,) = hook.taken()
    assert message["subject"] == "[ingest] A run of north due at 06:00 UTC failed"
    assert "'shedule'" in message["text"]
    report = alerts.Report("north", "north 2026-11-29T06:01", "run-3")
    report.failed(IngestError("Cannot publish."))
    alerts.send(settings, report)
    hook.taken()
    alerts.failed_unsaid(settings, [_failed_run("run-3")])
    assert hook.taken() == [], "it told itself"


def test_a_failure_that_is_noticed_after_its_problem_is_over_is_not_told_again(settings: Settings, hook: Hook) -> None:
    """On a busy machine the runs of two schedules fail of one wrong setting, and one of them is seen minutes later."""
    from ingest_flows import alerts

    began = datetime.now(UTC)
    alerts.failed_unsaid(settings, [_failed_run(1, began)])
    after(settings, "north")
    assert len(hook.taken()) == 2, "one message, and one that it is well again"
    alerts.failed_unsaid(settings, [_failed_run(2, began)])
    assert hook.taken() == []
    alerts.failed_unsaid(settings, [_failed_run(3)])
    assert len(hook.taken()) == 1, "it is wrong once more"


def test_on_a_full_disk_a_failure_is_told_once(settings: Settings, hook: Hook) -> None:
    """Each run fails at another file; what was told is kept in the room of a file that was there before."""
    after(settings, "aider")
    memory = settings.warehouse.with_name(f".{settings.warehouse.name}.alerts.json")
    memory.with_suffix(".new").mkdir()  # no new file can be written
    for subject in ("openrouter", "ingest-pages", "openrouter", "ingest-pages"):
        after(settings, subject, error=IngestError(f"Cannot write in {subject!r}: No space left on device."))
    after(settings, "aider", error=OSError(errno.ENOSPC, "No space left on device"))
    assert len(hook.taken()) == 1
    assert "No space left" in memory.read_text()
    after(settings, "aider")
    [well] = hook.taken()
    assert well["subject"].startswith("[ingest] Well again")
    after(settings, "aider", error=IngestError("No space left on device"))
    assert len(hook.taken()) == 1, "it is full again"


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("http_status: 500", "x answered 500"),
        ("http_503: sitemap", "x answered 503"),
        ("transport_failed: ConnectError: refused", "x could not be reached"),
        ("login_page", "x shows a login page instead of data"),
        ("read_timeout: ", "x did not answer in time"),
        ("6 models instead of 12", "x states 6 models instead of 12"),
        ("brand_new: 1", 'x is held back for the reason "brand new"'),
    ],
)
def test_a_reason_is_told_in_words(reason: str, said: str) -> None:
    assert in_words("x", reason) == said


def test_every_page_that_is_no_data_is_told_in_words() -> None:
    names = {rule.name for rule in knowledge("pages/not_data", tuple[NotDataRule, ...])} | set(BROKEN)
    assert not [name for name in names if "is held back" in in_words("x", name)]


def test_whatever_stops_a_fetch_is_told_in_words_and_is_a_matter_of_transport() -> None:
    """The names are read from the fetcher's own code, so that none is forgotten."""
    from ingest.capture import fetch

    names: set[str] = set()
    for path in Path(fetch.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name("FetchError"), args=[ast.Constant(str(name)), *_]):
                    names.add(name)
                case ast.Tuple(elts=[ast.Attribute(ast.Name("httpx")), ast.Constant(str(name)), ast.Constant(bool())]):
                    names.add(name)
    assert {"read_timeout", "redirect_loop", "cut_off", "dns_failed"} <= names
    assert not [name for name in names if "is held back" in in_words("x", name)]
    assert {kind_of(name) for name in names} == {Kind.TRANSPORT, Kind.ROBOTS, Kind.BROKEN}
