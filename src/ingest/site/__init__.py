"""Write the warehouse as a static site: pages that open from a folder, without a server and without the network.

Text of sources is data: every template escapes it, links lead to http and https alone, and each page forbids inline
scripts (Content-Security-Policy). The same warehouse gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from ingest.export.folder import new_folder
from ingest.export.release import earlier_release, own_part, release_of
from ingest.report.changes import as_records, changes
from ingest.report.opened import opened
from ingest.site.content import Content
from ingest.site.pages import About, SitePage, pages, search_index
from ingest.site.render import Renderer, write_assets

MANIFEST = "site.json"
"""The file that marks a folder as a site, and says of what it was built."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build wrote: the folder, the number of pages, and the bytes of all files."""

    folder: Path
    version: str
    pages: int
    size: int
    is_unchanged: bool

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "folder": str(self.folder), "version": self.version, "pages": self.pages, "bytes": self.size,
            "unchanged": self.is_unchanged,
        }  # fmt: skip


def build(warehouse: Path, folder: Path, *, again: bool = False, served: Sequence[SitePage] = ()) -> Built:
    """Write the site of a warehouse to ``folder``, which is replaced whole if it holds an earlier site.

    ``served`` are further pages that only a server can answer. Where neither the warehouse nor this program has changed
    since, nothing is written, unless ``again`` says so. Raises :class:`IngestError` if there is no warehouse, if the
    folder holds anything else or cannot be written, or if the parts for pictures are not installed. The folder stays as
    it was then.
    """
    earlier = earlier_release(folder, MANIFEST)
    state = _state(warehouse, [page.path for page in served])
    if not again and earlier and earlier.get("state") == state and (folder / "index.html").is_file():
        return Built(folder, earlier["version"], earlier["pages"], earlier["bytes"], is_unchanged=True)
    with opened(warehouse) as connection, new_folder(folder, MANIFEST) as work:
        release = release_of(connection, earlier)
        before = release.earlier.made_at if release.earlier else None
        content = Content(connection)
        about = About(
            release.version,
            release.made_at,
            f"since {release.earlier.version}" if release.earlier else "in the last run",
            as_records(changes(warehouse, since=before)),
        )
        renderer = Renderer(about, content, served)
        number = 0
        for page in (*pages(content, about), *served):
            renderer.write(work, page)
            number += 1
        write_assets(work, search_index(content), folder)
        size = sum(path.stat().st_size for path in work.rglob("*") if path.is_file())
        mine = {"version": release.version, "state": state, "pages": number, "bytes": size} | own_part(release, {})
        (work / MANIFEST).write_text(json.dumps(mine, indent=2) + "\n", "utf-8")
    return Built(folder, release.version, number, size, is_unchanged=False)


def _state(warehouse: Path, served: list[str]) -> str:
    """A SHA-256 over what a site is made of: the bytes of the warehouse and of this package, and pages of a server."""
    try:
        with warehouse.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        content = "none"
    return hashlib.sha256(f"{content} {_program()} {served}".encode()).hexdigest()


@cache
def _program() -> str:
    """A SHA-256 over the files of this package, and the versions of what it builds with."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.relative_to(Path(__file__).parent).as_posix().encode() + b"\0" + path.read_bytes())
    for package in ("ingest", "jinja2", "vl-convert-python"):
        try:
            digest.update(version_of(package).encode() + b"\0")
        except ModuleNotFoundError:
            digest.update(b"none\0")
    return digest.hexdigest()
