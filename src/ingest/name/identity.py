"""Which model one listing names: from a source's own id, its shown name and the organization that it states.

A name is first looked up whole; then endings that are settings or versions of one model (``:free``, ``_high``,
``-2025-04-14``) are taken off one by one (``endings.yaml``). What is not in the catalogue gets an id made of its own
name. The answer depends on the listing, the catalogue and the decisions alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from ingest.name import text
from ingest.name.endings import MONTHS, Listing, read_listing
from ingest.name.families import in_latin_letters, without_maker
from ingest.name.generations import maker_by_name
from ingest.name.model_catalogue import RELEASE, Hit, KnownModel, model_index
from ingest.name.model_text import is_size, model_slug, model_words
from ingest.name.organizations import (
    UNKNOWN,
    is_a_name,
    is_provider,
    joins_paths,
    may_be_a_name,
    organization_name,
    provider,
    resolve_organization,
    serves_tuned,
)

_FINE_TUNED = "ft:"
"""Before the id of a model that a customer tuned ("ft:gpt-4o-mini:acme::B1"):
https://platform.openai.com/docs/guides/fine-tuning."""

_RUNNERS_TAG = re.compile(r"[a-z][\w.-]*:(?:\d{1,2}x)?e?\d{1,3}(?:\.\d{1,2})?[bm]")
"""A size as the tag of a family, as the library of Ollama writes it: "llama3.1:8b" is the tuned model there."""

_VERSION_ALONE = re.compile(r"v\d{1,2}(?:\.\d{1,2})?")

_MOST_PREFIXES = 6
"""Parts of a source's own id that are looked at, from its end; the longest path met has five."""

_NUMBERED = re.compile(r"\d{3,8}")
"""A word of a listed name that tells a version: 0613, 002, 20240229. Shorter numbers belong to names."""

_DAY = re.compile(r"[01]\d-?[0-3]\d")
"""Month and day, which tell nothing more of a numbered release: "gemini-1.5-flash-002 (0924)"."""

_PATH = re.compile(r"[\w.@:+*-]+(?:/[\w.@:+*-]+)+/?")
"""A path of names, as ids are written; "<b>x</b>" is none."""

_REVISION = re.compile(r"v(\d{1,2}\.\d{1,2}(?:\.\d{1,2})?)")

_RUNNERS = re.compile(r"q\d\w{0,6}")
"""A quantization that a local runner lists: files of their own, with results of their own."""

_YEAR = re.compile(r"20[12]\d")
_LENGTHS = frozenset(("1024", "2048", "4096", "8192", "16384", "32768", "65536", "131072"))

_STAGES = frozenset(("preview", "exp", "experimental", "beta", "alpha"))


class Identity(NamedTuple):
    """The model of one listing. ``base_id`` is its id before release dates tell two models of one name apart."""

    base_id: str
    name: str
    organization_id: str
    organization: str | None
    family: str | None
    attributes: Mapping[str, str]
    version: str | None
    step: str
    rule: str
    known: KnownModel | None
    snapshot: date | None
    keyed: bool
    doubt: str | None = None
    candidates: tuple[str, ...] = ()


class _Found(NamedTuple):
    hit: Hit
    listing: Listing
    step: str
    rule: str
    doubt: str | None = None


