"""Which model a source means, and an id that never changes.

Each listing is identified by itself (:mod:`ingest.name.identity`). What the same data says elsewhere is used too: one
id of one source is one model in all of its files, and an id that nobody names the maker of takes the maker that the
data names for an id of that spelling. Only the catalogue splits one name into two models, by their release dates.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from ingest.name import text
from ingest.name.endings import SETTINGS, conditions_of
from ingest.name.identity import Identity, identify, spellings
from ingest.name.model_catalogue import KnownModel, model_index
from ingest.name.organizations import UNKNOWN, organization_name
from ingest.name.registry import Decided, ModelRegistry, ModelRequest, traits, words_of
from ingest.process import without_collecting

__all__ = [
    "ModelRegistry",
    "ModelRequest",
    "ResolvedModel",
    "forget_decisions",
    "resolve_models",
    "resolve_name",
    "spellings",
    "version_named_by",
]

SNAPSHOT_TOLERANCE_DAYS = 31
"""How far a page's release date may lie from a catalogued snapshot to mean it. Sources date one snapshot by its
announcement, its id or its listing, up to four weeks apart; snapshots of one name are twelve weeks apart or more."""


_DATED = re.compile(r"-20\d\d-\d\d-\d\d\Z")


_NO_CONDITIONS: Mapping[str, Any] = MappingProxyType({})


class ResolvedModel(NamedTuple):
    """What a listed model was taken for. ``step`` is 'alias', 'normalised', 'typo', 'new' or 'ambiguous'.

    ``version`` tells the listing from others of the model ('2024-08-06', '002', 'preview-05-06', 'latest').
    ``settings`` are what of it says how the model was run or served, as ``reasoning_effort=high``; ``conditions`` the
    same by column of ``scores``, as far as they are conditions of a score. ``attributes`` holds all that the listed
    name says beside the model. ``rule`` says in words why it is this model.
    """

    model_id: str
    name: str
    organization_id: str
    organization: str | None
    family: str | None
    attributes: Mapping[str, str]
    step: str
    is_known: bool
    doubt: str | None = None
    candidates: tuple[str, ...] = ()
    version: str | None = None
    settings: tuple[str, ...] = ()
    conditions: Mapping[str, Any] = _NO_CONDITIONS
    rule: str = ""

    @property
    def scope(self) -> str:
        """What a page of this model alone speaks for in full: the model, or one version of it."""
        return f"{self.model_id}@{self.version}" if self.version else self.model_id


_Identities = dict[ModelRequest, Identity]


def resolve_name(name: str) -> ResolvedModel:
    """The model that a name means by itself, beside no other listing: what :func:`resolve_models` says of it alone.

    >>> resolve_name("GPT-4.1 mini").model_id
    'openai/gpt-4.1-mini'
    """
    request = ModelRequest("", "", name)
    identity = identify(name, None, None)
    at = _held_by_place({request: identity}).get(("", "", identity.base_id), identity.base_id)
    return _resolved(request, identity, at, None)


def resolve_models(requests: Sequence[ModelRequest], registry: ModelRegistry) -> list[ResolvedModel]:
    """The model that each request means, in the order of the requests. Adds what it decides to ``registry``.

    The result depends on the set of all requests, these and those of earlier runs, and never on their order.
    ``registry.changed()`` are the earlier ones that mean something else now.

    >>> [found] = resolve_models([ModelRequest("a-feed", "row 1", "GPT-4.1 mini")], ModelRegistry())
    >>> found.model_id, found.step
    ('openai/gpt-4.1-mini', 'alias')
    """
    with without_collecting():
        own = {request: identify(request.name, request.organization, request.source_key) for request in requests}
        identities = _together(own)
        if len(registry):
            identities = _with_earlier(own, identities, registry)
        held = _held_by_place(identities)
        resolved: dict[ModelRequest, ResolvedModel] = {}
        for request, identity in identities.items():
            at = held.get((request.source, request.scope, identity.base_id), identity.base_id)
            model_id, _, dated = at.partition("@")
            found = resolved[request] = _resolved(request, identity, model_id, dated or None)
            registry.add(request, Decided(own[request].base_id, found.model_id, found.version, found.name))
        return [resolved[request] for request in requests]


def _together(own: _Identities) -> _Identities:
    """What listings mean together, by what each says alone."""
    return _in_one_spelling(_one_for_each_id(_with_makers_of_the_data(own)))


def _with_earlier(own: _Identities, identities: _Identities, registry: ModelRegistry) -> _Identities:
    """The same with the listings of earlier runs that bear on these, which are added to ``own``."""
    asked: set[Hashable] = set()
    reached = _traits_of(own) | _traits_of(identities)
    while not reached <= asked:
        asked |= reached
        for request in registry.near(asked):
            own.setdefault(request, identify(request.name, request.organization, request.source_key))
        identities = _together(own)
        reached = _traits_of(identities)
    return identities


def _traits_of(identities: _Identities) -> set[Hashable]:
    return {trait for request, identity in identities.items() for trait in traits(request, identity.base_id)}


def _resolved(request: ModelRequest, identity: Identity, model_id: str, dated: str | None) -> ResolvedModel:
    doubt = _doubtful_date(identity, model_id)
    return ResolvedModel(
        model_id=model_id,
        name=_shown_name(identity, request),
        organization_id=identity.organization_id,
        organization=identity.organization,
        family=identity.family,
        attributes=identity.attributes,
        step=identity.step,
        is_known=identity.known is not None and doubt is None,
        doubt=doubt or identity.doubt,
        candidates=identity.candidates,
        version=identity.version or dated,
        settings=_settings(identity.attributes) if identity.attributes else (),
        conditions=conditions_of(identity.attributes) if identity.attributes else _NO_CONDITIONS,
        rule=identity.rule,
    )


def _settings(attributes: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{name}={attributes[name]}" for name in SETTINGS if name in attributes)


def version_named_by(fixed_id: str, listed_id: str | None) -> str | None:
    """The version that an id of a source names, None where it names the same as ``listed_id`` or another model.

    >>> version_named_by("openai/gpt-4.1-2025-04-14", "openai/gpt-4.1")
    '2025-04-14'
    >>> version_named_by("openai/o3", "openai/o3-pro"), version_named_by("openai/o3", "openai/o3")
    (None, None)
    """
    named, listed = identify(None, None, fixed_id), identify(None, None, listed_id)
    return named.version if named.base_id == listed.base_id and named.version != listed.version else None


# --- makers ----------------------------------------------------------------------------------------------------------


def _with_makers_of_the_data(own: _Identities) -> _Identities:
    """The identity of each request, with the maker that the same source or the same data names for its id."""
    if all(identity.organization_id != UNKNOWN for identity in own.values()):
        return own
    by_key: dict[tuple[str, str], set[str]] = {}
    by_slug: dict[str, set[str]] = {}
    for request, identity in own.items():
        if organization_name(identity.organization_id) is not None:
            by_slug.setdefault(_slug(identity.base_id), set()).add(identity.organization_id)
            if request.source_key:
                by_key.setdefault((request.source, request.source_key), set()).add(identity.organization_id)
    found: _Identities = {}
    for request, identity in own.items():
        told: set[str] = set()
        if identity.organization_id == UNKNOWN:
            slug = _slug(identity.base_id)
            told = by_key.get((request.source, request.source_key or ""), set())
            if len(told) != 1 and _tells_a_model(slug):
                told = by_slug.get(slug, set())
        is_told = len(told) == 1
        found[request] = (
            identify(request.name, request.organization, request.source_key, *told) if is_told else identity
        )
    return found


def _one_for_each_id(identities: _Identities) -> _Identities:
    """One id of one source is one model in all of its files: the catalogued one, else the one whose maker is known."""
    best: dict[tuple[str, str], Identity] = {}
    if not any(request.source_key for request in identities):
        return identities
    for request, identity in identities.items():
        if request.source_key:
            key = (request.source, request.source_key)
            known = best.get(key)
            best[key] = identity if known is None or known is identity else min(known, identity, key=_less_certain)
    return {
        request: best[request.source, request.source_key] if request.source_key else identity
        for request, identity in identities.items()
    }


_DIGIT = re.compile(r"\d")
_BARE_NUMBER = re.compile(r"\d+(?:\.\d+)*")


def _spelling(base_id: str) -> tuple[str, ...]:
    """What ids of one maker share that differ in spelling alone. Of a name with two bare numbers, or of two words, the
    order may tell a model; of others it tells nothing."""
    words = words_of(base_id)
    in_any_order = len(words) > 2 and sum(_BARE_NUMBER.fullmatch(word) is not None for word in words) < 2
    return tuple(sorted(words)) if in_any_order else words


def _in_one_spelling(identities: _Identities) -> _Identities:
    """One id for names of one maker that differ in the order of their words ("claude-5-opus", "claude-opus-5") or in
    what hosts write otherwise ("llama-v5-70b-it", "llama-5.0-70b-instruct"). The spelling of most listings stands.
    """
    counted: dict[tuple[str, tuple[str, ...]], dict[str, int]] = {}
    for identity in identities.values():
        if identity.known is None and identity.organization_id != UNKNOWN:
            count = counted.setdefault((identity.organization_id, _spelling(identity.base_id)), {})
            count[identity.base_id] = count.get(identity.base_id, 0) + 1
    several = [count for count in counted.values() if len(count) > 1]
    if not several:
        return identities
    meant: dict[str, str] = {}
    for count in several:
        most = min(count, key=lambda base_id: (-count[base_id], base_id))
        meant |= {base_id: most for base_id in count if base_id != most}
    return {
        request: identity._replace(base_id=meant[identity.base_id], rule=_another_spelling(identity.base_id, meant))
        if identity.base_id in meant
        else identity
        for request, identity in identities.items()
    }


def _another_spelling(base_id: str, meant: Mapping[str, str]) -> str:
    same_order = words_of(base_id) == words_of(meant[base_id])
    return "spelling, as most listings have it" if same_order else "spelling, the words in another order"


def _less_certain(identity: Identity) -> tuple[bool, bool, bool, str, str]:
    is_known_maker = organization_name(identity.organization_id) is not None
    return (identity.known is None, identity.doubt is not None, not is_known_maker, identity.base_id, identity.name)


def _slug(base_id: str) -> str:
    return base_id.partition("/")[2]


def _tells_a_model(slug: str) -> bool:
    """Whether an id without its maker says enough to be one model: "nova-3" and "step-2-16k" do, "auto" does not."""
    return "-" in slug and _DIGIT.search(slug) is not None


_STILL_THE_MODEL = frozenset({"snapshot", "stage", "tuning"})
"""Attributes that tell which release is meant; the others are settings, which are no part of a model's name."""


