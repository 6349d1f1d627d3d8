"""Which value and which price is chosen, case by case: what sources state, and what a reader of the warehouse gets.

All cases of a file are loaded into one warehouse, each with models, sellers and addresses of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest
import yaml

from ingest.load.history import contest
from ingest.load.warehouse import create

HERE = Path(__file__).parent
TODAY = date(2025, 6, 1)
TRUST = {"maker": 100, "host": 200} | dict.fromkeys(
    ("list", "mirror", "third", "models-dev", "llmstats", "model-page"), 300
)
NUMBERS = ("context_tokens", "max_input_tokens", "max_output_tokens", "parameters")
HOSTS = {"groq": "groq", "nest": "acme"}
"""Hosts that an entry of a maker may name, and the organization of each."""
OF_PRICE = {
    "source", "entry", "model", "version", "provider", "tier", "unit", "currency", "doubts", "begins", "ends", "seen",
    "superseded", "until",
}  # fmt: skip


def cases(name: str) -> list[dict[str, Any]]:
    """The cases of a file, each with its place in it as ``number``."""
    found = yaml.safe_load((HERE / f"{name}.yaml").read_text("utf-8"))
    return [case | {"number": number} for number, case in enumerate(found)]


class Judged(NamedTuple):
    """One claim or price with what was decided on it; ``teller`` is its source and entry, ``sources`` of a price how
    many state it."""

    teller: str
    kind: str
    value: Any
    doubts: list[str]
    chosen: bool
    rule: str
    sources: int = 1


class Loaded:
    """A warehouse with the cases of a file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.models: dict[int, str] = {}
        create(connection)
        self._insert("source_trust", *({"source": s, "field": "*", "trust": rank} for s, rank in TRUST.items()))

    def _insert(self, table: str, *rows: dict[str, Any]) -> None:
        for row in rows:
            marks = ", ".join("?" for _ in row)
            self.connection.execute(
                f"INSERT INTO internal.{table} ({', '.join(row)}) VALUES ({marks})", list(row.values())
            )

    def case(self, case: dict[str, Any]) -> None:
        """Write down what reviewed data says in a case, and what its sources state."""
        number, maker = case["number"], case.get("maker", "acme")
        self.models[number] = f"{maker}/c{number}-"
        self._insert("providers", {"provider": f"acme{number}", "kind": "maker", "organization_id": maker})
        self._insert("providers", {"provider": f"rival{number}", "kind": "maker", "organization_id": "rival"})
        for host, organization in HOSTS.items():
            row = {"provider": f"{host}{number}", "kind": "host", "organization_id": organization}
            self._insert("providers", row)
        self._insert("source_trust", {"source": "list", "field": f"price from shop{number}", "trust": 0})
        if not number:
            self._insert("source_trust", {"source": "third", "field": "announced_on", "trust": 0})
        for field, (source, reason) in case.get("overrides", {}).items():
            of = f"{field}{number}" if "price" in field else field
            row = {"model_id": f"{self.models[number]}robin", "field": of, "source": source, "reason": reason}
            self._insert("overrides", row)
        for said in case.get("claims", ()):
            self._claim(number, said, said.get("field", case.get("field")))
        for said in case.get("prices", ()):
            self._prices(number, said)
        if "shows" in case:  # every source names the model that it speaks of
            for said in {said["source"]: said for said in case["claims"]}.values():
                self._claim(number, said | {"value": "Robin"}, "name")

    def _history(self, number: int, said: dict[str, Any]) -> dict[str, Any]:
        """Who stated something, and when; ``seen`` is the day on which the source was read last."""
        begins, seen = said.get("begins", date(2025, 5, 1)), said.get("seen", TODAY - timedelta(days=1))
        scope = f"{number}/{said['source']}"
        for day in {min(begins, seen), seen, *([said["ends"]] if "ends" in said else [])}:
            self._insert("capture_scopes", {"source": said["source"], "scope": scope, "captured_at": day})
        return {
            "source": said["source"],
            "scope": scope,
            "entry": said.get("entry", "a"),
            "model_id": self.models[number] + said.get("model", "robin"),
            "valid_from": begins,
            "valid_to": said.get("ends"),
            "superseded_at": said.get("superseded"),
            "stated_to": said.get("until"),
        }

    def _claim(self, number: int, said: dict[str, Any], field: str) -> None:
        row = self._history(number, said)
        if "provider" in said or "version" in said:
            seller = f"{said['provider']}{number}" if "provider" in said else None
            listed_id = f"{said['names_host']}{number}-robin" if "names_host" in said else None
            listed = {"provider": seller, "version": said.get("version"), "listed_id": listed_id}
            self._insert("listings", {key: row[key] for key in row if key != "stated_to"} | listed)
        row |= {"version": said.get("version"), "field": field, "value": str(said["value"]), "unit": said.get("unit")}
        row |= {"derived_by": said.get("derived"), "correction": said.get("correction")}
        row |= {"raw_text": said.get("text")}
        if field in NUMBERS:
            low, high = said.get("bounds", (None, None))
            row |= {"number": float(said["value"]), "low": low, "high": high}
        self._insert("claims", row)

    def _prices(self, number: int, said: dict[str, Any]) -> None:
        seller = said.get("provider", "acme")
        of_all = self._history(number, said) | {
            "provider": None if seller is None else f"{seller}{number}",
            "version": said.get("version"),
            "tier": said.get("tier"),
            "unit": said.get("unit", "per_million_tokens"),
            "currency": said.get("currency", "USD"),
            "doubts": said.get("doubts", []),
        }
        self._insert(
            "prices", *(of_all | {"kind": k, "amount": amount} for k, amount in said.items() if k not in OF_PRICE)
        )

    def judged(self, query: str) -> Callable[[dict[str, Any]], list[Judged]]:
        """What a query gives for the robin of each case; its first column is the model."""
        by_model: dict[str, list[Judged]] = {}
        for model, *row in self.connection.execute(query).fetchall():
            by_model.setdefault(model, []).append(Judged(*row))
        return lambda case: next(v for k, v in by_model.items() if f"/c{case['number']}-robin" in k)


