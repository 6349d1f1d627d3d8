"""The general flow of a source: made from its settings, it reads what the source has and says how it stands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parents[1] / "sources"

RUN = """
import json
from ingest_flows.ingest_source import ingest_source
print(json.dumps(ingest_source({source!r}, paths=[{path!r}])))
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


def _python(house: Any, server: Any, code: str) -> subprocess.CompletedProcess[str]:
    options = house.process_options()
    options["env"] |= server.environment
    return subprocess.run([sys.executable, "-c", code], **options, timeout=180, check=False)


def test_the_flow_reads_files_of_a_source_and_gives_its_state(house: Any, server: Any) -> None:
    fixture = FIXTURES / "models_dev" / "fixtures" / "api.json"
    done = _python(house, server, RUN.format(source="models-dev", path=str(fixture)))
    assert done.returncode == 0, done.stderr
    state = json.loads(done.stdout.strip().splitlines()[-1])
    assert (state["source"], state["captures"]) == ("models-dev", 1)
    assert house.values("SELECT count(DISTINCT provider) FROM prices WHERE source = 'models-dev'") == [4]


def test_an_unknown_source_is_named_with_those_that_there_are(house: Any, server: Any) -> None:
    done = _python(house, server, RUN.format(source="no-such", path="x"))
    assert done.returncode != 0
    assert "There is no source 'no-such'" in done.stderr


def test_each_source_has_a_deployment_with_its_own_schedule(house: Any, server: Any) -> None:
    done = _python(house, server, DEPLOYED)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert {name for name, _, _ in found} >= {"models-dev", "openrouter", "litellm", "aider", "epoch"}
    assert all(name == source for name, source, _ in found)
    assert len({cron for _, _, cron in found}) == len(found)
