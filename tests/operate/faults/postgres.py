"""A PostgreSQL of its own for Prefect, as the user `postgres` where root asks for it: it does not run as root."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

USER = "postgres"


def why_not() -> str | None:
    """Why PostgreSQL cannot be used here; None where it can."""
    if _programs() is None:
        return "PostgreSQL is not installed (apt-get install postgresql)"
    return None


def _programs() -> Path | None:
    """The folder of the programs of the newest version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return found[-1].parent if found else None


class Postgres:
    """A cluster in a folder of its own, with a database for Prefect. A context manager."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.folder = Path(tempfile.mkdtemp(prefix="faults-postgres-"))
        self._as: dict[str, Any] = {"user": USER, "group": USER} if os.geteuid() == 0 else {}
        if self._as:
            shutil.chown(self.folder, USER, USER)

    @property
    def url(self) -> str:
        """What PREFECT_API_DATABASE_CONNECTION_URL names."""
        return f"postgresql+asyncpg://prefect@127.0.0.1:{self.port}/prefect"

    def start(self) -> None:
        """Start it."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        self._do("pg_ctl", "-D", "data", "-o", options, "-l", "log", "-w", "start")

    def stop(self) -> None:
        """Stop it at once, as a crash does."""
        self._do("pg_ctl", "-D", "data", "-m", "immediate", "-w", "stop")

    def __enter__(self) -> Postgres:
        self._do("initdb", "-D", "data", "-A", "trust", "-U", "prefect", "--no-sync")
        self.start()
        self._do("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "prefect", "prefect")
        return self

    def __exit__(self, *_: object) -> None:
        self._do("pg_ctl", "-D", "data", "-m", "immediate", "stop", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _do(self, program: str, *arguments: str, check: bool = True) -> None:
        programs = _programs()
        assert programs is not None
        subprocess.run(
            [str(programs / program), *arguments], cwd=self.folder, check=check, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self._as,
        )  # fmt: skip
