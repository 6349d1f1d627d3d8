"""Macros and views: the state at any time, in the columns of the public tables.

Their SQL is in ``sql/``. The lists of columns come from the pandera schemas, so a new column of ``models`` needs no
change here.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandera.pandas as pa

from ingest.load import ranking
from ingest.load.choice import (
    AT,
    IN_FORCE,
    INPUTS,
    SEASON_DAYS,
    STALE_DAYS,
    STANDING,
    WEIGHED,
    chosen_claims,
    chosen_prices,
    features_of_models,
    witnessed_prices,
)
from ingest.load.prices import chosen_prices_of
from ingest.load.statements import quoted, statement
from ingest.records.tables import MODELS, TABLES, sql_type


@dataclass(frozen=True, slots=True)
class Macro:
    """A table macro: its name, its query, a comment that says what it answers, and its parameters."""

    name: str
    query: str
    comment: str
    parameters: str = "t"

    @property
    def sql(self) -> str:
        """The statement that makes the macro."""
        return f"CREATE OR REPLACE MACRO {self.name}({self.parameters}) AS TABLE {self.query}"


NOT_CLAIMED = (
    "model_id",
    "organization_id",
    "release_date_precision",
    "knowledge_cutoff_precision",
    "source_count",
    "first_seen",
    "last_seen",
)
"""Columns of ``models`` that are computed from claims instead of being claimed themselves."""

_CLAIMED = tuple(name for name in MODELS.columns if name not in NOT_CLAIMED)


def _value(name: str, column: pa.Column) -> str:
    """The SQL that turns the claim on a field into the value of its column."""
    kind = sql_type(column)
    match kind:
        case "BIGINT" | "DOUBLE":
            return f"CAST({_claimed(name, 'number')} AS {kind})"
        case "VARCHAR":
            return _claimed(name, "value")
        case "VARCHAR[]":
            return f"CAST(CAST({_claimed(name, 'value')} AS JSON) AS VARCHAR[])"
        case _:
            return f"CAST({_claimed(name, 'value')} AS {kind})"


def _claimed(name: str, part: str) -> str:
    return f"any_value(CASE WHEN field = '{name}' THEN {part} END)"  # a FILTER takes a quarter longer


def _models() -> str:
    values = {name: _value(name, MODELS.columns[name]) for name in _CLAIMED}
    for day in ("release_date", "knowledge_cutoff"):
        values[f"{day}_precision"] = _claimed(day, "unit")
    beside = {
        "organization_id": "split_part(model_id, '/', 1)",
        "source_count": "CAST(sources AS INTEGER)",
        "features": "features_together",
        "features_absent": "absent_together",
        "input_modalities": "inputs_together",
        "multimodal": _MULTIMODAL,
        "deprecated_on": "CASE WHEN deprecated_on < release_date THEN NULL ELSE deprecated_on END",
        "max_input_tokens": "CASE WHEN max_input_tokens > context_tokens THEN NULL ELSE max_input_tokens END",
        "max_output_tokens": _MOST_OUTPUT,
    }
    return statement(
        "macros/models_as_of",
        standing=STANDING,
        weighed=WEIGHED,
        features=features_of_models(),
        inputs=INPUTS,
        told=_as(values),
        columns=_as({name: beside.get(name, quoted([name])) for name in MODELS.columns}),
    )


_MOST_OUTPUT = """CASE WHEN model_type IN ('embedding', 'rerank') THEN NULL ELSE max_output_tokens END"""

_MULTIMODAL = """CASE WHEN coalesce(inputs_together, output_modalities) IS NULL THEN multimodal
    ELSE list_has_any(list_concat(coalesce(inputs_together, []), coalesce(output_modalities, [])),
        ['image', 'audio', 'video']) END"""


def _as(values: dict[str, str]) -> str:
    """A list of expressions, each with its name as alias."""
    return ",\n".join(f"{value} AS {quoted([name])}" for name, value in values.items())


_OF_BENCHMARK = {
    "benchmark": "b.name",
    "score_normalized": """CASE
        WHEN s.unit = 'percent' THEN s.score / 100
        WHEN s.unit = b.unit AND b.minimum IS NOT NULL AND b.maximum > b.minimum
        THEN (s.score - b.minimum) / (b.maximum - b.minimum) END""",
}


def _columns(table: str, history: str, beside: dict[str, str]) -> str:
    """The columns of a public table: from the table alias ``history``, unless ``beside`` has an expression for them."""
    return _as({name: beside.get(name, quoted([name], history)) for name in TABLES[table].columns})


_SCORES = {"last_seen": "coalesce(c.last_seen, s.valid_from)"} | _OF_BENCHMARK


def _scores_as_of() -> str:
    columns = _columns("scores", "s", _SCORES)
    return statement("macros/scores_as_of", at=AT, columns=columns)


def _prices_as_of() -> str:
    columns = _columns("prices", "s", {"last_seen": "coalesce(c.last_seen, s.valid_from)"})
    return statement("macros/prices_as_of", at=AT, in_force=IN_FORCE, columns=columns)


MACROS = (
    Macro("internal.chosen_claims", chosen_claims(), "The claims of a time, weighed."),
    Macro("internal.witnessed_prices", witnessed_prices(), "The prices of a time, with all that makes them doubtful."),
    Macro("internal.chosen_prices", chosen_prices(), "The prices of a time, weighed."),
    Macro("models_as_of", _models(), "The rows of models as they were at a time: models_as_of('2025-06-01')."),
    Macro("scores_as_of", _scores_as_of(), "The rows of scores as they were at a time."),
    Macro("prices_as_of", _prices_as_of(), "The rows of prices as they were at a time."),
    Macro(
        "chosen_prices_as_of",
        chosen_prices_of("t"),
        "The rows of chosen_prices as they were at a time.",
    ),
    Macro(
        "leaderboard_as_of",
        ranking.named("leaderboard", f"({ranking.leaderboard_of(f'({_scores_as_of()})')})"),
        "The rows of leaderboard as they were at a time.",
    ),
    Macro(
        "price_changes",
        statement(
            "macros/price_changes",
            at_first=statement("choice/at", t="t1"),
            at_second=statement("choice/at", t="t2"),
        ),
        "What sellers changed between two times: price_changes('2025-06-01', '2025-07-01').",
        "t1, t2",
    ),
)

_STALE = {"stale_days": str(STALE_DAYS)}

_REFERENCE_PRICES = statement("views/reference_prices", **_STALE)

_PARTS: dict[str, dict[str, str]] = {
    "claims": {"columns": quoted(TABLES["claims"].columns)},
    "checks": {
        "columns": quoted(TABLES["checks"].columns),
        "marked_elsewhere": ranking.marked_elsewhere(),
        "season": str(SEASON_DAYS),
    },
    "chosen_prices": {"columns": quoted(TABLES["chosen_prices"].columns)},
    "conflicts": {"columns": quoted(TABLES["conflicts"].columns)},
    "price_performance": {"reference": _REFERENCE_PRICES},
    "reference_prices": _STALE,
    "price_history": {"columns": _columns("price_history", "p", {"valid_to": "coalesce(p.valid_to, p.stated_to)"})},
    "score_history": {"columns": _columns("score_history", "s", _OF_BENCHMARK)},
}
"""The parts that Python fills into the views that need any."""

_RANKINGS = ("leaderboard", "standings")

VIEWS = {
    name: ranking.named(name, f"internal.{name}")
    if name in _RANKINGS
    else statement(f"views/{name}", **_PARTS.get(name, {}))
    for name in (
        "scores",
        "prices",
        "claims",
        "chosen_prices",
        "conflicts",
        "model_ids",
        "model_versions",
        "organizations",
        "providers",
        "reference_prices",
        "sources",
        "price_history",
        "score_history",
        "leaderboard",
        "standings",
        "not_comparable",
        "price_performance",
        "checks",
    )
}
"""Views by name. Each one stands after the views that it uses."""
