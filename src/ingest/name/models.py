"""Which model a source means, and an id that never changes.

A name is first looked up whole; then endings that are settings of one model (``:free``, ``_high``, ``-2025-04-14``)
are taken off one by one and kept as attributes (``endings.yaml``). What is not in the catalogue gets an id made
of its own name. Two pages of one source that show one name with different release dates are two models.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from ingest.name import text
from ingest.name.endings import Listing, read_listing
from ingest.name.families import maker_of
from ingest.name.model_catalogue import Hit, KnownModel, model_index
from ingest.name.model_text import model_slug
from ingest.name.organizations import (
    UNKNOWN,
    is_provider,
    organization_name,
    resolve_organization,
)
from ingest.name.registry import Decision, ModelRegistry

SNAPSHOT_TOLERANCE_DAYS = 31
"""How far a page's release date may lie from a catalogued snapshot to mean it. Sources date one snapshot by its
announcement, its id or its listing, up to four weeks apart; snapshots of one name are twelve weeks apart or more."""


_MOST_PREFIXES = 6
"""Parts of a source's own id that are looked at, from its end; the longest path met has five."""


@dataclass(slots=True, frozen=True)
class ModelRequest:
    """A model as a source lists it.

    ``scope`` is the place that holds this one model (a page's location, or the location of a feed with the place of
    the entry in it). ``source_key`` is the source's own id of the model, where it has one; a source with ids of its
    own tells its models apart by them and not by their dates.
    """

    source: str
    scope: str
    name: str | None = None
    organization: str | None = None
    source_key: str | None = None
    release_date: date | None = None


@dataclass(slots=True, frozen=True)
class ResolvedModel:
    """What a listed model was taken for. ``step`` is 'alias', 'normalised', 'typo', 'new' or 'ambiguous'.

    ``attributes`` holds what the listed name says beside the model: ``snapshot``, ``effort``, ``thinking``,
    ``thinking_tokens``, ``pricing``, ``quantization``, ``stage`` and so on.
    """

    model_id: str
    name: str
    organization_id: str
    organization: str | None
    family: str | None
    attributes: dict[str, str]
    step: str
    is_known: bool
    doubt: str | None = None
    candidates: tuple[str, ...] = ()
    version: str | None = None
    settings: tuple[str, ...] = ()

    @property
    def rule(self) -> str:
        """Why it is this model, for the crosswalk ``model_ids``."""
        return self.step


def resolve_models(requests: Sequence[ModelRequest], registry: ModelRegistry) -> list[ResolvedModel]:
    """The model that each request means, in the order of the requests. Adds what it decides to ``registry``.

    The result depends on the set of requests and on the registry, never on their order.

    >>> [found] = resolve_models([ModelRequest("a-feed", "row 1", "GPT-4.1 mini")], ModelRegistry())
    >>> found.model_id, found.step
    ('openai/gpt-4.1-mini', 'alias')
    """
    identities = [_identify(r.name, r.organization, r.source_key) for r in requests]
    ids = _ids_by_place(requests, identities, registry)
    resolved: list[ResolvedModel] = []
    for request, identity in zip(requests, identities, strict=True):
        model_id = ids[request.source, request.scope, identity.base_id]
        doubt = _doubtful_date(identity, model_id)
        resolved.append(
            ResolvedModel(
                model_id=model_id,
                name=_shown_name(identity, request),
                organization_id=identity.organization_id,
                organization=identity.organization,
                family=identity.family,
                attributes=dict(identity.attributes),
                step=identity.step,
                is_known=identity.known is not None and doubt is None,
                doubt=doubt or identity.doubt,
                candidates=identity.candidates,
            )
        )
    for request, identity, found in sorted(
        zip(requests, identities, resolved, strict=True),
        key=lambda x: (x[0].source, x[0].scope, x[0].release_date or date.max),
    ):
        registry.add(
            Decision(
                request.source,
                request.scope,
                identity.base_id,
                _telling_date(identity, request),
                found.model_id,
                found.name,
            )
        )
    return resolved


@dataclass(slots=True, frozen=True)
class _Identity:
    base_id: str
    name: str
    organization_id: str
    organization: str | None
    family: str | None
    attributes: Mapping[str, str]
    step: str
    known: KnownModel | None
    snapshot: date | None
    keyed: bool
    doubt: str | None
    candidates: tuple[str, ...]


_STILL_THE_MODEL = frozenset({"snapshot", "stage", "tuning"})
"""Attributes that tell which release is meant; the others are settings, which are no part of a model's name."""


def _shown_name(identity: _Identity, request: ModelRequest) -> str:
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


def _doubtful_date(identity: _Identity, model_id: str) -> str | None:
    """A sentence where the id ends in a date of which the catalogue knows no release."""
    known = identity.known
    if known is None or model_id == known.model_id:
        return None
    if model_id in {f"{known.model_id}-{day}" for day in known.snapshots}:
        return None
    return f"no release of {known.model_id} is known of the date in {model_id}"


