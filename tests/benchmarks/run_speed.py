"""How fast a whole run is: ``python tests/benchmarks/run_speed.py [PAGES …]`` prints one line for each size and form.

The pages are the sample pages with other names. Each size is read twice, the second time unchanged; peak memory is
the largest sum of proportional set sizes over the process and its workers (Linux). Processor time is that of all
processes, with the system's: on a machine that does other things too it is the figure to compare.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SAMPLES = Path(__file__).parents[2] / "raw" / "pages"
INGEST = [sys.executable, "-c", "from ingest.cli import main; main()"]


def main(sizes: list[int]) -> None:
    print("form     pages   cold s  cpu s  pages/s  again s  again  peak MB  steps of the cold run")
    for size in sizes:
        for form in ("txt", "html"):
            with tempfile.TemporaryDirectory() as folder:
                measure(Path(folder), form, size)


def measure(folder: Path, form: str, size: int) -> None:
    make_pages(folder / "pages", form, size)
    command = [*INGEST, "run", "pages", "--raw", "raw", "--warehouse", "w.duckdb", "--json"]
    before = os.times()
    cold, peak, summary = run(command, folder)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    assert summary["models"] == size, "pages of one model would be a history, not many models"
    again, _, _ = run(command, folder)
    steps = ", ".join(f"{step} {seconds:.2f}" for step, seconds in summary["seconds"].items())
    figures = f"{cold:8.2f} {cpu:6.2f} {size / cold:8.0f} {again:8.2f} {again / cold:6.1%} {peak:8.0f}"
    print(f"{form:6} {size:7} {figures}  {steps}", flush=True)


def make_pages(folder: Path, form: str, size: int) -> None:
    """``size`` pages of one form, each a sample page whose model has a name of its own."""
    import ingest  # noqa: PLC0415

    folder.mkdir()
    samples = []
    for sample in sorted(SAMPLES.glob(f"*.{form}")):
        page = sample.read_bytes()
        name = (ingest.parse(page).entries[0].name or "").encode()
        if name and name in page:  # some write their name with entities or no-break spaces
            samples.append((sample.stem.partition("--")[2], name, page))
    for number in range(size):
        stem, name, page = samples[number % len(samples)]
        (folder / f"{number:06}-{stem}.{form}").write_bytes(page.replace(name, name + b" r%d" % number))


def run(command: list[str], folder: Path) -> tuple[float, float, dict[str, object]]:
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, proportional_mb(process.pid))
        time.sleep(0.02)
    seconds = time.perf_counter() - start
    assert process.stdout is not None
    output = process.stdout.read()
    if process.returncode:
        raise SystemExit(output.decode())
    return seconds, peak, json.loads(output)


def proportional_mb(pid: int) -> float:
    total = 0
    for each in [pid, *children(pid)]:
        try:
            for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        except OSError:
            continue
    return total / 1024


def children(pid: int) -> list[int]:
    found: list[int] = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, tasks.read_text().split())
        except OSError:
            continue
    return found


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [2000])
