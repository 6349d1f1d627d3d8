"""`flows/prefect.yaml` says for a work pool what `ingest serve` says: one flow, one schedule, one folder."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from real_server import wait_for

FILE = Path(__file__).parents[2] / "flows" / "prefect.yaml"


def test_a_work_pool_gets_the_settings_and_makes_one_of_the_runs_that_its_worker_missed(
    sampled: Any, server: Any
) -> None:
    """The process of a missed run skips itself and the others but the newest. A worker would start one for each."""
    server.ask("/work_pools/", name="ingest", type="process")
    options = sampled.process_options()
    options["env"] |= {**server.environment, "INGEST_SCHEDULE": "* * * * * */2", "INGEST_RUNNER": "threads"}
    of_pool = sampled.root / "prefect.yaml"
    of_pool.write_text(FILE.read_text("utf-8").replace("name: scheduled", "name: missed"), "utf-8")
    deploy = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(of_pool)]
    done = subprocess.run(deploy, **options, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    (deployment,) = server.ask("/deployments/filter", work_pools={"name": {"any_": ["ingest"]}})
    (schedule,) = [each["schedule"] for each in deployment["schedules"]]
    assert (schedule["cron"], schedule["timezone"]) == ("* * * * * */2", "UTC")
    assert deployment["entrypoint"] == "ingest_flows.ingest_pages.ingest_pages"
    assert deployment["job_variables"] == {"env": {"INGEST_RUNNER": "threads"}}
    ((inputs,),) = [list(step.values()) for step in deployment["pull_steps"]]
    assert inputs["directory"] == str(sampled.root)

    def due() -> list[dict[str, Any]]:
        of_deployment = {"deployments": {"name": {"any_": ["missed"]}}}
        runs = server.ask("/flow_runs/filter", sort="EXPECTED_START_TIME_ASC", **of_deployment)
        return [run for run in runs if datetime.fromisoformat(run["expected_start_time"]) <= datetime.now(UTC)]

    before, taken, *_ = wait_for(lambda: len(due()) >= 4 and due())
    pending = server.ask(f"/flow_runs/{taken['id']}/set_state", state={"type": "PENDING"}, force=True)
    at = datetime.fromisoformat(pending["state"]["timestamp"])
    newest = [run for run in due() if datetime.fromisoformat(run["expected_start_time"]) <= at][-1]
    options["env"]["PREFECT__FLOW_RUN_ID"] = taken["id"]
    done = subprocess.run([sys.executable, "-m", "prefect.engine"], **options, timeout=300, check=False)

    def state_of(run: dict[str, Any]) -> tuple[str, str]:
        state = server.flow_run(run["id"])["state"]
        return state["name"], state["message"] or ""

    said = state_of(taken)
    assert said[0] == state_of(before)[0] == "Skipped", done.stderr
    assert said[1].startswith("Skipped: the run due at ")
    assert state_of(newest)[0] != "Skipped"
    assert not sampled.warehouse.exists(), "nothing was read for it"
    server.ask(f"/deployments/{deployment['id']}/pause_deployment")