def _telling_date(identity: _Identity, request: ModelRequest) -> date | None:
    """The date by which a model is told from another of its name, where one is."""
    if identity.snapshot is not None:
        return identity.snapshot if identity.known is None else None
    return None if identity.keyed else request.release_date


def _ids_by_place(
    requests: Sequence[ModelRequest], identities: Sequence[_Identity], registry: ModelRegistry
) -> dict[tuple[str, str, str], str]:
    """Ids by (source, scope, base id). One place is one model, whatever dates it has shown."""
    places: dict[tuple[str, str], dict[str, date | None]] = {}
    for request, identity in zip(requests, identities, strict=True):
        dates = places.setdefault((request.source, identity.base_id), {})
        both = (_telling_date(identity, request), dates.get(request.scope))
        dates[request.scope] = min((day for day in both if day is not None), default=None)
    ids: dict[tuple[str, str, str], str] = {}
    snapshots = {i.base_id: i.known for i in identities if i.known and i.known.snapshots and i.snapshot is None}
    for (source, base_id), dates in places.items():
        if known := snapshots.get(base_id):
            for scope, told in dates.items():
                before = registry.at_place(source, scope, base_id)
                ids[source, scope, base_id] = before or _by_snapshot(known, told)
            continue
        taken = registry.by_date(source, base_id)
        fresh: set[date] = set()
        for scope, told in dates.items():
            if before := registry.at_place(source, scope, base_id):
                ids[source, scope, base_id] = before
            elif told is not None and told not in taken:
                fresh.add(told)
        holders = {day for day, identifier in taken.items() if identifier == base_id and day is not None}
        for day in sorted(fresh):
            taken[day] = base_id if not holders else f"{base_id}-{day}"
            holders.add(day)
        for scope, told in dates.items():
            if (source, scope, base_id) not in ids:
                ids[source, scope, base_id] = base_id if told is None else taken[told]
    return ids


# --- names -----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=65536)
def _identify(name: str | None, organization: str | None, source_key: str | None) -> _Identity:
    stated = resolve_organization(organization)
    hinted, key_text = _take_key_apart(source_key)
    prefix, name_text = _take_name_apart(name)
    if key_text is None and name_text and "/" in name_text and " " not in name_text:
        prefix, name_text = _take_key_apart(name_text)  # an id in the place of a name
    explicit = stated.organization_id if stated.organization_id != UNKNOWN else None
    hints = tuple(dict.fromkeys(h for h in (explicit, hinted, prefix) if h))
    could_be: tuple[str, ...] = ()
    found = _look_up(source_key, key_text, name_text, hints)
    if found is None and not hints and (told := maker_of(key_text or name_text or "")):
        hints, key_text, name_text = (told[0],), told[1] if key_text else None, name_text if key_text else told[1]
        found = _look_up(source_key, key_text, name_text, hints)
    if found is not None:
        hit, listing, step, doubt = found
        if explicit is None or hit.model.organization_id in {explicit, hinted}:
            attributes = dict(listing.attributes)
            snapshot = hit.snapshot or listing.snapshot
            if snapshot is not None:
                attributes["snapshot"] = snapshot.isoformat()
            return _known(hit.model, attributes, snapshot, step, keyed=bool(source_key), doubt=doubt)
        doubt = f"{hit.model.model_id} has this name, but its maker is another"
        could_be = (hit.model.model_id,)
    else:
        could_be = model_index().ambiguous(key_text or name_text or "")
        doubt = "the spelling fits several models" if could_be else None
    return _unknown(key_text, name_text, hints, stated.name, doubt=doubt, candidates=could_be)


def _known(
    model: KnownModel,
    attributes: dict[str, str],
    snapshot: date | None,
    step: str,
    *,
    keyed: bool,
    doubt: str | None,
) -> _Identity:
    base_id = f"{model.model_id}-{snapshot}" if snapshot and model.snapshots else model.model_id
    return _Identity(
        base_id=base_id,
        name=model.name,
        organization_id=model.organization_id,
        organization=organization_name(model.organization_id),
        family=model.family,
        attributes=MappingProxyType(attributes),
        step=step,
        known=model,
        snapshot=snapshot,
        keyed=keyed,
        doubt=doubt,
        candidates=(model.model_id,) if doubt else (),
    )


