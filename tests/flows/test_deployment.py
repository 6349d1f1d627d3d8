"""`flows/prefect.yaml` says for a work pool what `ingest serve` says: one flow, one schedule, one folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[2] / "flows" / "prefect.yaml"


def test_the_deployment_takes_schedule_and_folder_from_the_settings(house: Any, server: Any) -> None:
    server.ask("/work_pools/", name="ingest", type="process")
    options = house.process_options()
    options["env"] |= {**server.environment, "INGEST_SCHEDULE": "5 4 * * 1"}
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(FILE)]
    done = subprocess.run(command, **options, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    of_pool = {"work_pools": {"name": {"any_": ["ingest"]}}}
    (deployment,) = server.ask("/deployments/filter", **of_pool)
    (schedule,) = [each["schedule"] for each in deployment["schedules"]]
    assert (schedule["cron"], schedule["timezone"]) == ("5 4 * * 1", "UTC")
    assert deployment["entrypoint"] == "ingest_flows.ingest_pages.ingest_pages"
    ((inputs,),) = [list(step.values()) for step in deployment["pull_steps"]]
    assert inputs["directory"] == str(house.root)
