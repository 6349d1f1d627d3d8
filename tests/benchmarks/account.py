"""Where the processor time of a run goes: ``python tests/benchmarks/account.py PAGE …`` prints seconds by phase.

The run is a fresh process with an empty warehouse. Each phase counts for itself alone, without the phases within it.
``--no-calls`` prints the total only, which shows what the account itself costs.
"""

from __future__ import annotations

import functools
import importlib.machinery
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from typing import Any

PHASES = {
    "ingest.batch.warm_up": "knowledge for the readers",
    "ingest.batch.read_batch": "read and describe",
    "ingest.publish.known.known": "look at what is published",
    "ingest.load.warehouse.create": "make the tables",
    "ingest.load.staging.stage": "stage",
    "ingest.load.staging.stage_records": "stage",
    "ingest.load.naming.name_all": "name",
    "ingest.load.rows.observe": "rows in their columns",
    "ingest.validate.rows._judge": "validate (pandera)",
    "ingest.load.history.merge": "merge",
    "ingest.load.history.timeline": "merge",
    "ingest.load.history.contest": "merge",
    "ingest.load.changes.state_before": "state before",
    "ingest.load.prices.store_prices": "choose values and prices",
    "ingest.load.prices.store_conflicts": "choose values and prices",
    "ingest.load.changes.write_changes": "choose values and prices",
    "ingest.load.ranking.rank": "rank",
    "ingest.load.floors.check": "floors",
    "ingest.load.floors.stated": "floors",
    "ingest.load.counts.counts": "count",
    "ingest.load.loader.load": "load, what is left",
    "ingest.publication.Publication.publish": "commit and checkpoint",
    "ingest.publish.swap.publish": "check and swap",
    "ingest.capture.intake.Intake.batches": "capture",
    "ingest.pipeline.run": "run, what is left",
}
"""The phase that a function is counted for."""


class Account:
    """Seconds of processor time of this process by phase."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._open = ["interpreter and command"]
        self._since = 0.0

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
        now = time.process_time()
        self.seconds[self._open[-1]] += now - self._since
        self._since = now

    def counted(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        """The function, counted for the phase ``name``; also each step of an iterator that it gives."""

        @functools.wraps(function)
        def call(*arguments: Any, **named: Any) -> Any:
            with self.phase(name):
                given = function(*arguments, **named)
            return self._steps(given, name) if isinstance(given, Iterator) else given

        return call

    def _steps(self, items: Iterator[Any], name: str) -> Iterator[Any]:
        while True:
            with self.phase(name):
                item = next(items, self)
            if item is self:
                return
            yield item


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
            if not path.startswith(f"{module.__name__}."):
                continue
            *owners, name = path.removeprefix(f"{module.__name__}.").split(".")
            owner = functools.reduce(lambda each, part: getattr(each, part, None), owners, module)
            if getattr(owner, name, None) is not None and "." not in path.removeprefix(module.__name__)[1:].replace(
                "Publication.", ""
            ).replace("Intake.", ""):
                setattr(owner, name, self._account.counted(getattr(owner, name), phase))


def _owner(module: str) -> str:
    package = module.partition(".")[0]
    return package if package in ("ingest", "pandas", "pandera", "pyarrow", "duckdb", "pydantic") else "others"


def main(pages: list[str], *, calls: bool) -> None:
    """Run ``ingest run`` on the pages and print the account."""
    account = Account()
    if calls:
        sys.meta_path.insert(0, CountedImports(account))
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"INGEST_RAW": f"{folder}/raw", "INGEST_WAREHOUSE": f"{folder}/w.duckdb"}
        from ingest.cli import main as command  # noqa: PLC0415

        try:
            command(["run", *pages])
        except SystemExit as ended:
            if ended.code:
                raise
    account.count()
    children = os.times()
    account.seconds["other processes"] = children.children_user + children.children_system
    for phase, seconds in sorted(account.seconds.items(), key=lambda each: -each[1]):
        print(f"{seconds:8.3f}  {phase}")
    print(f"{sum(account.seconds.values()):8.3f}  all")


if __name__ == "__main__":
    given = [argument for argument in sys.argv[1:] if argument != "--no-calls"]
    main(given, calls="--no-calls" not in sys.argv)
