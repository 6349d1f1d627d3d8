"""Which scores may be ranked against each other.

Two scores are comparable without reserve exactly when their keys are the same. A condition that a source does not state
is no part of a key: it never equals a known one. Reasons for each condition stand in ``docs/names.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any, Literal

from ingest.knowledge import KnowledgeEntry, knowledge
from ingest.name.benchmark_catalogue import Benchmark
from ingest.name.benchmarks import benchmark_catalogue
from ingest.name.model_text import model_key
from ingest.name.text import name_key

COMPARED_CONDITIONS: tuple[str, ...] = (
    "variant",
    "split",
    "metric",
    "unit",
    "n_shots",
    "prompting",
    "tools",
    "grader_model",
    "user_model",
    "aggregation",
    "n_runs",
    "reasoning",
    "reasoning_effort",
    "thinking_tokens",
    "parallel_compute",
    "harness",
    "measured_by",
)
"""Columns of ``scores`` that the key is made of, after ``benchmark_id``."""

_OF_THE_THING = ("variant", "split", "metric", "unit")
"""What is measured; the other conditions say how it was run."""

_SPELLING: Mapping[str, Callable[[str], str]] = {
    "variant": name_key,
    "harness": name_key,
    "measured_by": name_key,
    "grader_model": model_key,
    "user_model": model_key,
}
"""Conditions that hold a name: "GPT-4o" and "gpt 4o" are one grader."""


class _Names(KnowledgeEntry):
    names: list[str]
    reason: str


class _Class(KnowledgeEntry):
    metrics: list[str]
    reason: str
    name: str


class _EditFormats(_Names):
    family: str


class _Evaluator(KnowledgeEntry):
    """Somebody who measures. ``runs`` says which results they ran themselves: all, or those of some harnesses."""

    name: str
    aliases: list[str]
    runs: Literal["all"] | tuple[str, ...] = ()
    reason: str


class _Knowledge(KnowledgeEntry):
    evaluators: list[_Evaluator]
    plain_metrics: _Names
    scorers: _Names
    classes: list[_Class]
    lower_metrics: _Names
    either_metrics: _Names
    edit_formats: _EditFormats


def comparability_key(score: Mapping[str, Any]) -> str:
    """The key of one row of ``scores``: the benchmark, then each compared condition that is known.

    What the benchmark's id says is not said again, nor its only metric and unit. Who measured counts where it is not
    the model's maker: the boards of two evaluators do not compare without reserve.

    >>> comparability_key({"benchmark_id": "gpqa", "variant": "diamond", "metric": "accuracy", "unit": "percent"})
    'gpqa-diamond'
    >>> comparability_key({"benchmark_id": "mmlu", "n_shots": 5, "metric": "accuracy"})
    'mmlu|n_shots=5'
    """
    benchmark_id, terms = _terms_of(score)
    return "|".join([benchmark_id, *(f"{name}={value}" for name, value in terms)])


def group_key(score: Mapping[str, Any]) -> str:
    """The key of what a row of ``scores`` measures, whatever the settings of the run: readable, mostly the benchmark.

    >>> group_key({"benchmark_id": "mmlu", "n_shots": 5, "metric": "exact_match", "unit": "percent"})
    'mmlu'
    >>> group_key({"benchmark_id": "humaneval", "metric": "pass@10", "unit": "percent"})
    'humaneval|pass@10'
    """
    benchmark_id, terms = _terms_of(score)
    told = dict(terms)
    usual = _class_of(_usual_metric(benchmark_id))
    measured = _class_of(told.get("metric") or _plain(score.get("metric")))
    parts = [told.get("variant"), told.get("split")]
    parts += [measured if measured not in {None, usual} else None, told.get("unit")]
    return "|".join([benchmark_id, *(part for part in parts if part)])


def counts_other_way(benchmark_id: str, metric: str | None) -> bool:
    """Whether more is better of ``metric`` and worse of the benchmark, or the other way round.

    Such a result cannot be ranked. A ranking knows one direction, that of the benchmark in the catalogue. Of a
    benchmark that the catalogue does not have, more is taken to be better. A metric of which nobody can tell the
    direction (``refusal_rate``) is such a result too.

    >>> counts_other_way("fleurs", "accuracy"), counts_other_way("fleurs", "cer"), counts_other_way("mmlu", "wer")
    (True, False, True)
    """
    measured, said, usual = _plain(metric), _knowledge(), _usual_metric(benchmark_id)
    plain = said.plain_metrics.names
    if measured is None or measured == usual or measured in said.scorers.names or {measured, usual} <= set(plain):
        return False
    if measured in said.either_metrics.names:
        return True
    row = benchmark_catalogue().get(benchmark_id)
    more_is_better = row is None or row.higher_is_better
    return more_is_better == (measured.replace(" ", "_") in said.lower_metrics.names)


def evaluator(text: str) -> str | None:
    """Who measured, under one name: a copy of somebody's table names the one who made it. None for no text.

    >>> evaluator("Aider LLM Leaderboards")
    'Aider'
    """
    told = " ".join(text.split())
    return _evaluators().get(told.casefold(), told) or None


@cache
def _evaluators() -> dict[str, str]:
    return {alias.casefold(): each.name for each in _knowledge().evaluators for alias in each.aliases}


def ran_it(measured_by: str, harness: str | None) -> bool:
    """Whether an evaluator who makes no models ran a result under its own name, so that it is nobody's own.

    >>> ran_it("Terminal-Bench", "Terminus 2"), ran_it("Terminal-Bench", "Claude Code"), ran_it("A report", None)
    (True, False, False)
    """
    runs = _runs_of().get(measured_by, ())
    return runs == "all" or harness in runs


@cache
def _runs_of() -> dict[str, str | tuple[str, ...]]:
    return {each.name: each.runs for each in _knowledge().evaluators}


def _plain(value: Any) -> str | None:
    """A condition as text. NaN and NaT, as data frames write an absent value, are absent."""
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is True or value is False:
        return "yes" if value else "no"
    spelled = " ".join(str(value).split()).casefold()
    return None if spelled in {"", "?", "<na>", "nat", "nan"} else spelled.replace("|", "/").replace("=", ":")


def _terms_of(score: Mapping[str, Any]) -> tuple[str, tuple[tuple[str, str], ...]]:
    values = [_plain(score.get(name)) for name in COMPARED_CONDITIONS]
    if score.get("self_reported") is True:
        values[COMPARED_CONDITIONS.index("measured_by")] = None
    return _terms(str(score.get("benchmark_id")), tuple(values))


@lru_cache(maxsize=65536)
def _terms(benchmark_id: str, values: tuple[str | None, ...]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The benchmark, under one id however its subset is told, and each condition that is known and not said by it."""
    stated = dict(zip(COMPARED_CONDITIONS, values, strict=True))
    row = benchmark_catalogue().get(benchmark_id)
    if row and row.family == _knowledge().edit_formats.family:
        _move_edit_format(stated)
    for condition, value in (row.states if row else {}).items():
        if stated.get(condition) in {None, _plain(value)}:
            stated[condition] = _plain(value)
    base = _base(benchmark_id)
    for condition in ("variant", "split"):
        if special := _subsets().get((base, condition, stated[condition] or "")):
            base, stated[condition] = special, None
    for condition, spelling in _SPELLING.items():
        if value := stated[condition]:
            stated[condition] = spelling(value) or value
    _leave_out(stated, base)
    stated["n_runs"], stated["aggregation"] = None, _runs(stated["aggregation"], stated["n_runs"])
    names = {"aggregation": "runs"}
    return base, tuple((names.get(name, name), value) for name, value in stated.items() if value)


