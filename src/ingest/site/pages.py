"""The pages of the site: for each its place, its template, and what the template is given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from ingest.report.addresses import file_name
from ingest.site import benchmark_page, model_page, picture
from ingest.site.content import Content, Row, grouped

MOST_LISTED = 1000
"""Rows of a list that would otherwise have no end; the page says how many it leaves out."""


class SitePage(NamedTuple):
    """A page: its path in the site, its template, and the names that the template uses."""

    path: str
    template: str
    names: dict[str, Any]
    title: str = ""
    """Its name in the navigation, for a page that is not always there."""


@dataclass(frozen=True)
class About:
    """What every page says of the site: the state of the warehouse that it shows, and what was compared.

    ``changes`` are rows of :func:`ingest.report.changes.changes`, and ``since`` says since when they count.
    """

    version: str
    made_at: datetime
    since: str
    changes: list[Row] = field(default_factory=list)


NAVIGATION = (
    ("index.html", "Overview"),
    ("leaderboards.html", "Leaderboards"),
    ("performance.html", "Price and performance"),
    ("prices.html", "Prices over time"),
    ("changes.html", "What changed"),
    ("models.html", "Models"),
    ("quality.html", "Data quality"),
)


def pages(content: Content, about: About) -> Iterator[SitePage]:
    """All pages of the site that need no server."""
    yield SitePage("index.html", "index.html", _overview(content, about))
    yield SitePage("leaderboards.html", "leaderboards.html", {"benchmarks": _leaders(content)})
    yield SitePage("performance.html", "performance.html", {"data": picture.performance(content)})
    yield SitePage("prices.html", "prices.html", _prices(content))
    yield SitePage("changes.html", "changes.html", _changes(about))
    yield SitePage("models.html", "models.html", {"models": content.models})
    yield SitePage("quality.html", "quality.html", _quality(content))
    yield SitePage("sources.html", "sources.html", {"sources": content.listed("sources")})
    for model in content.models:
        yield SitePage(f"models/{file_name(model['model_id'])}", "model.html", model_page.names_of(content, model))
    by_benchmark = benchmark_page.groups(content)
    for benchmark in content.benchmarks.values():
        path = f"benchmarks/{file_name(benchmark['benchmark_id'])}"
        yield SitePage(path, "benchmark.html", benchmark_page.names_of(content, benchmark, by_benchmark))


def search_index(content: Content) -> list[list[str]]:
    """What the search finds: kind, name, address, and what else is matched."""
    models = [
        ["model", content.names[row["model_id"]], f"models/{file_name(row['model_id'])}", row["model_id"]]
        for row in content.models
    ]
    benchmarks = [
        ["benchmark", row["name"] or row["benchmark_id"], f"benchmarks/{file_name(row['benchmark_id'])}",
         " ".join([row["benchmark_id"], *(row["aliases"] or [])])[:400]]
        for row in content.benchmarks.values()
    ]  # fmt: skip
    return models + benchmarks


def _leaders(content: Content) -> list[Row]:
    """Benchmarks with the best result of their largest group, those with the most models first."""
    first = {rows[0]["benchmark_id"]: rows for rows in reversed(content.standings.values())}
    listed = [row | {"standing": first.get(row["benchmark_id"], [])} for row in content.benchmarks.values()]
    return sorted(listed, key=lambda row: (-row["models"], row["name"] or row["benchmark_id"]))


def _overview(content: Content, about: About) -> dict[str, Any]:
    dated = [m for m in content.models if m["release_date"] and m["release_date_precision"] != "year"]
    newest = sorted(dated, key=lambda m: (m["release_date"], m["model_id"]), reverse=True)
    leaders = _one_of_each_family([row for row in _leaders(content) if row["standing"] and row["is_known"]])
    return {
        "newest": newest[:10],
        "cheapest": _cheapest_capable(content),
        "leaders": leaders[:10],
        "steps": [step for step in content.listed("price_steps") if not step["doubts"]][:10],
        "counts": _counts(content),
        "sources": content.listed("sources"),
        "data": picture.performance(content, most=1),
        "changed": len(about.changes),
    }


def _one_of_each_family(benchmarks: list[Row]) -> list[Row]:
    """The first benchmark of each family, without those that measure a cost."""
    first: dict[str, Row] = {}
    for row in benchmarks:
        if row["higher_is_better"] is not False:
            first.setdefault(row["family"] or row["benchmark_id"], row)
    return list(first.values())


def _cheapest_capable(content: Content) -> list[Row]:
    """The frontier of the largest ranking with prices: its models by price, each better than all that cost less."""
    rankings = picture.with_prices(content)
    if not rankings:
        return []
    benchmark = content.benchmarks[rankings[0][0]["benchmark_id"]]
    return picture.frontier(rankings[0], is_lower_better=benchmark["higher_is_better"] is False)


def _counts(content: Content) -> dict[str, int]:
    sources = content.listed("sources")
    return {
        "models": len(content.models),
        "scores": sum(row["scores"] for row in sources),
        "benchmarks": len(content.benchmarks),
        "prices": sum(row["prices"] for row in sources),
        "sources": sum(1 for row in sources if row["models"]),
        "conflicts": len(content.listed("conflicts")),
        "quarantine": len(content.listed("quarantine")),
        "failed": sum(row["failed"] for row in content.listed("checks")),
    }


def _prices(content: Content) -> dict[str, Any]:
    steps = content.listed("price_steps")
    return {
        "steps": steps[:MOST_LISTED],
        "left_out": max(0, len(steps) - MOST_LISTED),
        "data": picture.prices(content, list(dict.fromkeys(step["model_id"] for step in steps))),
    }


def _changes(about: About) -> dict[str, Any]:
    counted = {key: len(rows) for key, rows in sorted(grouped(about.changes, "table", "kind").items())}
    return {
        "changes": about.changes[:MOST_LISTED],
        "left_out": max(0, len(about.changes) - MOST_LISTED),
        "counted": counted,
        "data": picture.changes(about.changes),
    }


def _quality(content: Content) -> dict[str, Any]:
    unread, failed = content.listed("unread"), content.listed("failed_checks")
    waiting = content.listed("quarantine")
    reasons = [row | {"reason": reason} for row in waiting for reason in row["reasons"]]
    drift = [row for row in failed if row["name"] in ("new_field", "states_far_less")]
    return {
        "sources": content.listed("sources"),
        "fill": content.fill,
        "checks": content.listed("checks"),
        "failed": failed[:MOST_LISTED],
        "failed_left_out": max(0, len(failed) - MOST_LISTED),
        "quarantine": waiting[:MOST_LISTED],
        "quarantine_left_out": max(0, len(waiting) - MOST_LISTED),
        "reasons": grouped(reasons, "table_name", "reason"),
        "conflicts": content.listed("conflicts")[:MOST_LISTED],
        "conflicts_left_out": max(0, len(content.listed("conflicts")) - MOST_LISTED),
        "unread": unread[:MOST_LISTED],
        "unread_left_out": max(0, len(unread) - MOST_LISTED),
        "drift": drift,
        "rejected": content.listed("rejected"),
        "runs": content.listed("runs"),
        "captures": content.captures,
    }
