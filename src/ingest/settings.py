"""Settings: ``INGEST_…`` environment variables, an ``ingest.toml`` in the working folder, defaults.

Options of the command line win over both, and the environment over the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from ingest.errors import IngestError

_S3 = re.compile(r"(?i:s3):(?:/+|\Z)(.*)")
_BUCKET = re.compile(r"[A-Za-z0-9][\w.-]+(?:/.*)?", re.ASCII)
_NO_PREFIX = re.compile(r"[?#%\x00-\x1f\x7f]|/\.{0,2}(?:/|\Z)")
"""What a URL takes for something else than a part of a name: a query, a fragment, an escape, a step up."""
_RUNNER = re.compile(r"processes|threads|(?:dask|ray)(?::\S+)?")


class Settings(BaseSettings):
    """What a run needs to know of its surroundings."""

    model_config = SettingsConfigDict(
        env_prefix="INGEST_", env_ignore_empty=True, toml_file="ingest.toml", extra="forbid"
    )

    raw: Path = Field(
        Path("raw"), description="Folder of raw input, with captures/ made by runs; or s3://bucket/prefix for these."
    )
    archive: str = Field("", description="Object storage that `raw` names; empty for a folder.")
    warehouse_name: str = Field(
        "", pattern=r"^[\w.-]*$", description="Name of the warehouse in the logs of the archive (see docs/scale.md)."
    )
    warehouse: Path = Field(Path("warehouse/models.duckdb"), description="The published DuckDB file.")
    workers: int = Field(0, ge=0, description="Processes that read pages; 0: as many as there are processors.")
    batch_pages: int = Field(250, ge=1, le=10_000, description="Pages in a batch, the unit of work of a process.")
    runner: str = Field(
        "processes", description="Where flows read: processes, threads, dask, dask:ADDRESS, ray or ray:ADDRESS."
    )
    batch_seconds: float = Field(600, gt=0, description="How long a flow waits for the answer to a batch.")
    cluster_wait_seconds: float = Field(120, ge=0, description="How long a cluster may be without any worker.")
    lock_wait_seconds: float = Field(600, ge=0, description="How long to wait for another run to end.")
    sources: str = Field("", description="Sources to fetch beside those switched on in their source.yaml: a, b, c.")
    schedule: str = Field("0 6 * * *", description="Cron of the scheduled run, in UTC: daily at six.")
    run_hours: float = Field(6, gt=0, le=168, description="How long a scheduled run may take before it is ended.")
    alert_to: SecretStr = Field(
        SecretStr(""), description="Where alerts go: addresses with blanks between them (see docs/operating.md)."
    )
    alert_daily: bool = Field(False, description="Whether a message says each day what changed.")
    keep_runs_days: int = Field(90, ge=1, description="Days after which `ingest serve` forgets a run and its log.")
    site: Path | None = Field(None, description="Folder of the site that flows make again after a run.")
    site_address: str = Field("", description="Where others find that folder, for the link that a flow leaves.")
    export: Path | None = Field(None, description="Folder of the release that flows make again after a run.")
    mirror: SecretStr = Field(
        SecretStr(""), description="DuckLake that is mirrored into after a run: ducklake:FILE, ducklake:postgres:…."
    )
    mirror_data: str = Field("", description="Folder or s3://bucket/prefix of its data, for the first mirror.")
    mirror_keep_days: int = Field(30, ge=0, description="Days after which a mirror's snapshots expire; 0: never.")
    fetch_allow_hosts: str = Field("", description="host:port pairs on private networks that may be fetched.")
    fetch_contact: str = Field("", description="Mail address or page by which a site's owner reaches the operator.")
    fetch_rate: float = Field(1.0, ge=0, le=10_000, description="Requests a second to one host; 0: no limit.")
    fetch_concurrency: int = Field(16, ge=1, le=256, description="Requests under way at once, to all hosts.")
    fetch_host_concurrency: int = Field(8, ge=1, le=256, description="Requests under way at once, to one host.")
    fetch_attempts: int = Field(5, ge=1, le=20, description="How often a page is tried in one run.")
    fetch_backoff_seconds: float = Field(1.0, ge=0, description="Bound of the first pause between two attempts.")
    fetch_connect_seconds: float = Field(10, gt=0, description="How long to wait for a connection.")
    fetch_read_seconds: float = Field(20, gt=0, description="How long to wait for the next bytes.")
    fetch_page_seconds: float = Field(120, gt=0, description="How long a whole page may take.")
    fetch_longest_wait_seconds: float = Field(300, ge=0, description="The longest pause that a host may ask for.")
    fetch_most_bytes: int = Field(32 << 20, ge=1024, description="The largest page, sent and decompressed.")
    fetch_ca_file: Path | None = Field(None, description="Further certificate authorities, as of an intranet (PEM).")
    fetch_headers: dict[str, dict[str, SecretStr]] = Field(
        default_factory=dict, description="Headers for a host alone, such as tokens: {host: {name: value}}."
    )

    @model_validator(mode="before")
    @classmethod
    def _where_captures_are(cls, given: Any) -> Any:
        """Tell object storage from a folder. Paths of the command line may have lost a slash of ``s3://``."""
        found = _S3.fullmatch(str(given.get("raw", "")).rstrip("/"))
        rest = {name: value for name, value in given.items() if name != "archive"}
        if found is None:
            return rest
        if not _BUCKET.fullmatch(found[1]) or _NO_PREFIX.search(found[1]):
            raise ValueError(
                "s3://bucket/prefix names object storage, with a bucket of letters, digits and `.-_`, and a prefix of "
                "one name or several, without `?`, `#`, `%`, `//`, `.` and `..`"
            )
        rest.pop("raw")
        return rest | {"archive": f"s3://{found[1]}"}

    @property
    def raw_place(self) -> str:
        """What ``raw`` was set to: object storage or a folder."""
        return self.archive or str(self.raw)

    @field_validator("runner")
    @classmethod
    def _is_runner(cls, value: str) -> str:
        if not _RUNNER.fullmatch(value):
            raise ValueError(f"{value!r} is none of processes, threads, dask, dask:ADDRESS, ray and ray:ADDRESS")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Where settings come from, the first to speak wins."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """A sentence for each variable that looks like a setting and is none, with the setting that it may mean.

    >>> unknown_variables({"INGEST_WAREHOSE": "a.duckdb"})
    ['The variable INGEST_WAREHOSE is no setting and has no effect. Is INGEST_WAREHOUSE meant?']
    """
    known = {f"INGEST_{name.upper()}" for name in Settings.model_fields}
    said: list[str] = []
    for name in sorted(name for name in environment if name.upper().startswith("INGEST_")):
        if name.upper() not in known | _OF_TESTS:
            near = get_close_matches(name.upper(), sorted(known), 1, _NEAR)
            meant = f" Is {near[0]} meant?" if near else ""
            said.append(f"The variable {name[:80]} is no setting and has no effect.{meant}")
    return said


_NEAR = 0.75
"""How alike two names are of which one is taken for a misspelling of the other (``difflib``)."""

_OF_TESTS = {"INGEST_STORIES"}


def load_settings(**options: object) -> Settings:
    """The settings with ``options`` (those that are not None) on top. Raises :class:`IngestError`."""
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "raw"  # which is looked at before all others
        why = first["msg"].removeprefix("Value error, ")
        raise IngestError(f"The setting {name!r} is wrong: {why}.") from None
    except ValueError as error:
        raise IngestError(f"ingest.toml cannot be read: {error}.") from None
