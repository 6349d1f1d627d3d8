"""Where the processor time of a run goes: ``python tests/benchmarks/account.py PAGE …`` prints seconds by phase.

The run is a fresh process with an empty warehouse. Each phase counts for itself alone, without the phases within it;
the processes that read are counted too, and beside the sum stands how long each kind of process waited.

``--pages N`` reads N pages that are made of the sample pages (``--form txt`` or ``html``). ``--markdown`` prints the
table as docs/speed.md has it. ``--timeline`` prints what each process did when: for each tenth of a second of the clock
the share of a processor that it used, and the phase that took most of it. ``--no-calls`` prints the total only, which
shows what the account itself costs.
"""

from __future__ import annotations

import argparse
import functools
import importlib.machinery
import json
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

READING = "ingest.batch.read_batch"
BETWEEN = "between processes"
BENCHMARKS = "ingest.sources.model_page.benchmarks.read_benchmarks"
HEADER = "ingest.sources.model_page.header.read_header"

PHASES = {
    "ingest.pipeline.run": "run, what is left",
    "ingest.capture.intake.Intake.batches": "capture: look at files",
    "ingest.capture.archive.Archive.write": "capture: compress and store",
    "ingest.capture.archive.Archive.log": "capture: log and flush",
    "ingest.workers.read_all": BETWEEN,
    "ingest.batch.warm_up": "knowledge for the readers",
    READING: "read: rows of a capture",
    "ingest.read.light.lightened": "read: take out scripts",
    "ingest.read.light.without_attributes": "read: take out attributes",
    "ingest.read.text.decode": "read: decode",
    "ingest.read.html.shown": "read: parse HTML",
    "ingest.read.lines.read_page": "read: lines",
    "ingest.read.reject.not_data_reason": "read: is it data",
    "ingest.sources.recognise": "read: which source",
    HEADER: "read: header",
    "ingest.sources.model_page.parse.read_page_of_model": "read: fields",
    BENCHMARKS: "read: benchmarks",
    "ingest.describe.describe": "read: notes",
    "ingest.publish.known.known": "look at what is published",
    "ingest.load.warehouse.create": "make the tables",
    "ingest.load.empty.begin_empty": "make the tables",
    "ingest.validate.typed": "load: Arrow tables",
    "ingest.load.staging.stage": "load: stage",
    "ingest.load.staging.stage_records": "load: stage",
    "ingest.load.naming.name_all": "load: names in their tables",
    "ingest.load.naming.captures_named_otherwise": "load: names in their tables",
    "ingest.name.models.resolve_models": "resolve names",
    "ingest.name.models.resolve_name": "resolve names",
    "ingest.name.benchmarks.resolve_benchmarks": "resolve names",
    "ingest.load.rows.observe": "load: rows in their columns",
    "ingest.validate.rows._judge": "load: validate (pandera)",
    "ingest.load.history.merge": "load: merge",
    "ingest.load.history.timeline": "load: timeline",
    "ingest.load.history.forget": "load: timeline",
    "ingest.load.history.put_in_force": "load: what is in force",
    "ingest.load.history.contest": "load: choose values",
    "ingest.load.changes.state_before": "load: state before",
    "ingest.load.prices.store_prices": "load: choose prices",
    "ingest.load.prices.store_conflicts": "load: conflicts",
    "ingest.load.changes.write_changes": "load: changes",
    "ingest.load.ranking.rank": "load: rank",
    "ingest.load.floors.check": "load: floors",
    "ingest.load.floors.stated": "load: floors",
    "ingest.load.counts.counts": "load: count",
    "ingest.load.loader.load": "load, what is left",
    "ingest.publication.Publication.publish": "commit and checkpoint",
    "ingest.publish.swap.publish": "check and swap",
}
"""The phase that a function is counted for."""

CLASSES = frozenset({"Intake", "Archive", "Publication"})


