"""``--format eee``: results in the schema of Every Eval Ever 0.3.0 (https://github.com/evaleval/every_eval_ever).

One log has the results that one source states of one model and version, from one measurer and with one harness. What is
not known is left out where the schema allows it, and ``unknown`` or ``other`` where it asks for a word. Results that it
cannot hold without a guess are left out, and ``eee/NOT_EXPRESSED.md`` counts them, with the conditions that have no
field of their own and stand in ``additional_details``.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import UTC
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from ingest.export.release import Release
from ingest.load.statements import rows_by_name
from ingest.report.addresses import plain_name, web_link
from ingest.report.cells import csv_cell, json_file, markdown_table

FOLDER = "eee"
"""Where a release keeps these files: ``eee/data/SOURCE/MAKER/MODEL/UUID.json``."""

_SQL = Path(__file__).with_name("eee.sql").read_text("utf-8")

_SAME_LOG = ("source", "model_id", "version", "self_reported", "measured_by", "harness")
"""What all results of one log share."""

_WITHOUT_FIELD = {
    "n_shots": "examples before each question",
    "prompting": "manner of prompting",
    "reasoning_effort": "reasoning effort",
    "thinking_tokens": "budget of thinking tokens",
    "parallel_compute": "several attempts in parallel",
    "tools": "whether tools could be called",
    "user_model": "model that played the user",
    "methodology": "whether it is the maker's own benchmark",
}
"""Conditions of a run that ``generation_args`` has no field for."""

_OF_METRIC = {
    "aggregation": "how parts or runs were combined",
    "n_runs": "runs that were averaged",
    "grader_model": "model that judged the answers; llm_scoring asks for its prompt, which no source states",
}
"""What ``metric_config`` has no field for, or asks for more than is known."""

_PROVENANCE = (
    "score_text", "score_low", "score_high", "comparability_key", "group_key", "description", "reference", "locator",
    "capture_id", "location", "captured_at", "sha256", "valid_from",
)  # fmt: skip


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class EeeSource(_Part):
    """Who tells the results of a log."""

    source_name: str
    source_type: Literal["documentation"] = "documentation"
    source_organization_name: str
    source_organization_url: str | None
    evaluator_relationship: Literal["first_party", "third_party", "other"]
    additional_details: dict[str, str]


class EeeLibrary(_Part):
    """What ran the benchmark."""

    name: str
    version: str = "unknown"


class EeeModel(_Part):
    """The model of a log."""

    name: str
    id: str
    developer: str | None
    additional_details: dict[str, str]


class EeeDataset(_Part):
    """What a benchmark asks. Where its questions are kept is not known."""

    dataset_name: str
    source_type: Literal["other"] = "other"
    additional_details: dict[str, str]


class EeeMetric(_Part):
    """What a result measures, and within which bounds."""

    evaluation_description: str | None
    metric_id: str | None
    metric_name: str | None
    metric_unit: str | None
    lower_is_better: bool
    score_type: Literal["continuous"] | None = None
    min_score: float | None = None
    max_score: float | None = None
    additional_details: dict[str, str] | None


class EeeScore(_Part):
    """A result with its uncertainty, and where it came from."""

    score: float
    details: dict[str, str]
    uncertainty: dict[str, Any] | None


class EeeResult(_Part):
    """A result of a log."""

    evaluation_result_id: str
    evaluation_name: str
    source_data: EeeDataset
    evaluation_timestamp: str | None
    metric_config: EeeMetric
    score_details: EeeScore
    generation_config: dict[str, Any] | None


class EeeLog(_Part):
    """A file: the results of one model from one measurer, as one source tells them."""

    schema_version: Literal["0.3.0"] = "0.3.0"
    evaluation_id: str
    retrieved_timestamp: str
    source_metadata: EeeSource
    eval_library: EeeLibrary
    model_info: EeeModel
    evaluation_results: list[EeeResult]


def write_eee(connection: Any, work: Path, release: Release) -> None:
    """Write the logs of all results below ``work``, and the list of what they cannot express."""
    kept: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    number = 0
    for log in _logs(connection, release, kept, left_out):
        number += 1
        maker, _, model = log.model_info.id.partition("/")
        path = work / FOLDER / "data"
        for part in (log.source_metadata.additional_details["source"], maker, model or "unknown"):
            path /= plain_name(part)
        path.mkdir(parents=True, exist_ok=True)
        # a version 4 UUID, as the data store asks for, that is the same for the same log
        name = uuid.UUID(bytes=hashlib.sha256(log.evaluation_id.encode()).digest()[:16], version=4)
        (path / f"{name}.json").write_text(json_file(log.model_dump(exclude_none=True)), "utf-8")
    (work / FOLDER).mkdir(exist_ok=True)
    (work / FOLDER / "NOT_EXPRESSED.md").write_text(_not_expressed(number, kept, left_out), "utf-8")


def _logs(connection: Any, release: Release, kept: Counter[str], left_out: Counter[str]) -> Iterator[EeeLog]:
    rows = rows_by_name(connection.execute(_SQL))
    for key, same in groupby(rows, key=lambda row: tuple(row[name] for name in _SAME_LOG)):
        group = list(same)
        results = [result for row in group if (result := _result(row, kept, left_out)) is not None]
        if results:
            yield _log(key, group[0], results, release)


def _log(key: tuple[Any, ...], row: dict[str, Any], results: list[EeeResult], release: Release) -> EeeLog:
    identity = hashlib.sha256(repr(key).encode("utf-8", "surrogatepass")).hexdigest()[:12]
    relationship: dict[bool | None, Literal["first_party", "third_party", "other"]] = {
        True: "first_party",
        False: "third_party",
        None: "other",
    }
    is_open = row["open_weights"]
    return EeeLog(
        evaluation_id=f"{row['source']}/{row['model_id']}/{identity}",
        retrieved_timestamp=str(int(release.made_at.replace(tzinfo=UTC).timestamp())),
        source_metadata=EeeSource(
            source_name=row["source_title"],
            source_organization_name=row["source_attribution"] or row["source_title"],
            source_organization_url=web_link(row["source_home"]),
            evaluator_relationship=relationship[row["self_reported"]],
            additional_details=_told(
                {
                    "source": row["source"],
                    "licence": row["source_licence"],
                    "measured_by": row["measured_by"],
                    "evaluator_relationship": "not stated" if row["self_reported"] is None else None,
                }
            ),
        ),
        eval_library=EeeLibrary(name=row["harness"] or "unknown"),
        model_info=EeeModel(
            name=row["model_listed"] or row["model_id"],
            id=row["model_id"],
            developer=row["organization"],
            additional_details={
                "deployment_type": "unknown",
                "model_availability": "unknown" if is_open is None else "open_weights" if is_open else "closed_weights",
            }
            | _told({"version": row["version"]}),
        ),
        evaluation_results=results,
    )


def _result(row: dict[str, Any], kept: Counter[str], left_out: Counter[str]) -> EeeResult | None:
    """A result, or None, counted with its reason, where the schema cannot hold it without a guess."""
    reason = (
        "no number is known" if row["score"] is None
        else "in doubt, which the schema cannot say" if row["doubts"]
        else "lower_is_better is required and not known" if row["higher_is_better"] is None
        else None
    )  # fmt: skip
    if reason is not None:
        left_out[reason] += 1
        return None
    conditions = _told({name: row[name] for name in _WITHOUT_FIELD})
    of_metric = _told({name: row[name] for name in _OF_METRIC})
    kept.update([*conditions, *of_metric])
    reasoning = {"on": True, "off": False}.get(row["reasoning"] or "")
    config: dict[str, Any] = {} if reasoning is None else {"generation_args": {"reasoning": reasoning}}
    if conditions:
        config["additional_details"] = conditions
    return EeeResult(
        evaluation_result_id=row["score_id"],
        evaluation_name=row["benchmark_id"],
        source_data=EeeDataset(
            dataset_name=row["benchmark_name"] or row["benchmark_id"],
            additional_details=_told(
                {name: row[name] for name in ("benchmark_listed", "variant", "split", "category")}
            ),
        ),
        evaluation_timestamp=row["measured_on"].isoformat() if row["measured_on"] else None,
        metric_config=_metric(row, of_metric),
        score_details=EeeScore(
            score=row["score"],
            details=_told({name: row[name] for name in _PROVENANCE}),
            uncertainty=_uncertainty(row) or None,
        ),
        generation_config=config or None,
    )


def _metric(row: dict[str, Any], details: dict[str, str]) -> EeeMetric:
    bounds: tuple[float | None, float | None] = (None, None)
    if row["unit"] == row["benchmark_unit"] and row["minimum"] is not None and row["maximum"] is not None:
        bounds = (row["minimum"], row["maximum"])
    elif row["unit"] == "percent":
        bounds = (0.0, 100.0)
    low, high = bounds
    is_bounded = low is not None and high is not None and low <= row["score"] <= high
    return EeeMetric(
        evaluation_description=row["benchmark_description"],
        metric_id=row["metric"],
        metric_name=row["metric"],
        metric_unit=row["unit"],
        lower_is_better=not row["higher_is_better"],
        score_type="continuous" if is_bounded else None,
        min_score=low if is_bounded else None,
        max_score=high if is_bounded else None,
        additional_details=details or None,
    )


def _uncertainty(row: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if row["stderr"] is not None:
        told["standard_error"] = {"value": row["stderr"]}
    if row["ci_low"] is not None and row["ci_high"] is not None:
        level = {} if row["ci_level"] is None else {"confidence_level": row["ci_level"]}
        told["confidence_interval"] = {"lower": row["ci_low"], "upper": row["ci_high"], **level}
    if row["n_items"] is not None:
        told["num_samples"] = row["n_items"]
    return told


def _told(values: dict[str, Any]) -> dict[str, str]:
    """What is known, as text: details are pairs of texts."""
    return {name: str(csv_cell(value)) for name, value in values.items() if value is not None}


def _not_expressed(logs: int, kept: Counter[str], left_out: Counter[str]) -> str:
    """The list of what the schema has no place for."""
    meanings = _WITHOUT_FIELD | _OF_METRIC
    lines = [
        "# What Every Eval Ever 0.3.0 cannot express",
        "",
        f"{logs:,} logs are below `data/`.",
        "",
        "## Results that are left out",
        "",
        *_counted(("why", "results"), [(why, number) for why, number in sorted(left_out.items())]),
        "",
        "## Conditions that stand in additional_details, since no field holds them",
        "",
        *_counted(("condition", "results", "meaning"), [(c, n, meanings[c]) for c, n in sorted(kept.items())]),
        "",
        "## What no result has",
        "",
        "- `deployment_type` is `unknown`: no source says where a model ran.",
        "- `version` of `eval_library` is `unknown`, and its name where the source names no harness.",
        "- `evaluator_relationship` is `other` where no source says who measured; `additional_details` says so.",
        "- `source_data` is `other`: sources name a benchmark, and not where its questions are kept.",
        "- A model whose maker nobody names has `unknown` for one, which the data store does not take.",
        "- Prices, facts of models and histories have no place in the schema. The other formats have them.",
        "",
    ]
    return "\n".join(lines)


def _counted(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> list[str]:
    return markdown_table(head, rows) if rows else ["None."]
