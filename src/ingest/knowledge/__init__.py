"""The knowledge of the project: reviewed YAML files with a reason on each entry. This module is their one loader.

``names/`` says what each name means, ``notes/`` holds the words of benchmark notes, ``pages/`` the labels and kinds of
pages, ``web/`` addresses. ``choice.yaml`` says which source to believe.

Every scalar is read as text, so that ``no``, ``on`` and ``0`` in a list of words stay words. The pydantic model of a
file gives each value its type and refuses unknown keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator

from ingest.errors import IngestError

FOLDER = Path(__file__).parent
"""The folder of the knowledge files."""

_TYPED: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEXT: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""The loaders written in C are about ten times as fast."""

T = TypeVar("T")


class KnowledgeEntry(BaseModel):
    """One entry of a knowledge file. A key that its model does not define is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, said: Any) -> Any:
        if isinstance(said, dict):
            known = [name for key, each in cls.model_fields.items() for name in {key, each.alias or key}]
            for key in said:
                if key not in known:
                    raise ValueError(f"there is no key {key!r}{nearest(str(key), known)}")
        return said


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


def checked(path: Path, schema: type[T]) -> T:
    """The content of a YAML file anywhere, such as the settings of a source, as ``schema`` types it.

    Raises :class:`ingest.IngestError` naming the file, the place of the first entry that does not fit, and the known
    word that is nearest to one that is not known.
    """
    try:
        return TypeAdapter(schema).validate_python(read_text(path))
    except ValidationError as error:
        first = error.errors()[0]
        place = "/".join(str(part) for part in first["loc"])
        raise IngestError(f"{path.name}: {place}: {first['msg'].removeprefix('Value error, ')}") from error


def read_text(path: Path) -> Any:
    """The content of a YAML file with every scalar as text. Raises :class:`ingest.IngestError`."""
    return _read(path, _TEXT)


def read_yaml(path: Path) -> Any:
    """The content of a YAML file with scalars as YAML types them. Raises :class:`ingest.IngestError`."""
    return _read(path, _TYPED)


def _read(path: Path, loader: Any) -> Any:
    try:
        return yaml.load(path.read_bytes(), Loader=loader)
    except (OSError, yaml.YAMLError) as error:
        raise IngestError(f"cannot read {path}: {error}") from error