class Account:
    """Seconds of processor time by phase: of this process, and of those that it forked as far as they told it."""

    def __init__(self, folder: Path) -> None:
        self.seconds: Counter[str] = Counter()
        self.slices: defaultdict[int, Counter[str]] = defaultdict(Counter)
        """The same seconds by the tenth of a second of the clock in which they were used."""
        self.began = self.clock = time.perf_counter()
        self._folder = folder
        self._main = os.getpid()
        self._process = self._main
        self._open = ["interpreter and command"]
        self._since = 0.0
        self._seen = self.clock

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count the block for ``name``."""
        self.count()
        self._open.append(name)
        try:
            yield
        finally:
            self.count()
            self._open.pop()

    def count(self) -> None:
        """Count the time since the last change for the phase that is open."""
        if os.getpid() != self._process:  # forked just now
            self._process, self._since, self.began = os.getpid(), 0.0, time.perf_counter()
            self._seen = self.began
            self.seconds.clear()
            self.slices.clear()
            self._open = [BETWEEN]
        now, wall = time.process_time(), time.perf_counter()
        used, phase = now - self._since, self._open[-1]
        self.seconds[phase] += used
        first, last = int((self._seen - self.clock) / _SLICE), int((wall - self.clock) / _SLICE)
        for number in range(first, last + 1):  # spread evenly: nothing tells when within a call a process waited
            begin, end = self.clock + number * _SLICE, self.clock + (number + 1) * _SLICE
            lasted = min(end, wall) - max(begin, self._seen)
            self.slices[number][phase] += used * lasted / (wall - self._seen) if wall > self._seen else 0.0
        self._since, self._seen = now, wall

    def counted(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        """The function, counted for the phase ``name``; also each step of an iterator that it gives."""

        @functools.wraps(function)
        def call(*arguments: Any, **named: Any) -> Any:
            with self.phase(name):
                given = function(*arguments, **named)
            if name == PHASES[READING] and self._process != self._main:
                self._tell()
            return self._steps(given, name) if isinstance(given, Iterator) else given

        return call

    def _steps(self, items: Iterator[Any], name: str) -> Iterator[Any]:
        while True:
            with self.phase(name):
                item = next(items, self)
            if item is self:
                return
            yield item

    def _tell(self) -> None:
        """Leave what this process counted so far where the one that forked it finds it."""
        told = {"seconds": self.seconds, "slices": self.slices, "alive": time.perf_counter() - self.began}
        (self._folder / f"{self._process}.json").write_text(json.dumps(told))

    def told(self) -> list[dict[str, Any]]:
        """What each forked process counted, and how many seconds it was there."""
        return [json.loads(path.read_text()) for path in sorted(self._folder.glob("*.json"))]


class CountedImports(MetaPathFinder):
    """Counts every import, and each function of :data:`PHASES` as soon as its module is there."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        with self._account.phase(f"imports: {_owner(name)}"):
            spec = next(
                (s for f in sys.meta_path if f is not self and (s := f.find_spec(name, path, target)) is not None), None
            )
        if spec is not None and hasattr(spec.loader, "exec_module"):
            loader: Any = spec.loader
            run_module = loader.exec_module

            def exec_module(module: Any) -> None:
                with self._account.phase(f"imports: {_owner(name)}"):
                    run_module(module)
                self._count_functions(module)

            loader.exec_module = exec_module
        return spec

    def _count_functions(self, module: Any) -> None:
        for path, phase in PHASES.items():
            place, _, function = path.rpartition(".")
            place, _, last = place.rpartition(".") if place.rpartition(".")[2] in CLASSES else (place, "", "")
            owner = getattr(module, last) if last and place == module.__name__ else module
            if place == module.__name__ and function in vars(owner):
                setattr(owner, function, self._account.counted(getattr(owner, function), phase))


def _owner(module: str) -> str:
    package = module.partition(".")[0]
    known = ("ingest", "pandas", "numpy", "pandera", "hypothesis", "pyarrow", "duckdb", "pydantic")
    return package if package in known else "others"


