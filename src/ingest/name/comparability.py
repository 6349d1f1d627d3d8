"""Which scores may be ranked against each other.

Two scores are comparable exactly when their keys are the same. A condition that a source does not state is ``?``, a
value of its own: it never equals a known one. Reasons for each condition stand in ``docs/names.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

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
)
"""Columns of ``scores`` that the key is made of, after ``benchmark_id``."""

_PARTS: tuple[str, ...] = tuple(c for c in COMPARED_CONDITIONS if c not in {"aggregation", "n_runs"})
_UNKNOWN = "?"

_SPELLING: Mapping[str, Callable[[str], str]] = {
    "variant": name_key,
    "harness": name_key,
    "grader_model": model_key,
    "user_model": model_key,
}
"""Conditions that hold a name: "GPT-4o" and "gpt 4o" are one grader."""


def comparability_key(score: Mapping[str, Any]) -> str:
    """The key of one row of ``scores``: the benchmark, then each compared condition that is known.

    A condition that the benchmark's own name states ("MMMU (val)") counts as stated. Conditions that are unknown
    are written together at the end, so that the text shows what the ranking does not know.

    >>> comparability_key({"benchmark_id": "gpqa", "variant": "diamond", "metric": "accuracy", "unit": "percent"})
    'gpqa|variant=diamond|metric=accuracy|unit=percent|?=split,n_shots,prompting,tools,grader_model,user_model,runs,reasoning,reasoning_effort,thinking_tokens,parallel_compute,harness'
    """
    get = score.get
    return _key(str(get("benchmark_id")), tuple([_plain(get(c)) for c in COMPARED_CONDITIONS]))


_GROUPED = ("variant", "split", "metric", "unit")


def group_key(score: Mapping[str, Any]) -> str:
    """The key of what a row of ``scores`` measures, whatever the settings of the run.

    >>> group_key({"benchmark_id": "gpqa", "variant": "diamond", "metric": "accuracy", "unit": "percent", "n_shots": 5})
    'gpqa|diamond|accuracy|percent'
    """
    values = tuple([_plain(score.get(c)) for c in COMPARED_CONDITIONS])
    terms = _terms(str(score.get("benchmark_id")), values)
    return "|".join([str(score.get("benchmark_id")), *(terms[c] for c in _GROUPED if terms[c] != _UNKNOWN)])


def not_comparable_reason(a: Mapping[str, Any], b: Mapping[str, Any]) -> str:
    """What keeps two rows of ``scores`` from being ranked against each other; '' where nothing does.

    >>> not_comparable_reason({"benchmark_id": "mmlu", "n_shots": 5}, {"benchmark_id": "mmlu", "n_shots": None})
    'n_shots: 5 against unknown'
    """
    one, other = (
        _terms(str(x.get("benchmark_id")), tuple([_plain(x.get(c)) for c in COMPARED_CONDITIONS])) for x in (a, b)
    )
    if a.get("benchmark_id") != b.get("benchmark_id"):
        return f"benchmark: {a.get('benchmark_id')} against {b.get('benchmark_id')}"
    differing = (name for name in one if one[name] != other[name])
    return "; ".join(f"{name}: {_shown(one[name])} against {_shown(other[name])}" for name in differing)


def _shown(value: str) -> str:
    return "unknown" if value == _UNKNOWN else value


def _plain(value: Any) -> str | None:
    """A condition as text. NaN and NaT, as data frames write an absent value, are absent."""
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is True or value is False:
        return "yes" if value else "no"
    spelled = " ".join(str(value).split()).casefold()
    return None if spelled in {"", _UNKNOWN, "<na>", "nat", "nan"} else spelled.replace("|", "/").replace("=", ":")


@lru_cache(maxsize=65536)
def _key(benchmark_id: str, values: tuple[str | None, ...]) -> str:
    terms = _terms(benchmark_id, values)
    known = [f"{name}={value}" for name, value in terms.items() if value != _UNKNOWN]
    unknown = [name for name, value in terms.items() if value == _UNKNOWN]
    return "|".join([benchmark_id, *known, *(["?=" + ",".join(unknown)] if unknown else [])])


def _terms(benchmark_id: str, values: tuple[str | None, ...]) -> dict[str, str]:
    stated = dict(zip(COMPARED_CONDITIONS, values, strict=True))
    row = benchmark_catalogue().get(benchmark_id)
    for condition, value in (row.states if row else {}).items():
        if stated.get(condition) is None:
            stated[condition] = _plain(value)
    for condition, spelling in _SPELLING.items():
        if value := stated[condition]:
            stated[condition] = spelling(value) or value
    terms = {name: stated[name] or _UNKNOWN for name in _PARTS}
    terms["runs"] = _runs(stated["aggregation"], stated["n_runs"])
    order = ["runs" if c == "aggregation" else c for c in COMPARED_CONDITIONS if c != "n_runs"]
    return {name: terms[name] for name in order}


def _runs(aggregation: str | None, n_runs: str | None) -> str:
    """How several results became one.

    A mean over runs estimates what one run measures, so the number of averaged runs does not matter; a number of
    runs without a word on how they were combined may hide a best of k, so it stays apart.
    """
    if aggregation is None:
        return _UNKNOWN if n_runs is None else "mean" if n_runs == "1" else f"{n_runs} combined in an unknown way"
    if aggregation in {"mean", "average"}:
        return "mean"
    return aggregation if n_runs in {None, "1"} else f"{aggregation} of {n_runs}"
