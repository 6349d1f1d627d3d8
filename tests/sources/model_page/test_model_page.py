"""One grammar reads a page in any arrangement, accounts for each line, and says what it could not read."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from arrangements import FORMS, as_html, as_text, every_form
from hypothesis import given, settings
from hypothesis import strategies as st

import ingest
from ingest.read import visible_lines
from ingest.records import Capture, Document
from ingest.sources import recognise
from ingest.sources.model_page import account

SPEC = yaml.safe_load(Path(__file__).with_name("heron.yaml").read_text(encoding="utf-8"))
PAGE, FOUND = SPEC["page"], SPEC["found"]
TEXT = as_text(PAGE)
FORMS_OF_PAGE = every_form(PAGE)


def found(document: Document) -> dict[str, Any]:
    """A document in the shape of the expectation."""
    assert document.rejected is None
    (entry,) = document.entries
    return {
        "name": entry.name,
        "organization": entry.organization,
        "captured_on": document.captured_on,
        "stated": {s.field: [s.value, s.low, s.high, s.unit] for s in entry.stated},
        "prices": {p.kind: [p.amount, p.low, p.high, p.unit, p.currency] for p in entry.prices},
        "scores": [
            [s.benchmark, s.score, s.unit, s.score_low, s.score_high, s.category, s.description, s.self_reported]
            for s in entry.scores
        ],
    }


def reason(document: Document) -> str:
    """The code of a refusal; the sentence behind it says what is missing."""
    return str(document.rejected).partition(":")[0]


@pytest.mark.parametrize("form", FORMS_OF_PAGE)
def test_every_arrangement_gives_the_same_record(form: str) -> None:
    document = ingest.parse(FORMS_OF_PAGE[form])
    want, unread = copy.deepcopy(FOUND), []
    if form == "spans only":
        # All tags side by side with all else: nothing says that an unknown one is a feature.
        want["stated"]["features"][0].remove("reed_sorting")
        unread = ["Reed Sorting"]
    assert found(document) == want
    assert [line.text for line in document.unread] == unread
    assert [(check.name, check.passed) for check in document.checks] == [("average_score", True)]


@pytest.mark.parametrize("form", FORMS_OF_PAGE)
def test_every_locator_leads_to_its_text(form: str) -> None:
    content = FORMS_OF_PAGE[form]
    lines = {line.number: line.text for line in visible_lines(content)}
    (entry,) = ingest.parse(content).entries

    def place(locator: str) -> str:
        first, _, last = locator.removeprefix("lines ").removeprefix("line ").partition("-")
        return "\n".join(lines.get(n, "") for n in range(int(first), int(last or first) + 1))

    assert entry.name in place(entry.locator)
    for stated in [*entry.stated, *entry.prices]:
        assert stated.raw_text in place(stated.locator)
    for score in entry.scores:
        assert score.benchmark in place(score.locator)
        assert score.score_text in place(score.locator)


@pytest.mark.parametrize("form", ["text", "cards", "flat"])
def test_each_line_is_claimed_by_a_named_rule(form: str) -> None:
    rules = {rule for _, rule in account(Capture(FORMS_OF_PAGE[form]))}
    assert None not in rules
    assert {"name", "badge", "organization", "description", "section", "category", "score", "no_score"} <= rules


@pytest.mark.parametrize("seed", range(5))
def test_sections_may_stand_in_any_order(seed: int) -> None:
    page = copy.deepcopy(PAGE)
    random.Random(seed).shuffle(page["sections"])
    assert found(ingest.parse(as_text(page).encode())) == FOUND
    assert found(ingest.parse(as_html(page, FORMS["boxes"]).encode())) == FOUND


@pytest.mark.parametrize("heading", [section["heading"] for section in PAGE["sections"]])
def test_any_section_may_be_missing(heading: str) -> None:
    page = copy.deepcopy(PAGE)
    page["sections"] = [section for section in page["sections"] if section["heading"] != heading]
    for content in (as_text(page), as_html(page, FORMS["cards"])):
        document = ingest.parse(content.encode())
        record = found(document)
        assert document.unread == []
        assert record["name"] == FOUND["name"]
        stated = {name: value for name, value in record["stated"].items() if name not in ("context_tokens",)}
        assert stated.items() <= FOUND["stated"].items()


def test_sections_may_be_repeated() -> None:
    page = copy.deepcopy(PAGE)
    results = next(s for s in page["sections"] if s["heading"] == "Benchmark Results")
    results["categories"], rest = results["categories"][:1], results["categories"][1:]
    page["sections"].append({"heading": "Benchmark Results", "categories": rest})
    assert found(ingest.parse(as_text(page).encode())) == FOUND


LANGUAGES = yaml.safe_load(Path(__file__).with_name("languages.yaml").read_text(encoding="utf-8"))


def translated(page: Any, words: dict[str, str]) -> Any:
    """A described page with the words of another language in the places of the English ones."""
    if isinstance(page, dict):
        return {words.get(key, key): translated(value, words) for key, value in page.items()}
    if isinstance(page, list):
        return [translated(each, words) for each in page]
    return words.get(page, page) if isinstance(page, str) else page


@pytest.mark.parametrize("form", ["text", "cards", "table", "boxes"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_in_another_language_states_the_same(language: str, form: str) -> None:
    structure = {key: key for key in ("heading", "intro", "fields", "tags", "categories", "scores", "text", "name")}
    content = every_form(translated(PAGE, LANGUAGES[language] | structure))[form]
    document = ingest.parse(content)
    assert found(document) == FOUND
    assert document.unread == []
    assert [(check.name, check.passed) for check in document.checks] == [("average_score", True)]


UNKNOWN = ["Keeper's Notes", "Seen at dusk\nby the reeds\nContext\n5K\nInput (per 1M tokens)\n$99.00"]


@pytest.mark.parametrize("before", ["Timeline", "Technical Specifications", "License & Metadata"])
def test_an_unknown_section_stays_unread_and_states_nothing(before: str) -> None:
    block = "\n\n".join(UNKNOWN)
    document = ingest.parse(TEXT.replace(f"\n{before}\n", f"\n{block}\n\n{before}\n", 1).encode())
    assert found(document) == FOUND
    assert [line.text for line in document.unread] == "\n".join(UNKNOWN).split("\n")

    title, rest = UNKNOWN
    markup = f"<h2>{title}</h2>" + "".join(f"<p>{line}</p>" for line in rest.split("\n"))
    escaped = before.replace("&", "&amp;")
    page = as_html(PAGE, FORMS["cards"]).replace(f"<h2>{escaped}</h2>", f"{markup}<h2>{escaped}</h2>")
    document = ingest.parse(page.encode())
    assert found(document) == FOUND
    assert [line.text for line in document.unread] == "\n".join(UNKNOWN).split("\n")


def test_an_unknown_field_stays_unread() -> None:
    document = ingest.parse(TEXT.replace("Training Tokens\n", "Wingspan\n1.9 m\nTraining Tokens\n").encode())
    assert found(document) == FOUND
    assert [line.text for line in document.unread] == ["Wingspan", "1.9 m"]


def test_a_category_that_no_list_has_is_read_where_it_stands_apart() -> None:
    page = copy.deepcopy(PAGE)
    categories = next(s for s in page["sections"] if s["heading"] == "Benchmark Results")["categories"]
    categories[1] |= {"heading": "Fishing", "intro": "Patience is measured here"}
    want = copy.deepcopy(FOUND)
    for score in want["scores"]:
        score[5] = score[5].replace("Mathematics", "Fishing")
    for form in ("text", "cards", "definitions", "boxes"):
        document = ingest.parse(every_form(page)[form])
        assert found(document) == want, form
        assert document.unread == []


CASES = yaml.safe_load(Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8"))


def changed(text: str, change: dict[str, str]) -> str:
    for old, new in change.items():
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize("case", CASES["values"], ids=lambda case: case["name"])
def test_values_of_a_page(case: dict[str, Any]) -> None:
    document = ingest.parse(changed(TEXT, case["change"]).encode())
    (entry,) = document.entries
    stated = {s.field: s for s in entry.stated}
    for field, want in case.get("stated", {}).items():
        have = stated.get(field)
        assert (have and (have.problem or have.value)) == want
    for kind, want in case.get("prices", {}).items():
        price = next((p for p in entry.prices if p.kind == kind), None)
        assert (price and (price.problem or [price.amount, price.unit])) == want
    for name, want in case.get("scores", {}).items():
        score = next((s for s in entry.scores if s.benchmark == name), None)
        assert (score and (score.problem or [score.score, score.unit, score.description])) == want
    failed = [check.name for check in document.checks if not check.passed]
    assert failed == case.get("failed", [])
    assert [line.text for line in document.unread] == case.get("unread", [])


@pytest.mark.parametrize("case", CASES["headers"], ids=lambda case: case["name"])
def test_headers(case: dict[str, Any]) -> None:
    body = TEXT[TEXT.index("Key Specifications") :]
    document = ingest.parse(f"{case['header']}\n\n{body}".encode())
    if "rejected" in case:
        assert (reason(document), document.entries) == (case["rejected"], [])
        return
    (entry,) = document.entries
    assert (entry.name, entry.organization) == (case["model"], case["organization"])
    description = next((s.value for s in entry.stated if s.field == "description"), None)
    assert description == case.get("description")


BUILDS = yaml.safe_load(Path(__file__).with_name("builds.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", BUILDS, ids=lambda case: case["name"])
def test_builds_of_html(case: dict[str, Any]) -> None:
    head = case.get("header", '<img alt="Marsh Labs logo"><h1>Heron 2</h1><div>Marsh Labs</div>')
    fields = f"<h2>Key Specifications</h2>{case.get('fields', '<p>License</p><p>mit</p>')}"
    results = f"<h2>Benchmark Results</h2>{case['benchmarks']}" if "benchmarks" in case else ""
    end = "" if case.get("ends") else f"{results}<h2>Similar Models</h2><p>All Models</p></body></html>"
    title = "<title>Heron 2 - Model Garden</title>"
    document = ingest.parse(f"<html><head>{title}</head><body>{head}{fields}{end}".encode(), source="model-page")
    (entry,) = document.entries
    assert (entry.name, entry.organization) == ("Heron 2", "Marsh Labs")
    scores = [[s.benchmark, s.problem or s.score, s.category, s.description, s.self_reported] for s in entry.scores]
    assert scores == case.get("scores", [])
    stated = {s.field: s.problem or s.value for s in entry.stated}
    assert {field: stated.get(field) for field in case.get("stated", {})} == case.get("stated", {})
    assert {price.kind: price.problem or price.amount for price in entry.prices} == case.get("prices", {})
    assert [line.text for line in document.unread] == case.get("unread", [])


def _listed(count: int) -> bytes:
    models = (
        f"<div><h2>Heron {n}</h2><p>Context</p><p>{n}K</p><p>Average Score</p><p>6{n}.0%</p><p>Training Tokens</p>"
        f"<p>{n}T</p></div>"
        for n in range(1, count + 1)
    )
    return f"<html><h1>Herons</h1>{''.join(models)}</html>".encode()


def _words_of_labels() -> bytes:
    words = "<h1>How we count</h1><p>The knowledge cutoff is a day.</p><p>Average Score</p><p>Count all.</p>"
    return f"<html>{words}</html>".encode()


def _ranked() -> bytes:
    rows = "".join(f"<tr><td>Heron {n}</td><td>{n}.0%</td></tr>" for n in range(4))
    return f"<html><h1>Ranking</h1><h2>Benchmark Results</h2><table>{rows}</table><p>self-reported</p></html>".encode()


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "empty"),
    "image": (lambda: b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(500), "binary"),
    "50 MB of noise": (lambda: random.Random(1).randbytes(50 * 2**20), "noise"),
    "login": (lambda: b"<html><title>Sign in</title><h1>Welcome back</h1><label>Password</label>", "login_page"),
    "not found": (lambda: b"<html><h1>404</h1><p>Page not found</p>", "not_found"),
    "captcha": (lambda: b"<html><p>Please verify you are human</p>", "captcha"),
    "prose": (lambda: b"Herons stand still for hours.", "unrecognised"),
    "a list of models": (lambda: _listed(4), "several_models"),
    "words of labels": (_words_of_labels, "not_a_model_page"),
    "results of many models": (_ranked, "not_a_model_page"),
    "no name": (lambda: as_html({**PAGE, "name": ""}, FORMS["cards"]).encode(), "no_name"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_model_page_is_rejected_with_its_reason(kind: str) -> None:
    make, why = BAD[kind]
    document = ingest.parse(make())
    assert (reason(document), document.entries) == (why, [])


def test_a_source_that_was_named_says_why_it_turns_content_down() -> None:
    assert reason(ingest.parse(b"Herons stand still.", source="model-page")) == "not_a_model_page"
    with pytest.raises(ingest.IngestError, match="no source 'heron'"):
        ingest.parse(b"", source="heron")


def test_truncated_html_gives_what_came() -> None:
    whole = FORMS_OF_PAGE["cards"]
    names = {score[0] for score in FOUND["scores"]}
    for length in range(0, len(whole), 97):
        document = ingest.parse(whole[:length])
        for entry in document.entries:
            assert FOUND["name"].startswith(str(entry.name))
            assert {score.benchmark for score in entry.scores} <= names


def test_a_description_of_5_mb_is_read() -> None:
    words = "long reeds " * 480_000
    page = {**PAGE, "description": words.strip()}
    (entry,) = ingest.parse(as_text(page).encode()).entries
    assert next(s.value for s in entry.stated if s.field == "description") == words.strip()


def test_only_model_pages_are_recognised() -> None:
    assert recognise(Capture(TEXT.encode())) == "model-page"
    assert recognise(Capture(TEXT.replace(" ", "\u00a0").encode())) == "model-page"
    assert recognise(Capture(TEXT.encode("utf-16"))) == "model-page"
    assert recognise(Capture(json.dumps({"text": TEXT}).encode())) is None
    assert recognise(Capture(b"A review of benchmark results, and nothing else.")) is None


@given(st.binary(max_size=2000))
def test_any_bytes_are_a_document_or_an_ingest_error(content: bytes) -> None:
    for source in (None, "model-page"):
        with suppress(ingest.IngestError):
            assert isinstance(ingest.parse(content, source=source), Document)


@given(st.data())
@settings(max_examples=150)
def test_any_damage_to_a_page_is_a_document(data: st.DataObject) -> None:
    content = bytearray(FORMS_OF_PAGE[data.draw(st.sampled_from(sorted(FORMS_OF_PAGE)))])
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=12))
        content = content or bytearray(b" ")
    assert isinstance(ingest.parse(bytes(content)), Document)


@pytest.mark.parametrize("form", ["page.txt", "page.cards.html", "page.dl.html", "page.soup.html"])
def test_gold_pages(shared: Path, form: str) -> None:
    for folder in sorted((shared / "pages" / "dev").iterdir()):
        gold = json.loads((folder / "gold.json").read_text(encoding="utf-8"))
        document = ingest.parse((folder / form).read_bytes())
        (entry,) = document.entries
        assert (entry.name, entry.organization) == (gold["name"], gold["organization"])
        stated = {s.field: s for s in entry.stated}
        assert stated["multimodal"].value is gold["multimodal"]
        for field in ("parameters", "context_tokens", "max_output_tokens", "training_tokens"):
            have = stated.get(field)
            want = gold[field] and [pytest.approx(gold[field][0]), pytest.approx(gold[field][1])]
            assert (have and [have.value, (have.high - have.low) / 2]) == want
        want_scores = {
            s["benchmark"]: (s["score_text"], s["category"], s["self_reported"], " ".join(s["description"].split()))
            for s in gold["scores"]
        }
        have_scores = {
            s.benchmark: (s.score_text, s.category, s.self_reported, s.description or "") for s in entry.scores
        }
        assert have_scores == want_scores, folder.name
        assert document.unread == []
        assert all(check.passed for check in document.checks)


def test_seed_page(shared: Path) -> None:
    document = ingest.parse((shared / "pages" / "seed" / "gpt-4.1-mini.txt").read_bytes())
    (entry,) = document.entries
    assert len(entry.scores) == 29
    assert {price.kind: price.amount for price in entry.prices} == {"input": 0.4, "output": 1.6}
    assert document.unread == []
    assert [(c.name, c.passed, c.expected) for c in document.checks] == [("average_score", True, "49.6%")]


def test_a_row_of_column_heads_is_no_category() -> None:
    rows = "".join(
        f"<tr><td>{name}</td><td>{score}</td><td>{note}<sup>Self-reported</sup></td></tr>"
        for name, score, note in [("MMLU", "70.1%", "5-shot"), ("DROP", "61.5%", "3-shot, F1"), ("GPQA", "40.2%", "")]
    )
    table = f"<table><thead><tr><th>Benchmark</th><th>Score</th><th>Details</th></tr></thead>{rows}</table>"
    page = (
        "<h1>Heron 2</h1><p>Heron Labs</p><h2>Key Specifications</h2><p>Context</p><p>128K</p>"
        f"<h2>Benchmark Results</h2><h3>Reasoning</h3><p>Logical reasoning and analysis</p>{table}"
    )
    document = ingest.parse(f"<html><body>{page}</body></html>".encode())
    scores = document.entries[0].scores
    assert [(s.benchmark, s.category, s.description, s.self_reported) for s in scores] == [
        ("MMLU", "Reasoning", "5-shot", True),
        ("DROP", "Reasoning", "3-shot, F1", True),
        ("GPQA", "Reasoning", None, True),
    ]


FOREIGN = yaml.safe_load(Path(__file__).with_name("foreign.yaml").read_text(encoding="utf-8"))


def facts(document: Document) -> dict[str, Any]:
    """All that a page states, by field; prices by kind and scores by benchmark. What has no value states nothing."""
    stated: dict[str, Any] = {}
    for entry in document.entries:
        stated |= {"name": entry.name, "organization": entry.organization}
        stated |= {s.field: s.value for s in entry.stated}
        stated |= {f"price of {p.kind}": p.amount for p in entry.prices}
        stated |= {f"score of {s.benchmark}": s.score for s in entry.scores}
    return {field: value for field, value in stated.items() if value is not None}


def allowed(right: dict[str, Any]) -> dict[str, Any]:
    plain = {field: value for field, value in right.items() if field not in ("prices", "scores")}
    prices = {f"price of {kind}": amount for kind, amount in right.get("prices", {}).items()}
    return plain | prices | {f"score of {name}": score for name, score in right.get("scores", {}).items()}


@pytest.mark.parametrize("number", range(len(FOREIGN)), ids=lambda n: f"{n} {FOREIGN[n]['kind']}")
def test_nothing_false_is_read_from_a_page_of_another_site(number: int) -> None:
    case = FOREIGN[number]
    document = ingest.parse(case["page"].encode(), source="model-page")
    assert facts(document).items() <= allowed(case["right"]).items()
    assert document.entries or ": " in str(document.rejected), "a refusal says what is missing"


def test_most_of_what_stands_on_them_is_read_all_the_same() -> None:
    read = sum(len(facts(ingest.parse(case["page"].encode(), source="model-page"))) for case in FOREIGN)
    assert read >= 0.9 * sum(len(allowed(case["right"])) for case in FOREIGN)


MORE = yaml.safe_load(Path(__file__).with_name("more_foreign.yaml").read_text(encoding="utf-8"))


def is_right(value: Any, right: Any) -> bool:
    return bool(value == right or (isinstance(right, list) and value in right))


@pytest.mark.parametrize("source", [None, "label-value-page"])
@pytest.mark.parametrize("number", range(len(MORE)), ids=lambda n: f"{n} {MORE[n]['kind']}")
def test_nothing_false_is_read_from_further_pages(number: int, source: str | None) -> None:
    case = MORE[number]
    document = ingest.parse(case["page"].encode(), source=source)
    right = allowed(case["right"])
    assert {field: value for field, value in facts(document).items() if not is_right(value, right.get(field))} == {}
    assert document.entries or ": " in str(document.rejected), "a refusal says what is missing"


ROWS = yaml.safe_load(Path(__file__).with_name("rows.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", ROWS, ids=lambda case: case["name"])
def test_rows_of_tags(case: dict[str, Any]) -> None:
    document = ingest.parse(case["page"].encode(), source="model-page")
    (entry,) = document.entries
    stated = {s.field: s.problem or s.value for s in entry.stated}
    shown = {s.field: s.raw_text for s in entry.stated}
    assert {field: shown[field] for field in case.get("shown", {})} == case.get("shown", {})
    for field, want in case["stated"].items():
        assert stated.get(field) == want, field
    assert [check.name for check in document.checks if not check.passed] == case.get("failed", [])
    assert [line.text for line in document.unread] == case.get("unread", [])
