"""What tests share: pages written from a small description, a warehouse to run them into, and its rows."""

from __future__ import annotations

import functools
import gc
import html
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from ingest.capture.archive import Archive
from ingest.cli import main
from ingest.load.digest import digest
from ingest.pipeline import Summary, run
from ingest.read import read_page
from ingest.settings import load_settings

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
MUTANTS_CACHE = ROOT / "build" / "cache-of-a-mutant"
os.environ["XDG_CACHE_HOME"] = str(ROOT / "build" / "cache")  # tests leave the user's cache alone
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the processes that tests start need not compile each module again
hypothesis_settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("untimed")  # how long an example takes depends on the machine
INGEST = (sys.executable, "-c", "from ingest.cli import main; main()")
"""The command, whether or not its script is on the path."""

DEFAULTS: dict[str, Any] = {
    "name": "Sparrow 2",
    "organization": "Acme AI",
    "badges": ["Multimodal"],
    "description": "A small model that tests know well. It answers in few words.",
    "parameters": None,
    "context": "128.0K",
    "release": "March 3, 2025",
    "average": None,
    "announced": "March 3, 2025",
    "updated": "April 19, 2025",
    "today": "August 1, 2025",
    "training": None,
    "cutoff": "June 30, 2024",
    "family": None,
    "input": "$0.40",
    "output": "$1.60",
    "max_output": "32.8K",
    "features": ["Function Calling", "Structured Output"],
    "scores": [["General Knowledge", "MMLU", "5-shot", "80.1%"], ["Mathematics", "GSM8K", None, "92.5%"]],
    "license": "Apache 2.0",
}
"""A page that is in order. None is shown as "-", as are missing values on real pages."""


def page_text(**spec: Any) -> str:
    """A model page as text. ``spec`` changes :data:`DEFAULTS`; ``without`` names sections that are left out.

    A score is [category, benchmark, note or None, text], and False behind these where it is not self-reported.
    """
    return "\n\n".join("\n".join(lines) for _, lines in _blocks(spec)) + "\n"


def page_html(**spec: Any) -> str:
    """The same page as HTML: a heading for each section, a paragraph for each line."""
    body: list[str] = []
    title = {**DEFAULTS, **spec}["name"]
    for level, lines in _blocks(spec):
        tags = [f"h{level}" if level else "p", *["p"] * len(lines)]
        body.append("<section>")
        body += [f"<{tag}>{html.escape(line)}</{tag}>" for tag, line in zip(tags, lines, strict=False)]
        body.append("</section>")
    return (
        f"<!doctype html><html><head><title>{html.escape(str(title))}</title></head><body>{''.join(body)}</body></html>"
    )


def _blocks(spec: dict[str, Any]) -> Iterator[tuple[int, list[str]]]:
    """Lines that stand together, with the level of the heading that the first of them is, or 0."""
    page = {**DEFAULTS, **spec}
    without = page.get("without", ())

    def shown(key: str) -> str:
        return "-" if page[key] is None else str(page[key])

    yield 0, [f"{page['organization']} logo"]
    if page["name"] is not None:
        yield 1, [page["name"]]
    yield 0, [*page["badges"], page["organization"]]
    if page["description"]:
        yield 0, [page["description"]]
    sections = {
        "key": ["Key Specifications", "Parameters", shown("parameters"), "Context", shown("context"),
                "Release Date", shown("release"), "Average Score", shown("average")],
        "timeline": ["Timeline", "Announcement", shown("announced"), "Last Update", shown("updated"),
                     "Today", shown("today")],
        "technical": ["Technical Specifications", "Parameters", shown("parameters"), "Training Tokens",
                      shown("training"), "Knowledge Cutoff", shown("cutoff"), "Family", shown("family")],
        "pricing": ["Pricing & Availability", "Input (per 1M tokens)", shown("input"), "Output (per 1M tokens)",
                    shown("output"), "Max Output Tokens", shown("max_output")],
        "features": ["Supported Features", "".join(page["features"])] if page["features"] else [],
        "license": ["License & Metadata", "License", shown("license")],
    }  # fmt: skip
    for name in ("key", "timeline", "technical", "pricing"):
        if name not in without:
            yield 2, sections[name] + (sections["features"] if name == "pricing" else [])
    if page["scores"]:
        yield 2, ["Benchmark Results"]
        category = None
        for section, benchmark, note, text, *rest in page["scores"]:
            marked = "" if rest and rest[0] is False else "Self-reported"
            if section != category:
                yield 3, [section]
            yield 4, [benchmark, *([f"{note or ''}{marked}"] if note or marked else []), text]
            category = section
    yield from ((2, lines) for lines in page.get("more", ()))
    if "license" not in without:
        yield 2, sections["license"]