def main() -> None:
    """Run ``ingest run`` on the pages and print the account."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("page", nargs="*")
    given.add_argument("--pages", type=int)
    given.add_argument("--form", choices=("txt", "html"), default="html")
    given.add_argument("--markdown", action="store_true")
    given.add_argument("--timeline", action="store_true")
    given.add_argument("--no-calls", action="store_true")
    options = given.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.pages:
            _in_another_process(folder / "pages", options.form, options.pages)
            options.page.append(str(folder / "pages"))
        (folder / "told").mkdir()
        before = time.process_time()
        account = Account(folder / "told")
        account._since = before  # what made the pages is no part of the run
        if not options.no_calls:
            sys.meta_path.insert(0, CountedImports(account))
        os.environ |= {"INGEST_RAW": f"{folder}/raw", "INGEST_WAREHOUSE": f"{folder}/w.duckdb"}
        from ingest.cli import main as command  # noqa: PLC0415

        try:
            command(["run", *options.page])
        except SystemExit as ended:
            if ended.code:
                raise
        account.count()
        show(account, as_markdown=options.markdown)
        if options.timeline:
            show_timeline(account)


def _in_another_process(folder: Path, form: str, size: int) -> None:
    """Make the pages without importing what the run itself shall import."""
    if (process := os.fork()) == 0:
        sys.path.insert(0, str(Path(__file__).parent))
        from run_speed import make_pages  # noqa: PLC0415

        make_pages(folder, form, size)
        os._exit(0)
    _, status = os.waitpid(process, 0)
    assert status == 0, "no pages were made"


def show(account: Account, *, as_markdown: bool) -> None:
    """Print the phases, the largest first, in the process that loads and in those that read."""
    wall = time.perf_counter() - account.began
    readers = account.told()
    read: Counter[str] = Counter()
    for reader in readers:
        read.update(reader["seconds"])
    rows = [(phase, account.seconds[phase], read[phase]) for phase in account.seconds.keys() | read.keys()]
    rows.sort(key=lambda row: -(row[1] + row[2]))
    rows.append(("all", account.seconds.total(), read.total()))
    rows.append(("waiting", wall - account.seconds.total(), sum(r["alive"] for r in readers) - read.total()))
    if as_markdown:
        print(f"| phase | loading | reading ({len(readers)}) |\n| --- | ---: | ---: |")
        rows = [row for row in rows if row[1] + row[2] >= _SMALLEST]
    else:
        print(f"wall {wall:.2f} s; processor seconds: loading, reading ({len(readers)} processes)")
    for phase, loading, reading in rows:
        both = f"{loading:.2f}", f"{reading:.2f}" if reading else ""
        print(f"| {phase} | {both[0]} | {both[1]} |" if as_markdown else f"{both[0]:>8} {both[1]:>8}  {phase}")


def show_timeline(account: Account) -> None:
    """Print what each process did when."""
    processes = [account.slices]
    for reader in account.told():
        processes.append(defaultdict(Counter, {int(n): Counter(used) for n, used in reader["slices"].items()}))
    print(f"{'second':>6}  idle  " + "".join(f"{name:38}" for name in ("loading", *["reading"] * (len(processes) - 1))))
    for number in range(max(max(slices) for slices in processes) + 1):
        cells = []
        for slices in processes:
            phase, _ = max(slices[number].items(), key=lambda item: item[1], default=("", 0.0))
            share = slices[number].total() / _SLICE
            cells.append(f"{share:5.0%} {phase[:31]:31} " if share > 0.01 else f"{'':38}")
        idle = len(os.sched_getaffinity(0)) - sum(slices[number].total() for slices in processes) / _SLICE
        print(f"{number * _SLICE:6.1f}  {max(0.0, idle):4.1f}  {''.join(cells).rstrip()}")


_SLICE = 0.1
"""Seconds of the clock that one line of the timeline stands for."""

_SMALLEST = 0.02
"""Seconds below which a phase is left out of the table of the documentation."""


if __name__ == "__main__":
    main()
