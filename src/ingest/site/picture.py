"""The rows behind the charts. What a chart looks like is in ``charts/``, in the grammar of Vega-Lite."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from ingest.report.addresses import file_name
from ingest.site.content import Content, Row
from ingest.site.wording import score, shown

MOST_BARS = 30
"""Rows of a leaderboard that a chart shows; the table has all of them."""

FEWEST_PRICED = 3
"""Models with a price that a ranking needs to be drawn against prices."""

_LABEL = 60
"""Characters of a name in a chart."""


_MEASURED = "measured_by="
"""How the part of a comparability_key begins that says who measured, in letters and digits alone."""


_SIGNS = {True: "◇", False: "●", None: "□"}
"""The sign of who measured, as in the legend of a page."""


def settings(key: str, measured_by: str | None = None) -> str:
    """The conditions of a comparability_key in words. ``measured_by`` is the name of who measured as sources write it;
    "" leaves that condition out, where a column of its own has it.

    >>> settings("mmlu|n_shots=5|measured_by=stanfordcrfm", "Stanford CRFM"), settings("mmlu")
    ('n shots 5, measured by Stanford CRFM', 'nothing is stated of the run')
    """
    told = []
    for part in key.split("|")[1:]:
        if measured_by is None or not part.startswith(_MEASURED):
            told.append(condition(part))
        elif measured_by:
            told.append(condition(f"{_MEASURED}{measured_by}"))
    return shown(", ".join(told) or "nothing is stated of the run", 200)


def condition(part: str) -> str:
    """A part of a comparability_key in words: its name, and its value."""
    return part.replace("=", " ", 1).replace("_", " ")


def who(row: Row) -> str:
    """Who measured a result, as the legend says it."""
    match row["self_reported"]:
        case True:
            return "self-reported by the maker"
        case False:
            return "measured by others"
        case _:
            return "not stated whether by the maker"


def name_of(row: Row) -> str:
    """A model with its version, for a chart."""
    version = f" ({row['version']})" if row.get("version") else ""
    return shown(f"{row['model']}{version}", _LABEL)


def leaderboard(rows: list[Row]) -> list[Row]:
    """The best results of a group with their margins, for the chart of a leaderboard."""
    labels = [f"{row['rank']}. {name_of(row)}" for row in rows[:MOST_BARS]]
    return [
        {
            "place": place,
            # two rows of one label would be drawn as one
            "label": label if labels.count(label) == 1 else f"{label} ({place + 1})",
            "score": row["score"],
            "low": row["score"] - row["margin"] if row["margin"] else None,
            "high": row["score"] + row["margin"] if row["margin"] else None,
            "who": who(row),
            "by": shown(row["measured_by"] or "not stated", _LABEL),
            "settings": shown(row["settings"] or "none stated", 200),
        }
        for place, (label, row) in enumerate(zip(labels, rows, strict=False))
    ]


def with_prices(content: Content) -> list[list[Row]]:
    """The rankings in which enough models have a price, those with the most first."""
    found = [
        [row for row in rows if row["blended_usd"]]
        for rows in content.rankings.values()
        if rows[0]["benchmark_id"] in content.benchmarks
    ]
    kept = [rows for rows in found if len({row["model_id"] for row in rows}) >= FEWEST_PRICED]
    return sorted(kept, key=lambda rows: (-len(rows), rows[0]["comparability_key"]))


def frontier(rows: list[Row], *, is_lower_better: bool) -> list[Row]:
    """Of priced rows of a ranking those that no cheaper one equals, by price. The chart draws its line through them."""

    def badness(row: Row) -> float:
        return float(row["score"] if is_lower_better else -row["score"])

    best, kept = math.inf, []
    for row in sorted(rows, key=lambda row: (row["blended_usd"], badness(row), row["model_id"], str(row["version"]))):
        if badness(row) < best:
            best = badness(row)
            kept.append(row)
    return kept


def performance(content: Content, most: int | None = None) -> dict[str, Any]:
    """Rankings against prices: their names, and their rows."""
    models = {model["model_id"]: model for model in content.models}
    chosen = with_prices(content)[:most]
    rankings, rows = [], []
    for number, priced in enumerate(chosen):
        first = priced[0]
        benchmark = content.benchmarks[first["benchmark_id"]]
        is_lower_better = benchmark["higher_is_better"] is False
        told = settings(first["comparability_key"], first["measured_by"])
        rankings.append(
            {
                "id": str(number),
                "name": f"{shown(first['benchmark'], _LABEL)}: {told}",
                "key": first["comparability_key"],
                "page": f"benchmarks/{file_name(first['benchmark_id'])}",
                "unit": first["unit"],
                "lower": is_lower_better,
            }
        )
        rows += [_priced(row, models[row["model_id"]], str(number), is_lower_better) for row in priced]
    return {"rankings": rankings, "rows": rows}


def _priced(row: Row, model: Row, ranking: str, is_lower_better: bool) -> Row:
    is_open = model["open_weights"]
    return {
        "ranking": ranking,
        "model": name_of(row),
        "maker": shown(model["organization"] or "not known", _LABEL),
        "open": "not stated" if is_open is None else "open weights" if is_open else "closed weights",
        "context": model["context_tokens"],
        "rank": row["rank"],
        "score": row["score"],
        "result": score(row["score"], row["unit"]) + (f" ± {row['margin']:.2g}" if row["margin"] else ""),
        "goodness": -row["score"] if is_lower_better else row["score"],
        "usd": round(row["blended_usd"], 6),
        "input": row["input_usd"],
        "output": row["output_usd"],
        "rule": row["price_rule"],
        "who": who(row),
        "by": f"{_SIGNS[row['self_reported']]} {shown(row['measured_by'] or 'not stated', _LABEL)}"
        + (" (self-reported)" if row["self_reported"] else ""),
        "page": f"models/{file_name(row['model_id'])}",
    }


def price_rows(history: list[Row]) -> list[Row]:
    """The statements of prices of one model, for the chart of prices over time."""
    return [
        {
            "seller": shown(row["seller"], 40) + (f" ({shown(row['version'], 30)})" if row["version"] else ""),
            "kind": row["kind"],
            "usd": row["usd"],
            "from": row["valid_from"].isoformat(),
            "end": (row["stated_to"] or row["valid_from"]).isoformat(),
            "to": row["valid_to"].date().isoformat() if row["valid_to"] else "still stated",
            "source": row["source"],
            "mark": "promotion" if row["is_promotion"] else "in doubt" if row["is_doubtful"] else "list price",
        }
        for row in history
        if row["usd"] > 0
    ]


def prices(content: Content, model_ids: list[str]) -> dict[str, Any]:
    """The prices over time of several models, those with the most statements first: their names, and their rows."""
    history = content.of_models["price_history"]
    model_ids = sorted(model_ids, key=lambda each: (-len(history.get(each, [])), content.names[each].casefold()))
    models, rows = [], []
    for number, model_id in enumerate(model_ids):
        models.append(
            {"id": str(number), "name": shown(content.names[model_id], _LABEL), "page": f"models/{file_name(model_id)}"}
        )
        rows += [{"model": str(number)} | row for row in price_rows(history.get(model_id, []))]
    return {"models": models, "rows": rows}


def changes(rows: list[Row]) -> dict[str, Any]:
    """What changed: how much of each kind, and prices of tokens that changed, the largest change first."""
    counts = Counter((row["table"], row["kind"]) for row in rows)
    moves = sorted(
        (move for row in rows if (move := _move(row)) is not None),
        key=lambda move: (-abs(math.log(move["factor"])), move["label"]),
    )[:MOST_BARS]
    return {
        "counts": [{"table": t, "kind": k, "number": n} for (t, k), n in sorted(counts.items())],
        "moves": [move | {"place": place} for place, move in enumerate(moves)],
    }


def _move(row: Row) -> Row | None:
    """A price of a million tokens that changed; None for any other change."""
    old, new = _number(row["old"]), _number(row["new"])
    is_price = row["table"] == "prices" and row["kind"] == "changed" and ", per " not in row["what"]
    if not is_price or not old or not new:
        return None
    label = f"{row['model'].rpartition('/')[2]}: {row['what'].replace(' price', '', 1)}"
    return {"label": shown(label, 80), "old": old, "new": new, "factor": new / old}


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0 else None
