"""Which claim is chosen at a time: the SQL against the rules as a person would apply them, one field at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.load.choice import STALE_DAYS
from ingest.load.history import contest
from ingest.load.warehouse import create

START = datetime(2025, 1, 1, tzinfo=UTC)
TRUST = {"maker": 100, "host": 200, "mirror": 300, "list": 300}
FIELDS = ("context_tokens", "license", "knowledge_cutoff")


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        create(connection)
        yield connection


claim = st.fixed_dictionaries(
    {
        "source": st.sampled_from(sorted(TRUST)),
        "field": st.sampled_from(FIELDS),
        "said": st.integers(1, 3),
        "width": st.sampled_from([0, 1, 4]),
        "day": st.sampled_from([0, 30, 60, 200]),
        "lasts": st.sampled_from([30, 100, None]),
        "entry": st.sampled_from(["a", "b"]),
    }
)


def _said(source: str, *, said: int, day: int, lasts: int | None) -> dict[str, Any]:
    """An example as :data:`claim` draws them."""
    return {"source": source, "field": "license", "said": said, "width": 0, "day": day, "lasts": lasts, "entry": "a"}


def _row(said: dict[str, Any]) -> dict[str, Any]:
    """A claim as the history holds it."""
    row = {k: said[k] for k in ("source", "field", "entry")} | {"number": None, "low": None, "high": None, "unit": None}
    if said["field"] == "context_tokens":
        number, half = float(said["said"] * 2), said["width"] / 2
        row |= {"value": str(number), "number": number, "low": number - half, "high": number + half}
    elif said["field"] == "knowledge_cutoff":
        unit = {0: "day", 1: "month", 4: "year"}[said["width"]]
        row |= {
            "value": {"day": f"2024-0{said['said']}-15", "month": f"2024-0{said['said']}-01"}.get(unit, "2024-01-01"),
            "unit": unit,
        }
    else:
        row |= {"value": f"licence {said['said']}"}
    begins = START + timedelta(days=said["day"])
    ends = begins + timedelta(days=said["lasts"]) if said["lasts"] else None
    return row | {"valid_from": begins, "valid_to": ends, "scope": f"{said['source']}.json"}


def _one_at_a_time(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Claims as a history holds them: an entry of a source says one thing of a field until it says the next."""
    kept: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row["valid_from"]):
        teller = (row["source"], row["field"], row["entry"])
        before = kept.get(teller)
        if before and before["valid_from"] == row["valid_from"]:
            continue
        if before:
            before["valid_to"] = min(before["valid_to"] or row["valid_from"], row["valid_from"])
            kept[*teller, before["valid_from"]] = before
        kept[teller] = row
    return list(kept.values())


def _agree(one: dict[str, Any], other: dict[str, Any]) -> bool:
    if one["field"] == "knowledge_cutoff":
        length = min({"day": 10, "month": 7, "year": 4}[each["unit"]] for each in (one, other))
        return bool(one["value"][:length] == other["value"][:length])
    if one["number"] is not None:
        return bool(one["low"] <= other["high"] and other["low"] <= one["high"])
    return bool(one["value"] == other["value"])


def _width(row: dict[str, Any]) -> float:
    by_unit = {"year": 365.0, "month": 30.0}
    return by_unit.get(row["unit"], 0.0 if row["number"] is None else row["high"] - row["low"])


def _chosen(rows: list[dict[str, Any]], seen: dict[str, datetime]) -> dict[str, Any]:
    """The rules in order: trust, freshness, number of sources, last seen, precision; then the most precise of those
    that agree with the first."""
    freshest = max(seen[row["source"]] for row in rows)

    def order(row: dict[str, Any]) -> tuple[Any, ...]:
        supporters = len(
            {
                other["source"]
                for other in rows
                if _agree(row, other) and (seen[row["source"]].date() - seen[other["source"]].date()).days < STALE_DAYS
            }
        )
        age = (freshest.date() - seen[row["source"]].date()).days // STALE_DAYS
        last = -seen[row["source"]].timestamp()
        fixed = (row["source"], row["scope"], row["entry"], row["value"])
        return (TRUST[row["source"]], age, -supporters, last, _width(row), *fixed)

    placed = sorted(rows, key=order)
    return min((row for row in placed if _agree(row, placed[0])), key=lambda row: (_width(row), placed.index(row)))


