"""Packages that bring a source, as pip would install them, in a folder that this process imports from."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.name import data
from ingest.source_kit.new import placeholders, write_source
from ingest.sources import _found_plugins

ENTRY_POINTS = "[ingest.sources]\n{name} = {module}\n"


def install(
    site: Path, name: str, *, like: str = "json", broken: tuple[str, str] = ("", ""), known_as: str = ""
) -> Path:
    """Write a package with the scaffold, with one text of its parser changed. Returns its folder.

    Its source is ``known_as`` another name, where that is given.
    """
    module = name.replace("-", "_")
    made = site.parent / f"making-{name}"
    write_source(name, like, made)
    [package] = [path.parent for path in made.rglob("source.yaml")]
    shutil.copytree(package, site / module)
    fill_in(site / module)
    parser = site / module / "parse.py"
    before = parser.read_text("utf-8")
    assert broken[0] in before
    parser.write_text(before.replace(*broken, 1) if broken[0] else f"{before}\n{broken[1]}\n", "utf-8")
    info = site / f"{module}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS.format(name=known_as or name, module=module))
    return site / module


FINISH = "reading.finish(document, file.doubled)"
"""The line of a scaffold's parser at which its records are complete."""


def fill_in(package: Path) -> None:
    """Put settings in the place of what the scaffold wrote to be replaced."""
    path = package / "source.yaml"
    text = path.read_text("utf-8")
    for each in placeholders():
        text = text.replace(each, "https://models.test" if "://" in each else "Words of its own")
    path.write_text(text, "utf-8")


@contextmanager
def imported_from(site: Path) -> Iterator[None]:
    """In this block the packages in ``site`` are installed."""
    path, modules = sys.path[:], set(sys.modules)
    sys.path.append(str(site))
    _forget()
    try:
        yield
    finally:
        sys.path[:] = path
        for name in set(sys.modules) - modules:
            if str(getattr(sys.modules[name], "__file__", None) or site).startswith(f"{site}{os.sep}"):
                del sys.modules[name]
        _forget()


def _forget() -> None:
    _found_plugins.cache_clear()
    data._added_files.cache_clear()
    data._left_out.clear()
