"""Which organization a source means. A host of other makers' models is a provider, never an organization."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from ingest.name import text
from ingest.name.data import read_yaml

UNKNOWN = "unknown"
"""``organization_id`` of a model whose maker no source names."""


_NAME = re.compile(r"[^\W\d_]{2}")
"""A maker's name has two letters in a row at least; '1024-x-1024' in a host's path is none."""


@dataclass(slots=True, frozen=True)
class ResolvedOrganization:
    """``name`` is as the project shows it; for an organization that it does not know, as the source writes it."""

    organization_id: str
    name: str | None
    is_known: bool


@lru_cache(maxsize=8192)
def resolve_organization(name: str | None) -> ResolvedOrganization:
    """The organization that a source's name, prefix or repository owner means.

    >>> resolve_organization("meta-llama").organization_id, resolve_organization("Alibaba / Qwen").organization_id
    ('meta', 'qwen')
    """
    listed = text.collapse(name or "")
    spelled = text.name_key(listed)
    if not _NAME.search(spelled) or is_provider(listed):
        return ResolvedOrganization(UNKNOWN, None, False)
    if known := _by_key().get(spelled):
        return ResolvedOrganization(known, _names()[known], True)
    made = text.words(text.fold(listed))
    identifier = text.shorten("-".join(text.symbol_word(word) or word for word in made))
    return ResolvedOrganization(identifier, listed, False)


def organization_name(identifier: str) -> str | None:
    """Name of a known organization by its id."""
    return _names().get(identifier)


def organization_keys(identifier: str) -> tuple[str, ...]:
    """Spelling keys under which a known organization is listed, longest first."""
    return _keys().get(identifier, ())


@lru_cache(maxsize=8192)
def is_provider(name: str) -> bool:
    """Whether a name is that of a host which serves the models of others."""
    return text.name_key(name) in _providers()


@cache
def _providers() -> frozenset[str]:
    data = read_yaml("organizations.yaml")
    return frozenset(text.name_key(str(name)) for name in (*data["providers"], *data["path_words"]))


@cache
def _names() -> dict[str, str]:
    return {row["id"]: row["name"] for row in read_yaml("organizations.yaml")["organizations"]}


@cache
def _keys() -> dict[str, tuple[str, ...]]:
    rows = read_yaml("organizations.yaml")["organizations"]
    spelled = {r["id"]: {text.name_key(n) for n in (r["id"], r["name"], *r.get("aliases", ()))} for r in rows}
    return {identifier: tuple(sorted(keys, key=lambda k: (-len(k), k))) for identifier, keys in spelled.items()}


@cache
def _by_key() -> dict[str, str]:
    return {spelled: identifier for identifier, keys in _keys().items() for spelled in keys}
