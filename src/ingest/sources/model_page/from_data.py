"""A page whose facts stand in its JSON alone, since scripts fill it in a browser: the object of the page's own model.

The title or the address of the page names the object. Keys that ``witness.yaml`` knows state its facts; a price needs
its currency and what it is for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple, TypeGuard

from ingest.name import resolve_organization
from ingest.read import values
from ingest.read.languages import ENGLISH
from ingest.read.lines import Page
from ingest.read.scales import SHARE
from ingest.records.document import Document, Entry, Price, Score, Stated
from ingest.sources.model_page.field_values import value_of
from ingest.sources.model_page.identity import is_comparison, is_known_benchmark, named
from ingest.sources.model_page.labels import feature_id, is_feature, known
from ingest.sources.model_page.order import OF_WORDS, TAGS
from ingest.sources.model_page.sentence import is_company
from ingest.sources.model_page.witness import witness_fields, words

_WORDS = re.compile(r"[^\W_]+")
_AMOUNT = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,9})?")
_PIECES = re.compile(r"[|·•:(]| [–—-] ")
_LARGEST = 4 * 2**20
_DEEPEST = 12
_MOST_OBJECTS = 5000
_LONGEST = 200
_LARGEST_LINKED = 64 * 2**10
# Types of JSON-LD: of what is offered, and of who makes it; an article has a person as its author.
_PRODUCTS = ("SoftwareApplication", "WebApplication", "Product", "SoftwareSourceCode", "Service")
_COMPANIES = ("Organization", "Corporation", "Brand")
_MAY_BE_PERSONS = ("author", "creator", "maker")
_LARGEST_NUMBER = 1e15
_LEAST_FACTS = 3
_LETTERS_OF_CURRENCY = 3
_HUNDRED = 100
_MOST_SHOWN = 400
"""Characters that a page shows whose facts are not shown: a title, a menu, and words that ask for scripts."""


class _Object(NamedTuple):
    """An object of the JSON of a page that names a model, with the place of its script."""

    name: str
    held: Mapping[str, Any]
    place: str


def shows_nothing(page: Page) -> bool:
    """Whether a page shows next to no text beside JSON of its own."""
    return page.media_type == "text/html" and len(page.data) > 0 and len(page.words) - len(page.title) <= _MOST_SHOWN


def names_models(page: Page) -> bool:
    """Whether the JSON of a page that shows nothing has facts of models, of whichever."""
    return shows_nothing(page) and next(_objects(page), None) is not None


def read_data(page: Page, own: list[str], document: Document, *, any_benchmark: bool) -> bool:
    """Reads the entry of the model that a page is about out of its JSON; False where none is named for certain."""
    objects = _own_objects(page, own)
    if not objects:
        return False
    found, *others = objects
    entry = Entry(found.name, f"{found.place} name")
    _take_maker(found, entry)
    told = {(each.field, str(each.value)) for other in others for each in _stated(other)}
    asked = {(each.kind, str(each.amount)) for other in others for each in _prices(other)}
    entry.stated = [each for each in _stated(found) if not _is_denied(told, each.field, each.value)]
    entry.prices = [each for each in _prices(found) if not _is_denied(asked, each.kind, each.amount)]
    entry.scores = [
        score for score in _scores(found) if any_benchmark or is_known_benchmark(score.benchmark)
    ]  # another site's names may be anything
    if len(entry.stated) + len(entry.prices) + len(entry.scores) < _LEAST_FACTS:
        return False
    document.entries.append(entry)
    return True


def _is_denied(told: set[tuple[str, str]], name: str, value: Any) -> bool:
    """Whether another object of the same name states another value."""
    return any(each == name and other != str(value) for each, other in told)


def linked_maker(page: Page, name: str) -> tuple[str, str] | None:
    """Who made the model of a page by its JSON-LD, and where that stands: the object of a product that bears its very
    name, with an organization as its maker."""
    for found in _linked(page):
        if _words_of(str(found.held.get("name", ""))) != _words_of(name) or found.held.get("@type") not in _PRODUCTS:
            continue
        for key in words().makers.phrases:
            told = found.held.get(key)
            if isinstance(told, dict) and told.get("@type") in _COMPANIES and isinstance(told.get("name"), str):
                return told["name"], f"{found.place} {key}"
    return None


def _linked(page: Page) -> Iterator[_Object]:
    """The objects of JSON-LD, none of them within another."""
    for at in range(len(page.data)):
        if page.data.size(at) <= _LARGEST_LINKED and '"@type"' in (text := page.data[at]):
            with suppress(ValueError, RecursionError):
                root = json.loads(text)
                listed = (
                    root if isinstance(root, list) else root.get("@graph", [root]) if isinstance(root, dict) else []
                )
                for each in listed if isinstance(listed, list) else ():
                    if isinstance(each, dict):
                        yield _Object(str(each.get("name")), each, f"script {at + 1}")


def _own_objects(page: Page, own: list[str]) -> list[_Object]:
    """The objects that the title, another mark of the page or its address names, word by word, the one with most facts
    first; none where these name several models, as on a page that compares."""
    names = {_words_of(piece) for text in own for piece in (text, *_PIECES.split(text))}
    found = [each for each in _objects(page) if _words_of(each.name) in names]
    if len({_words_of(each.name) for each in found}) != 1 or any(map(is_comparison, own)):
        return []
    return sorted(found, key=lambda each: -sum(key in witness_fields() for key in _flat(each.held)))


def _words_of(text: str) -> tuple[str, ...]:
    return tuple(_WORDS.findall(text.lower()))


def _objects(page: Page) -> Iterator[_Object]:
    for at in range(len(page.data)):
        if page.data.size(at) > _LARGEST:
            continue
        with suppress(ValueError, RecursionError):
            yield from _named(json.loads(page.data[at]), f"script {at + 1}")


def _named(root: Any, place: str) -> Iterator[_Object]:
    """The objects with a name and facts of a model, from outside in."""
    left: list[tuple[Any, int]] = [(root, 0)]
    for _ in range(_MOST_OBJECTS):
        if not left:
            return
        value, depth = left.pop()
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        left += [(each, depth + 1) for each in inner if isinstance(each, (dict, list)) and depth < _DEEPEST]
        name = _name(value) if isinstance(value, dict) else None
        if name and (any(key in witness_fields() for key in _flat(value)) or "additionalProperty" in value):
            yield _Object(name, value, place)


def _name(held: Mapping[str, Any]) -> str | None:
    told = (held.get(key) for key in words().full_names.phrases)
    return next((name for name in told if isinstance(name, str) and 0 < len(name) <= _LONGEST), None)


def _flat(held: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of an object, and those of the groups of facts in it that are no object of their own (``pricing``)."""
    flat = dict(held)
    for group in words().groups.phrases:
        value = held.get(group)
        for key, inner in value.items() if isinstance(value, dict) and _name(value) is None else ():
            flat.setdefault(key, inner)
    return flat