@settings(max_examples=8)
@given(
    cases=st.lists(st.lists(claim, min_size=1, max_size=12), min_size=10, max_size=25),
    day=st.sampled_from([0, 45, 90, 150, 250, 400]),
    is_flagged=st.booleans(),
)
@example(  # the first was contested before the third agreed with it: both must be weighed together
    cases=[
        [
            _said("host", said=1, day=0, lasts=100),
            _said("list", said=2, day=0, lasts=30),
            _said("mirror", said=1, day=60, lasts=None),
        ]
    ],
    day=90,
    is_flagged=True,
)
@example(  # the exact number that b rounds to is no longer stated, and stands
    cases=[
        [
            {"source": "host", "field": "context_tokens", "said": 3, "width": 0, "day": 0, "lasts": 30, "entry": "a"},
            {"source": "host", "field": "context_tokens", "said": 3, "width": 4, "day": 0, "lasts": None, "entry": "b"},
        ]
    ],
    day=400,
    is_flagged=True,
)
def test_the_chosen_value_is_the_one_that_the_rules_name(
    db: duckdb.DuckDBPyConnection, cases: list[list[dict[str, Any]]], day: int, is_flagged: bool
) -> None:
    """Whether claims are flagged as contested or not saves work, and changes nothing. Each case is a model of its own
    with sources of its own."""
    now = START + timedelta(days=day)
    models = {
        f"acme/robin-{number}": _one_at_a_time([_row(each) for each in said]) for number, said in enumerate(cases)
    }
    db.execute("DELETE FROM internal.claims; DELETE FROM internal.capture_scopes; DELETE FROM internal.source_trust")
    for model_id, rows in models.items():
        _state(db, model_id, rows)
    if is_flagged:
        db.execute("CREATE OR REPLACE TEMP TABLE affected_scopes AS SELECT source, scope FROM internal.claims")
        contest(db, "affected_scopes")

    at = now.isoformat()
    chosen, shown = set(), set()
    for model_id, rows in models.items():
        values, row = _expected(rows, now)
        chosen |= {(model_id, *value) for value in values}
        shown |= {(model_id, *row)} if row else set()
    _gives(
        db,
        "SELECT model_id, field, value, unit, split_part(source, ' of ', 1), entry "
        f"FROM internal.chosen_claims('{at}') WHERE chosen",
        chosen,
    )
    _gives(
        db,
        "SELECT model_id, context_tokens, license, knowledge_cutoff::VARCHAR, knowledge_cutoff_precision, source_count "
        f"FROM models_as_of('{at}')",
        shown,
    )


def _gives(db: duckdb.DuckDBPyConnection, query: str, rows: set[tuple[Any, ...]]) -> None:
    found = db.execute(query).fetchall()
    assert len(found) == len(rows)
    assert set(found) == rows


def _times(rows: list[dict[str, Any]]) -> set[tuple[str, datetime]]:
    """When each source was captured: whenever it began or stopped stating something."""
    return {(row["source"], moment) for row in rows for moment in (row["valid_from"], row["valid_to"]) if moment}


def _state(db: duckdb.DuckDBPyConnection, model_id: str, rows: list[dict[str, Any]]) -> None:
    """Let the sources of this model state the rows."""
    trust = [[f"{source} of {model_id}", rank] for source, rank in TRUST.items()]
    db.executemany("INSERT INTO internal.source_trust VALUES (?, '*', ?)", trust)
    captures = [[f"{source} of {model_id}", f"{source}.json", moment] for source, moment in _times(rows)]
    db.executemany("INSERT INTO internal.capture_scopes VALUES (?, ?, 'c', ?)", captures)
    names = ("scope", "entry", "field", "value", "number", "low", "high", "unit", "valid_from", "valid_to")
    marks = ", ".join("?" for _ in names)
    sql = f"INSERT INTO internal.claims (model_id, source, {', '.join(names)}) VALUES (?, ?, {marks})"
    db.executemany(sql, [[model_id, f"{row['source']} of {model_id}", *(row[name] for name in names)] for row in rows])


def _last_told(known: list[dict[str, Any]], stated: set[str]) -> list[dict[str, Any]]:
    """Of fields that nobody states any more, the last claims whose listing ended with them."""
    fields = {row["field"] for row in known} - stated
    last = {field: max(row["valid_to"] for row in known if row["field"] == field) for field in fields}
    return [row for row in known if row["valid_to"] == last.get(row["field"], "stated") and not _goes_on(row, known)]


def _goes_on(ended: dict[str, Any], known: list[dict[str, Any]]) -> bool:
    """Whether the listing of a claim went on when the claim ended."""
    return any(
        (row["source"], row["entry"]) == (ended["source"], ended["entry"])
        and row["valid_from"] <= ended["valid_to"] < (row["valid_to"] or datetime.max.replace(tzinfo=UTC))
        for row in known
    )


def _exact(known: list[dict[str, Any]], stated: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """Exact numbers whose listings have vanished, where all that is stated is rounded to them."""
    stated = [row for row in stated if row["number"] is not None]
    if not stated or min(_width(row) for row in stated) == 0:
        return []
    ended = [row for row in known if row["number"] is not None and row["valid_to"] and row["valid_to"] <= now]
    return [
        row
        for row in ended
        if _width(row) == 0 and not _goes_on(row, known) and all(_agree(row, other) for other in stated)
    ]


def _expected(rows: list[dict[str, Any]], now: datetime) -> tuple[list[tuple[Any, ...]], tuple[Any, ...] | None]:
    """The chosen claims, and the row of the model, or None where nothing is known of it yet."""
    times = _times(rows)
    known = [row for row in rows if row["valid_from"] <= now]
    standing = [row for row in known if row["valid_to"] is None or row["valid_to"] > now]
    standing += [*_exact(known, standing, now), *_last_told(known, {row["field"] for row in standing})]
    seen = {
        source: max(moment for of, moment in times if of == source and moment <= now)
        for source in {row["source"] for row in standing}
    }
    expected = {
        field: _chosen([row for row in standing if row["field"] == field], seen)
        for field in {row["field"] for row in standing}
    }
    names = ("field", "value", "unit", "source", "entry")
    chosen = [tuple(row[name] for name in names) for row in expected.values()]
    if not standing:
        return chosen, None
    value = {field: row["value"] for field, row in expected.items()}
    row = (
        int(float(value["context_tokens"])) if "context_tokens" in value else None,
        value.get("license"),
        value.get("knowledge_cutoff"),
        expected["knowledge_cutoff"]["unit"] if "knowledge_cutoff" in expected else None,
        len({row["source"] for row in standing if row["valid_to"] is None or row["valid_to"] > now}),
    )
    return chosen, row