def _unknown(
    key_text: str | None,
    name_text: str | None,
    hints: tuple[str, ...],
    organization: str | None,
    *,
    doubt: str | None,
    candidates: tuple[str, ...],
) -> _Identity:
    written = key_text or name_text or ""
    listing = [r for r in read_listing(written) if not r.needs_known][-1]
    attributes = dict(listing.attributes)
    if listing.snapshot is not None:
        attributes["snapshot"] = listing.snapshot.isoformat()
    owner = hints[0] if hints else UNKNOWN
    made = model_slug(listing.text) or "unnamed-" + text.digest(written)
    shown = [r for r in read_listing(name_text or written) if not r.needs_known][-1].text
    base_id = f"{owner}/{text.shorten(made)}"
    if base_id in model_index().catalogue:
        base_id = f"{base_id}-listed"
    return _Identity(
        base_id=base_id,
        name=shown,
        organization_id=owner,
        organization=organization_name(owner) or organization,
        family=None,
        attributes=MappingProxyType(attributes),
        step="ambiguous" if doubt else "new",
        known=None,
        snapshot=listing.snapshot,
        keyed=key_text is not None,
        doubt=doubt,
        candidates=candidates,
    )


def spellings(written: str) -> set[str]:
    """The texts under which a listed name, or a source's own id of a model, may be looked up.

    >>> sorted(spellings("openai/gpt-4o:free"))
    ['gpt-4o', 'gpt-4o:free', 'openai/gpt-4o', 'openai/gpt-4o:free']
    """
    _, key_text = _take_key_apart(written)
    return {written} | {listing.text for text in (written, key_text) if text for listing in read_listing(text)}


_Found = tuple[Hit, Listing, str, str | None]


def _look_up(
    source_key: str | None, key_text: str | None, name_text: str | None, hints: tuple[str, ...]
) -> _Found | None:
    """First what the source's own id says, then the shown name, each whole or less endings that are never part of a
    name; then both less endings that only may be settings; then a slip of the keyboard."""
    index = model_index()
    if source_key and (hit := index.exact.get(source_key)):
        return hit, Listing(source_key, {}), "alias", None
    for certain in (True, False):
        for written in (key_text, name_text):
            for listing in read_listing(written) if written else ():
                if listing.needs_known is certain or not (found := _read(listing, hints)):
                    continue
                if written is key_text or key_text is None or _same_numbers(key_text, found[0].model, name_text):
                    return found
    written = key_text or name_text or ""
    meant = index.names.one_slip(text.name_key(written), written)
    if len(meant) == 1:
        model = index.catalogue[meant[0]]
        doubt = f"read as a slip of the keyboard for {model.model_id}"
        return Hit(model, None), read_listing(written)[0], "typo", doubt
    return None


def _read(listing: Listing, hints: tuple[str, ...]) -> _Found | None:
    index = model_index()
    hit, step = index.exact.get(listing.text), "alias"
    if hit is None:
        hit, step = index.find(listing.text, hints), "normalised"
    if hit is None or (listing.families is not None and hit.model.family not in listing.families):
        return None
    return hit, listing, step, None


def _same_numbers(key_text: str, model: KnownModel, name_text: str | None) -> bool:
    """Whether a source's own id, which says more than its shown name, has the numbers of the model that the name
    means: "qwen3-235b-a22b-instruct-2507" shown as "Qwen3-235B-A22B" is not the model of that name."""
    written = _digits(read_listing(key_text)[-1].text)
    return written in {_digits(name) for name in (model.name, model.model_id, name_text or "", *model.aliases)}


def _digits(name: str) -> str:
    return "".join(c for c in name if c.isdecimal())


def _take_key_apart(source_key: str | None) -> tuple[str | None, str | None]:
    """The maker that a source's own id names, and the rest: ('anthropic', 'claude-v2:1') of
    'bedrock/us.anthropic.claude-v2:1'."""
    if not source_key or not source_key.strip():
        return None, None
    *before, last = [part for part in source_key.strip().split("/") if part][-_MOST_PREFIXES:] or [source_key]
    maker: str | None = None
    for part in before:
        found = resolve_organization(part)
        if found.organization_id != UNKNOWN and (found.is_known or maker is None):
            maker = found.organization_id
    for _ in range(_MOST_PREFIXES):
        head, dot, rest = last.partition(".")
        if not dot or not rest:
            break
        found = resolve_organization(head)
        if is_provider(head):
            last = rest
        elif found.is_known and head.isalnum() and not head[-1].isdigit():
            maker, last = found.organization_id, rest
        else:
            break
    return maker, last


def _take_name_apart(name: str | None) -> tuple[str | None, str | None]:
    """The maker that stands before a colon in a display name, and the rest: 'OpenAI: GPT-5 Mini'."""
    shown = text.collapse(name or "")
    before, colon, after = shown.partition(": ")
    if colon and after and (found := resolve_organization(before)).is_known:
        return found.organization_id, after
    return None, shown or None


def forget_decisions() -> None:
    """Reads the decisions anew at the next call, after a review wrote one."""
    model_index.cache_clear()
    _identify.cache_clear()