def _take_maker(found: _Object, entry: Entry) -> None:
    """Takes who made the model; a maker that contradicts the known one is left out."""
    key, told = next(((key, found.held[key]) for key in words().makers.phrases if found.held.get(key)), ("", None))
    maker = told.get("name") if isinstance(told, dict) else told
    if not isinstance(maker, str) or not 0 < len(maker) <= _LONGEST or named(maker).is_model:
        return
    kind = told.get("@type") if isinstance(told, dict) else None
    if key in _MAY_BE_PERSONS and kind not in _COMPANIES and not is_company(maker):
        return
    model = named(found.name).organization_id
    if model is None or resolve_organization(maker).organization_id == model:
        entry.organization, entry.organization_locator = maker, f"{found.place} {key}"


def _stated(found: _Object) -> Iterator[Stated]:
    seen: set[str] = set()
    for stated in (*_by_keys(found), *_by_properties(found), *_by_words(found)):
        if stated.field not in seen:
            seen.add(stated.field)
            yield stated


def _by_keys(found: _Object) -> Iterator[Stated]:
    for key, value in _flat(found.held).items():
        field = witness_fields().get(key)
        if field is None or isinstance(value, bool) or not isinstance(value, (str, int, float)):
            continue
        read = values.day(str(value)) if field.kind == "day" else values.count(str(value))
        if read.value is not None and read.problem is None:
            yield _fact(field.field, read, str(value), f"{found.place} {key}", is_day=field.kind == "day")


def _by_properties(found: _Object) -> Iterator[Stated]:
    """The properties that JSON-LD lists with a name and a value (``Context window``, 65536, ``tokens``)."""
    listed = found.held.get("additionalProperty")
    for each in listed if isinstance(listed, list) else ():
        if not isinstance(each, dict) or not isinstance(each.get("name"), str):
            continue
        label, value = known(each["name"]).field, each.get("value")
        if label is None or label.value in ("price", *TAGS, *OF_WORDS) or not isinstance(value, (str, int, float)):
            continue
        unit = each.get("unitText")
        text = f"{value} {unit}" if isinstance(unit, str) and unit and not isinstance(value, str) else str(value)
        read = value_of(ENGLISH, label.value, text)
        if read.value is not None and read.problem is None:
            place = f"{found.place} additionalProperty"
            yield _fact(label.target, read, text, place, is_day=label.value == "day")


