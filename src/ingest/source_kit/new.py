"""Write a new source for `ingest source new`: a folder that already runs, a fixture and a test."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import indent
from typing import NamedTuple

from ingest.errors import IngestError
from ingest.knowledge import KnowledgeEntry, checked
from ingest.sources import Source, must_exist, sources, use

_TEMPLATES = Path(__file__).with_name("templates.yaml")
_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")

BUILT_IN = Path("src/ingest/sources")
"""The folder of the built-in sources in a checkout."""


class _Format(KnowledgeEntry):
    """What differs between sources that are made like files of different formats."""

    ending: str
    imports: str
    leaves: str
    recognise: str
    records: str
    fixture: str
    text: bool = False


class _Templates(KnowledgeEntry):
    """The texts of a new source's files, and the formats that it can be made like."""

    settings: str
    fields: str
    fields_text: str
    package: str
    parse: str
    project: str
    test: str
    formats: dict[str, _Format]


class SourceFolders(NamedTuple):
    """The folders of a source: its package, its fixtures, its test."""

    package: Path
    fixtures: Path
    test: Path | None


def formats() -> tuple[str, ...]:
    """The formats for which there is a template."""
    return tuple(_templates().formats)


def places(name: str, folder: Path | None = None) -> SourceFolders:
    """The folders of a source: in this checkout, or by itself below ``folder``."""
    module = name.replace("-", "_")
    if folder is not None:
        return SourceFolders(folder / module, folder / module / "fixtures", None)
    if not BUILT_IN.is_dir():
        raise IngestError(f"There is no {BUILT_IN} here: go to a checkout of the project, or name a place with --into.")
    tests = Path("tests/sources") / module
    return SourceFolders(BUILT_IN / module, tests / "fixtures", tests / f"test_{module}_contract.py")


def write_source(name: str, like: str, folder: Path | None = None) -> list[Path]:
    """Write a new source. Returns its files. Raises :class:`IngestError` for a bad name or one that exists."""
    said = _templates()
    if not _NAME.fullmatch(name) or len(name) > 40:
        raise IngestError(f"{name!r} is no name of a source: small letters, digits and hyphens, such as 'model-cards'.")
    if like not in said.formats:
        raise IngestError(f"A source can be made like {', '.join(said.formats)}, not like {like!r}.")
    where = places(name, folder)
    if name in sources() or where.package.exists():
        raise IngestError(f"There is a source {name!r} already.")
    form = said.formats[like]
    filled = {  # the parts of a format first: they hold names themselves
        "records": indent(form.records.rstrip(), "    ").replace("\n    \n", "\n\n"),
        "ending": form.ending,
        "imports": form.imports,
        "leaves": form.leaves,
        "recognise": form.recognise,
        "name": name,
        "module": name.replace("-", "_"),
        "title": name.replace("-", " ").capitalize(),
        "format": like,
    }
    files = {
        where.package / "__init__.py": said.package,
        where.package / "parse.py": said.parse,
        where.package / "source.yaml": said.settings,
        where.package / "fields.yaml": said.fields_text if form.text else said.fields,
        where.fixtures / f"models{form.ending}": form.fixture,
    }
    if where.test:
        files[where.test] = said.test
    elif folder is not None and not (folder / "pyproject.toml").exists():
        files[folder / "pyproject.toml"] = said.project
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_filled(text, filled).rstrip() + "\n", encoding="utf-8")
    return list(files)


def source_in(name: str) -> tuple[Source, Path | None]:
    """A source by its name or its folder, with the folder of its fixtures if the source has a folder of its own.

    Raises :class:`IngestError` if there is neither.
    """
    if (known := sources().get(name)) is not None:
        own = known.folder / "fixtures"
        return known, own if own.is_dir() else None
    folder = Path(name)
    if folder.is_dir():
        within = [path.parent for path in folder.glob("*/source.yaml")]
        if len(within) == 1 and not (folder / "source.yaml").is_file():  # the folder of its package
            [folder] = within
        source = use(folder)
        own = folder / "fixtures"
        return source, own if own.is_dir() else None
    return must_exist(name, " and no folder of that name"), None


def _templates() -> _Templates:
    return checked(_TEMPLATES, _Templates)


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"«{name}»", value)
    return text
