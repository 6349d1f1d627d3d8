"""The page of a model: each fact with the lines that it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ingest.records.tables import MODELS
from ingest.site import picture
from ingest.site.content import Content, Row, grouped
from ingest.site.notes import CaptureNotes

_BESIDE = {
    "model_id", "organization_id", "source_count", "first_seen", "last_seen", "release_date_precision",
    "knowledge_cutoff_precision",
}  # fmt: skip
"""Columns of ``models`` that are no claims of their own."""

_MOST_LINES = 5
"""Lines that are shown for one fact before the rest is folded away."""

_MAIN_KINDS = ("input", "output", "cached_input", "cache_write")


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of a model: its value, the lines that led to it, and what other lines say."""

    field: str
    meaning: str
    value: Any
    precision: str | None
    lines: list[Row]
    otherwise: list[Row]
    agreeing: int


def names_of(content: Content, model: Row) -> dict[str, Any]:
    """What the template of a model is given."""
    model_id = model["model_id"]
    of_model = {query: rows.get(model_id, []) for query, rows in content.of_models.items()}
    notes = CaptureNotes(content.captures)
    return {
        "model": model,
        "facts": _facts(model, of_model["facts"]),
        "offers": _offers(of_model["offers"]),
        "other_prices": [row for row in of_model["offers"] if not _is_main(row)],
        "versions": of_model["versions"],
        "ids": of_model["ids"],
        "scores": of_model["scores"],
        "conflicts": of_model["conflicts"],
        "checks": of_model["failed_checks"],
        "quarantine": of_model["quarantine"],
        "data": picture.price_rows(of_model["price_history"]),
        "notes": notes,
    }


def _facts(model: Row, claims: list[Row]) -> list[Fact]:
    by_field = grouped(claims, "field")
    facts = []
    for name, column in MODELS.columns.items():
        said = by_field.get(name, [])
        if name in _BESIDE or (model[name] is None and not said):
            continue
        chosen = [claim for claim in said if claim["chosen"]]
        others = [claim for claim in said if not claim["chosen"]]
        facts.append(
            Fact(
                name,
                str(column.description),
                model[name],
                model.get(f"{name}_precision"),
                chosen,
                others,
                said[0]["agreeing"] if said else 0,
            )
        )
    return facts


def _is_main(row: Row) -> bool:
    return row["tier"] is None and row["kind"] in _MAIN_KINDS and row["usd"] is not None


def _offers(rows: list[Row]) -> list[dict[str, Any]]:
    """Base offers, the cheapest first and doubtful ones last: each with its prices by kind."""
    offers: list[dict[str, Any]] = []
    for (_, _), same in grouped([row for row in rows if _is_main(row)], "provider", "version").items():
        prices = {row["kind"]: row for row in same}
        doubts = sorted({doubt for row in same for doubt in row["doubts"] or []})
        offers.append({"first": same[0], "prices": prices, "doubts": doubts})
    return sorted(offers, key=_by_price)


def _by_price(offer: dict[str, Any]) -> tuple[Any, ...]:
    usd = [offer["prices"][kind]["usd"] for kind in ("input", "output") if kind in offer["prices"]]
    both = 3 * usd[0] + usd[1] if len(usd) == 2 else float("inf")
    return bool(offer["doubts"]), both, str(offer["first"]["seller"]), str(offer["first"]["version"])