def _shown_name(identity: Identity, request: ModelRequest) -> str:
    """The catalogue's name, but on a page of the model itself, with maker and release date, the name that it shows."""
    own_page = request.name and request.organization and request.release_date and not request.source_key
    if own_page and identity.known is not None and _STILL_THE_MODEL.issuperset(identity.attributes):
        return text.collapse(request.name or "")
    return identity.name


# --- dates -----------------------------------------------------------------------------------------------------------


def _by_snapshot(known: KnownModel, told: date | None) -> str:
    """Id of a catalogued model with several dated snapshots, from the release date that a page gives."""
    if told is None:
        return known.model_id
    nearest = min(known.snapshots, key=lambda day: (abs((day - told).days), day))
    near = abs((nearest - told).days) <= SNAPSHOT_TOLERANCE_DAYS
    return f"{known.model_id}-{nearest if near else told}"


def _doubtful_date(identity: Identity, model_id: str) -> str | None:
    """A sentence where the id ends in a date of which the catalogue knows no release."""
    known = identity.known
    if known is None or not _DATED.search(model_id):
        return None
    if model_id in {f"{known.model_id}-{day}" for day in known.snapshots}:
        return None
    return f"no release of {known.model_id} is known of the date in {model_id}"


def _telling_date(identity: Identity, request: ModelRequest) -> date | None:
    """The date by which a model is told from another of its name, where one is."""
    if identity.snapshot is not None or identity.keyed:
        return None
    return request.release_date