def _move_edit_format(stated: dict[str, str | None]) -> None:
    if stated["variant"] in _knowledge().edit_formats.names:
        stated["prompting"] = stated["prompting"] or f"edit format {stated['variant']}"
        stated["variant"] = None


def _leave_out(stated: dict[str, str | None], benchmark_id: str) -> None:
    """Take out what the benchmark says already: a subset in its id, its only metric, its unit; and names of scorers."""
    row = benchmark_catalogue().get(benchmark_id)
    parts = benchmark_id.split("-")
    if stated["variant"] in {"".join(parts[i:j]) for i in range(len(parts)) for j in range(i + 1, len(parts) + 1)}:
        stated["variant"] = None
    if stated["split"] and stated["split"] in parts:
        stated["split"] = None
    if stated["unit"] == (row.unit if row and row.unit else "percent"):
        stated["unit"] = None
    metric, said = stated["metric"], _knowledge()
    plain = said.plain_metrics.names
    is_plain = metric in plain and (row is None or row.metric is None or row.metric in plain)
    if metric in said.scorers.names or is_plain or (row and metric == row.metric and "@" not in str(metric)):
        stated["metric"] = None


def _runs(aggregation: str | None, n_runs: str | None) -> str | None:
    """How several results became one.

    A mean over runs estimates what one run measures, so the number of averaged runs does not matter; a number of
    runs without a word on how they were combined may hide a best of k, so it stays apart.
    """
    if aggregation is None:
        return None if n_runs is None else "mean" if n_runs == "1" else f"{n_runs} combined in an unknown way"
    if aggregation in {"mean", "average"}:
        return "mean"
    return aggregation if n_runs in {None, "1"} else f"{aggregation} of {n_runs}"


@cache
def _knowledge() -> _Knowledge:
    return knowledge("names/comparability", _Knowledge)  # type: ignore[no-any-return]


@cache
def _classes() -> dict[str, str]:
    return {metric: each.name for each in _knowledge().classes for metric in each.metrics}


def _class_of(metric: str | None) -> str | None:
    return _classes().get(metric, metric) if metric else None


def _usual_metric(benchmark_id: str) -> str | None:
    row = benchmark_catalogue().get(benchmark_id)
    return row.metric if row and row.metric else "accuracy"


@cache
def _base(benchmark_id: str) -> str:
    """The benchmark of an id that states only how a run was set: ``mmlu`` of ``mmlu-cot``; ``mmmu`` of ``mmmu-val``."""
    row = benchmark_catalogue().get(benchmark_id)
    if row is None or not row.states or "variant" in row.states:
        return benchmark_id
    return _shorter(row) or benchmark_id


def _shorter(row: Benchmark) -> str | None:
    """The longest id of the catalogue and of the same family that the id of ``row`` begins with."""
    parts = row.benchmark_id.split("-")
    catalogue = benchmark_catalogue()
    for length in range(len(parts) - 1, 0, -1):
        known = catalogue.get("-".join(parts[:length]))
        if known and known.family == row.family and not known.states:
            return known.benchmark_id
    return None


@cache
def _subsets() -> dict[tuple[str, str, str], str]:
    """Ids of subsets and splits that have one of their own, by the benchmark, the condition and its value."""
    found: dict[tuple[str, str, str], str] = {}
    for row in benchmark_catalogue().values():
        base = _shorter(row) if len(row.states) < 2 else None
        if base is None:
            continue
        for condition, value in row.states.items():
            if condition in {"variant", "split"}:
                found[base, condition, str(_plain(value))] = row.benchmark_id
        if not row.states:
            found.setdefault((base, "variant", row.benchmark_id.removeprefix(f"{base}-")), row.benchmark_id)
    return found