@lru_cache(maxsize=16384)
def identify(
    name: str | None, organization: str | None, source_key: str | None, told_elsewhere: str | None = None
) -> Identity:
    """The identity of a listing. ``told_elsewhere`` is the id of the maker that the same data names for this id."""
    if not ((name or "") + (source_key or "")).isprintable():
        plain = identify(_readable(name), organization, _readable(source_key), told_elsewhere)
        is_hidden = any(not (c.isprintable() or c.isspace()) for c in (name or "") + (source_key or ""))
        return plain._replace(rule=f"{plain.rule}, less signs of control") if is_hidden else plain
    if name and (latin := in_latin_letters(name)) != name:
        plain = identify(latin, organization, source_key, told_elsewhere)
        return plain._replace(rule=f"{plain.rule}, its family in other letters")
    stated = resolve_organization(organization)
    is_keyed = bool(source_key)
    if source_key and source_key.startswith(_FINE_TUNED):
        base = source_key.removeprefix(_FINE_TUNED).partition(":")[0]
        plain = identify(name, organization, base or source_key[1:], told_elsewhere)
        return plain._replace(attributes=MappingProxyType({**plain.attributes, "service": "fine-tuned"}))
    hinted, key_text = _take_key_apart(source_key)
    if name and key_text and len(key_text) == 1:  # a single letter is the id of a row, and not of a model
        source_key = key_text = None
    prefix, name_text = _take_name_apart(name)
    if key_text is None and name_text and _is_an_id(name_text):
        source_key = source_key or name_text  # an id in the place of a name
        prefix, name_text = _take_key_apart(name_text)
    explicit = stated.organization_id if stated.organization_id != UNKNOWN else None
    hints = tuple(dict.fromkeys(h for h in (explicit, hinted, prefix, told_elsewhere) if h))
    rule = "own name"
    if _is_packed_again(key_text or name_text, hints):
        hints, explicit, hinted = (), None, None
    found = _look_up(source_key, key_text, name_text, hints) or _look_up_twice(source_key, name_text, hints)
    behind = () if found is not None else tuple(_behind_names(key_text or name_text or ""))
    if behind:
        found = _look_behind_names(behind)
    if found is None and not hints and (told := _maker_of_family(key_text or name_text or "", behind)):
        hints, key_text, name_text = (told[0],), told[1] if key_text else None, name_text if key_text else told[1]
        rule = "the maker of its family"
        found = _look_up(source_key, key_text, name_text, hints)
    found = _as_served(found, source_key, key_text or name_text or "", hints)
    if found is not None and (explicit is None or found.hit.model.organization_id in {explicit, hinted}):
        return _known(found, keyed=is_keyed)
    if found is not None:
        could_be: tuple[str, ...] = (found.hit.model.model_id,)
        doubt: str | None = f"{could_be[0]} has this name, but its maker is another"
    else:
        could_be = model_index().ambiguous(key_text or name_text or "")
        doubt = "the spelling fits several models" if could_be else None
    if told_elsewhere and hints[:1] == (told_elsewhere,):
        rule = "the maker that the same data names for this id"
    return _unknown(key_text, name_text, hints, stated.name, rule, doubt=doubt, candidates=could_be)


_BRACKETED = re.compile(r"(.{3,80}?) ?\(([^()]{2,60})\)")


def _look_up_twice(source_key: str | None, written: str | None, hints: tuple[str, ...]) -> _Found | None:
    """A model with another name of it in brackets ("Qwen2.5-Max (Qwen-Max)"), or with two phrases there of which each
    leads to it ("Claude 3.5 Sonnet (v2, October 2024)"). None where a phrase is a setting."""
    bracketed = _BRACKETED.fullmatch(written) if written and not source_key else None
    if bracketed is None:
        return None
    plain, inner = bracketed[1], bracketed[2]
    several = inner.split(", ")
    is_without_number = _without_numbers(plain) == text.name_key(inner)  # "Qwen-Max" of several generations
    names = (plain, inner) if len(several) == 1 else tuple(f"{plain} ({phrase})" for phrase in several)
    found = [each for name in names if (each := _look_up(None, name, None, hints)) and each.step != "typo"]
    if len(found) < len(names) or any(each.listing.attributes.keys() - {"snapshot"} for each in found):
        return None
    if not is_without_number and any(each.hit != found[0].hit for each in found):
        return None
    return found[0]._replace(step="normalised", rule=f"{found[0].rule}, said twice")


def _without_numbers(name: str) -> str:
    return "".join(c for c in text.name_key(name) if c.isalpha())


def _as_served(found: _Found | None, source_key: str | None, written: str, hints: tuple[str, ...]) -> _Found | None:
    """The tuned model instead of the plain one, where the seller or the way of writing means it by the plain name."""
    is_tag = _RUNNERS_TAG.fullmatch(written) is not None
    if is_tag and written in model_index().exact:  # said as it is written
        return found
    if not is_tag and not (source_key and serves_tuned(source_key)):
        return found
    if found is None:
        return _only_tuned(written, hints)
    tuned = _tuned(found, source_key or written)
    if tuned is None and _BASE.intersection(model_words(found.hit.model.model_id)):  # "qwen2.5:72b"
        return _only_tuned(written, hints) or found
    is_later = tuned is not None and is_tag and RELEASE.search(tuned.hit.model.model_id) is not None
    return found if tuned is None or is_later else tuned


