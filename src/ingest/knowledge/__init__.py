"""The knowledge of the project: reviewed YAML files with a reason on each entry. This module is their one loader.

``names/`` says what each name means, ``notes/`` holds the words of benchmark notes, ``pages/`` the labels and kinds of
pages, ``web/`` addresses. ``choice.yaml`` says which source to believe.

Every scalar is read as text, so that ``no``, ``on`` and ``0`` in a list of words stay words. The pydantic model of a
file gives each value its type and refuses unknown keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from ingest.errors import IngestError

FOLDER = Path(__file__).parent
"""The folder of the knowledge files."""

_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""The one written in C is about ten times as fast as the other."""

T = TypeVar("T")


class KnowledgeFileError(IngestError):
    """A file of knowledge, or of a source, cannot be read or does not fit its schema."""


class KnowledgeEntry(BaseModel):
    """One entry of a knowledge file. A key that its model does not define is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, said: Any) -> Any:
        if isinstance(said, dict) and not said.keys() <= (known := _keys_of(cls)):
            key = next(key for key in said if key not in known)
            raise ValueError(f"there is no key {key!r}{nearest(str(key), sorted(known))}")
        return said


@cache
def _keys_of(model: type[KnowledgeEntry]) -> frozenset[str]:
    """The keys of an entry: the names of its fields, and their aliases."""
    return frozenset(name for key, each in model.model_fields.items() for name in (key, each.alias or key))


class Phrases(KnowledgeEntry):
    """A list of phrases of one use."""

    reason: str
    phrases: tuple[str, ...]


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint at the known word nearest to ``word``, or "" if none is near.

    >>> nearest("prise", ["price", "tier"])
    "; the nearest is 'price'"
    """
    near = get_close_matches(word, list(known), 1)
    return f"; the nearest is {near[0]!r}" if near else ""


@cache
def knowledge(name: str, schema: type[T]) -> T:
    """The content of ``<name>.yaml`` in this room (``"names/organizations"``), as ``schema`` types it.

    ``schema`` is any type that pydantic can validate: a :class:`KnowledgeEntry`, a list or a dictionary of them.
    Raises :class:`ingest.IngestError`, which names the file and the first entry that does not fit.
    """
    return checked(FOLDER / f"{name}.yaml", schema)


def checked(path: Path, schema: type[T], section: str | None = None) -> T:
    """The content of a YAML file anywhere, such as the settings of a source, as ``schema`` types it.

    With ``section``, the list that the file has under that key, empty where it has none.

    Raises :class:`ingest.IngestError` naming the file, the place of the first entry that does not fit, and the known
    word that is nearest to one that is not known.
    """
    content = _read(path)
    if section is not None:
        content = (content or {}).get(section) or [] if isinstance(content or {}, dict) else None
    try:
        return TypeAdapter(schema).validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = "/".join(str(part) for part in ((section,) if section else ()) + first["loc"])
        where = f"{path.name}: {place}" if place else path.name
        given = f", not {first['input']!r}" if first["type"] == "literal_error" else ""
        raise KnowledgeFileError(f"{where}: {first['msg'].removeprefix('Value error, ')}{given}") from error


def _read(path: Path) -> Any:
    """The content of a YAML file with every scalar as text. Raises :class:`ingest.IngestError`.

    It is built from the events of the parser: the nodes that the library makes between would take twice the time. An
    empty file is None.
    """
    try:
        events = iter(yaml.parse(path.read_bytes(), Loader=_LOADER))
        next(events)  # the start of the stream
        if isinstance(next(events), StreamEndEvent):
            return None
        content = _value(next(events), events, {})
        next(events)  # the end of the document
        if not isinstance(next(events), StreamEndEvent):
            raise yaml.YAMLError("there is a second document")
    except (OSError, yaml.YAMLError) as error:
        raise KnowledgeFileError(f"cannot read {path}: {error}") from error
    return content


def _value(event: Any, events: Iterator[Any], anchors: dict[str, Any]) -> Any:
    """The value that begins with ``event``; ``anchors`` are the values that have a name in the file."""
    kind = type(event)
    if kind is AliasEvent:
        return anchors.get(event.anchor)
    value: Any
    if kind is ScalarEvent:
        value = event.value
    elif kind is SequenceStartEvent:
        value = []
        while type(each := next(events)) is not SequenceEndEvent:
            value.append(_value(each, events, anchors))
    else:
        value = {}
        while type(each := next(events)) is not MappingEndEvent:
            key = _value(each, events, anchors)
            if not isinstance(key, str) or key in value:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key!r} stands twice or is no text", problem_mark=each.start_mark
                )
            value[key] = _value(next(events), events, anchors)
    if event.anchor:
        anchors[event.anchor] = value
    return value
