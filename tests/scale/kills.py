"""Kill drivers, workers and publishers at random moments, and hold what they leave against runs nobody disturbed.

    python tests/scale/kills.py 40 --runner dask --storage s3 --seed 7

A round reads some hundred pages, then later days of some of them, by the flow `ingest-pages`: on a cluster of Dask with
two workers, or in processes. In each run a worker is killed with SIGKILL at a random moment, and before that often the
driver, which then runs again. After a kill of a worker the run must go on and end well; after one of a driver the lock
must be free. After each run the digest must be that of the undisturbed runs, with no capture twice, and `ingest verify`
finds no fault. Then `ingest publish` mirrors the file into DuckLake and is killed: the lake must have the run before or
this one, whole. At last two publish at once, and the lake must have the rows of the file, each as often.

The catalog lies in PostgreSQL with `--storage s3`, where that is installed. Needs the extra `[test]`.
Exit status 1 where something is not so.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import distributed
from conftest import INGEST, House
from ingest_flows.server import OwnServer
from kill_harness import write_stages
from object_store import BUCKET, object_storage
from postgres import Postgres, why_not
from run_speed import children

from ingest.errors import IngestError
from ingest.load.digest import OTHER_LAYOUT, digest
from ingest.mirror import attached
from ingest.publish import left_behind, writer_lock
from ingest.settings import load_settings
from ingest.verify import faults

DRIVER = "import sys; from ingest_flows.ingest_pages import ingest_pages; ingest_pages(paths=sys.argv[1:])"


class Dask:
    """A scheduler and two workers, each a process of its own."""

    def __init__(self) -> None:
        self._scheduler = distributed.LocalCluster(n_workers=0, dashboard_address=None, silence_logs=50)
        self.runner = f"dask:{self._scheduler.scheduler_address}"
        self._workers = [self._worker() for _ in range(2)]

    def _worker(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "distributed.cli.dask_worker", self._scheduler.scheduler_address]
        options = ["--nthreads", "1", "--no-nanny", "--no-dashboard"]
        return subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill(self, chance: random.Random, _driver: int) -> bool:
        """Kill one of the workers, and start another one in its place."""
        at = chance.randrange(2)
        self._workers[at].kill()
        self._workers[at].wait()
        self._workers[at] = self._worker()
        return True

    def close(self) -> None:
        """End the workers and the scheduler."""
        for worker in self._workers:
            worker.kill()
            worker.wait()
        self._scheduler.close()


def started_by(process: int) -> Iterator[int]:
    """The processes that one started, and those that these started."""
    for child in children(process):
        yield child
        yield from started_by(child)


class Local:
    """The processes that a driver starts."""

    runner = "processes"

    def kill(self, chance: random.Random, driver: int) -> bool:
        """Kill one of the processes that read, if there is one."""
        processes = list(started_by(driver))
        if not processes:
            return False
        with suppress(ProcessLookupError):  # it ended meanwhile
            os.kill(chance.choice(processes), signal.SIGKILL)
        return True

    def close(self) -> None:
        """They end with their driver."""


class Kills:
    """Rounds over one set of pages; ``wrong`` holds all that went wrong."""

    def __init__(
        self,
        root: Path,
        given: argparse.Namespace,
        environment: dict[str, str],
        workers: Dask | Local,
        postgres: Postgres | None,
    ) -> None:
        self.root = root
        self.wrong: list[str] = []
        self.killed = {"worker": 0, "driver": 0, "publisher": 0}
        self.rounds = 0
        self._given = given
        self._chance = random.Random(given.seed)
        self._environment = environment
        self._workers = workers
        self._postgres = postgres
        calm = House(root)
        self._stages = write_stages(calm, given.pages, given.stages)
        self._expected = []
        for stage in self._stages:
            calm.run(stage)
            self._expected.append(calm.digests())
        self._seconds = 8.0
        self._publish_seconds = 4.0

    def _start(self, house: House, stage: Path) -> subprocess.Popen[str]:
        options = house.process_options(is_measured=False)
        options["env"] |= self._environment | {
            "INGEST_RUNNER": self._workers.runner, "INGEST_WORKERS": "2", "INGEST_BATCH_PAGES": "65",
            "INGEST_RAW": self._raw(house), "INGEST_CLUSTER_WAIT_SECONDS": "60",
        }  # fmt: skip
        return subprocess.Popen([sys.executable, "-c", DRIVER, str(stage)], **options)

    def _raw(self, house: House) -> str:
        return f"s3://{BUCKET}/round-{self.rounds}" if self._given.storage == "s3" else str(house.raw)

    def round(self) -> None:
        """One round, in a warehouse of its own."""
        self.rounds += 1
        house = House(self.root / f"round-{self.rounds}")
        house.root.mkdir()
        if self._postgres is not None:
            self._postgres.create(f"lake_{self.rounds}")
        for number, stage in enumerate(self._stages):
            if self._chance.random() < 0.5:
                self._killed_driver(house, stage)
            self._killed_worker(house, stage)
            if house.digests() != self._expected[number]:
                self._say("the digest is not that of undisturbed runs")
            captures = house.values("SELECT location || captured_at FROM captures")
            if len(captures) != len(set(captures)):
                self._say("a capture stands twice")
            if left_behind(house.warehouse):
                self._say(f"left over: {left_behind(house.warehouse)}")
            self._killed_publisher(house, number)
        os.chdir(house.root)
        for fault in faults(load_settings(raw=self._raw(house), warehouse=house.warehouse)):
            self._say(f"verify: {fault}")

    def _killed_driver(self, house: House, stage: Path) -> None:
        driver = self._start(house, stage)
        time.sleep(self._chance.uniform(0.3, 1.1) * self._seconds)
        driver.kill()
        driver.communicate()
        if driver.returncode == -signal.SIGKILL:
            self.killed["driver"] += 1
        try:
            with writer_lock(house.warehouse, 0, print):
                pass
        except IngestError as error:
            self._say(f"the lock is held after a kill: {error}")

    def _killed_worker(self, house: House, stage: Path) -> None:
        begun = time.monotonic()
        driver = self._start(house, stage)
        time.sleep(self._chance.uniform(0.3, 0.8) * self._seconds)
        if driver.poll() is None and self._workers.kill(self._chance, driver.pid):
            self.killed["worker"] += 1
        said, complained = driver.communicate()
        if driver.returncode:
            self._say(f"the run after the kills failed: {said[-500:]} {complained[-2000:]}")
        self._seconds = 0.7 * self._seconds + 0.3 * (time.monotonic() - begun)

    def _killed_publisher(self, house: House, number: int) -> None:
        publisher = self._publish(house)
        time.sleep(self._chance.uniform(0.2, 1.1) * self._publish_seconds)
        publisher.kill()
        publisher.communicate()
        if publisher.returncode == -signal.SIGKILL:
            self.killed["publisher"] += 1
            before = self._expected[number - 1] if number else dict.fromkeys(self._expected[0], OTHER_LAYOUT)
            if self._in_lake(house)[0] not in (before, self._expected[number]):
                self._say("a publisher that was killed left something between two runs in the lake")
        begun = time.monotonic()
        both = [self._publish(house) for _ in range(2)]
        said = [each.communicate()[1] for each in both]
        if all(each.returncode for each in both):
            self._say(f"of two publishers none could mirror: {said}")
        self._publish_seconds = 0.7 * self._publish_seconds + 0.3 * (time.monotonic() - begun)
        digests, other = self._in_lake(house)
        if digests != self._expected[number] or other:
            self._say(f"the lake says something else than the file{', in ' if other else ''}{', '.join(other)}")

    def _lake(self) -> tuple[str, str]:
        """The lake of this round, and where its data lies."""
        name = f"lake_{self.rounds}"
        data = f"s3://{BUCKET}/{name}" if self._given.storage == "s3" else str(self.root / name)
        if self._postgres is None:
            return f"ducklake:{self.root / name}.ducklake", data
        where = f"host=127.0.0.1 port={self._postgres.port} user={self._postgres.name}"
        return f"ducklake:postgres:dbname={name} {where}", data

    def _publish(self, house: House) -> subprocess.Popen[str]:
        options = house.process_options(is_measured=False)
        options["env"] |= self._environment
        address, data = self._lake()
        return subprocess.Popen([*INGEST, "publish", "--to", address, "--data", data], **options)

    def _in_lake(self, house: House) -> tuple[dict[str, str], list[str]]:
        """The digests of the lake, and the tables whose rows are not those of the file, each as often."""
        address, data = self._lake()
        settings = load_settings(warehouse=house.warehouse, mirror=address, mirror_data=data)
        with attached(settings, house.warehouse) as connection:
            connection.execute("USE lake")
            tables = connection.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables()").fetchall()
            other = [
                table
                for (table,) in set(tables)
                if tables.count((table,)) > 1  # in the file and in the lake
                and connection.execute(f"""SELECT count(*) FROM (
                    (FROM published.{table} EXCEPT ALL FROM lake.{table}) UNION ALL
                    (FROM lake.{table} EXCEPT ALL FROM published.{table}))""").fetchone()
                != (0,)
            ]
            return digest(connection)[1], other

    def _say(self, text: str) -> None:
        self.wrong.append(f"round {self.rounds}: {text}")
        print(self.wrong[-1], flush=True)


def main() -> int:
    """Run the rounds that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kills", type=int, nargs="?", default=40)
    parser.add_argument("--runner", choices=("dask", "processes"), default="dask")
    parser.add_argument("--storage", choices=("s3", "folder"), default="s3")
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--stages", type=int, default=4, choices=range(1, 5), help="Runs of a round.")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ingest-kills-")))
        environment = stack.enter_context(object_storage()) if given.storage == "s3" else {}
        os.environ |= environment  # this process verifies the archive, and starts the workers
        server = OwnServer(root / "prefect", 0, {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")})
        stack.callback(server.end)
        server.begin()
        server.wait()
        environment |= {"PREFECT_API_URL": server.url, "PREFECT_HOME": str(root / "prefect"), "DO_NOT_TRACK": "1"}
        workers = Dask() if given.runner == "dask" else Local()
        stack.callback(workers.close)
        has_postgres = given.storage == "s3" and why_not() is None
        postgres = stack.enter_context(Postgres("lake")) if has_postgres else None
        kills = Kills(root, given, environment, workers, postgres)
        while sum(kills.killed.values()) < given.kills:
            kills.round()
            print(f"{kills.killed} in {kills.rounds} rounds, {len(kills.wrong)} faults", flush=True)
        stack.callback(os.chdir, "/")
    print(f"{sum(kills.killed.values())} kills {kills.killed}, {len(kills.wrong)} faults")
    return 1 if kills.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