def _only_tuned(written: str, hints: tuple[str, ...]) -> _Found | None:
    """The tuned model of which a name with a size is the plain one, where the catalogue has that alone."""
    if not any(is_size(word) for word in model_words(written)) or _BASE.intersection(model_words(written)):
        return None
    for tuning in _TUNINGS:
        found = _look_up(None, f"{written}-{tuning}", None, hints)
        if found is not None and found.step != "typo":
            return found._replace(rule=f"{found.rule}, tuned as this seller serves it")
    return None


_TUNINGS = ("instruct", "chat", "it")
_BASE = frozenset(("base", "text", "pt", "pretrained"))


def _tuned(found: _Found, source_key: str) -> _Found | None:
    """The tuned model of which a name with a size is the plain one, where the catalogue has both."""
    sized = any(is_size(word.removeprefix("e")) for word in model_words(found.hit.model.name))
    if not sized or _BASE.intersection(model_words(source_key.rpartition("/")[2])):
        return None
    for tuning in _TUNINGS:
        hit, _ = model_index().find(f"{found.hit.model.model_id.partition('/')[2]}-{tuning}", ())
        if hit is not None and hit.model.organization_id == found.hit.model.organization_id:
            return found._replace(hit=hit, rule=f"{found.rule}, tuned as this seller serves it")
    return None


def _is_packed_again(written: str | None, hints: tuple[str, ...]) -> bool:
    """Whether a name is of a packed copy of a model, behind the name of somebody who makes no models himself."""
    if not written or not hints or any(organization_name(hint) for hint in hints):
        return False
    return any("quantization" in each.attributes for each in read_listing(written) if not each.needs_known)


def _known(found: _Found, *, keyed: bool) -> Identity:
    model, listing = found.hit.model, found.listing
    attributes = dict(listing.attributes)
    snapshot = found.hit.snapshot or listing.snapshot
    if snapshot is not None:
        attributes["snapshot"] = snapshot.isoformat()
    is_own = bool(snapshot and model.snapshots)
    moves = model.moves and attributes.get("pointer") == "latest"
    return Identity(
        base_id=f"{model.model_id}-{snapshot}" if is_own else f"{model.model_id}-latest" if moves else model.model_id,
        name=f"{model.name} (latest)" if moves else model.name,
        organization_id=model.organization_id,
        organization=organization_name(model.organization_id),
        family=model.family,
        attributes=MappingProxyType(attributes),
        version=None if is_own or moves else _known_version(_version(listing, model), model),
        step=found.step,
        rule=found.rule,
        known=model,
        snapshot=snapshot,
        keyed=keyed,
        doubt=found.doubt,
        candidates=(model.model_id,) if found.doubt else (),
    )


def _version(listing: Listing, model: KnownModel | None) -> str | None:
    """What a listing says of the version: dates, numbers and stages that are no part of the model's plain name.

    A moving name is a version of its own, since what it stands for changes.
    """
    if model is None and not listing.version and not listing.attributes:
        return None
    plain: set[str] = set()
    if model is not None:
        plain = {*model_words(model.name), *model_words(model.model_id.partition("/")[2])}
    extra = [word for word in model_words(listing.text) if word not in plain] if model is not None else []
    staged = any(word in _STAGES or _YEAR.fullmatch(word) for word in extra)
    told = [word for word in extra if _tells_version(word, plain, staged)]
    months = [MONTHS[word] for word in extra if word in MONTHS]
    years = [word for word in told if len(word) == 4 and word.startswith("20")]
    if len(months) == 1 and len(years) == 1:
        told = [*(word for word in told if word not in years), f"{years[0]}-{months[0]:02}"]
    is_numbered = any(_NUMBERED.fullmatch(word) for word in told)
    told += [part for part in listing.version if part not in told and not (is_numbered and _DAY.fullmatch(part))]
    if not told and listing.attributes.get("pointer") == "latest":
        told = ["latest"]
    if _RUNNERS.fullmatch(listing.attributes.get("quantization", "")):
        told.append(listing.attributes["quantization"])
    return "-".join(told) or None