class Finished(NamedTuple):
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str
    content: bytes


@dataclass
class House:
    """A folder for pages, a raw archive and a warehouse, apart from all others."""

    root: Path
    kept: duckdb.DuckDBPyConnection | None = field(default=None, repr=False, compare=False)
    """The connection that answers all questions of a house that is :meth:`settled`."""

    @property
    def pages(self) -> Path:
        return self.root / "pages"

    @property
    def raw(self) -> Path:
        return self.root / "raw"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse" / "models.duckdb"

    def write(self, file: str = "page.txt", content: bytes | None = None, **spec: Any) -> Path:
        """Write a page below ``pages``: from ``spec``, as HTML where its name says so, or the bytes given."""
        path = self.pages / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            content = (page_html if path.suffix == ".html" else page_text)(**spec).encode()
        path.write_bytes(content)
        return path

    @staticmethod
    def text(**spec: Any) -> str:
        """See :func:`page_text`."""
        return page_text(**spec)

    def copy_to(self, root: Path) -> House:
        """A house of the same content in another folder, for a test that changes what others begin with too."""
        shutil.copytree(self.root, root)
        return House(root)

    def run(self, *paths: Path, captured_at: str | None = None, **settings: Any) -> Summary:
        """Run the main job in this process, on all pages where no path is given."""
        found = load_settings(**({"raw": self.raw, "warehouse": self.warehouse, "workers": 1} | settings))
        when = datetime.fromisoformat(captured_at) if captured_at else None
        return run(found, paths or (self.pages,), captured_at=when)

    def cli(self, *arguments: str | Path, env: dict[str, str] | None = None) -> Finished:
        """Run the command in this process, as in a process of its own: environment, folder, output, status."""
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="", write_through=True) for _ in range(2))
        environment, folder = dict(os.environ), Path.cwd()
        try:
            os.environ.clear()
            os.environ.update(self.process_options()["env"] if env is None else env)
            os.chdir(self.root)
            with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
                main(list(map(str, arguments)))
                raise SystemExit(0)
        finally:
            os.environ.clear()
            os.environ.update(environment)
            os.chdir(folder)
        status = ended.value.code if isinstance(ended.value.code, int) else 0
        said, complained = (stream.buffer.getvalue() for stream in (out, err))  # type: ignore[attr-defined]
        return Finished(status, said.decode("utf-8", "replace"), complained.decode("utf-8"), said)

    def start(self, *arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
        """Start the command and do not wait for it."""
        return subprocess.Popen([*INGEST, *map(str, arguments)], **{**self.process_options(), **options})

    def process_options(self, *, is_measured: bool = True) -> dict[str, Any]:
        """What a process needs to find this house, wherever the tests were started.

        Unless it ``is_measured``, its lines do not count for coverage: others run them too, and measuring takes time.
        """
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("INGEST_", "PREFECT_"))}
        environment |= {
            "INGEST_RAW": str(self.raw), "INGEST_WAREHOUSE": str(self.warehouse), "INGEST_WORKERS": "1",
        }  # fmt: skip
        if not is_measured:
            environment = {name: value for name, value in environment.items() if not name.startswith("COVERAGE_")}
        return {
            "cwd": self.root, "env": environment, "text": True, "encoding": "utf-8",
            "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
        }  # fmt: skip

    def settled(self) -> House:
        """This house, once nothing is written to it any more: one connection answers all questions from now on.

        It has a path of its own, since DuckDB shares one instance among those of a process that open the same path.
        """
        path = self.root / "settled.duckdb"
        os.link(self.warehouse, path)
        self.kept = duckdb.connect(str(path), read_only=True)
        self.kept.execute("SET TimeZone = 'UTC'")
        path.unlink()
        return self

    @contextmanager
    def _reader(self) -> Iterator[duckdb.DuckDBPyConnection]:
        if self.kept is not None:
            yield self.kept
            return
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            yield connection

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What a reader of the published file gets."""
        with self._reader() as connection:
            return connection.execute(sql, list(parameters)).fetchall()

    def values(self, sql: str, *parameters: Any) -> list[Any]:
        """The first column of :meth:`rows`."""
        return [row[0] for row in self.rows(sql, *parameters)]

    def one(self, sql: str, *parameters: Any) -> dict[str, Any]:
        """The only row, by column."""
        with self._reader() as connection:
            cursor = connection.execute(sql, list(parameters))
            names = [column[0] for column in cursor.description]
            (row,) = cursor.fetchall()
            return dict(zip(names, row, strict=True))

    def digests(self) -> dict[str, str]:
        """The digest of each public table."""
        with self._reader() as connection:
            return digest(connection)[1]

    def leftovers(self) -> list[str]:
        """Files beside the warehouse that are not it and not its lock."""
        names = {self.warehouse.name, f".{self.warehouse.name}.lock"}
        return sorted(p.name for p in self.warehouse.parent.iterdir() if p.name not in names)

    def capture_lines(self, capture_id: str) -> list[str]:
        """The visible lines of a kept capture, as locators count them."""
        (sha256,) = self.values("SELECT sha256 FROM captures WHERE capture_id = ?", capture_id)
        lines = read_page(Archive(self.raw).load(sha256), None).lines
        shown = [""] * (lines[-1].number + 1)
        for line in lines:
            shown[line.number] = f"{shown[line.number]} {line.text}".strip()
        return shown


def pytest_sessionstart() -> None:
    """Under mutmut, forget what was computed before the mutant: its process is a fork with warm caches, and the kept
    empty warehouse has the views of the code without it.

    Caches without a bound hold files of knowledge, which no mutant changes.
    """
    if "MUTANT_UNDER_TEST" in os.environ:
        os.environ["XDG_CACHE_HOME"] = str(MUTANTS_CACHE)
        for cached in gc.get_objects():
            if isinstance(cached, functools._lru_cache_wrapper) and cached.cache_parameters()["maxsize"]:
                cached.cache_clear()


def pytest_sessionfinish() -> None:
    """Remove what a mutant kept."""
    if "MUTANT_UNDER_TEST" in os.environ:
        shutil.rmtree(MUTANTS_CACHE, ignore_errors=True)


SLOWEST_FIRST = ("flows", "site", "docs", "time", "pipeline", "sources", "fetch")
"""The folders whose tests take longest, so that no process is left with one of them when all others have ended."""


RUN_TOGETHER = ("tests/flows/", "tests/site/")
"""The folders whose tests one process runs."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders that take longest, in the order of the files."""
    rank = {folder: place for place, folder in enumerate(SLOWEST_FIRST)}
    items.sort(key=lambda item: rank.get(item.path.parent.name, len(rank)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Every file is run by one process, in the order of the collection, and so is every folder that shares what takes
    long to make: its Prefect server (whose tests wait most of the time, beside others that compute), its site."""
    from xdist.scheduler import LoadFileScheduling  # noqa: PLC0415  (mutmut runs without it)

    class _Together(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return next((folder for folder in RUN_TOGETHER if file.startswith(folder)), file)

    config.option.loadscopereorder = False
    return _Together(config, log)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A warehouse of one's own that nothing was loaded into."""
    return House(tmp_path)


@pytest.fixture(scope="session")
def make_house(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], House]:
    """More than one warehouse, to compare them."""
    return lambda: House(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> House:
    """The sample pages of the project, loaded once; tests only read it."""
    house = House(tmp_path_factory.mktemp("sample"))
    house.run(ROOT / "raw" / "pages")
    return house.settled()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of pages and feeds that are not the project's own; tests that need it are skipped without."""
    if not SHARED.is_dir():
        pytest.skip("../shared is not here")
    return SHARED


@pytest.fixture(scope="session")
def page_writers() -> tuple[Callable[..., str], Callable[..., str]]:
    """What writes a page as text and as HTML."""
    return page_text, page_html


def listed(number: int, **changes: Any) -> dict[str, Any]:
    """One model of the list; ``changes`` are set on it, None takes a field away."""
    model = {
        "id": f"acme-ai/robin-{number}",
        "name": f"Acme AI: Robin {number}",
        "description": "A model that tests know well.",
        "context_length": 64_000 + 1000 * number,
        "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
        "top_provider": {"max_completion_tokens": 8000 + number},
        "pricing": {"prompt": "0.000001", "completion": "0.000004"},
    }
    return {key: value for key, value in {**model, **changes}.items() if value is not None}


@pytest.fixture(scope="session")
def gateway() -> Callable[..., Path]:
    """Writes the list of a day: the numbers of its models, and changes to some of them by number."""

    def write(house: Any, day: str, models: Iterable[int], **changes: dict[str, Any]) -> Path:
        path = Path(house.root) / "feeds" / day / "models.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        said = [listed(number, **changes.get(f"of_{number}", {})) for number in models]
        path.write_text(json.dumps({"data": said}))
        return path

    return write
