"""Who stands behind a model or a price: makers and sellers, one list (``knowledge/names/organizations.yaml``).

An organization makes models. A provider sells access to them: a maker's own platform, a cloud, a host, a router or a
subscription. Only a maker's platform says who made what it lists.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, TypeVar

from ingest.errors import IngestError
from ingest.knowledge import KnowledgeEntry, knowledge
from ingest.name import text
from ingest.name.data import added, made_with_added

UNKNOWN = "unknown"
"""``organization_id`` of a model whose maker no source names."""

ProviderKind = Literal["maker", "cloud", "host", "router", "subscription"]

_NAME = re.compile(r"[^\W\d_]{2}")
"""A maker's name has two letters in a row at least; '1024-x-1024' in a host's path is none."""

_LONGEST_PROVIDER = 80
_FIRST = re.compile(r"[^-_ ]+")

T = TypeVar("T")


class _Seller(KnowledgeEntry):
    id: str
    kind: ProviderKind
    name: str
    names: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    joins_paths: bool = False
    serves_tuned: bool = False
    reason: str | None = None


class _Maker(KnowledgeEntry):
    id: str
    name: str
    aliases: tuple[str, ...] = ()
    sells: tuple[_Seller, ...] = ()
    reason: str | None = None


class _Organizations(KnowledgeEntry):
    organizations: tuple[_Maker, ...]
    providers: tuple[_Seller, ...]
    path_words: tuple[str, ...]


@dataclass(slots=True, frozen=True)
class Organization:
    """A known maker of models. ``aliases`` are the other names under which sources list it."""

    organization_id: str
    name: str
    aliases: tuple[str, ...]


@dataclass(slots=True, frozen=True)
class ResolvedOrganization:
    """``name`` is as the project shows it; for an organization that it does not know, as the source writes it."""

    organization_id: str
    name: str | None
    is_known: bool


@dataclass(slots=True, frozen=True)
class Provider:
    """A seller. ``organization_id`` and ``maker`` (its name) are of the organization whose own models it sells, None
    for a seller of others' models alone; ``own`` tells its own from others. ``kind`` is None where it is not known.
    """

    id: str | None
    name: str | None = None
    kind: ProviderKind | None = None
    organization_id: str | None = None
    maker: str | None = None
    own: tuple[str, ...] = ()
    joins_paths: bool = False
    serves_tuned: bool = False

    def makes(self, model: str) -> bool:
        """Whether it sells the model with this id as its maker.

        >>> provider("bedrock").makes("us.amazon.nova-lite-v1:0"), provider("bedrock").makes("anthropic.claude-v2")
        (True, False)
        """
        if self.maker is None or not self.own:
            return self.maker is not None
        tail = model.rpartition("/")[2].lower()
        return any(tail.startswith(start) or f".{start}" in tail for start in self.own)


@lru_cache(maxsize=8192)
def resolve_organization(name: str | None) -> ResolvedOrganization:
    """The organization that a source's name, prefix or repository owner means.

    >>> resolve_organization("meta-llama").organization_id, resolve_organization("Alibaba / Qwen").organization_id
    ('meta', 'qwen')
    """
    listed = text.collapse(name or "")
    spelled = text.name_key(listed)
    if known := _who().by_key.get(spelled):
        return ResolvedOrganization(known.organization_id, known.name, True)
    if not _NAME.search(spelled) or is_provider(listed):
        return ResolvedOrganization(UNKNOWN, None, False)
    made = text.words(text.fold(listed))
    identifier = text.shorten("-".join(text.symbol_word(word) or word for word in made))
    return ResolvedOrganization(identifier, listed, False)


def organizations() -> tuple[Organization, ...]:
    """Every known maker, in the order of the list."""
    return tuple(_who().organizations.values())


def providers() -> tuple[Provider, ...]:
    """Every known seller, makers' own platforms first."""
    return tuple(_who().providers.values())


def organization_name(identifier: str) -> str | None:
    """Name of a known organization by its id."""
    known = _who().organizations.get(identifier)
    return known.name if known else None


def organization_keys(identifier: str) -> tuple[str, ...]:
    """Spelling keys under which a known organization is listed, longest first."""
    return _who().keys.get(identifier, ())


@lru_cache(maxsize=4096)
def provider(name: str) -> Provider:
    """The seller that a source's name means; one that is not known keeps its name as id, of no known kind.

    The name of a maker means the platform on which it sells its own models. The id is None where the source names
    nobody.

    >>> provider("fireworks_ai").name, provider("Some Host").id, provider("-").id
    ('Fireworks AI', 'some-host', None)
    >>> provider("meta-ai").id, provider("moonshot-ai").id
    ('llama', 'moonshotai')
    """
    spelled, who = text.name_key(name), _who()
    if not spelled:
        return Provider(None)
    maker = who.by_key.get(spelled)
    known = who.sellers.get(spelled) or (who.platforms.get(maker.organization_id) if maker else None)
    return known or Provider("-".join(_plain(name).split())[:_LONGEST_PROVIDER])


