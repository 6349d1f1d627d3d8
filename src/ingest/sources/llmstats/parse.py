"""From ``model.json`` and ``provider.json`` to records.

A model's file states the model and its scores; its id and organization stand in the file's place. A provider's file
gives an entry for each model that it sells. Scores are shares of one and become percent; a greater number has a
unit of its own and stays as it is.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any

from ingest.read.datafile import read_json_for
from ingest.read.fieldvalues import fraction_as_percent
from ingest.read.leaves import leaves, written
from ingest.read.providers import provider
from ingest.read.rules import Reading, load_rules, type_name
from ingest.records.document import Capture, Document, Entry, Score

NAME = "llmstats"
READER = f"{NAME}/1"

_FIELDS = Path(__file__).with_name("fields.yaml")
_SCORES = "qualitative_metrics"


def recognise(capture: Capture) -> bool:
    """Whether the content is a record of a model with ``qualitative_metrics``, or of a provider's models."""
    content = capture.content
    if content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{":
        return False
    return b'"providermodels"' in content[:4096] or (
        len(content) < 2**21 and b'"qualitative_metrics"' in content and b'"input_context_size"' in content
    )


def parse(capture: Capture) -> Document:
    """The :class:`Document` of one model's or one provider's file."""
    document = Document(NAME, READER)
    tree = read_json_for(document, capture.content)
    if tree is None:
        return document
    if not isinstance(tree.root, dict):
        document.rejected = f"no_record: the file holds a {type_name(tree.root)}"
        return document
    if isinstance(tree.root.get("providermodels"), list):
        reading = Reading(load_rules(_FIELDS), "/providermodels/*/")
        _read_provider(tree.root, capture.location, reading, document)
    else:
        reading = Reading(load_rules(_FIELDS), "/")
        document.entries.append(_model(tree.root, capture.location, reading))
    reading.finish(document, tree.doubled)
    return document


def _read_provider(root: dict[str, Any], location: str, reading: Reading, document: Document) -> None:
    name = root.get("name")
    folder = PurePosixPath(location).parent.name
    seller = provider(_text(name) or folder)
    for field, value in root.items():
        if field not in ("name", "providermodels"):
            rule = reading.rules.of(field)
            if rule is not None and rule.unused:
                reading.aside(f"../../{field}", rule.unused)
            else:
                reading.report_new(f"../../{field}", type_name(value))
    for number, sold in enumerate(root["providermodels"]):
        if not isinstance(sold, dict):
            reading.report_new("", f"{type_name(sold)}, not a model")
            continue
        key = sold.get("model_id")
        entry = Entry(
            name=None,
            locator=f"/providermodels/{number}",
            source_key=key if isinstance(key, str) else None,
        )
        reading.read(entry, leaves(sold, entry.locator), provider=seller.id, speaks="host")
        document.entries.append(entry)


def _model(root: dict[str, Any], location: str, reading: Reading) -> Entry:
    name = root.get("name")
    key = _key_in(location) or _text(root.get("model_id"))
    organization = _text(root.get("organization_id"))
    entry = Entry(name if isinstance(name, str) else None, "/name", organization, key)
    reading.read(entry, leaves(root, ""))
    listed = root.get(_SCORES)
    for number, metric in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(metric, dict):
            entry.scores.append(_score(metric, f"/{_SCORES}/{number}"))
    return entry


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _key_in(location: str) -> str | None:
    """The id of the model, ``<organization>/<model>``, from ``…/models/<organization>/<model>/model.json``."""
    parts = PurePosixPath(location.replace("\\", "/")).parts
    if len(parts) >= 4 and parts[-1] == "model.json" and parts[-4] == "models":
        return f"{parts[-3]}/{parts[-2]}"
    return None


def _score(metric: dict[str, Any], pointer: str) -> Score:
    value, name = metric.get("score"), metric.get("dataset_name")
    note, link, by_maker = (metric.get(k) for k in ("analysis_method", "source_link", "is_self_reported"))
    number: float | None = None
    unit: str | None = None
    problem: str | None = None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        problem = "unexpected_type"
    elif 0 <= value <= 1:
        number, unit = fraction_as_percent(written(value)).value, "percent"
    else:
        number, unit = float(value), "points"
    return Score(
        benchmark=name if isinstance(name, str) else "",
        score=number,
        unit=unit,
        score_text=written(value),
        locator=pointer,
        description=note if isinstance(note, str) and note.strip() else None,
        self_reported=by_maker if isinstance(by_maker, bool) else None,
        conditions={"footnotes": [link]} if isinstance(link, str) and link else {},
        problem=problem,
    )
