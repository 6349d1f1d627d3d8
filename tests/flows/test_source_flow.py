"""The general flow of a source: made from its settings, it reads what the source has and says how it stands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parents[1] / "sources"

RUN = """
from ingest_flows.ingest_source import ingest_source
print(json.dumps(ingest_source("models-dev", paths=[{path!r}])))
ingest_source("no-such", paths=["x"])
"""

DEPLOYED = """
import json
from ingest.sources import sources
from ingest_flows.ingest_source import deployments, scheduled_sources

listed = {name: each for name, each in sources().items() if "find" in each.settings}
assert set(scheduled_sources()) == {n for n, each in listed.items() if each.settings.get("enabled") is not False}
made = deployments(listed)
print(json.dumps([[d.name, d.parameters["source"], str(d.schedules[0].schedule.cron)] for d in made]))
"""


def test_the_flow_of_a_source(house: Any, server: Any) -> None:
    """One process does all of it, since its start takes longer."""
    fixture = FIXTURES / "models_dev" / "fixtures" / "api.json"
    options = house.process_options()
    options["env"] |= server.environment
    code = DEPLOYED + RUN.format(path=str(fixture))
    done = subprocess.run([sys.executable, "-c", code], **options, timeout=300, check=False)
    deployed, state = [json.loads(line) for line in done.stdout.splitlines() if line.startswith(("[[", "{"))]
    assert {name for name, _, _ in deployed} >= {"models-dev", "openrouter", "litellm", "aider", "epoch"}
    assert all(name == source for name, source, _ in deployed)
    assert len({cron for _, _, cron in deployed}) == len(deployed), "each source has a schedule of its own"
    assert (state["source"], state["captures"]) == ("models-dev", 1)
    assert house.values("SELECT count(DISTINCT provider) FROM prices WHERE source = 'models-dev'") == [4]
    assert done.returncode != 0, "a source that is unknown"
    assert "There is no source 'no-such'" in done.stderr
