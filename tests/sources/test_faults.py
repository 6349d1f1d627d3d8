"""Faults of data by kind, and their twins that are right: files in, what is published and what is marked out.

Each file of ``faults/`` is one kind. Its cases are loaded together, each from a folder of its own, so that a case is
told by where its captures lie. What a case may say stands at the head of :class:`Case`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).with_name("faults")
KINDS = sorted(path.stem for path in FOLDER.glob("*.yaml"))
_DAY = "2026-01-15"


def _cases(kind: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load((FOLDER / f"{kind}.yaml").read_text("utf-8")))


def _litellm(said: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    usual = {"litellm_provider": "openai", "mode": "chat"}
    tree = {k: {**usual, **each} if isinstance(each, dict) and k[:1] != "_" else each for k, each in said.items()}
    yield "model_prices_and_context_window.json", json.dumps(tree).encode()


def _models_dev(said: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    usual = {
        "modalities": {"input": ["text"], "output": ["text"]},
        "limit": {"context": 1_000_000, "output": 64_000},
    }
    tree: dict[str, Any] = {}
    for seller, listed in said.items():
        if not isinstance(listed, dict):
            tree[seller] = listed
            continue
        models = {key: {"id": key, "name": key, **usual, **each} for key, each in listed.get("models", {}).items()}
        tree[seller] = {"id": seller, "name": seller, "env": [], "npm": "-", **listed, "models": models}
    yield "api.json", json.dumps(tree, default=_written).encode()


def _openrouter(said: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    usual = {"context_length": 1_000_000, "architecture": {"modality": "text->text"}, "hugging_face_id": ""}
    data = [{"name": each.get("id"), **usual, **each} for each in said["data"]]
    yield "models.json", json.dumps({**said, "data": data}).encode()


def _llmstats(said: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    for place, record in said.items():
        if "providermodels" in record:
            yield f"providers/{place}/provider.json", json.dumps(record).encode()
        else:
            usual: dict[str, Any] = {
                "name": place.partition("/")[2],
                "input_context_size": None,
                "qualitative_metrics": [],
            }
            scores = [
                {"dataset_name": name, "score": score, "is_self_reported": True, "analysis_method": note or ""}
                for name, score, *rest in record.get("scores", ())
                for note in [rest[0] if rest else None]
            ]
            said_else = {key: value for key, value in record.items() if key != "scores"}
            whole = {**usual, **said_else, **({"qualitative_metrics": scores} if scores else {})}
            yield f"models/{place}/model.json", json.dumps(whole, default=_written).encode()


def _aider(said: list[dict[str, Any]]) -> Iterator[tuple[str, bytes]]:
    usual = {"edit_format": "diff", "test_cases": 225, "date": date(2025, 5, 1)}
    yield "polyglot_leaderboard.yml", yaml.safe_dump([{**usual, **run} for run in said], sort_keys=False).encode()


def _named(said: dict[str, str]) -> Iterator[tuple[str, bytes]]:
    for name, text in said.items():
        yield name, text.encode()


_WRITERS: dict[str, Callable[[Any], Iterator[tuple[str, bytes]]]] = {
    "litellm": _litellm,
    "models-dev": _models_dev,
    "openrouter": _openrouter,
    "llmstats": _llmstats,
    "aider": _aider,
    "files": _named,
}


def _written(value: Any) -> str:
    assert isinstance(value, date)
    return value.isoformat()


_DOUBTED = """SELECT capture_id, locator FROM checks
    WHERE NOT passed AND name <> 'key_twice' AND capture_id IS NOT NULL AND locator IS NOT NULL"""
"""The places of prices that a check tells as doubtful."""


class Case:
    """One case: what is given, and what must be there.

    Given are ``page`` (what differs from the usual page; ``html: true`` for HTML), the name of a feed with its fields
    (usual ones are added), ``files`` as they are, or ``days``: several of these, by day. Asked are ``prices`` (all that
    stand without a doubt, by kind, tier, unit and currency), ``marked`` (kinds of prices in doubt or in quarantine),
    ``scores`` (those that are ranked, by benchmark), ``unranked`` (results in doubt or in quarantine), ``pairs`` (input
    and output that are chosen, one of them), ``model`` (columns of the one model), ``checks`` (names of failed ones
    that must be there) and ``sql``.
    """

    def __init__(self, house: Any, folder: str, said: dict[str, Any]) -> None:
        self.house, self.folder, self.said = house, folder, said

    def write(self) -> None:
        """Write what is given."""
        for day, given in self.said.get("days", {_DAY: self.said}).items():
            place = f"{self.folder}/{day}"
            for source, write in _WRITERS.items():
                if source in given:
                    for name, content in write(given[source]):
                        self.house.write(f"{place}/{source}/{name}", content)
            for number, page in enumerate(_list(given.get("page", []))):
                spec = {key: value for key, value in page.items() if key != "html"}
                kind = "html" if page.get("html") else "txt"
                self.house.write(f"{place}/page-{number}.{kind}", **{"today": None, **spec})

    def answers(self) -> dict[str, Any]:
        """What is there of all that is asked."""
        return {name: getattr(self, f"_{name}")() for name in self.asked}

    @property
    def asked(self) -> dict[str, Any]:
        """What must be there."""
        return {name: _shown(want) for name, want in self.said["right"].items()}

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        here = f"capture_id IN (SELECT capture_id FROM captures WHERE contains(location, '/{self.folder}/'))"
        model = f"model_id IN (SELECT model_id FROM claims WHERE {here})"
        sql = sql.replace("{doubted}", _DOUBTED).replace("{here}", here).replace("{model}", model)
        return list(self.house.rows(sql))

    def _prices(self) -> dict[str, float]:
        found = self._rows("""
            SELECT kind || coalesce(' @ ' || tier, '')
                || CASE unit WHEN 'per_million_tokens' THEN '' ELSE ' ' || coalesce(unit, 'no unit') END
                || CASE currency WHEN 'USD' THEN '' ELSE ' in ' || currency END, amount
            FROM prices WHERE {here} AND (capture_id, locator) NOT IN ({doubted})""")
        return dict(sorted(found))

    def _marked(self) -> list[str]:
        found = self._rows("""
            SELECT kind FROM prices WHERE {here} AND (capture_id, locator) IN ({doubted})
            UNION SELECT record ->> 'kind' FROM quarantine WHERE table_name = 'prices' AND {here}""")
        return sorted(kind for (kind,) in found)

    def _scores(self) -> dict[str, float]:
        return dict(sorted(self._rows("SELECT benchmark_id, score FROM scores WHERE {here} AND len(doubts) = 0")))

    def _unranked(self) -> list[str]:
        found = self._rows("""
            SELECT benchmark_listed FROM scores WHERE {here} AND len(doubts) > 0
            UNION SELECT record ->> 'benchmark_listed' FROM quarantine WHERE table_name = 'scores' AND {here}""")
        return sorted(name for (name,) in found)

    def _pairs(self) -> Any:
        pairs = self._rows("""
            SELECT DISTINCT i.amount, o.amount FROM chosen_prices AS i JOIN chosen_prices AS o
            USING (model_id, provider, unit, currency)
            WHERE i.kind = 'input' AND o.kind = 'output' AND i.tier IS NULL AND o.tier IS NULL
            AND (i.{here} OR o.{here})""")
        wanted = [tuple(pair) for pair in self.asked["pairs"]]
        return self.asked["pairs"] if len(pairs) == 1 and pairs[0] in wanted else pairs

    def _model(self) -> Any:
        columns = self.asked["model"]
        found = self._rows(f"SELECT {', '.join(columns)} FROM models WHERE {{model}}")
        return dict(zip(columns, map(_plain, found[0]), strict=True)) if len(found) == 1 else found

    def _checks(self) -> list[str]:
        names = {name for (name,) in self._rows("SELECT name FROM checks WHERE NOT passed AND {here}")}
        return sorted(names & set(self.asked["checks"]))

    def _sql(self) -> list[Any]:
        return [
            {**each, "rows": [list(map(_plain, row)) for row in self._rows(each["sql"])]} for each in self.asked["sql"]
        ]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _shown(want: Any) -> Any:
    """What is asked, with days as texts and keys in order, as answers have them."""
    if isinstance(want, dict):
        return {key: _shown(each) for key, each in sorted(want.items())}
    return [_shown(each) for each in want] if isinstance(want, list) else _plain(want)


@pytest.fixture(scope="module")
def judged(make_house: Callable[[], Any]) -> Callable[[str], dict[str, Case]]:
    """The cases of a kind by name, loaded together."""
    known: dict[str, dict[str, Case]] = {}

    def load(kind: str) -> dict[str, Case]:
        if kind not in known:
            house = make_house()
            cases = {said["name"]: Case(house, f"case-{n:02}", said) for n, said in enumerate(_cases(kind))}
            for case in cases.values():
                case.write()
            house.run()
            house.settled()
            known[kind] = cases
        return known[kind]

    return load


@pytest.mark.parametrize(("kind", "name"), [(kind, case["name"]) for kind in KINDS for case in _cases(kind)])
def test_a_fault_is_marked_and_what_is_right_stands(
    kind: str, name: str, judged: Callable[[str], dict[str, Case]]
) -> None:
    case = judged(kind)[name]
    assert case.answers() == case.asked
