"""Read the same pages by `ingest run` and by each runner of a flow, and compare digests and speed.

    python tests/scale/each_runner.py 2000 --runners processes threads dask ray

Prints a line for each way: seconds, processor seconds of the driver and of what it waited for, pages in a second, its
speed as a share of that of `ingest run`, and whether the digest is the same. A flow reports to a server of Prefect that
is started before, as under `ingest serve`. `--turns 3` takes all ways in turn three times and ends with the medians.
Needs the extra `[test]`, and `[ray]` for Ray. Exit status 1 where a digest is another one.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from conftest import INGEST, House
from ingest_flows.server import OwnServer
from run_speed import make_pages

FLOW = (
    sys.executable,
    "-c",
    "import sys; from ingest_flows.ingest_pages import ingest_pages; ingest_pages(sys.argv[1:])",
)
BY_HAND = "ingest run"


def measure(folder: Path, pages: Path, runner: str, environment: dict[str, str]) -> tuple[float, float, dict[str, str]]:
    """Seconds, processor seconds and digests of one way to read ``pages`` into a warehouse of its own."""
    house = House(folder)
    house.root.mkdir()
    options = house.process_options(is_measured=False) | {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
    options["env"] |= environment | {"INGEST_WORKERS": str(os.cpu_count())}
    command = [*INGEST, "run", str(pages)]
    if runner != BY_HAND:
        command = [*FLOW, str(pages)]
        options["env"]["INGEST_RUNNER"] = runner
    with (folder / "said").open("w") as said:
        begun, before = time.perf_counter(), os.times()
        done = subprocess.run(command, check=False, **options | {"stdout": said})
        seconds, after = time.perf_counter() - begun, os.times()
    if done.returncode:
        raise SystemExit(f"{runner} failed: {(folder / 'said').read_text()[-3000:]}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, cpu, house.digests()


def main() -> int:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=int, nargs="?", default=2000)
    parser.add_argument("--runners", nargs="+", default=["processes", "threads", "dask"], metavar="RUNNER")
    parser.add_argument("--form", choices=("txt", "html"), default="txt")
    parser.add_argument("--turns", type=int, default=1)
    given = parser.parse_args()
    ways = [BY_HAND, *given.runners]
    took: dict[str, list[float]] = defaultdict(list)
    differs = 0
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ingest-runners-")))
        make_pages(root / "pages", given.form, given.pages)
        server = OwnServer(root / "prefect", 0, {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")})
        stack.callback(server.end)
        server.begin()
        server.wait()
        environment = {"PREFECT_API_URL": server.url, "PREFECT_HOME": str(root / "prefect"), "DO_NOT_TRACK": "1"}
        expected: Any = None
        print(
            f"{given.pages} pages as {given.form}\nway              seconds   cpu s  pages/s   share  digest",
            flush=True,
        )
        for turn in range(given.turns):
            for way in ways:
                seconds, cpu, digests = measure(root / f"{turn}-{way[:3]}", root / "pages", way, environment)
                expected = expected or digests
                took[way].append(seconds)
                share = took[BY_HAND][-1] / seconds
                same = "same" if digests == expected else "ANOTHER"
                differs += digests != expected
                print(
                    f"{way:15} {seconds:8.1f} {cpu:7.1f} {given.pages / seconds:8.0f} {share:7.0%}  {same}", flush=True
                )
    if given.turns > 1:
        by_hand = statistics.median(took[BY_HAND])
        for way, all_seconds in took.items():
            median = statistics.median(all_seconds)
            print(f"{way:15} median {median:.1f} s, {by_hand / median:.0%} of the speed of `{BY_HAND}`")
    return 1 if differs else 0


if __name__ == "__main__":
    sys.exit(main())
