"""From ``model.json`` and ``provider.json`` to records.

A model's file states the model and its scores; its id and organization stand in the file's place. A provider's file
gives an entry for each model that it sells. Scores are shares of one, where the record does not show another scale (see
``ingest.read.scales``); a number of another unit stays as it is.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from ingest.name import provider
from ingest.read.fieldvalues import READERS, text_or_none
from ingest.read.jsonfeed import JsonFeed, read_feed
from ingest.read.leaves import escaped, leaves, written
from ingest.read.rules import RuleReader, heed_around, type_name
from ingest.read.scales import SHARE
from ingest.read.text import first_sign
from ingest.records.document import Capture, Check, Document, Entry, Score

NAME = "llmstats"
READER = f"{NAME}/2"

_RECORD = JsonFeed(
    NAME, READER, Path(__file__).with_name("fields.yaml"), "/", "fields of a model and no list of a provider's models"
)
_SOLD = _RECORD._replace(where="/providermodels/*/")
_SCORES = "qualitative_metrics"


def recognise(capture: Capture) -> bool:
    """Whether the content is a record of a model with ``qualitative_metrics``, or of a provider's models."""
    content = capture.content
    if first_sign(content) != b"{":
        return False
    return b'"providermodels"' in content[:4096] or (
        len(content) < 2**21 and b'"qualitative_metrics"' in content and b'"input_context_size"' in content
    )


def parse(capture: Capture) -> Document:
    """The :class:`Document` of one model's or one provider's file."""
    sold = b'"providermodels"' in capture.content
    document = read_feed(_SOLD if sold else _RECORD, capture, _sold if sold else _record)
    document.notes_are_whole = True
    for number, entry in enumerate(document.entries):
        document.checks += _doubt_days(entry, number)
    return document


def _doubt_days(entry: Entry, number: int) -> list[Check]:
    """Take away the days of scores that lie before the model's own release, with a failed check for each score.

    Some records have one such day for all their scores, months before the model. Nobody knew a result by then.
    """
    (released,) = [s.value for s in entry.stated if s.field == "release_date" and s.unit == "day"] or [None]
    if not isinstance(released, date):
        return []
    checks = []
    for place, score in enumerate(entry.scores):
        if score.measured_on is not None and score.measured_on < released:
            entry.scores[place] = replace(score, measured_on=None)
            day = score.measured_on.isoformat()
            checks.append(Check("measured_before_release", False, f">= {released}", day, score.locator, number))
    return checks


def _record(root: Any, capture: Capture, reading: RuleReader) -> list[Entry] | None:
    if not isinstance(root, dict) or not reading.rules.know(root):
        return None
    return [_model(root, capture.location, reading)]


def _sold(root: Any, capture: Capture, reading: RuleReader) -> list[Entry] | None:
    if not isinstance(root, dict) or not isinstance(root.get("providermodels"), list):
        return None
    seller = provider(text_or_none(root.get("name")) or PurePosixPath(capture.location).parent.name)
    for field, value in root.items():
        if field not in ("name", "providermodels"):
            rule = reading.rules.of(field)
            if rule is not None and rule.unused:
                reading.aside(f"../../{field}", rule.unused)
            else:
                reading.report_new(f"../../{field}", type_name(value))
    entries = []
    for number, sold in enumerate(root["providermodels"]):
        if not isinstance(sold, dict):
            reading.report_new("", f"{type_name(sold)}, not a model")
            continue
        entry = Entry(None, f"/providermodels/{number}", source_key=text_or_none(sold.get("model_id")))
        reading.read(entry, leaves(sold, entry.locator), provider=seller.id, speaks="host")
        entries.append(entry)
    heed_around(entries, {field: value for field, value in root.items() if field != "providermodels"})
    return entries


def _model(root: dict[str, Any], location: str, reading: RuleReader) -> Entry:
    name, organization = text_or_none(root.get("name")), text_or_none(root.get("organization_id"))
    key = _key_in(location) or text_or_none(root.get("model_id"))
    place = "name" if name is not None else next(iter(root))
    entry = Entry(name, f"/{escaped(place)}", organization, key)
    reading.read(entry, leaves(root, ""))
    listed = root.get(_SCORES)
    for number, metric in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(metric, dict) and metric.get("score") is not None:
            entry.scores.append(_score(metric, f"/{_SCORES}/{number}"))
    return entry


def _key_in(location: str) -> str | None:
    """The id of the model, ``<organization>/<model>``, from ``…/models/<organization>/<model>/model.json``."""
    parts = PurePosixPath(location.replace("\\", "/")).parts
    if len(parts) >= 4 and parts[-1] == "model.json" and parts[-4] == "models":
        return f"{parts[-3]}/{parts[-2]}"
    return None


def _score(metric: dict[str, Any], pointer: str) -> Score:
    text, link = written(metric["score"]), text_or_none(metric.get("source_link"))
    value = READERS["number"](metric["score"], text, {})
    if value.value is not None:
        value = value._replace(unit=SHARE)
    return Score(
        benchmark=text_or_none(metric.get("dataset_name")) or "",
        score=value.value,
        unit=value.unit,
        score_text=text,
        locator=pointer,
        description=text_or_none(metric.get("analysis_method")),
        self_reported=READERS["flag"](metric.get("is_self_reported"), "", {}).value,
        measured_on=_day(metric.get("date_recorded")),
        conditions={"footnotes": [link]} if link else {},
        problem=value.problem or (None if value.value is not None else "unreadable_score"),
    )


def _day(noted: Any) -> date | None:
    """The day on which a score was noted down. It had been measured by then."""
    text = text_or_none(noted)
    read = READERS["day"](text, text, {}) if text else None
    return read.value if read and read.unit == "day" else None