def _known_version(told: str | None, model: KnownModel) -> str | None:
    return next((meant for spelled, meant in model.versions if spelled == told), told)


def _tells_version(word: str, plain: set[str], staged: bool) -> bool:
    """Whether a word that the model's plain name lacks tells a version: "0613", "v0.3", "preview" and its "02-05"."""
    if revision := _REVISION.fullmatch(word):
        number = revision[1].removesuffix(".0")
        return not {revision[1], number, f"v{number}"} & plain
    numbered = bool(_NUMBERED.fullmatch(word)) and word not in _LENGTHS
    return word in _STAGES or numbered or (staged and len(word) == 2 and word.isdigit())


def _unknown(
    key_text: str | None,
    name_text: str | None,
    hints: tuple[str, ...],
    organization: str | None,
    rule: str,
    *,
    doubt: str | None,
    candidates: tuple[str, ...],
) -> Identity:
    written = key_text or name_text or ""
    listing = _most_certain(written)
    attributes = listing.attributes
    if listing.snapshot is not None:
        attributes = MappingProxyType({**attributes, "snapshot": listing.snapshot.isoformat()})
    owner = hints[0] if hints else UNKNOWN
    made = model_slug(without_maker(listing.text, owner)) or "unnamed-" + text.digest(written)
    shown = listing.text if (name_text or written) == written else _most_certain(name_text or written).text
    base_id = f"{owner}/{text.shorten(made)}"
    if base_id in model_index().catalogue:
        base_id = f"{base_id}-listed"
    return Identity(
        base_id=base_id,
        name=_plain_name(shown),
        organization_id=owner,
        organization=organization_name(owner) or organization or (owner if owner != UNKNOWN else None),
        family=None,
        attributes=attributes,
        version=_version(listing, None),
        step="ambiguous" if doubt else "new",
        rule=rule,
        known=None,
        snapshot=listing.snapshot,
        keyed=key_text is not None,
        doubt=doubt,
        candidates=candidates,
    )


def _most_certain(written: str) -> Listing:
    """A name less the endings that are no part of it for certain."""
    return next(each for each in reversed(read_listing(written)) if not each.needs_known)


def _plain_name(shown: str) -> str:
    """A shown name without the path and the address that an id may have."""
    if not _PATH.fullmatch(shown) and "@" not in shown:
        return shown
    return shown.rpartition("/")[2].partition("@")[0].strip() or shown.strip("/@ ") or shown


def _readable(written: str | None) -> str | None:
    """A name as a person sees it; None where nothing is to be seen."""
    return written and (text.without_controls(written).strip() or None)


def spellings(written: str) -> set[str]:
    """The texts under which a listed name, or a source's own id of a model, may be looked up.

    >>> sorted(spellings("openai/gpt-4o:free"))
    ['gpt-4o', 'gpt-4o:free', 'openai/gpt-4o', 'openai/gpt-4o:free']
    """
    _, key_text = _take_key_apart(written)
    return {written} | {each.text for text in (written, key_text) if text for each in read_listing(text)}


def _look_up(
    source_key: str | None, key_text: str | None, name_text: str | None, hints: tuple[str, ...]
) -> _Found | None:
    """First what the source's own id says, then the shown name, each whole or less endings that are never part of a
    name; then both less endings that only may be settings; then a slip of the keyboard."""
    index = model_index()
    # "mistral-large@2407", which the catalogue has whole
    if source_key and "@" in source_key and (hit := index.exact.get(dashed := source_key.replace("@", "-"))):
        return _Found(hit, read_listing(dashed)[0], "normalised", "spelling")
    for listing in read_listing(source_key) if source_key else ():
        if not listing.needs_known and (hit := index.exact.get(listing.text)):
            return _fixed(hit.model, name_text, hints) or _Found(hit, listing, "alias", "alias")
    for certain in (True, False):
        for written in (key_text, name_text):
            for listing in read_listing(written) if written else ():
                if listing.needs_known is certain or not (found := _read(listing, hints)):
                    continue
                if written is key_text or key_text is None:
                    return found
                if _same_numbers(key_text, found.hit.model, name_text) or _adds_size(key_text, listing.text):
                    return _by_key(key_text, found, hints)
    return _slip(key_text or name_text or "")