_Place = tuple[str, str, str]
"""Source, scope and base id."""


def _dates_by_place(identities: _Identities) -> dict[_Place, date | None]:
    """The least date that each place has shown. One place is one model, whatever dates it has shown.

    A place without a date is left out, unless its model has several snapshots.
    """
    dates: dict[_Place, date | None] = {}
    for request, identity in identities.items():
        told = _telling_date(identity, request)
        if told is None and not (identity.known and identity.known.snapshots):
            continue
        place = (request.source, request.scope, identity.base_id)
        both = (told, dates.get(place))
        dates[place] = min((day for day in both if day is not None), default=None)
    return dates


def _held_by_place(identities: _Identities) -> dict[_Place, str]:
    """What each place holds where dates tell it: the id, and behind ``@`` the version.

    The catalogue splits a model with several snapshots into ids. Where else one source has pages of one name with
    release dates far from each other, the earliest holds the plain version.
    """
    split: dict[str, KnownModel] = {
        identity.base_id: identity.known
        for identity in identities.values()
        if identity.known and identity.known.snapshots and identity.snapshot is None
    }
    held: dict[_Place, str] = {}
    names: dict[tuple[str, str], dict[str, date | None]] = {}
    for (source, scope, base_id), told in _dates_by_place(identities).items():
        if base_id in split:
            held[source, scope, base_id] = _by_snapshot(split[base_id], told)
        else:
            names.setdefault((source, base_id), {})[scope] = told
    for (source, base_id), dates in names.items():
        taken: dict[date, str] = {}
        for day in sorted({told for told in dates.values() if told is not None}):
            near = max(taken, default=None)
            if near is not None and abs((near - day).days) <= SNAPSHOT_TOLERANCE_DAYS:
                taken[day] = taken[near]
            else:
                taken[day] = f"{base_id}@{day}" if taken else base_id
        held |= {(source, scope, base_id): taken[told] if told else base_id for scope, told in dates.items()}
    return held


def forget_decisions() -> None:
    """Reads the decisions anew at the next call, after a review wrote one."""
    model_index.cache_clear()
    identify.cache_clear()
