"""Where ``ingest serve`` keeps what belongs to one project, and who runs it now."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any


def prefect_home(environment: Mapping[str, str]) -> Path:
    """Where Prefect keeps its data: ``PREFECT_HOME``, or ``~/.prefect``. Raises nothing where there is no home."""
    return Path(os.path.expanduser(environment.get("PREFECT_HOME") or "~/.prefect"))  # noqa: PTH111


def prefect_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The settings of Prefect in the environment, and those of its active profile that the environment leaves open.

    The profiles stand in ``profiles.toml`` below ``PREFECT_HOME``
    (https://docs.prefect.io/v3/concepts/settings-and-profiles). A file that cannot be read counts as none: Prefect
    itself says what is wrong with it.
    """
    place = environment.get("PREFECT_PROFILES_PATH") or prefect_home(environment) / "profiles.toml"
    try:
        with open(place, "rb") as file:  # noqa: PTH123  (a path as text)
            profiles = tomllib.load(file)
        active = environment.get("PREFECT_PROFILE") or profiles.get("active")
        profile = profiles["profiles"][active]
        found = {str(name): str(value) for name, value in profile.items() if isinstance(value, str)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        found = {}
    return found | {name: value for name, value in environment.items() if name.startswith("PREFECT_")}


def authorisation(said: Mapping[str, str]) -> dict[str, Any]:
    """What httpx needs to be let in as Prefect's own client is: a key, or the user and password of a server."""
    if key := said.get("PREFECT_API_KEY"):
        return {"headers": {"Authorization": f"Bearer {key}"}}
    user, colon, password = said.get("PREFECT_API_AUTH_STRING", "").partition(":")
    return {"auth": (user, password)} if colon else {}


def folder_of(home: Path, warehouse: Path) -> Path:
    """Where Prefect keeps the data of the project with that warehouse: below ``PREFECT_HOME``, apart from all others.

    The name begins with that of the folder that holds the project.
    """
    real = Path(os.path.realpath(warehouse))
    project = next((part for part in reversed(real.parent.parts[1:]) if part != "warehouse"), "project")
    return home / "ingest" / f"{project}-{sha256(str(real).encode()).hexdigest()[:8]}"


def read_record(folder: Path) -> dict[str, int]:
    """Who runs the server of a folder: ``serve_pid``, ``server_pid``, ``port``; empty where nobody does."""
    try:
        return dict(json.loads((folder / "server.json").read_text("utf-8")))
    except (OSError, ValueError):
        return {}
