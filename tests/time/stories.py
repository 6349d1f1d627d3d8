"""Worlds of documents in which events happen, and a simple reference: a list of observations for each document.

A world is one warehouse and one document of each kind in :func:`kinds`. Each day something happens to each document,
something may happen to the whole (captures are lost, a run is killed, the project moves), and a run follows. The
reference knows nothing of archives and loads: it replays what was observed.
"""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

import ingest.capture.seen
import ingest.load.loader
import ingest.publish
from ingest.batch import read_batch
from ingest.capture.archive import Archive, sha256_of
from ingest.capture.stores import Folder
from ingest.errors import IngestError
from ingest.pipeline import open_run
from ingest.settings import Settings, load_settings

_DAY_ONE = 1_761_955_200
"""2025-11-01 00:00 UTC, day 1 of a story, in seconds since 1970."""

_LOGIN = b"<html><title>Sign in</title><body>Sign in to continue</body></html>"

_VALUES = (40.0, 60.0, 80.0)

DOCUMENT_EVENTS = (
    "stay", "say 0", "say 1", "say 2", "say 0", "say 1", "touch", "put back", "error", "cut", "vanish", "move",
)  # fmt: skip
"""What may happen to a document on a day. A server that stays gives no answer; touched, it says the same again."""

WORLD_EVENTS = (
    "nothing", "nothing", "nothing", "by a link", "by its absolute path", "from another folder", "move the project",
    "rename the warehouse", "lose captures", "lose the log", "lose the notes", "lose parts of captures",
    "kill", "kill", "kill and go on", "rebuild",
)  # fmt: skip
"""What may happen to the whole on a day. After ``kill and go on`` no run follows on that day."""


class Kind(NamedTuple):
    """A kind of document.

    ``file`` is its path below ``raw/``, with the day where it has a folder for each day; None for answers of a server.
    ``content`` writes it for a number and a value.
    """

    file: str | None
    content: Callable[[int, float], bytes]
    model: str


def kinds(page_text: Callable[..., str], page_html: Callable[..., str]) -> tuple[Kind, ...]:
    """The kinds of documents of a world. Pages are written by the functions that other tests use."""

    def page(write: Callable[..., str], model: str) -> Callable[[int, float], bytes]:
        def content(number: int, value: float) -> bytes:
            name = f"{model.capitalize()} {number}"
            return write(name=name, input=f"${value:.2f}", scores=[], today=None).encode()

        return content

    return (
        Kind("feeds/{number}/api.json", _gateway, "robin"),
        Kind("feeds/{day}/gateway{number}.json", _gateway, "robin"),
        Kind("tables/{number}/external_benchmark_gsm8k.csv", _table, "wren"),
        Kind("pages/heron{number}.txt", page(page_text, "heron"), "heron"),
        Kind("pages/finch{number}.html", page(page_html, "finch"), "finch"),
        Kind("pages/{day}/lark{number}.html", page(page_html, "lark"), "lark"),
        Kind(None, page(page_html, "swift"), "swift"),
        Kind(None, _gateway, "robin"),
    )


def _gateway(number: int, value: float) -> bytes:
    model = {
        "id": f"acme-ai/robin-{number}0", "name": f"Acme AI: Robin {number}0", "context_length": 64_000,
        "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
        "pricing": {"prompt": f"{value / 1e6:.8f}", "completion": "0.00008"},
    }  # fmt: skip
    return json.dumps({"data": [model]}).encode()


def _table(number: int, value: float) -> bytes:
    rows = [f"rec{number}{n},Wren {number}{n},{value / 100},,https://example.com/{n}\n" for n in range(2)]
    return ("id,Model version,EM,Notes,Source link\n" + "".join(rows)).encode()


class Kill(NamedTuple):
    """A point at which a run ends without a word: ``owner.name``, before or after it. ``is_logged`` says whether what
    the run saw is in the log of captures by then."""

    owner: Any
    name: str
    is_after: bool
    is_logged: bool

    def arm(self) -> None:
        """End this process there."""
        real = getattr(self.owner, self.name)

        def end(*given: Any, **named: Any) -> None:
            if self.is_after:
                real(*given, **named)
            os._exit(9)

        setattr(self.owner, self.name, end)


KILLS = {
    "as bytes are stored": Kill(Folder, "_write", True, False),
    "before captures are logged": Kill(Archive, "_append", False, False),
    "after captures are logged": Kill(Archive, "_append", True, True),
    "before notes are saved": Kill(ingest.capture.seen.Seen, "save", False, True),
    "after notes are saved": Kill(ingest.capture.seen.Seen, "save", True, True),
    "before the load": Kill(ingest.load.loader, "load", False, True),
    "after the load": Kill(ingest.load.loader, "load", True, True),
    "before the swap": Kill(ingest.publish, "publish", False, True),
    "after the swap": Kill(ingest.publish, "publish", True, True),
}


