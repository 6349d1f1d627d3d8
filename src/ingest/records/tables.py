"""The public tables: the one definition of each column.

Every table is a pandera schema: type, range, unit and the sentence that explains the column. The checks of a
load, the DDL, the ``COMMENT ON`` statements and ``docs/data-dictionary.md`` all come from here.

Types are Arrow types, so a frame goes from a reader to pandera to DuckDB without being copied cell by cell.
The ``error`` of a check is the reason that a row shows in ``quarantine``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow

from ingest.records.document import TIER_FIELDS

TEXT = pd.ArrowDtype(arrow.string())
INTEGER = pd.ArrowDtype(arrow.int64())
SMALL = pd.ArrowDtype(arrow.int32())
NUMBER = pd.ArrowDtype(arrow.float64())
FLAG = pd.ArrowDtype(arrow.bool_())
DAY = pd.ArrowDtype(arrow.date32())
TIME = pd.ArrowDtype(arrow.timestamp("us"))
"""A time in UTC without a time zone, which a client with nothing but DuckDB can fetch."""
TEXTS = pd.ArrowDtype(arrow.list_(arrow.string()))
OTHERS = pd.ArrowDtype(
    arrow.list_(
        arrow.struct(
            [
                ("score", arrow.float64()), ("measured_by", arrow.string()), ("measured_on", arrow.date32()),
                ("self_reported", arrow.bool_()), ("stated_by", arrow.list_(arrow.string())),
                ("score_ids", arrow.list_(arrow.string())), ("chosen", arrow.string()),
            ]
        )
    )
)  # fmt: skip
"""Other results of a model in ``leaderboard``."""
JSON = "JSON"
"""Marks a text column that is JSON in DuckDB."""

FIRST_RELEASE = date(2017, 1, 1)
"""The listed kind of language model is no older than the transformer (June 2017)."""

DEAREST_USD_PER_MILLION_TOKENS = 1000.0
"""The dearest known list price is 600 dollars (o1-pro output). A price above this limit has a wrong unit."""

MODEL_TYPES = (
    "text", "embedding", "rerank", "image", "video", "speech", "transcription", "moderation", "other",
)  # fmt: skip
"""What a model can be for, in ``models.model_type``."""

MOST_PARAMETERS = 10**15
MOST_CONTEXT_TOKENS = 10**9
MOST_TRAINING_TOKENS = 10**15


def _column(
    dtype: Any,
    description: str,
    *checks: pa.Check,
    unit: str | None = None,
    key: bool = False,
    required: bool = False,
    sql: str = "",
) -> pa.Column:
    return pa.Column(
        dtype,
        list(checks),
        nullable=not (key or required),
        description=description,
        metadata={"unit": unit, "key": key, "sql": sql},
    )


def _between(low: float, high: float, reason: str) -> pa.Check:
    return pa.Check.in_range(low, high, error=reason)


def _one_of(*values: str, reason: str) -> pa.Check:
    return pa.Check.isin(values, error=reason)


def _not_before(first: date, reason: str) -> pa.Check:
    return pa.Check.ge(first, error=reason)


def _not_blank(reason: str) -> pa.Check:
    return pa.Check.str_matches(r"\s*\S", error=reason)


def _table(
    name: str, description: str, columns: Mapping[str, pa.Column], *, key: tuple[str, ...] = (), **more: Any
) -> pa.DataFrameSchema:
    """``key`` are the columns that identify a row together, where no column does alone."""
    return pa.DataFrameSchema(
        dict(columns), name=name, description=description, strict=False, metadata={"key": key}, **more
    )


def _precision() -> pa.Column:
    return _column(
        TEXT,
        "How precise that is: day, month or year.",
        _one_of("day", "month", "year", reason="unknown_precision"),
    )


_USD_PER_MILLION = "US dollars per 1,000,000 tokens"
_MODEL_ID = "The model, as organization/slug."
_MODEL_LISTED = "The model as the source names it."
_VERSION = "The version of the model, as short as it tells versions apart; NULL if the source names none."
_SOURCE = "Name of the source that states this."
_CAPTURE = "The capture that this was read from (see captures)."
_LOCATOR = "Place in the capture: 'lines 42-44', a JSON pointer, 'row 17'."
_VALID_FROM = "Time from which this holds: as the source dates it, else of the capture that first states it."

MODELS = _table(
    "models",
    "One row for each model. Each value is chosen from the claims of all sources (see claims).",
    {
        "model_id": _column(TEXT, _MODEL_ID, key=True),
        "name": _column(TEXT, "Name that people use.", _not_blank("empty_name")),
        "model_type": _column(
            TEXT,
            "What the model does: text, embedding, rerank, image, video, speech, transcription, moderation or other.",
            _one_of(*MODEL_TYPES, reason="unknown_model_type"),
        ),
        "organization_id": _column(TEXT, "Slug of the organization that made the model."),
        "organization": _column(TEXT, "Name of the organization that made the model."),
        "family": _column(TEXT, "Family that the model belongs to."),
        "description": _column(TEXT, "Description of the model in the words of the source."),
        "multimodal": _column(FLAG, "Whether the model takes or gives images, audio or video."),
        "input_modalities": _column(TEXTS, "What the model takes: text, image, audio, video, pdf."),
        "output_modalities": _column(TEXTS, "What the model gives: text, image, audio, video."),
        "parameters": _column(
            INTEGER,
            "Parameters in all.",
            _between(1, MOST_PARAMETERS, "parameters_out_of_range"),
            unit="parameters",
        ),
        "active_parameters": _column(
            INTEGER,
            "Parameters used for each token.",
            _between(1, MOST_PARAMETERS, "parameters_out_of_range"),
            unit="parameters",
        ),
        "training_tokens": _column(
            INTEGER,
            "Number of tokens that the model was trained on.",
            _between(1, MOST_TRAINING_TOKENS, "tokens_out_of_range"),
            unit="tokens",
        ),
        "context_tokens": _column(
            INTEGER,
            "Context window in tokens: input and output together.",
            _between(1, MOST_CONTEXT_TOKENS, "tokens_out_of_range"),
            unit="tokens",
        ),
        "max_input_tokens": _column(
            INTEGER,
            "Largest input in tokens, if it is smaller than the window or stated by itself.",
            _between(1, MOST_CONTEXT_TOKENS, "tokens_out_of_range"),
            unit="tokens",
        ),
        "max_output_tokens": _column(
            INTEGER,
            "Most output tokens.",
            _between(1, MOST_CONTEXT_TOKENS, "tokens_out_of_range"),
            unit="tokens",
        ),
        "release_date": _column(
            DAY,
            "Day of the release; the first day of the period if only a month or year is known.",
            _not_before(FIRST_RELEASE, "date_before_2017"),
        ),
        "release_date_precision": _precision(),
        "announced_on": _column(
            DAY, "Day on which the model was announced.", _not_before(FIRST_RELEASE, "date_before_2017")
        ),
        "last_updated_on": _column(
            DAY,
            "Day on which the source last changed its page.",
            _not_before(FIRST_RELEASE, "date_before_2017"),
        ),
        "knowledge_cutoff": _column(
            DAY,
            "Day on which the training data ends; the first day of the period if only a month or year is known.",
            _not_before(date(2000, 1, 1), "date_before_2000"),
        ),
        "knowledge_cutoff_precision": _precision(),
        "deprecated_on": _column(
            DAY, "Day from which no version of the model is offered.", _not_before(FIRST_RELEASE, "date_before_2017")
        ),
        "license": _column(TEXT, "Licence as SPDX id, 'proprietary', or the source's words."),
        "open_weights": _column(FLAG, "Whether the weights of the model can be downloaded."),
        "features": _column(TEXTS, "Features of the model's interface, sorted, in snake_case."),
        "features_absent": _column(
            TEXTS,
            "Features that a source, or the model's maker, explicitly denies. No source says anything of a feature in "
            "neither list.",
        ),
        "average_score": _column(
            NUMBER,
            "Mean of the model's benchmark scores, as the source states it.",
            _between(0, 100, "percent_out_of_range"),
            unit="percent",
        ),
        "source_count": _column(
            SMALL, "Number of sources that state something of the model now; 0 if none does any more."
        ),
        "first_seen": _column(TIME, "Time of the first capture that names the model."),
        "last_seen": _column(TIME, "Time of the last capture that names the model."),
    },
)

MODEL_VERSIONS = _table(
    "model_versions",
    "One row for each version of a model that a source names.",
    {
        "model_id": _column(TEXT, _MODEL_ID),
        "version": _column(TEXT, "The version: '2024-08-06', '002', 'preview-05-06'."),
        "release_date": _column(DAY, "Day on which this version could first be used."),
        "deprecated_on": _column(DAY, "Day from which this version is no longer offered."),
        "is_alias_of": _column(
            TEXT,
            "Moving names that stood for this version, as their source lists them, each with the first and the last "
            "day on which it did.",
        ),
        "first_seen": _column(TIME, "Time of the first capture that names it."),
        "last_seen": _column(TIME, "Time of the last capture that names it."),
    },
    key=("model_id", "version"),
)

MODEL_IDS = _table(
    "model_ids",
    "The ids by which sources and their APIs list models, for joining a usage log. A listing names a model, and often "
    "a version and settings: o3-mini-2025-01-31_high is the model openai/o3-mini, version 2025-01-31, with the setting "
    "reasoning_effort=high.",
    {
        "source": _column(TEXT, "Name of the source that lists it."),
        "listed_id": _column(TEXT, "The id in the source; NULL if the source lists the model by name alone."),
        "listed_name": _column(TEXT, "The name in the source."),
        "provider": _column(TEXT, "Seller who uses this id; NULL if the source does not say."),
        "model_id": _column(TEXT, _MODEL_ID),
        "version": _column(TEXT, _VERSION),
        "settings": _column(
            TEXTS, "The part of the listing that is a setting of the run, such as reasoning_effort=high."
        ),
        "rule": _column(TEXT, "Rule that led from the listing to this model."),
        "first_seen": _column(TIME, "Time of the first capture that lists it."),
        "last_seen": _column(TIME, "Time of the last capture that lists it."),
    },
)

CONDITION_COLUMNS: dict[str, pa.Column] = {
    "methodology": _column(TEXT, "'standard': a public benchmark run as usual; 'internal': one of the maker's own."),
    "variant": _column(TEXT, "Subset or version of the data set: 'diamond'."),
    "split": _column(TEXT, "Split of the data set: test, validation, dev, testmini."),
    "n_shots": _column(
        SMALL,
        "Number of worked examples before each question.",
        _between(0, 10_000, "shots_out_of_range"),
        unit="examples",
    ),
    "prompting": _column(TEXT, "Manner of prompting: 'chain-of-thought'."),
    "metric": _column(TEXT, "What was measured: accuracy, exact_match, f1, pass@1, cons@64."),
    "aggregation": _column(TEXT, "How results of parts or runs were combined: mean, macro_mean, micro_mean."),
    "n_runs": _column(
        SMALL, "Number of runs that were averaged.", _between(1, 1_000_000, "runs_out_of_range"), unit="runs"
    ),
    "tools": _column(
        TEXT,
        "Whether tools could be called: none, used, no_custom.",
        _one_of("none", "used", "no_custom", reason="unknown_tools"),
    ),
    "grader_model": _column(TEXT, "Model that judged the answers."),
    "user_model": _column(TEXT, "Model that played the user."),
    "reasoning": _column(
        TEXT,
        "Whether the model reasoned at length before it answered: on, off.",
        _one_of("on", "off", reason="unknown_reasoning"),
    ),
    "reasoning_effort": _column(TEXT, "Reasoning effort that was set: low, medium, high."),
    "thinking_tokens": _column(
        SMALL, "Budget of thinking tokens.", _between(0, 10**9, "tokens_out_of_range"), unit="tokens"
    ),
    "parallel_compute": _column(FLAG, "Whether several attempts ran in parallel and one was picked."),
    "harness": _column(TEXT, "Program or scaffold that ran the benchmark."),
    "footnotes": _column(TEXTS, "Footnotes that the note points to, such as 4."),
}
"""The conditions of a score, each NULL where the source does not state it."""

SCORES = _table(
    "scores",
    "One row for each benchmark result that a source states now, with the conditions it states.",
    {
        "score_id": _column(TEXT, "Stable id of this result of this source.", key=True),
        "model_id": _column(TEXT, _MODEL_ID, required=True),
        "model_listed": _column(TEXT, _MODEL_LISTED),
        "version": _column(TEXT, _VERSION),
        "benchmark_id": _column(TEXT, "The benchmark (see benchmarks).", required=True),
        "benchmark": _column(TEXT, "Canonical name of the benchmark.", required=True),
        "benchmark_listed": _column(TEXT, "Name of the benchmark as the source has it.", _not_blank("empty_benchmark")),
        "category": _column(TEXT, "The source's section for it."),
        "score": _column(NUMBER, "The result, in the unit that people read.", required=True),
        "unit": _column(TEXT, "Unit of score: percent, points, elo, bleu, …"),
        "score_normalized": _column(NUMBER, "The result as a share of its bounds, 0..1; NULL where there are none."),
        "score_low": _column(NUMBER, "Smallest value that the rounded text can mean, in unit."),
        "score_high": _column(NUMBER, "Largest value that the rounded text can mean, in unit."),
        "score_text": _column(TEXT, "The result as written."),
        "stderr": _column(
            NUMBER, "Standard error that the source states, in unit.", pa.Check.ge(0, error="negative_stderr")
        ),
        "ci_low": _column(NUMBER, "Lower end of the interval that the source states, in unit."),
        "ci_high": _column(NUMBER, "Upper end of the interval that the source states, in unit."),
        "ci_level": _column(
            NUMBER, "Level of that interval, 0..1, such as 0.95.", _between(0, 1, "level_out_of_range")
        ),
        "n_items": _column(
            INTEGER,
            "Number of questions, games or votes behind the result.",
            pa.Check.ge(1, error="items_out_of_range"),
            unit="items",
        ),
        "self_reported": _column(
            FLAG,
            "Whether the model's maker measured it: the source says so, or has it from a report of the maker. "
            "False, too, for what an evaluator ran that makes no models.",
        ),
        "measured_by": _column(TEXT, "Who ran it: the maker, an evaluator, a leaderboard."),
        "measured_on": _column(DAY, "Day on which it was measured.", _not_before(FIRST_RELEASE, "date_before_2017")),
        "reference": _column(TEXT, "Address of the paper, log or run."),
        **CONDITION_COLUMNS,
        "description": _column(TEXT, "The genuine part of the source's note on the result, cleaned."),
        "description_raw": _column(TEXT, "The note as the source has it."),
        "description_status": _column(
            TEXT,
            "clean, repaired (no text removed), salvaged (leaked text removed), discarded (nothing genuine), absent.",
            _one_of("clean", "repaired", "salvaged", "discarded", "absent", reason="unknown_status"),
        ),
        "description_issues": _column(TEXTS, "Names of the reasons for description_status."),
        "conditions_confidence": _column(
            NUMBER, "Confidence in the conditions, 0..1.", _between(0, 1, "confidence_out_of_range")
        ),
        "comparability_key": _column(
            TEXT,
            "Two results may be ranked against each other if and only if their keys are equal; "
            "NULL for a doubtful one.",
        ),
        "group_key": _column(
            TEXT,
            "Benchmark, variant, split, class of metric and unit: results with one group_key measure the same thing, "
            "under settings that may differ.",
            required=True,
        ),
        "source": _column(TEXT, _SOURCE, required=True),
        "capture_id": _column(TEXT, _CAPTURE, required=True),
        "locator": _column(TEXT, _LOCATOR, required=True),
        "doubts": _column(TEXTS, "Names of what makes it doubtful (see checks); a doubtful result is not ranked."),
        "valid_from": _column(TIME, _VALID_FROM, required=True),
        "first_seen": _column(TIME, "Time of the first capture that has this result."),
        "last_seen": _column(TIME, "Time of the last capture that has this result."),
    },
    checks=[
        pa.Check(
            lambda frame: (
                ~((frame["unit"] == "percent") & ((frame["score"] < 0) | (frame["score"] > 100))).fillna(False)
            ),
            error="percent_out_of_range",
        ),
    ],
)

PRICES = _table(
    "prices",
    "One row for each price that a source states now.",
    {
        "model_id": _column(TEXT, _MODEL_ID, required=True),
        "model_listed": _column(TEXT, _MODEL_LISTED),
        "version": _column(TEXT, _VERSION),
        "provider": _column(TEXT, "Seller at this price; NULL if the source does not say."),
        "kind": _column(TEXT, "What is paid for: input, output, cached_input, cache_write, batch_input, image, …"),
        "usd_per_million_tokens": _column(
            NUMBER,
            "Price for a million tokens; NULL if the unit is not tokens.",
            _between(0, DEAREST_USD_PER_MILLION_TOKENS, "price_out_of_range"),
            unit=_USD_PER_MILLION,
        ),
        "amount": _column(NUMBER, "Price in currency for each unit.", pa.Check.ge(0, error="price_out_of_range")),
        "unit": _column(TEXT, "What amount buys: per_million_tokens, per_request, per_image, …"),
        "currency": _column(TEXT, "ISO 4217 code of the currency."),
        "tier": _column(
            TEXT,
            "Condition of the price: 'input > 200000 tokens', 'batch', …; NULL for the base price.",
        ),
        "tier_above_tokens": _column(
            INTEGER,
            "The price applies to requests with more input tokens than this.",
            _between(0, MOST_CONTEXT_TOKENS, "tokens_out_of_range"),
            unit="tokens",
        ),
        "tier_region": _column(TEXT, "Region where the price applies, in the seller's words."),
        "tier_service": _column(TEXT, "Class of service to which the price applies: batch, flex, priority."),
        "tier_from": _column(DAY, "First day of a promotion or of an announced price."),
        "tier_until": _column(DAY, "Last day of a promotion."),
        "source": _column(TEXT, _SOURCE, required=True),
        "capture_id": _column(TEXT, _CAPTURE, required=True),
        "locator": _column(TEXT, _LOCATOR, required=True),
        "valid_from": _column(TIME, _VALID_FROM, required=True),
        "last_seen": _column(TIME, "Time of the last capture that states this price."),
        "raw_text": _column(TEXT, "The text as the source has it."),
        "doubts": _column(TEXTS, "Names of what makes it doubtful (see checks); empty where nothing does."),
    },
)

CHOSEN_PRICES = _table(
    "chosen_prices",
    "One price for each thing that a provider sells, chosen from what the sources state.",
    {name: PRICES.columns[name] for name in ("model_id", "version", "provider", "kind", "tier", *TIER_FIELDS)}
    | {name: PRICES.columns[name] for name in ("unit", "currency")}
    | {name: PRICES.columns[name] for name in ("amount", "usd_per_million_tokens", "source")}
    | {
        "rule": _column(TEXT, "Rule that chose this price, as in claims: sources_agree, fresh_before_stale, …"),
        "source_count": _column(SMALL, "Number of sources that state a price for the same thing."),
    }
    | {name: PRICES.columns[name] for name in ("capture_id", "locator", "valid_from", "raw_text", "doubts")},
)

REFERENCE_PRICES = _table(
    "reference_prices",
    "One row for each model: the price of a million tokens from its maker, or the median of its sellers.",
    {
        "model_id": _column(TEXT, _MODEL_ID),
        "input_usd_per_million_tokens": _column(NUMBER, "Base price of input.", unit=_USD_PER_MILLION),
        "output_usd_per_million_tokens": _column(NUMBER, "Base price of output.", unit=_USD_PER_MILLION),
        "blended_usd_per_million_tokens": _column(
            NUMBER, "Price of a mix of three parts input and one part output.", unit=_USD_PER_MILLION
        ),
        "rule": _column(TEXT, "'maker', or 'median of n sellers'."),
        "sellers": _column(SMALL, "Number of sellers with base prices of input and output."),
    },
    key=("model_id",),
)

ORGANIZATIONS = _table(
    "organizations",
    "Who makes models.",
    {
        "organization_id": _column(TEXT, "Id of the organization.", key=True),
        "name": _column(TEXT, "Its name."),
        "aliases": _column(TEXTS, "Other spellings of its name."),
        "is_known": _column(FLAG, "False if a source names it and this project does not list it yet."),
    },
)

PROVIDERS = _table(
    "providers",
    "Who sells access to models.",
    {
        "provider": _column(TEXT, "Id of the seller, as in prices.", key=True),
        "name": _column(TEXT, "Its name."),
        "kind": _column(
            TEXT,
            "maker, cloud, host, router or subscription.",
            _one_of("maker", "cloud", "host", "router", "subscription", reason="unknown_kind_of_provider"),
        ),
        "organization_id": _column(TEXT, "The organization whose own models it sells, where it is a maker."),
    },
)

SOURCES = _table(
    "sources",
    "The sources of all values.",
    {
        "source": _column(TEXT, "Name of the source.", key=True),
        "title": _column(TEXT, "Its title."),
        "home": _column(TEXT, "Its address."),
        "licence": _column(TEXT, "Licence of its data, as its source.yaml states it."),
        "attribution": _column(TEXT, "Whom to name when its data is used."),
        "trust": _column(TEXT, "Kind of source, which decides its rank: maker, evaluator, aggregator, …"),
        "freshness_days": _column(SMALL, "Days without a capture after which the source is stale.", unit="days"),
        "last_captured_at": _column(TIME, "Time of the last capture of the source that was read."),
        "is_stale": _column(
            FLAG, "Whether last_captured_at is more than freshness_days ago; NULL if freshness_days is not set."
        ),
    },
)

BENCHMARKS = _table(
    "benchmarks",
    "The catalogue of benchmarks, and benchmarks that a source names and the catalogue does not know yet.",
    {
        "benchmark_id": _column(TEXT, "Id of the benchmark.", key=True),
        "name": _column(TEXT, "Canonical name."),
        "family": _column(TEXT, "Family of benchmarks that it belongs to."),
        "category": _column(TEXT, "Subject of the benchmark, as one of this project's sections."),
        "description": _column(TEXT, "What it measures."),
        "metric": _column(TEXT, "Usual metric of the benchmark."),
        "unit": _column(TEXT, "Unit of its scores."),
        "higher_is_better": _column(FLAG, "Whether a higher score is the better one."),
        "minimum": _column(NUMBER, "Smallest possible score, in unit."),
        "maximum": _column(NUMBER, "Largest possible score, in unit."),
        "aliases": _column(TEXTS, "Other spellings of its name."),
        "distinct_from": _column(
            TEXTS, "Ids of benchmarks with a similar name that must never be merged with this one."
        ),
        "is_known": _column(FLAG, "False if a source names it and the catalogue does not have it yet."),
    },
)

CAPTURES = _table(
    "captures",
    "Every raw page or file that was read.",
    {
        "capture_id": _column(TEXT, "Id of the capture.", key=True),
        "source": _column(TEXT, _SOURCE),
        "location": _column(TEXT, "URL, or the path that was given."),
        "captured_at": _column(TIME, "Time at which the source served the content."),
        "recorded_at": _column(TIME, "Time at which the capture was stored under raw/."),
        "sha256": _column(TEXT, "SHA-256 of the bytes in hexadecimal, which is also their address under raw/."),
        "bytes": _column(INTEGER, "Its size.", unit="bytes"),
        "media_type": _column(TEXT, "Media type of the content."),
        "http_status": _column(SMALL, "Status of the HTTP answer; NULL for a file."),
        "etag": _column(TEXT, "Validator that the server gave."),
        "reader": _column(TEXT, "Name and version of the reader, then + and the version of the rules it read with."),
        "status": _column(
            TEXT,
            "read, unchanged (same bytes as before) or rejected.",
            _one_of("read", "unchanged", "rejected", reason="unknown_status"),
        ),
        "reason": _column(TEXT, "Reason for the rejection."),
        "encoding": _column(TEXT, "Encoding in which the text was read; NULL for content that is not text."),
        "encoding_reason": _column(
            TEXT,
            "Evidence for the encoding: byte_order_mark, http_header, declared, utf8, nulls, detected or fallback.",
        ),
        "captured_at_reason": _column(
            TEXT,
            "What tells captured_at: stated (by the server or the user), page (its own day), path (a day in it), "
            "file (its time of change: the source served it then or before) or recorded (when it was stored).",
        ),
    },
)

QUARANTINE = _table(
    "quarantine",
    "Rows that cannot be true, with all reasons and the place that they come from.",
    {
        "quarantine_id": _column(TEXT, "Id of the row.", key=True),
        "capture_id": _column(TEXT, _CAPTURE),
        "model_id": _column(TEXT, "The model that the row is about, if it is known."),
        "source": _column(TEXT, _SOURCE),
        "locator": _column(TEXT, _LOCATOR),
        "table_name": _column(TEXT, "Table for which the row was meant."),
        "record": _column(TEXT, "The row as it was read.", sql=JSON),
        "reasons": _column(TEXTS, "All reasons why the row cannot be true."),
        "first_seen": _column(TIME, "Time of the first capture that has the row."),
        "last_seen": _column(TIME, "Time of the last capture that has the row."),
        "resolved_at": _column(TIME, "Time at which a replay accepted the row; NULL while it is in quarantine."),
    },
)

UNREAD_LINES = _table(
    "unread_lines",
    "Each visible line of a page that no rule claimed.",
    {
        "capture_id": _column(TEXT, _CAPTURE),
        "line": _column(SMALL, "Number of the visible line, from 1."),
        "text": _column(TEXT, "The line."),
    },
)

CHECKS = _table(
    "checks",
    "Checks of each capture against itself, and doubts about its values.",
    {
        "capture_id": _column(TEXT, _CAPTURE),
        "model_id": _column(TEXT, "The model that the check is about; NULL if it is about the whole capture."),
        "locator": _column(TEXT, "Place in the capture that was checked, if it is one place."),
        "name": _column(TEXT, "Name of the check, such as average_score."),
        "passed": _column(FLAG, "Whether it holds."),
        "expected": _column(TEXT, "What should be."),
        "actual": _column(TEXT, "What was found."),
    },
)

RUNS = _table(
    "runs",
    "One row for each run.",
    {
        "run_id": _column(TEXT, "Id of the run.", key=True),
        "flow_run_id": _column(TEXT, "Id of the Prefect flow run, if there is one."),
        "started_at": _column(TIME, "When it started."),
        "finished_at": _column(TIME, "When it ended."),
        "status": _column(TEXT, "succeeded or failed.", _one_of("succeeded", "failed", reason="unknown_status")),
        "captures_read": _column(INTEGER, "Number of captures that were read."),
        "captures_unchanged": _column(INTEGER, "Number of captures whose bytes were known already."),
        "captures_rejected": _column(INTEGER, "Number of captures that are not data of their source."),
        "rows_written": _column(INTEGER, "Number of claims, prices and scores that were new or changed."),
        "rows_quarantined": _column(INTEGER, "Number of rows that went to quarantine."),
        "error": _column(TEXT, "Why it failed."),
        "versions": _column(TEXT, "Versions of the program, its readers and its libraries.", sql=JSON),
    },
)

CLAIMS = _table(
    "claims",
    "What each source stated on each field of a model: where, from when to when, and since when that is known here.",
    {
        "model_id": _column(TEXT, _MODEL_ID),
        "model_listed": _column(TEXT, _MODEL_LISTED),
        "version": _column(TEXT, _VERSION),
        "field": _column(
            TEXT,
            "Column of models that the claim is about, features_of_offer, features_of_inputs or features_doubted (see "
            "choice.md), or stands_for: the version that a listing stands for.",
        ),
        "value": _column(TEXT, "The value as text; a list as JSON, a date as ISO 8601."),
        "number": _column(NUMBER, "The value as a number, if it is one."),
        "low": _column(NUMBER, "Smallest number that the rounded text can mean."),
        "high": _column(NUMBER, "Largest number that the rounded text can mean."),
        "unit": _column(TEXT, "Unit of the value; for a date its precision."),
        "raw_text": _column(TEXT, "The text as the source has it."),
        "source": _column(TEXT, _SOURCE),
        "capture_id": _column(TEXT, "The first capture that states this."),
        "locator": _column(TEXT, _LOCATOR),
        "valid_from": _column(TIME, _VALID_FROM),
        "valid_to": _column(TIME, "Time of the first capture that no longer states this; NULL while it is stated."),
        "recorded_at": _column(TIME, "Time at which the warehouse learned this."),
        "superseded_at": _column(
            TIME, "Time at which the warehouse learned that this was wrong; NULL while it is believed."
        ),
        "chosen": _column(FLAG, "Whether models has this value."),
        "rule": _column(TEXT, "Rule by which the claim was chosen or not."),
    },
)

CONFLICTS = _table(
    "conflicts",
    "Fields and prices of a model on which the sources disagree now, beyond their rounding.",
    {
        "model_id": _column(TEXT, _MODEL_ID),
        "version": _column(TEXT, _VERSION),
        "field": _column(TEXT, "Column of models, or the price: 'price of input from openai'."),
        "said": _column(TEXTS, "What each source states, as 'source: value'; one source may state several values."),
        "chosen_source": _column(TEXT, "Source of the value in models or chosen_prices."),
        "rule": _column(TEXT, "Why that one."),
    },
)

CHANGES = _table(
    "changes",
    "What each run changed in models, prices and scores.",
    {
        "run_id": _column(TEXT, "The run (see runs)."),
        "changed_at": _column(TIME, "When the run changed it."),
        "table_name": _column(TEXT, "Table that changed."),
        "key": _column(TEXT, "Key of the row."),
        "field": _column(TEXT, "Column that changed; NULL if the whole row was added or removed."),
        "old_value": _column(TEXT, "Value before."),
        "new_value": _column(TEXT, "Value after."),
        "kind": _column(
            TEXT, "added, changed or removed.", _one_of("added", "changed", "removed", reason="unknown_kind")
        ),
    },
)

_RANKED = {
    "model_id": _column(TEXT, _MODEL_ID, required=True),
    "version": _column(TEXT, _VERSION),
    "model": _column(TEXT, "Name of the model."),
    "benchmark_id": _column(TEXT, "The benchmark.", required=True),
    "benchmark": _column(TEXT, "Name of the benchmark."),
}

_TOLD = {
    "measured_by": _column(TEXT, "Who ran it."),
    "measured_on": _column(DAY, "Day on which it was measured."),
    "self_reported": _column(FLAG, "Whether the model's maker measured it."),
    "stated_by": _column(TEXTS, "All sources that state this result."),
    "score_ids": _column(TEXTS, "Ids of the rows of scores that state this result."),
}

_VALUE = {
    "score": _column(NUMBER, "The result, in unit.", required=True),
    "score_low": _column(NUMBER, "Smallest value that the rounded text can mean, in unit."),
    "score_high": _column(NUMBER, "Largest value that the rounded text can mean, in unit."),
    "stderr": _column(NUMBER, "Standard error that the source states, in unit."),
    "unit": _column(TEXT, "Unit of score."),
}

LEADERBOARD = _table(
    "leaderboard",
    "One row for each ranking (comparability_key), model and version; a result that several sources tell is one.",
    {
        "comparability_key": _column(TEXT, "What the ranked results have in common.", required=True),
        "rank": _column(INTEGER, "1 + the number of other models that have a better row.", required=True),
        "models": _column(INTEGER, "How many models are ranked there."),
        **_RANKED,
        "group_key": _column(TEXT, "What is measured, whatever the settings of the run (see standings)."),
        **_VALUE,
        "differs_from_above": _column(
            FLAG,
            "Whether the row above is better by more than rounding and the 95% margin of the difference, "
            "1.96 * sqrt(e1^2 + e2^2), can explain. The error e of each is its stderr, else follows from its interval, "
            "else from its number of items, else is 0.",
        ),
        "difference_basis": _column(
            TEXT, "What that was judged by: standard error, interval, number of items or rounding alone."
        ),
        **_TOLD,
        "others": _column(
            OTHERS,
            "Further results of the same model and version under the same key, with how the shown one was chosen: "
            "independent before self-reported, the newest, the most exact, the best.",
        ),
    },
)

STANDINGS = _table(
    "standings",
    "One row for each group_key and model: its best result, and how its run differs from that of the leader.",
    {
        "group_key": _column(TEXT, "What is measured, whatever the settings of the run.", required=True),
        "rank": _column(INTEGER, "Place among the best results of the models.", required=True),
        "models": _column(INTEGER, "How many models stand there."),
        **_RANKED,
        **_VALUE,
        "settings": _column(TEXT, "What is known of the run, in short."),
        "differs_in": _column(TEXTS, "Conditions that this run and the leader's both state, and not alike."),
        "not_stated": _column(TEXTS, "Conditions that only one of this run and the leader's states."),
        **_TOLD,
        "comparability_key": _column(TEXT, "The ranking without reserve that the result stands in."),
    },
    key=("group_key", "model_id"),
)

NOT_COMPARABLE = _table(
    "not_comparable",
    "For each ranking, the scores of the same benchmark that it leaves out, and why.",
    {
        "comparability_key": _column(TEXT, "The ranking."),
        "benchmark_id": _column(TEXT, "The benchmark."),
        "benchmark": _column(TEXT, "Name of the benchmark."),
        "model_id": _column(TEXT, _MODEL_ID),
        "score": _column(NUMBER, "The result that was left out, in unit."),
        "unit": _column(TEXT, "Unit of score."),
        "score_id": _column(TEXT, "The result (see scores)."),
        "own_key": _column(TEXT, "comparability_key of that result."),
        "differs_in": _column(
            TEXTS, "What keeps it out: conditions that it has and the ranking has not, and the other way round."
        ),
    },
    key=("comparability_key", "score_id"),
)

PRICE_PERFORMANCE = _table(
    "price_performance",
    "Each row of leaderboard beside what its model costs (see reference_prices); NULL where nobody sells it.",
    {
        "comparability_key": _column(TEXT, "What the scores have in common.", required=True),
        "benchmark_id": _RANKED["benchmark_id"],
        "benchmark": _RANKED["benchmark"],
        "group_key": _column(TEXT, "What is measured, whatever the settings of the run."),
        "rank": _column(INTEGER, "Place within comparability_key."),
        "models": _column(INTEGER, "How many models are ranked there."),
        "model_id": _RANKED["model_id"],
        "version": _RANKED["version"],
        "model": _RANKED["model"],
        "score": _VALUE["score"],
        "unit": _VALUE["unit"],
        "self_reported": _TOLD["self_reported"],
        "input_usd_per_million_tokens": _column(NUMBER, "Base price of input.", unit=_USD_PER_MILLION),
        "output_usd_per_million_tokens": _column(NUMBER, "Base price of output.", unit=_USD_PER_MILLION),
        "blended_usd_per_million_tokens": _column(
            NUMBER, "Price of a mix of three parts input and one part output.", unit=_USD_PER_MILLION
        ),
        "price_rule": _column(TEXT, "Whose price that is: 'maker', or 'median of n sellers'."),
        "on_frontier": _column(FLAG, "Whether no other row of the ranking is both better and cheaper."),
    },
)

_VALID_TO = _column(
    TIME,
    "Time from which this no longer holds: as the source dates it, else of the first capture that no longer states it; "
    "NULL while it holds.",
)

PRICE_HISTORY = _table(
    "price_history",
    "Every statement of a price, with when the source stated it.",
    {name: column for name, column in PRICES.columns.items() if name not in ("valid_from", "last_seen")}
    | {"valid_from": _column(TIME, f"{_VALID_FROM} NULL if only its end is known."), "valid_to": _VALID_TO},
)

SCORE_HISTORY = _table(
    "score_history",
    "Every statement of a result, with when the source stated it.",
    {name: column for name, column in SCORES.columns.items() if name not in ("valid_from", "first_seen", "last_seen")}
    | {"score_id": _column(TEXT, "Stable id of this result of this source.", required=True)}
    | {"valid_from": SCORES.columns["valid_from"], "valid_to": _VALID_TO},
)

TABLES: dict[str, pa.DataFrameSchema] = {
    schema.name: schema
    for schema in (
        MODELS,
        MODEL_VERSIONS,
        MODEL_IDS,
        SCORES,
        PRICES,
        CHOSEN_PRICES,
        REFERENCE_PRICES,
        BENCHMARKS,
        ORGANIZATIONS,
        PROVIDERS,
        SOURCES,
        CAPTURES,
        QUARANTINE,
        UNREAD_LINES,
        CHECKS,
        RUNS,
        CLAIMS,
        CONFLICTS,
        CHANGES,
        PRICE_HISTORY,
        SCORE_HISTORY,
        LEADERBOARD,
        STANDINGS,
        NOT_COMPARABLE,
        PRICE_PERFORMANCE,
    )
}
"""All public tables and views by name."""

REFERENCES = {
    "model_id": "models",
    "benchmark_id": "benchmarks",
    "capture_id": "captures",
    "source": "sources",
    "provider": "providers",
    "run_id": "runs",
    "score_id": "scores",
}
"""Columns that name a row of another table by its key, which has the same name there."""

_BEYOND = {("score_history", "score_id")}
"""Columns that may name a row that is no longer there: the history of a result goes on after its source drops it."""

_SQL_TYPES = {
    TEXT: "VARCHAR",
    INTEGER: "BIGINT",
    SMALL: "INTEGER",
    NUMBER: "DOUBLE",
    FLAG: "BOOLEAN",
    DAY: "DATE",
    TIME: "TIMESTAMP",
    TEXTS: "VARCHAR[]",
    OTHERS: (
        "STRUCT(score DOUBLE, measured_by VARCHAR, measured_on DATE, self_reported BOOLEAN, stated_by VARCHAR[], "
        "score_ids VARCHAR[], chosen VARCHAR)[]"
    ),
}


def sql_type(column: pa.Column) -> str:
    """The DuckDB type of a column, such as ``VARCHAR[]``."""
    return (column.metadata or {}).get("sql") or _SQL_TYPES[column.dtype.type]


def column_comment(column: pa.Column) -> str:
    """The sentence that explains a column, with its unit; of a time, that it is in UTC."""
    unit = column_unit(column) or ("time in UTC" if column.dtype.type == TIME else None)
    return f"{column.description} Unit: {unit}." if unit else str(column.description)


def column_unit(column: pa.Column) -> str | None:
    """The unit of a column, such as ``tokens``."""
    unit: str | None = (column.metadata or {}).get("unit")
    return unit


def arrow_schema(schema: pa.DataFrameSchema, columns: list[str] | None = None) -> arrow.Schema:
    """The Arrow schema of a table, or of some of its columns, in the order given."""
    names = columns if columns is not None else list(schema.columns)
    return arrow.schema([(name, schema.columns[name].dtype.type.pyarrow_dtype) for name in names])


def key_columns(schema: pa.DataFrameSchema) -> list[str]:
    """The columns that identify a row; none for tables without a key of one column."""
    return [name for name, column in schema.columns.items() if (column.metadata or {}).get("key")]


def row_key(schema: pa.DataFrameSchema) -> list[str]:
    """The columns that identify a row, alone or together, none of them NULL; empty if there are none."""
    return key_columns(schema) or list((schema.metadata or {})["key"])


def references(schema: pa.DataFrameSchema) -> dict[str, str]:
    """The tables that columns of ``schema`` refer to: each value of the column is NULL or a key there."""
    return {
        name: table
        for name, table in REFERENCES.items()
        if name in schema.columns and table != schema.name and (schema.name, name) not in _BEYOND
    }