def _fixed(model: KnownModel, name_text: str | None, hints: tuple[str, ...]) -> _Found | None:
    """The model of the same maker that a source shows beside an id that moves: "deepseek-chat" as "DeepSeek V3"."""
    for listing in read_listing(name_text) if model.moves and name_text else ():
        shown = _read(listing, hints)
        if shown is not None and shown.hit.model.organization_id == model.organization_id:
            return None if shown.hit.model is model else shown._replace(rule="the shown name, since the id moves")
    return None


def _slip(written: str) -> _Found | None:
    index = model_index()
    meant = index.names.one_slip(text.name_key(written), written)
    if len(meant) == 1:
        model = index.catalogue[meant[0]]
        doubt = f"read as a slip of the keyboard for {model.model_id}"
        return _Found(Hit(model, None), read_listing(written)[0], "typo", "a slip of the keyboard", doubt)
    return None


def _by_key(key_text: str, found: _Found, hints: tuple[str, ...]) -> _Found:
    """What a shown name leads to, with the version and the settings that the source's own id has beside the model."""
    for listing in read_listing(key_text):
        same = _read(listing, hints)
        if same is not None and same.hit.model is found.hit.model:
            return same
    return found


def _read(listing: Listing, hints: tuple[str, ...]) -> _Found | None:
    index = model_index()
    hit, step, rule = index.exact.get(listing.text), "alias", "alias"
    if hit is None:
        step = "normalised"
        hit, rule = index.find(listing.text, hints)
    if hit is None and (numbered := _with_release(listing.text, hints)):
        hit, rule = numbered, "spelling, with the number of a known release"
    if hit is None or (listing.families is not None and hit.model.family not in listing.families):
        return None
    if listing.month is not None and (hit := index.of_month(hit.model, *listing.month)) is None:
        return None
    return _Found(hit, listing, step, rule)


def _with_release(written: str, hints: tuple[str, ...]) -> Hit | None:
    """The model whose name is followed by the number that the catalogue has for one of its releases."""
    if written[-6:-5] == "(" and written[-1] == ")":  # "Mistral Large 2.1 (2411)"
        written = f"{written[:-6].rstrip()} {written[-5:-1]}"
    if len(written) < 6 or written[-5].isalnum() or not written[-4:].isdigit():
        return None
    number = RELEASE.search(written[-4:])
    if number is None:
        return None
    index = model_index()
    for listing in read_listing(written[:-5]):
        hit, _ = index.find(listing.text, hints)
        if hit is not None:
            return hit if index.has_release(hit.model, number[0]) and not hit.model.snapshots else None
    return None


def _same_numbers(key_text: str, model: KnownModel, name_text: str | None) -> bool:
    """Whether a source's own id, which says more than its shown name, has the numbers of the model that the name
    means: "qwen3-235b-a22b-instruct-2507" shown as "Qwen3-235B-A22B" is not the model of that name."""
    written = _digits(read_listing(key_text)[-1].text)
    return written in {_digits(name) for name in (model.name, model.model_id, name_text or "", *model.aliases)}


def _adds_size(key_text: str, name_text: str) -> bool:
    """Whether a shown name says the size that the source's own id lacks: "qwen-2.5-vl" shown as "Qwen 2.5 VL 72B"."""
    key, name = set(model_words(read_listing(key_text)[-1].text)), set(model_words(name_text))
    return len(key) > 1 and key < name and all(is_size(word) for word in name - key)


def _digits(name: str) -> str:
    return "".join(c for c in name if c.isdecimal())


_LONGEST_MAKER = 4


_Behind = tuple[tuple[str | None, str], ...]
"""What :func:`_behind_names` gives."""


def _look_behind_names(behind: _Behind) -> _Found | None:
    """A model behind the name of its maker or of a host, which may stand there twice."""
    for maker, rest in behind:
        found = _look_up(None, rest, None, ())
        if found is not None and maker in {
            None,
            found.hit.model.organization_id,
        }:  # "deepseek-llama3.3-70b" is no Llama
            return found._replace(step="normalised", rule=f"{found.rule}, behind the name of its maker or host")
    return None