class Observation(NamedTuple):
    """What a run saw of a document: when it was captured, its bytes, what it says (None: it could not be read).

    The time is a day of the story; from :data:`NOW` on, it is the moment of the run.
    """

    time: float
    content: bytes
    value: float | None


NOW = 1000.0
"""A time after all days of a story."""


@dataclass
class Story:
    """A document and the reference for it. ``content`` is what its file or the answer of the day holds now."""

    kind: Kind
    number: int
    observed: list[Observation] = field(default_factory=list)
    written: list[tuple[bytes, float, int]] = field(default_factory=list)
    path: Path | None = None
    content: bytes | None = None
    value: float | None = None
    time: float = 0.0
    has_moved: bool = False
    waiting: list[tuple[bytes, float | None, float]] = field(default_factory=list)
    loaded: int = 0
    """Observations that are in the warehouse; the others are in the log of captures alone."""

    def wait(self) -> None:
        """Keep what a document was on an earlier day for the next run: where days have files of their own, it stays."""
        if self.content is not None:
            self.waiting.append((self.content, self.value, self.time))
        self.content = None

    def observe(self) -> None:
        """A run sees the document: what is not as it was seen last is an observation."""
        now, waiting = (self.content, self.value, self.time), self.waiting
        self.waiting = []
        for self.content, self.value, self.time in waiting:
            self._observe()
        self.content, self.value, self.time = now
        self._observe()

    def _observe(self) -> None:
        last = self.observed[-1] if self.observed else None
        if self.has_moved and last is not None and last.content == self.content:
            self.observed.append(last._replace(time=last.time + 1e-6))  # where it stands tells nothing of its time
        self.has_moved = False
        if self.content is None or (last is not None and last.content == self.content):
            return
        time = self.time
        if last is not None and time <= last.time:
            time = max(NOW, last.time + 1)
        self.observed.append(Observation(time, self.content, self.value))

    def says(self, time: float) -> float | None:
        """What the document says at a time."""
        return next((o.value for o in reversed(self.observed) if o.time <= time and o.value is not None), None)