def _by_words(found: _Object) -> Iterator[Stated]:
    """Description, licence, whether it is multimodal, and features that are marked as there or not."""
    held, place = found.held, found.place
    text = held.get("description")
    if isinstance(text, str) and text.strip().endswith((".", "。", "!")):
        yield Stated("description", text.strip(), text, f"{place} description")
    told = held.get("license")
    licence = (told.get("name") or told.get("id")) if isinstance(told, dict) else told
    if isinstance(licence, str) and not values.is_nothing(licence):
        yield Stated("license", licence, licence, f"{place} license")
    if isinstance(held.get("multimodal"), bool):
        yield Stated("multimodal", held["multimodal"], str(held["multimodal"]).lower(), f"{place} multimodal")
    listed = held.get("features")
    marked = listed if isinstance(listed, dict) else dict.fromkeys(_texts(listed), True)
    for field, on in (("features", True), ("features_absent", False)):
        names = [key for key, value in marked.items() if value is on and is_feature(key.replace("_", " "))]
        if names:
            ids = sorted({feature_id(name.replace("_", " ")) for name in names})
            yield Stated(field, ids, ", ".join(names), f"{place} features")


def _texts(value: Any) -> list[str]:
    return value if isinstance(value, list) and all(isinstance(each, str) for each in value) else []


def _fact(field: str, read: values.Value, text: str, place: str, *, is_day: bool) -> Stated:
    return Stated(field, read.value, text, place, read.low, read.high, read.unit if is_day else None)


def _prices(found: _Object) -> Iterator[Price]:
    flat = _flat(found.held)
    currency = flat.get("currency")
    for price in words().prices:
        key = next((key for key in price.keys if _is_number(flat.get(key))), None)
        if key and isinstance(currency, str) and _is_currency(currency):
            amount = float(f"{flat[key] * price.factor:.12g}")
            yield Price(price.kind, amount, str(flat[key]), f"{found.place} {key}", currency=currency)
    listed = found.held.get("offers")
    for offer in listed if isinstance(listed, list) else ():
        yield from _offer(offer, f"{found.place} offers") if isinstance(offer, dict) else ()


def _offer(offer: Mapping[str, Any], place: str) -> Iterator[Price]:
    """An offer of JSON-LD that says of which tokens its price is (``Input tokens``) and for how many."""
    name, unit, currency = (str(offer.get(key) or "") for key in ("name", "description", "priceCurrency"))
    label = known(name).field or known(name.removesuffix(" tokens")).field
    per = values.per_unit(unit.lower().removeprefix("per ").strip())
    raw = str(offer.get("price"))
    if label is None or label.value != "price" or per is None or not _is_currency(currency):
        return
    if _AMOUNT.fullmatch(raw):
        yield Price(label.target, float(f"{float(raw) * per[1]:.12g}"), raw, place, per[0], currency)


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < _LARGEST_NUMBER


def _is_currency(text: str) -> bool:
    return len(text) == _LETTERS_OF_CURRENCY and text.isascii() and text.isupper()


def _scores(found: _Object) -> Iterator[Score]:
    lists = (found.held.get(key) for key in words().scores.phrases)
    listed: list[Any] = next((each for each in lists if isinstance(each, list)), [])
    for at, each in enumerate(listed):
        if not isinstance(each, dict):
            continue
        name, score, most = _name(each) or each.get("benchmark"), each.get("score"), each.get("max_score")
        if not isinstance(name, str) or not _is_number(score):
            continue
        unit = SHARE if most == 1 and score <= 1 else "percent" if most == _HUNDRED and score <= _HUNDRED else None
        if unit is None:
            continue  # nothing says of how many
        note, marked, group = (each.get(key) for key in ("note", "self_reported", "category"))
        yield Score(
            benchmark=name,
            score=float(score),
            unit=unit,
            score_text=str(score),
            locator=f"{found.place} score {at + 1}",
            category=group if isinstance(group, str) and group else None,
            description=note if isinstance(note, str) and note else None,
            self_reported=marked if isinstance(marked, bool) else None,
        )
