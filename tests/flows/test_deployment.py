"""`flows/prefect.yaml` says for a work pool what `ingest serve` says: one flow, one schedule, one folder."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from real_server import wait_for

FILE = Path(__file__).parents[2] / "flows" / "prefect.yaml"


def test_the_deployment_takes_schedule_and_folder_from_the_settings(house: Any, server: Any) -> None:
    server.ask("/work_pools/", name="ingest", type="process")
    options = house.process_options()
    options["env"] |= {**server.environment, "INGEST_SCHEDULE": "5 4 * * 1", "INGEST_RUNNER": "threads"}
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(FILE)]
    done = subprocess.run(command, **options, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    of_pool = {"work_pools": {"name": {"any_": ["ingest"]}}}
    (deployment,) = server.ask("/deployments/filter", **of_pool)
    (schedule,) = [each["schedule"] for each in deployment["schedules"]]
    assert (schedule["cron"], schedule["timezone"]) == ("5 4 * * 1", "UTC")
    assert deployment["entrypoint"] == "ingest_flows.ingest_pages.ingest_pages"
    assert deployment["job_variables"] == {"env": {"INGEST_RUNNER": "threads"}}
    ((inputs,),) = [list(step.values()) for step in deployment["pull_steps"]]
    assert inputs["directory"] == str(house.root)


def test_of_the_runs_that_a_worker_missed_one_is_made(sampled: Any, server: Any) -> None:
    """The process of one of them skips itself and the others but the newest. A worker would start one for each."""
    server.ask("/work_pools/", name="missed", type="process")
    options = sampled.process_options()
    options["env"] |= {**server.environment, "INGEST_SCHEDULE": "* * * * * */2"}
    text = FILE.read_text("utf-8").replace("name: ingest\n", "name: missed\n")
    of_pool = sampled.root / "prefect.yaml"
    of_pool.write_text(text.replace("name: scheduled", "name: missed"), "utf-8")
    prefect = [sys.executable, "-m", "prefect"]
    deploy = [*prefect, "--no-prompt", "deploy", "--all", "--prefect-file", str(of_pool)]
    assert subprocess.run(deploy, **options, timeout=60, check=False).returncode == 0

    def due() -> list[dict[str, Any]]:
        of_deployment = {"deployments": {"name": {"any_": ["missed"]}}}
        runs = server.ask("/flow_runs/filter", sort="EXPECTED_START_TIME_ASC", **of_deployment)
        return [run for run in runs if datetime.fromisoformat(run["expected_start_time"]) <= datetime.now(UTC)]

    before, taken, *_ = wait_for(lambda: len(due()) >= 4 and due(), 60)
    pending = server.ask(f"/flow_runs/{taken['id']}/set_state", state={"type": "PENDING"}, force=True)
    at = datetime.fromisoformat(pending["state"]["timestamp"])
    newest = [run for run in due() if datetime.fromisoformat(run["expected_start_time"]) <= at][-1]
    options["env"]["PREFECT__FLOW_RUN_ID"] = taken["id"]
    done = subprocess.run([sys.executable, "-m", "prefect.engine"], **options, timeout=120, check=False)

    def state_of(run: dict[str, Any]) -> tuple[str, str]:
        state = server.flow_run(run["id"])["state"]
        return state["name"], state["message"] or ""

    said = state_of(taken)
    assert said[0] == state_of(before)[0] == "Skipped", done.stderr
    assert said[1].startswith("Skipped: the run due at ")
    assert state_of(newest)[0] != "Skipped"
    assert not sampled.warehouse.exists(), "nothing was read for it"