class World:
    """A house, its stories, and what has to be so in its warehouse. ``told`` is what happened, for a failing test."""

    def __init__(self, house: Any, kinds: tuple[Kind, ...]) -> None:
        self.house = house
        self.warehouse: Path = house.warehouse
        self.stories = [Story(kind, number) for number, kind in enumerate(kinds, 101)]
        self.day = 0
        self.told: list[tuple[list[str], str]] = []
        self.log_is_whole = True

    def live(self, events: list[str], whole: str, kill: str) -> None:
        """Let a day happen, and run."""
        self.day += 1
        self.told.append((events, f"{whole} {kill}" if "kill" in whole else whole))
        for folder in ("feeds", "tables", "pages", "answers"):
            (self.house.raw / folder).mkdir(parents=True, exist_ok=True)
        for story, event in zip(self.stories, events, strict=True):
            is_told = event != "cut" or ("captures" not in whole and self._has_what_was_read(story))
            self._happen(story, event if is_told else "stay")
        self._answer()
        given = self._whole(whole)
        if "kill" in whole:
            self._killed(given, KILLS[kill])
        if whole != "kill and go on":
            self._run(given)
            self._observe(is_loaded=True)
            self.log_is_whole = True
            self.holds()

    def holds(self, days: bool = False) -> None:
        """Hold what the warehouse says now against the reference; with ``days``, at the end of each day too."""
        times = [*range(1, self.day + 1), NOW * 2] if days else [NOW * 2]
        for time, said in zip(times, self._said(times), strict=True):
            expected = {
                f"{story.kind.model} {story.number}": value
                for story in self.stories
                if (value := story.says(time)) is not None
            }
            wrong = sorted(name for name in said.keys() | expected.keys() if said.get(name) != expected.get(name))
            assert not wrong, (f"day {time}", *(self._told_of(name, said, expected) for name in wrong))

    def _told_of(self, name: str, said: dict[str, float], expected: dict[str, float]) -> tuple[object, ...]:
        """What happened to one document, for a failing test."""
        number = next(at for at, each in enumerate(self.stories) if name == f"{each.kind.model} {each.number}")
        story = self.stories[number]
        days = [f"{events[number]} / {whole}" for events, whole in self.told]
        seen = [(each.time, each.value, len(each.content)) for each in story.observed]
        return name, story.kind.file, f"says {said.get(name)}, not {expected.get(name)}", days, seen

    def rebuild(self) -> None:
        """Rebuild. Only where the archive lacks something, this may be refused; then nothing changes."""
        if not self.warehouse.exists():
            return
        archive = Archive(self.house.raw)
        needed = {each.content for story in self.stories for each in story.observed}
        is_whole = self.log_is_whole and all(archive.is_whole(sha256_of(content)) for content in needed)
        before = self.warehouse.read_bytes()
        try:
            with open_run(self._settings(), any_layout=True) as current:
                current.rebuild()
        except IngestError as error:
            assert not is_whole or not needed, (error, self.told)
            assert "would lose" in str(error) or not needed, (error, self.told)
            assert self.warehouse.read_bytes() == before

    def state(self) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of the tables that others are made of, without the times and ids of runs."""
        if not self.warehouse.exists():
            return {}
        with duckdb.connect(str(self.warehouse), read_only=True, config={"threads": 1}) as connection:
            return {table: connection.execute(_ROWS.format(table=name)).fetchall() for table, name in _TABLES.items()}

    def _happen(self, story: Story, event: str) -> None:
        if story.has_moved:
            return  # a file that moves and changes between two runs is another document to anybody
        if story.kind.file is None:
            story.wait()  # an answer is of its day
        if event.startswith("say"):
            self._write(story, story.kind.content(story.number, _VALUES[int(event[-1])]), _VALUES[int(event[-1])])
        elif event == "touch" and story.written:
            content, value, _ = story.written[-1]
            if story.kind.file is None or story.content == content:
                self._write(story, content, value)
        elif event == "put back":
            old = next((each for each in story.written if each[0] != story.content), None)
            if old is not None:
                self._write(story, old[0], old[1], None if self._has_days(story) else old[2])
        elif event == "error" and story.written:
            self._write(story, _LOGIN, None)
        elif event == "cut":
            self._write(story, self._part(story), None)
        elif event == "vanish" and story.path is not None:
            story.path.unlink()
            story.path = story.content = None
        elif event == "move" and story.path is not None and not self._has_days(story):
            self._move(story)

    def _has_what_was_read(self, story: Story) -> bool:
        """Whether the bytes are there that tell a part of a document from the whole."""
        read = [each.content for each in story.observed if each.value is not None]
        return bool(read) and Archive(self.house.raw).is_whole(sha256_of(read[-1]))

    def _has_days(self, story: Story) -> bool:
        return story.kind.file is None or "{day}" in story.kind.file

    @staticmethod
    def _part(story: Story) -> bytes:
        """A part of what the document said last. A table breaks off behind a comma, within a cell or behind one, other
        documents within a line."""
        whole = next(each.content for each in reversed(story.observed) if each.value is not None)
        if story.kind.content is _table:
            return (whole[: whole.rindex(b",") + 1], whole[:-5], whole.rstrip())[story.number % 3]
        return whole[: -17 if story.number % 2 else -5]

    def _write(self, story: Story, content: bytes, value: float | None, day: int | None = None) -> None:
        """Let the document hold ``content``, as changed on ``day`` (today where it is not given)."""
        if self._has_days(story):
            story.wait()
        story.content, story.value, story.time = content, value, float(day or self.day)
        if value is not None:
            story.written.append((content, value, day or self.day))
        if story.kind.file is None:
            return
        if story.path is None or self._has_days(story):
            story.path = self.house.raw / story.kind.file.format(day=f"2025-11-{self.day:02}", number=story.number)
        story.path.parent.mkdir(parents=True, exist_ok=True)
        story.path.write_bytes(content)
        seconds = _DAY_ONE + 86_400 * ((day or self.day) - 1)
        os.utime(story.path, (seconds, seconds))

    def _move(self, story: Story) -> None:
        """Move a file that a run has seen as it is to another folder."""
        assert story.path is not None
        if not story.observed or story.observed[-1].content != story.content:
            return
        target = story.path.parent / f"moved{self.day}" / story.path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        story.path = story.path.rename(target)
        story.has_moved = True

    def _answer(self) -> None:
        """Write the answers of the day as a WARC file."""
        answers = [s for s in self.stories if s.kind.file is None and s.content is not None]
        if not answers:
            return
        with (self.house.raw / "answers" / f"day{self.day}.warc").open("wb") as file:
            writer = WARCWriter(file, gzip=False)
            for story in answers:
                content = story.content or b""
                length = len(content) if story.value is not None or content == _LOGIN else len(content) + 5
                status = "503 Service Unavailable" if content == _LOGIN else "200 OK"
                kind = "application/json" if story.kind.content is _gateway else "text/html"
                http = StatusAndHeaders(
                    status, [("Content-Type", kind), ("Content-Length", str(length))], protocol="HTTP/1.1"
                )
                made = writer.create_warc_record(
                    f"https://example.com/{story.number}", "response", payload=io.BytesIO(content),
                    length=len(content), http_headers=http,
                    warc_headers_dict={"WARC-Date": f"2025-11-{self.day:02}T00:00:00Z"},
                )  # fmt: skip
                writer.write_record(made)

    def _whole(self, event: str) -> tuple[Path, ...]:
        """Let something happen to the whole; gives the paths that are named to the run."""
        root = self.house.root
        if event == "move the project":
            moved = type(self.house)(root.parent / f"{root.name}x")
            shutil.move(root, moved.root)
            self.warehouse = moved.root / self.warehouse.relative_to(root)
            for story in self.stories:
                if story.path is not None:
                    story.path = moved.root / story.path.relative_to(root)
            self.house = moved
            (moved.root / "link").unlink(missing_ok=True)
        elif event == "rename the warehouse" and self.warehouse.exists():
            self.warehouse = self.warehouse.rename(self.warehouse.with_name(f"models{self.day}.duckdb"))
        elif event.startswith("lose") and all(len(story.observed) == story.loaded for story in self.stories):
            self._lose(event)  # what is in the log alone is lost with it
        elif event == "rebuild":
            self.rebuild()
        folder = self.house.raw
        if event == "by a link":
            folder = self.house.root / "link"
            if not folder.is_symlink():
                folder.symlink_to(self.house.raw)
        elif event == "from another folder":
            folder = Path("../raw")
        elif event != "by its absolute path":
            folder = Path("raw")
        return tuple(folder / name for name in ("feeds", "tables", "pages", "answers"))

    def _lose(self, event: str) -> None:
        captures = self.house.raw / "captures"
        if event == "lose captures":
            shutil.rmtree(captures, ignore_errors=True)
        elif event == "lose parts of captures":
            for stored in captures.glob("objects/*/*.zst"):
                stored.write_bytes(stored.read_bytes()[:-9])
        else:
            shutil.rmtree(captures / ("log" if event == "lose the log" else "seen"), ignore_errors=True)
        self.log_is_whole = event in ("lose the notes", "lose parts of captures") and self.log_is_whole

    def _settings(self) -> Settings:
        return load_settings(raw=self.house.raw, warehouse=self.warehouse, workers=1)

    def _run(self, given: tuple[Path, ...]) -> None:
        with chdir(self.house.root if given[0].parts[0] != ".." else self.house.raw), open_run(self._settings()) as run:
            run.load(map(read_batch, run.batches(given)), accept=True)  # floors have tests of their own

    def _killed(self, given: tuple[Path, ...], kill: Kill) -> None:
        """Run in a child that is ended at a point. What it saw counts where it is logged by then."""
        child = os.fork()
        if child == 0:
            try:
                kill.arm()
                self._run(given)
                os._exit(0)  # the run had nothing to do there
            finally:
                os._exit(8)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert status in (0, 9), (status, self.told)
        if kill.is_logged or status == 0:
            self._observe(is_loaded=status == 0 or kill == KILLS["after the swap"])

    def _observe(self, *, is_loaded: bool) -> None:
        for story in self.stories:
            story.observe()
            story.loaded = len(story.observed) if is_loaded else story.loaded
            if story.kind.file is None:
                story.content = None

    def _said(self, times: list[float]) -> Iterator[dict[str, float]]:
        """What the warehouse says at times: the value of each document, by its models."""
        if not self.warehouse.exists():
            yield from ({} for _ in times)
            return
        with duckdb.connect(str(self.warehouse), read_only=True, config={"threads": 1}) as connection:
            for time in times:
                at = "infinity" if time > NOW else f"2025-11-{int(time):02} 23:00:00"
                yield dict(self._one_each(connection.execute(_SAID, {"at": at}).fetchall()))

    def _one_each(self, rows: list[tuple[str, float]]) -> Iterator[tuple[str, float]]:
        said: dict[str, set[float]] = {}
        for listed, value in rows:
            model, _, digits = listed.rpartition("/")[2].partition("-")
            said.setdefault(f"{model} {digits[:3]}", set()).add(round(value, 6))
        for name, values in said.items():
            assert len(values) == 1, (name, values, self.told)
            yield name, values.pop()


_TABLES = {
    table: f"(FROM {table} WHERE superseded_at IS NULL)" if table == "claims" else table
    for table in ("models", "claims", "prices", "scores", "captures", "checks", "quarantine", "unread_lines")
}
_ROWS = "SELECT COLUMNS(c -> c NOT IN ('recorded_at', 'superseded_at', 'resolved_at')) FROM {table} ORDER BY ALL"
_SAID = """SELECT model_id, amount FROM prices_as_of($at::TIMESTAMP) WHERE kind = 'input'
    UNION ALL SELECT model_id, score FROM scores_as_of($at::TIMESTAMP)"""
