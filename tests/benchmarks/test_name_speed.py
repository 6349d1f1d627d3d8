"""How long naming takes. Not collected by default: run with ``pytest tests/benchmarks``."""

from __future__ import annotations

from typing import Any

from ingest.name import (
    ModelRegistry,
    ModelRequest,
    benchmark_catalogue,
    comparability_key,
    resolve_benchmarks,
    resolve_models,
)

LISTED = [
    name
    for row in benchmark_catalogue().values()
    for name in (row.name, row.name.upper(), f"{row.name} (val)", *row.aliases)
]


def test_100_000_listed_names(benchmark: Any) -> None:
    names = [LISTED[i % len(LISTED)] for i in range(100_000)]
    found = benchmark(resolve_benchmarks, names)
    assert len(found) == len(set(LISTED))


def test_100_000_distinct_unknown_names(benchmark: Any) -> None:
    names = [f"Bench {i} of {chr(97 + i % 26)}{chr(97 + i // 26 % 26)}eval" for i in range(100_000)]
    found = benchmark.pedantic(resolve_benchmarks, (names,), rounds=3)
    assert len(found) == 100_000


def test_30_000_comparability_keys(benchmark: Any) -> None:
    ids = list(benchmark_catalogue())
    rows = [
        {"benchmark_id": ids[i % len(ids)], "unit": "percent", "n_shots": i % 6, "metric": "accuracy"}
        for i in range(30_000)
    ]
    keys = benchmark(lambda: [comparability_key(row) for row in rows])
    assert len(keys) == len(rows)


def test_10_000_models(benchmark: Any) -> None:
    requests = [ModelRequest("s", f"p{i}", f"Model {i % 5000} 7B", "Some Lab") for i in range(10_000)]
    found = benchmark(lambda: resolve_models(requests, ModelRegistry()))
    assert len(found) == len(requests)
