"""Correct known errors of a source by reviewed data, and record each correction.

``source.yaml`` lists them under ``corrections``, each with what the source said, what is true and why we know::

    - entry: GPT-4.1 mini              # the model, by the source's name or its own id
      field: knowledge_cutoff          # a column of models; or price: input; or benchmark: MMLU
      said: June 2024                  # the text as the source has it
      value: 2024-05-31
      unit: day                        # for a date, its precision
      reason: The maker's model card gives the day.

A result can get ``conditions`` that its source has left out (``conditions: {metric: cons@64}``); its value stays then.

The value of a list is the whole list that is right: ``value: '[text, image]'`` for ``input_modalities``. What lists say
of features against a model's maker is no correction of a source: ``names/abilities.yaml`` has it for all of them.

The source's text stays in ``raw_text``. Each use is a check ``correction_applied``. If the source says something else
by now, the check ``correction_obsolete`` fails, so that somebody looks at the entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import yaml

from ingest.errors import IngestError
from ingest.records import Check, Document, Entry, Price, Score, Stated

_NEEDED = {"entry", "said", "value", "reason"}


def correct(document: Document, corrections: Iterable[Mapping[str, Any]]) -> None:
    """Apply ``corrections`` to the entries of ``document``. Raises :class:`IngestError` for an incomplete one."""
    for correction in corrections:
        missing = _NEEDED - set(correction)
        if missing or sum(kind in correction for kind in ("field", "price", "benchmark")) != 1:
            raise IngestError(f"A correction of the source {document.source!r} is incomplete: {dict(correction)!r}.")
        for entry in document.entries:
            if correction["entry"] in (entry.name, entry.source_key):
                _correct_entry(document, entry, correction)


def _correct_entry(document: Document, entry: Entry, correction: Mapping[str, Any]) -> None:
    if "field" in correction:
        for at, stated in enumerate(entry.stated):
            if stated.field == correction["field"] and _applies(document, stated.raw_text, correction):
                entry.stated[at] = _stated(stated, correction)
    elif "price" in correction:
        for at, price in enumerate(entry.prices):
            if price.kind == correction["price"] and _applies(document, price.raw_text, correction):
                entry.prices[at] = _price(price, correction)
    else:
        for at, score in enumerate(entry.scores):
            if score.benchmark == correction["benchmark"] and _applies(document, score.score_text, correction):
                entry.scores[at] = _score(score, correction)


def _applies(document: Document, text: str, correction: Mapping[str, Any]) -> bool:
    said = str(correction["said"])
    if text == said:
        document.checks.append(Check("correction_applied", True, str(correction["value"]), said))
        return True
    document.checks.append(Check("correction_obsolete", False, said, text))
    return False


def _stated(stated: Stated, correction: Mapping[str, Any]) -> Stated:
    value = correction["value"]
    if isinstance(value, str):
        value = yaml.safe_load(value) if not isinstance(stated.value, str) else value
    return replace(
        stated, value=value, low=None, high=None, unit=correction.get("unit", stated.unit), problem=None,
        correction=str(correction["reason"]),
    )  # fmt: skip


def _price(price: Price, correction: Mapping[str, Any]) -> Price:
    amount = float(correction["value"])
    return replace(price, amount=amount, low=None, high=None, problem=None, doubts=())


def _score(score: Score, correction: Mapping[str, Any]) -> Score:
    conditions = score.conditions | (correction.get("conditions") or {})
    if float(correction["value"]) == score.score:
        return replace(score, conditions=conditions)
    return replace(
        score, score=float(correction["value"]), score_low=None, score_high=None, problem=None, conditions=conditions
    )