def load(connection: duckdb.DuckDBPyConnection, name: str, *, is_flagged: bool = False) -> Loaded:
    """Load the cases of a file; with ``is_flagged``, flag the claims of contested facts as a run does."""
    found = Loaded(connection)
    for case in cases(name):
        found.case(case)
    if is_flagged:
        connection.execute("CREATE TEMP TABLE touched AS SELECT DISTINCT source, scope FROM internal.claims")
        contest(connection, "touched")
    return found


def values_of(loaded: Loaded) -> Callable[[dict[str, Any]], list[Judged]]:
    return loaded.judged(
        "SELECT model_id, source || ' ' || entry, field, value, [], chosen, rule "
        f"FROM internal.chosen_claims('{TODAY}') ORDER BY ALL"
    )


def prices_of(loaded: Loaded) -> Callable[[dict[str, Any]], list[Judged]]:
    return loaded.judged(
        "SELECT model_id, source || ' ' || entry AS teller, kind || ' of ' || teller, number, doubts, chosen, rule, "
        "source_count "
        f"FROM internal.chosen_prices('{TODAY}') ORDER BY ALL"
    )


def shown_of(loaded: Loaded) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The row of each case's robin in ``models``."""
    rows = loaded.connection.execute(f"FROM models_as_of('{TODAY}')")
    names = [column[0] for column in rows.description or ()]
    by_model = {row[0]: dict(zip(names, row, strict=True)) for row in rows.fetchall()}
    return lambda case: by_model[f"acme/c{case['number']}-robin"]


@pytest.fixture(scope="module", params=[False, True], ids=["every claim is weighed", "contested claims are weighed"])
def values(request: pytest.FixtureRequest) -> Iterator[Callable[[dict[str, Any]], list[Judged]]]:
    with duckdb.connect() as connection:
        yield values_of(load(connection, "chosen_values", is_flagged=request.param))


@pytest.fixture(scope="module")
def prices() -> Iterator[Callable[[dict[str, Any]], list[Judged]]]:
    with duckdb.connect() as connection:
        yield prices_of(load(connection, "chosen_prices"))


@pytest.fixture(scope="module")
def shown() -> Iterator[Callable[[dict[str, Any]], dict[str, Any]]]:
    with duckdb.connect() as connection:
        yield shown_of(load(connection, "shown_models", is_flagged=True))


@pytest.mark.parametrize("case", cases("chosen_values"), ids=lambda case: str(case["says"]))
def test_the_chosen_value_and_its_rule(values: Any, case: dict[str, Any]) -> None:
    judged = [each for each in values(case) if each.kind == case["field"]]
    chosen = [(str(case["chosen"]), case["rule"])] if "chosen" in case else []
    assert [(each.value, each.rule) for each in judged if each.chosen] == chosen
    assert sum(said.get("field", case["field"]) == case["field"] for said in case["claims"]) >= len(judged)
    if "from" in case:
        assert [each.teller for each in judged if each.chosen] == [case["from"]]
    others = {each.teller: each.rule for each in judged if not each.chosen}
    assert {key: others.get(key) for key in case.get("others", {})} == case.get("others", {})


@pytest.mark.parametrize("case", cases("chosen_prices"), ids=lambda case: str(case["says"]))
def test_the_chosen_price_its_rule_and_its_doubts(prices: Any, case: dict[str, Any]) -> None:
    judged = prices(case)
    assert len({(each.kind, each.value) for each in judged}) == len(judged)
    if "chosen" in case:
        chosen = {each.kind: [each.value, each.rule] for each in judged if each.chosen}
        assert chosen == case["chosen"]
        assert sum(each.chosen for each in judged) == len(chosen)
    others = {each.kind: each.rule for each in judged if not each.chosen}
    assert {key: others.get(key) for key in case.get("others", {})} == case.get("others", {})
    counts = {each.kind: each.sources for each in judged}
    assert {key: counts.get(key) for key in case.get("sources", {})} == case.get("sources", {})
    if "doubts" in case:
        assert {each.kind: each.doubts for each in judged if each.doubts} == case["doubts"]


@pytest.mark.parametrize("case", cases("shown_models"), ids=lambda case: str(case["says"]))
def test_what_the_row_of_a_model_shows(shown: Any, case: dict[str, Any]) -> None:
    row = shown(case)
    assert {column: row[column] for column in case["shows"]} == case["shows"]
