"""Kill `ingest run` at random moments, and hold what it leaves against runs that nobody disturbed.

    python tests/benchmarks/kill_harness.py 200 --seed 7

A round is a first run over some hundred pages and three updates of some of them. Each run is killed with SIGKILL
at a random moment, several times over, and then completed. After each kill the published file must open and say
just what it said before the run or just what it says after it, and every logged capture must be whole; after each
completion the digest must be that of the undisturbed runs, with no capture twice. Exit status 1 where one is not.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from conftest import House

from ingest.capture.archive import Archive

KILLS_EACH = 4
"""Kills of one run before it is let through."""


def write_stages(house: House, pages: int, most: int) -> list[Path]:
    """Folders of pages to be run in turn: all of them first, then later days of some with other values."""
    stages = []
    for stage, step in enumerate((1, 3, 5, 2)[:most]):
        for number in range(0, pages, step):
            house.write(
                f"{stage}/{number}.{'html' if number % 2 else 'txt'}",
                name=f"Robin {number}",
                today=f"August {1 + 7 * stage}, 2025",
                input=f"${1 + number % 7 + stage}.50" if number % 11 else "-$3.00",
                context=f"{64 * (1 + (number + stage) % 5)}.0K",
                family="Sparrow" if (number + stage) % 3 else None,
                average="-4%" if number % 13 == stage else None,
                scores=[["Mathematics", "GSM8K", "8-shot", f"{60 + (number + stage) % 40}.5%"],
                        ["General Knowledge", "MMLU", None, f"{50 + number % 50}.1%"]],
            )  # fmt: skip
        stages.append(house.pages / str(stage))
    return stages


class Harness:
    """Rounds over one set of pages; ``faults`` holds all that went wrong."""

    def __init__(self, root: Path, pages: int, seed: int, stages: int = 4, say: Callable[[str], None] = print) -> None:
        self.root = root
        self.say = say
        self.chance = random.Random(seed)
        self.faults: list[str] = []
        self.moments: Counter[str] = Counter()
        self.kills = self.rounds = 0
        calm = House(root)
        self.stages = write_stages(calm, pages, stages)
        self.expected: list[str] = []
        self.seconds: list[float] = []
        for stage in self.stages:
            start = time.monotonic()
            status, said = self.command(calm, "run", stage)
            self.seconds.append(time.monotonic() - start)
            assert status == 0, said
            self.expected.append(self.digest(calm))

    @staticmethod
    def digest(house: House) -> str:
        return "\n".join(house.digests().values())

    @staticmethod
    def command(house: House, *arguments: str | Path, **options: object) -> tuple[int, str]:
        """Status and words of a command in a process of its own."""
        process = house.start(*arguments, **options)
        said, complained = process.communicate()
        return process.returncode, said + complained

    def round(self, most_kills: int) -> None:
        """One round, in a warehouse of its own."""
        self.rounds += 1
        house = House(self.root / f"round-{self.rounds}")
        house.root.mkdir()
        options = house.process_options(is_measured=False)
        options["env"] |= {"INGEST_WORKERS": str(1 + self.rounds % 2), "INGEST_BATCH_PAGES": "40"}
        kills = 0
        for number, stage in enumerate(self.stages):
            before = self.expected[number - 1] if number else None
            for _ in range(KILLS_EACH):
                if kills < most_kills and self._kill(house, stage, number, options):
                    kills += 1
                    self._check(house, before, self.expected[number])
            status, said = self.command(house, "run", stage, **options)
            if status:
                self._fault(f"the run after the kills failed: {said}")
            elif self.digest(house) != self.expected[number]:
                self._fault("the digest is not that of undisturbed runs")
            self._check_raw(house)
            captures = house.values("SELECT location || captured_at FROM captures")
            if len(captures) != len(set(captures)):
                self._fault("a capture stands twice")
            if house.leftovers():
                self._fault(f"left over: {house.leftovers()}")
        status, said = self.command(house, "verify")
        if status:
            self._fault(f"verify: {said[:500]}")
        self.kills += kills

    def _kill(self, house: House, stage: Path, number: int, options: dict[str, object]) -> bool:
        process = house.start("run", stage, **options)
        time.sleep(self.chance.uniform(0.02, 1.1 * self.seconds[number]))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return process.returncode == -signal.SIGKILL

    def _check(self, house: House, before: str | None, after: str) -> None:
        self._check_raw(house)
        if not house.warehouse.exists():
            self.moments["before anything was published"] += 1
            if before is not None:
                self._fault("the published file is gone")
            return
        try:
            said = self.digest(house)
        except Exception as error:
            self._fault(f"the published file does not open: {error!r}")
            return
        if said == after:
            self.moments["after the swap"] += 1
        elif said == before:
            self.moments["before the swap"] += 1
        else:
            self._fault("the published file is neither what it was nor what it was to be")

    def _check_raw(self, house: House) -> None:
        archive = Archive(house.raw)
        for record in archive.records():
            try:
                if len(archive.load(record.sha256)) != record.bytes:
                    self._fault(f"the capture {record.capture_id} has another size")
            except Exception as error:
                self._fault(f"a capture is not whole: {error!r}")

    def _fault(self, text: str) -> None:
        self.faults.append(f"round {self.rounds}: {text}")
        self.say(self.faults[-1])

    def run(self, kills: int) -> None:
        """Rounds until there were so many kills."""
        while self.kills < kills:
            self.round(kills - self.kills)
            self.say(f"{self.kills} kills in {self.rounds} rounds, {len(self.faults)} faults")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kills", type=int, nargs="?", default=200)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--stages", type=int, default=4, choices=range(1, 5), help="Runs of a round.")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ingest-kills-") as folder:
        harness = Harness(Path(folder), given.pages, given.seed, given.stages)
        harness.run(given.kills)
    print(f"{harness.kills} kills, {len(harness.faults)} faults; killed {dict(harness.moments)}")
    return 1 if harness.faults else 0


if __name__ == "__main__":
    sys.exit(main())