@lru_cache(maxsize=8192)
def is_provider(name: str) -> bool:
    """Whether a name in a path is that of a seller of others' models, or a part of such paths that names nobody."""
    return text.name_key(name) in _who().hosts


def may_be_a_name(text_before: str) -> bool:
    """Whether a text may begin with the name of a known maker or seller: its first word begins one."""
    if text_before.isascii() and text_before.isalpha():
        return text_before.lower() in _who().heads
    first = _FIRST.match(text_before)
    return first is not None and _key(first[0]) in _who().heads


def is_a_name(words: str) -> bool:
    """Whether some words are the name of a known maker or seller, or a part of paths that names nobody."""
    who, key = _who(), _key(words)
    return key in who.by_key or key in who.sellers or key in who.hosts


def names_somebody(words: str) -> bool:
    """Whether some words are the name of a known maker or seller, and no mere part of paths ("low", "search")."""
    who, key = _who(), _key(words)
    return key in who.by_key or key in who.sellers


def _key(words: str) -> str:
    """The spelling key, the short way for a word of letters and digits alone."""
    return words.lower() if words.isascii() and words.isalpha() else text.name_key(words)


@lru_cache(maxsize=8192)
def joins_paths(name: str) -> bool:
    """Whether a seller of this name writes one model's name as a path: "fal-ai/imagen4/preview/fast"."""
    found = _who().sellers.get(text.name_key(name))
    return found is not None and found.joins_paths


@lru_cache(maxsize=8192)
def serves_tuned(path: str) -> bool:
    """Whether a part of a source's own id is the name of a seller whose plain names are those of tuned models."""
    sellers = (_who().sellers.get(text.name_key(part)) for part in path.split("/")[:-1])
    return any(seller is not None and seller.serves_tuned for seller in sellers)


def _plain(name: str) -> str:
    return name.lower().replace("_", " ").replace("-", " ")


@dataclass(slots=True, frozen=True)
class _Who:
    """The list, by each way in which it is asked."""

    organizations: dict[str, Organization]
    keys: dict[str, tuple[str, ...]]
    by_key: dict[str, Organization]
    providers: dict[str, Provider]
    sellers: dict[str, Provider]
    platforms: dict[str, Provider]
    """The first platform of each maker that sells, by the maker's id."""
    hosts: frozenset[str]
    heads: frozenset[str]


@cache
def _who() -> _Who:
    return made_with_added(_who_but)


def _who_but(left_out: frozenset[Path]) -> _Who:
    """The list with what other packages add, but for some of their files.

    Raises :class:`ingest.IngestError` where one name means two.
    """
    own: _Organizations = knowledge("names/organizations", _Organizations)
    said = own.model_copy(
        update={
            "organizations": (*own.organizations, *added("organizations", _Maker, left_out)),
            "providers": (*own.providers, *added("providers", _Seller, left_out)),
        }
    )
    who = _Who({}, {}, {}, {}, {}, {}, frozenset(), frozenset())
    hosts = {text.name_key(word) for word in said.path_words}
    for maker in said.organizations:
        known = Organization(maker.id, maker.name, maker.aliases)
        who.organizations[maker.id] = known
        spelled = {text.name_key(name) for name in (maker.id, maker.name, *maker.aliases)}
        who.keys[maker.id] = tuple(sorted(spelled, key=lambda key: (-len(key), key)))
        for key in spelled:
            _once(who.by_key, key, known)
        for seller in maker.sells:
            _sell(who, seller, known)
    for seller in said.providers:
        _sell(who, seller, None)
    for key, sold in who.sellers.items():
        if sold.kind == "maker" and sold.organization_id:
            _once(who.by_key, key, who.organizations[sold.organization_id])
    hosts |= {key for key in who.sellers if key not in who.by_key}
    keys = {*who.by_key, *who.sellers, *hosts}
    heads = frozenset(key[:end] for key in keys for end in range(1, len(key) + 1))
    return replace(who, hosts=frozenset(hosts), heads=heads)


def _sell(who: _Who, seller: _Seller, maker: Organization | None) -> None:
    known = Provider(
        id=seller.id,
        name=seller.name,
        kind=seller.kind,
        organization_id=maker.organization_id if maker else None,
        maker=maker.name if maker else None,
        own=seller.own,
        joins_paths=seller.joins_paths,
        serves_tuned=seller.serves_tuned,
    )
    if seller.id in who.providers:
        raise IngestError(f"the provider {seller.id!r} stands twice in the lists of organizations")
    who.providers[seller.id] = known
    if maker is not None:
        who.platforms.setdefault(maker.organization_id, known)
    for name in {seller.id, seller.name, *seller.names}:
        key = text.name_key(name)
        if key not in who.sellers or name != seller.name:  # a shown name may be that of the organization
            _once(who.sellers, key, known)


def _once(table: dict[str, T], key: str, value: T) -> None:
    if table.setdefault(key, value) is not value and table[key] != value:
        both = " and ".join(repr(_id_of(each)) for each in (table[key], value))
        raise IngestError(f"{key!r} names two in the lists of organizations: {both}")


def _id_of(named: object) -> object:
    return named.organization_id if isinstance(named, Organization) else getattr(named, "id", named)
