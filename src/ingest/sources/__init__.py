"""The sources, one folder each. This module finds the source that a capture belongs to.

A folder here with a ``source.yaml`` is a source. Other packages add theirs through the entry point group
``ingest.sources``. They are looked up only when no source of this package answers, since listing the installed
packages takes longer than reading many pages. A broken one is switched off, and all others go on.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from ingest.errors import IngestError
from ingest.knowledge import nearest
from ingest.name import benchmark_catalogue, model_catalogue, organizations, provider, resolve_benchmarks
from ingest.name.data import is_added_to, left_out, use_names_of
from ingest.read.corrections import correct
from ingest.read.datafile import data_in_utf8
from ingest.read.declared import declared_source
from ingest.read.plausible import judge
from ingest.read.reject import not_data_reason, unrecognised_reason
from ingest.read.scales import UNKNOWN, Bounds, judge_scores
from ingest.records.document import Capture, Document
from ingest.sources import plugins
from ingest.sources.settings import load_settings

UNRECOGNISED = "unrecognised"


class Source(NamedTuple):
    """A source: its name, the name and version of its reader, its two functions and its settings.

    ``parse`` reads a capture, puts reviewed corrections in the place of known errors and judges what can be true.
    ``settings`` is what its ``source.yaml`` says, ``folder`` where that stands. ``scope`` tells what a capture speaks
    for in full: ``model`` (a page of one model, wherever it lies) or ``document`` (a file of many, known by its place).
    """

    name: str
    reader: str
    parse: Callable[[Capture], Document]
    recognise: Callable[[Capture], bool]
    scope: str = "document"
    settings: Mapping[str, Any] = MappingProxyType({})
    folder: Path = Path()


def recognise(capture: Capture) -> str | None:
    """The name of the source that the content belongs to, None where no source knows it."""
    for source in _asked():
        if source.recognise(capture):
            return source.name
    return next((source.name for source in _plugins().values() if source.recognise(capture)), None)


def parse(capture: Capture, source: str | None = None) -> Document:
    """Reads a capture with the source of that name, or with the one that recognises it.

    Content that is no data (see :mod:`ingest.read.reject`) gives a rejected document that says what it is instead; so
    does content that no source recognises, with the source ``unrecognised``. Raises :class:`IngestError` for the name
    of a source that does not exist.
    """
    named = _called(source) if source else None
    if source and named is None:
        must_exist(source)
    if reason := not_data_reason(capture.content, capture.location, capture.media_type):
        return Document(source or UNRECOGNISED, UNRECOGNISED, rejected=reason)
    content, repairs = data_in_utf8(capture.content, capture.location, capture.media_type)
    if repairs:
        capture = replace(capture, content=content)
    document = _parse(capture, named)
    document.repairs = list(dict.fromkeys([*repairs, *document.repairs]))
    return document


def _parse(capture: Capture, named: Source | None) -> Document:
    if named is None:
        name = recognise(capture)
        named = _called(name) if name else None
    if named is None:
        reason = unrecognised_reason(capture.content)
        return Document(UNRECOGNISED, UNRECOGNISED, rejected=_why_unrecognised(capture, reason))
    return named.parse(capture)


def _called(name: str) -> Source | None:
    return _built_in().get(name) or _plugins().get(name)


def sources() -> Mapping[str, Source]:
    """All sources by name: those of this package, then those that other packages add."""
    return MappingProxyType({**_plugins(), **_built_in()})


def switched_off() -> Mapping[str, str]:
    """The sources of other packages that cannot be used, each with the reason. All other sources go on.

    Names that they bring and that cannot be used are listed too (``PACKAGE/names.yaml``).
    """
    broken = _found_plugins().broken
    if is_added_to():
        for asked in (organizations, model_catalogue, benchmark_catalogue):
            asked()  # each finds what of its list cannot be used
    return MappingProxyType({**broken, **left_out()})


def must_exist(name: str, what: str = "") -> Source:
    """The source of that name. Raises :class:`IngestError` where there is none, or where it cannot be used.

    ``what`` ends the sentence of the error: what the source was wanted for.
    """
    if (known := sources().get(name)) is not None:
        return known
    if name in switched_off():
        raise IngestError(f"The source {name!r} is switched off: {switched_off()[name]}.")
    near = nearest(name, sources())
    raise IngestError(f"There is no source {name!r}{what}{near}; there are: {', '.join(sources())}.")


def settings_of(name: str) -> Mapping[str, Any]:
    """What the ``source.yaml`` of a source says; nothing for content that no source knows."""
    known = sources().get(name)
    return known.settings if known else {}


def use(folder: Path) -> Source:
    """The source in a folder that need not be installed; from now on this process knows it by its name.

    Its name is the one in its ``source.yaml``, else that of the folder. Raises :class:`IngestError` where the
    folder holds no source or its module cannot be imported.
    """
    if not (folder / "source.yaml").is_file():
        raise IngestError(f"{str(folder)!r} holds no source: there is no source.yaml.")
    try:
        settings = load_settings(folder / "source.yaml")
        name = str(settings.get("name") or folder.name)
        module = None if settings.get("records") else _module_in(folder)
        source = _source(name, module, folder)
    except IngestError as error:
        raise IngestError(f"The source in {str(folder)!r} cannot be used: {error}.") from error
    except Exception as error:
        said = plugins.told(error, folder, with_code=True)
        raise IngestError(f"The source in {str(folder)!r} cannot be used: {said}.") from error
    if name in _built_in():
        raise IngestError(f"There is a source {name!r} already.")
    installed = _plugins().get(name)
    use_names_of(folder, installed.folder if installed else None)
    _plugins()[name] = source
    return source


def forget(name: str) -> None:
    """Undo :func:`use`: this process no longer knows the source of that name."""
    _plugins().pop(name, None)


def switched_on(also: str = "") -> dict[str, Source]:
    """The sources that are fetched without being named: they know where to find pages and are not switched off.

    ``also`` names, parted by commas, sources that are switched on all the same. One that cannot be used is passed over
    (see :func:`switched_off`). Raises :class:`IngestError` for one that does not exist or does not say where its pages
    are.
    """
    wanted = {name.strip() for name in also.split(",")} - {""}
    for name in sorted(wanted - set(switched_off())):
        if not must_exist(name, " to switch on").settings.get("find"):
            raise IngestError(
                f"The source {name!r} cannot be switched on: its source.yaml has no list of pages (find)."
            )
    return {
        name: source
        for name, source in sources().items()
        if source.settings.get("find") and (source.settings.get("enabled") is not False or name in wanted)
    }


def _why_unrecognised(capture: Capture, reason: str) -> str:
    """The reason why content that no source knows is not read, with how near it comes to a page that one could read."""
    from ingest.sources.model_page.refusals import why_unrecognised

    return why_unrecognised(capture.content, capture.media_type, reason)


@cache
def _built_in() -> dict[str, Source]:
    found: dict[str, Source] = {}
    for path in sorted(Path(__file__).parent.glob("*/source.yaml")):
        has_code = (path.parent / "__init__.py").exists()
        module = import_module(f"{__name__}.{path.parent.name}") if has_code else None
        source = _source(path.parent.name.replace("_", "-"), module, path.parent)
        found[source.name] = source
    return found


@cache
def _asked() -> list[Source]:
    """The sources of this package in the order in which they are asked whether they know a content."""
    return sorted(_built_in().values(), key=lambda source: bool(source.settings.get("asked_last")))


class _Plugins(NamedTuple):
    """The sources of other packages that can be used, and the reasons of those that cannot."""

    usable: dict[str, Source]
    broken: dict[str, str]


def _plugins() -> dict[str, Source]:
    return _found_plugins().usable


@cache
def _found_plugins() -> _Plugins:
    found = _Plugins({}, {})
    for point in plugins.installed():
        try:
            plugins.must_be_free(point, _built_in(), found.usable)
            module = plugins.loaded(point)
            source = _source(point.name, module, plugins.folder_of(module), careful=True)
            plugins.must_choose(source.recognise)
            found.usable[point.name] = source
        except IngestError as error:
            found.broken[point.name] = str(error).rstrip(".")
    return found


@lru_cache(16384)
def _bounds_of(benchmark: str) -> Bounds:
    """What the catalogue knows of a benchmark by its listed name."""
    resolved = resolve_benchmarks([benchmark])[benchmark] if benchmark.strip() else None
    known = benchmark_catalogue().get(resolved.benchmark_id) if resolved else None
    return Bounds(known.unit, known.minimum, known.maximum) if known else UNKNOWN


def _module_in(folder: Path) -> Any:
    """The module of a folder that need not be installed."""
    if not (folder / "__init__.py").is_file():
        raise IngestError("it has neither an __init__.py nor `records` in its source.yaml")
    module_name = folder.name.replace("-", "_")
    spec = spec_from_file_location(
        f"ingest_source_{module_name}", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _name_sellers(document: Document) -> None:
    """Put the id of each seller in the place of the name that the source has for it ("z.ai" is `zai`)."""
    for entry in document.entries:
        entry.provider = provider(entry.provider).id if entry.provider else None
        for at, price in enumerate(entry.prices):
            seller = provider(price.provider).id if price.provider else None
            if seller != price.provider:
                entry.prices[at] = replace(price, provider=seller)


def _source(name: str, module: Any, folder: Path, *, careful: bool = False) -> Source:
    """The source that a module is, or that ``records`` in the settings declare.

    ``careful`` takes nothing on trust of a module of another package.
    """
    path = folder / "source.yaml"
    settings = load_settings(path) if path.is_file() else {}
    if settings.get("records"):
        declared = declared_source(name, settings, folder / "fields.yaml")
        read, knows, reader = declared.parse, declared.recognise, declared.reader
    else:
        if careful:
            plugins.must_be_source(module)
        reader = getattr(module, "READER", f"{name}/1")
        read = plugins.careful_parse(module.parse, name, reader, folder) if careful else module.parse
        knows = plugins.careful_recognise(module.recognise) if careful else module.recognise
    corrections = settings.get("corrections", ())

    def parse(capture: Capture) -> Document:
        document = read(capture)
        _name_sellers(document)
        correct(document, corrections)
        return judge_scores(judge(document), _bounds_of)

    return Source(name, reader, parse, knows, settings.get("scope", "document"), settings, folder)
