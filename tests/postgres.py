"""A PostgreSQL for tests, as the user `postgres` where root asks for it: it does not run as root."""

from __future__ import annotations

import os
import shutil
import socket
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
    """The folder of the programs of the newest version, or of those on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).resolve().parent if on_path else None


class Postgres:
    """A cluster in a folder of its own, on a port that was free. A context manager.

    It has one database and its owner, both called ``name``.
    """

    def __init__(self, name: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.name = name
        self.folder = Path(tempfile.mkdtemp(prefix="tests-postgres-"))
        self._as: dict[str, Any] = {"user": USER, "group": USER} if os.geteuid() == 0 else {}
        if self._as:
            shutil.chown(self.folder, USER, USER)

    @property
    def url(self) -> str:
        """What PREFECT_API_DATABASE_CONNECTION_URL names."""
        return f"postgresql+asyncpg://{self.name}@127.0.0.1:{self.port}/{self.name}"

    def start(self) -> None:
        """Start it."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        self._do("pg_ctl", "-D", "data", "-o", options, "-l", "log", "-w", "start")

    def stop(self) -> None:
        """Stop it at once, as a crash does."""
        self._do("pg_ctl", "-D", "data", "-m", "immediate", "-w", "stop")

    def create(self, database: str) -> None:
        """Make a further database."""
        self._do("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", self.name, database)

    def __enter__(self) -> Postgres:
        self._do("initdb", "-D", "data", "-A", "trust", "-U", self.name, "--no-sync")
        self.start()
        self.create(self.name)
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