def _maker_of_family(written: str, behind: _Behind) -> tuple[str, str] | None:
    """The maker that the family of a name tells, and the name, also behind the name of a host."""
    names = (written, *(rest for maker, rest in behind if maker is None))
    return next((told for each in names if (told := maker_by_name(each))), None)


def _behind_names(written: str) -> Iterator[tuple[str | None, str]]:
    """The maker whose name stands before a model's, once or twice, and the rest: "meta-llama-meta-llama-3.1-8b" is
    Meta's "llama-3.1-8b"; behind a host's name ("parasail-qwen3-8b") the maker is not told."""
    maker: str | None = None
    rest = written
    for _ in range(2):
        if not may_be_a_name(rest):
            return
        parts = re.split(r"[-_ ]", rest)
        for length in range(min(_LONGEST_MAKER, len(parts) - 1), 0, -1):
            head = "-".join(parts[:length])
            if not is_a_name(head):
                continue
            found = resolve_organization(head)
            is_host = is_provider(head) or (bool(provider(head).own) and provider(head).kind != "maker")
            if is_host or (found.is_known and maker in {None, found.organization_id}):
                maker = maker if is_host else found.organization_id
                rest = rest[len(head) + 1 :]
                if any(c.isdigit() for c in rest):
                    yield maker, rest
                break
        else:
            break


def _take_key_apart(source_key: str | None) -> tuple[str | None, str | None]:
    """The maker that a source's own id names, and the rest: ('anthropic', 'claude-v2:1') of
    'bedrock/us.anthropic.claude-v2:1'."""
    if not source_key or not source_key.strip():
        return None, None
    written = source_key.strip().removeprefix(_FINE_TUNED)
    parts = [part for part in written.split("/") if part][-_MOST_PREFIXES:] or [source_key]
    *before, last = parts
    maker: str | None = None
    for at, part in enumerate(before):
        found = resolve_organization(part)
        if found.organization_id == UNKNOWN or not (found.is_known or maker is None):
            if joins_paths(part):
                return _joined(parts[at + 1 :])
            continue
        if _speaks_as_maker(part, found.organization_id, last):
            maker = found.organization_id
    for _ in range(_MOST_PREFIXES):
        head, dot, rest = last.partition(".")
        if not dot or not rest or not is_a_name(head):
            break
        found = resolve_organization(head)
        if is_provider(head):
            last = rest
        elif found.is_known and head.isalnum() and not head[-1].isdigit():
            maker, last = found.organization_id, rest
        else:
            break
    return maker, last


def _is_an_id(name: str) -> bool:
    """Whether a name is written as ids are: a path, or behind its maker and a point ("us.amazon.nova-pro-v1:0")."""
    if _PATH.fullmatch(name):
        return True
    head, _, rest = name.partition(".")
    is_one_word = " " not in name and any(map(str.isdigit, rest))
    return is_one_word and is_a_name(head) and _take_key_apart(name)[0] is not None


def _joined(parts: list[str]) -> tuple[str | None, str | None]:
    """The maker and the name of a path whose parts are one name: "fal-ai/imagen4/preview/fast".

    Before a version alone the maker's name is that of the model: "ideogram/v3".
    """
    parts = [part for part in parts if not is_provider(part)] or parts
    first = resolve_organization(parts[0])
    if len(parts) > 1 and first.is_known:
        return first.organization_id, "-".join(parts if _VERSION_ALONE.fullmatch(parts[1]) else parts[1:])
    return None, "-".join(parts)


def _speaks_as_maker(part: str, organization_id: str, model: str) -> bool:
    """Whether a part of a path names the maker: a host's name does so only before what it made itself, a maker's
    name not before another maker's family."""
    seller = provider(part)
    if not seller.own or seller.organization_id != organization_id or seller.makes(model):
        return True
    if seller.kind != "maker":
        return False
    told = maker_by_name(model)
    return told is None or told[0] == organization_id


def _take_name_apart(name: str | None) -> tuple[str | None, str | None]:
    """The maker that stands before a colon in a display name, and the rest: 'OpenAI: GPT-5 Mini'."""
    shown = text.collapse(name or "")
    before, colon, after = shown.partition(": ")
    if colon and after and (found := resolve_organization(before)).is_known:
        return found.organization_id, after
    return None, shown or None
