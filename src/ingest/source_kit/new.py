"""Write a new source for `ingest source new`: a folder that already runs, a fixture and a test."""

from __future__ import annotations

import re
import sys
from importlib.util import find_spec
from pathlib import Path
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
    recognise: str
    holds: str
    fixture: str
    at: str = ""
    text: bool = False


class _Templates(KnowledgeEntry):
    """The texts of a new source's files, and the formats that it can be made like."""

    settings: str
    records: str
    fields: str
    package: str
    package_without_parser: str
    parse: str
    project: str
    test: str
    test_of_package: str
    formats: dict[str, _Format]
    placeholders: tuple[str, ...]


def placeholders() -> tuple[str, ...]:
    """The texts of a scaffold that its author must replace."""
    return _templates().placeholders


class SourceFolders(NamedTuple):
    """The folders of a source: its package, its fixtures, its test."""

    package: Path
    fixtures: Path
    test: Path


def formats() -> tuple[str, ...]:
    """The formats for which there is a template."""
    return tuple(_templates().formats)


def places(name: str, folder: Path | None = None) -> SourceFolders:
    """The folders of a source: in this checkout, or by itself below ``folder``."""
    module = name.replace("-", "_")
    if folder is not None:
        package = folder / "src" / module
        return SourceFolders(package, package / "fixtures", folder / "tests" / f"test_{module}.py")
    if not BUILT_IN.is_dir():
        raise IngestError(f"There is no {BUILT_IN} here: go to a checkout of the project, or name a place with --into.")
    tests = Path("tests/sources") / module
    return SourceFolders(BUILT_IN / module, tests / "fixtures", tests / f"test_{module}_contract.py")


def write_source(name: str, like: str, folder: Path | None = None, *, parser: bool = True) -> list[Path]:
    """Write a new source, with a parser or with rules alone. Returns its files.

    Raises :class:`IngestError` for a bad name, or one that exists, or that would hide an installed package.
    """
    said = _templates()
    if not _NAME.fullmatch(name) or len(name) > 40:
        raise IngestError(f"{name!r} is no name of a source: small letters, digits and hyphens, such as 'model-cards'.")
    if like not in said.formats:
        raise IngestError(f"A source can be made like {', '.join(said.formats)}, not like {like!r}.")
    where = places(name, folder)
    if name in sources() or where.package.exists():
        raise IngestError(f"There is a source {name!r} already.")
    if folder is not None and _is_taken(where.package.name):
        raise IngestError(f"A package {where.package.name!r} would hide another one: name it '{name}-source' or so.")
    filled = _filled_in(name, like, said.formats[like])
    files = {
        where.package / "__init__.py": said.package if parser else said.package_without_parser,
        **({where.package / "parse.py": said.parse} if parser else {}),
        where.package / "source.yaml": said.settings if parser else said.settings.rstrip() + said.records,
        where.package / "fields.yaml": said.fields,
        where.fixtures / f"models{said.formats[like].ending}": said.formats[like].fixture,
        where.test: said.test if folder is None else said.test_of_package,
    }
    if folder is not None and not (folder / "pyproject.toml").exists():
        files[folder / "pyproject.toml"] = said.project
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_filled(text, filled).rstrip() + "\n", encoding="utf-8")
    return list(files)


def _filled_in(name: str, like: str, form: _Format) -> dict[str, str]:
    """The text for each name in a template. Parts of a format come first, since they hold names themselves."""
    return {
        "recognise": form.recognise.rstrip(),
        "holds": form.holds.rstrip(),
        "place": f', "{form.at}"' if form.at else "",
        "at": form.at or "''",
        "texts": ", only_texts=True" if form.text else "",
        "ending": form.ending,
        "name": name,
        "module": name.replace("-", "_"),
        "title": name.replace("-", " ").capitalize(),
        "format": like,
    }


def _is_taken(module: str) -> bool:
    """Whether another package of this name is installed, or part of Python."""
    if module in sys.stdlib_module_names:
        return True
    found = find_spec(module)
    return found is not None and found.origin is not None


def source_in(name: str) -> tuple[Source, Path | None]:
    """A source by its name or its folder, with the folder of its fixtures if the source has a folder of its own.

    Raises :class:`IngestError` if there is neither.
    """
    if (known := sources().get(name)) is not None:
        own = known.folder / "fixtures"
        return known, own if own.is_dir() else None
    folder = Path(name)
    if folder.is_dir():
        within = [path.parent for where in ("*", "src/*") for path in folder.glob(f"{where}/source.yaml")]
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
