"""The harness that kills runs at random moments, with few kills; `tests/benchmarks/kill_harness.py 200` does more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HARNESS = Path(__file__).parents[1] / "benchmarks" / "kill_harness.py"


def test_runs_that_are_killed_end_like_those_that_are_not() -> None:
    command = [sys.executable, str(HARNESS), "3", "--pages", "10", "--stages", "1", "--seed", "3"]
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=unmeasured)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 kills, 0 faults" in done.stdout
