"""What the describe step must hold: cases as data, properties, and the figures on generated garbled text."""

from __future__ import annotations

import collections
import itertools
import json
import re
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from garbled_text import rows
from hypothesis import example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import ingest.describe as describe_step
from ingest.cli.explain import explain
from ingest.describe import CONDITIONS, Described, describe, parts_of
from ingest.describe.mend import LIMIT, mend
from ingest.describe.signs import word_signs
from ingest.describe.vocabulary import Pattern, conditions, signs, weights
from ingest.read.text import repair

UNMEASURED = pytest.mark.no_cover
"""Reads very much or very long text: its lines are those of other tests, and measuring doubles its time."""

HERE = Path(__file__).parent
PAGES = Path(__file__).resolve().parents[3] / "shared" / "pages"
STATUSES = {"clean", "repaired", "salvaged", "discarded", "absent"}


def cases(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load((HERE / f"{name}.yaml").read_text("utf-8")))


def facts(described: Described) -> tuple[Any, ...]:
    return described.description, described.conditions


@pytest.mark.parametrize("case", cases("wild"), ids=lambda c: str(c["benchmark"]))
def test_descriptions_met_in_the_wild(case: dict[str, Any]) -> None:
    described = describe(case["text"], case["benchmark"])
    assert facts(described) == (case["description"], case["conditions"])
    assert described.description_status == case["status"]
    assert described.description_raw == case["text"]


@pytest.mark.parametrize("case", cases("leave_alone"), ids=lambda c: str(c["text"]))
def test_clean_notes_are_left_alone(case: dict[str, Any]) -> None:
    described = describe(case["text"], "Some Benchmark")
    assert described.description_status == "clean"
    assert facts(described) == (case["text"], case["conditions"])


@pytest.mark.parametrize("piece", ["temp=0.7 ", "5% ", "1 ", "thinking ", "(", "AI: a "])
def test_one_word_again_and_again_is_settled(piece: str) -> None:
    described = describe(piece * 400, "Some Benchmark")
    assert described.description_raw == piece * 400
    assert facts(describe(described.description, "Some Benchmark")) == facts(described)


@pytest.mark.parametrize("case", cases("known_failures"), ids=lambda c: str(c["text"]))
@pytest.mark.xfail(strict=True, raises=AssertionError)
def test_known_failures(case: dict[str, Any]) -> None:
    assert facts(describe(case["text"], "Some Benchmark")) == (case["description"], case["conditions"])


@pytest.mark.parametrize(
    ("text", "listed", "conditions", "source"),
    [
        (None, "MATH (CoT)", {"prompting": "chain-of-thought"}, "name"),
        (None, "MMMU (val)", {"split": "validation"}, "name"),
        (None, "MMMUval", {"split": "validation"}, "name"),
        (None, "MBPP pass@1", {"metric": "pass@1"}, "name"),
        (None, "HLE w/o tools", {"tools": "none"}, "name"),
        ("5-shot", "GSM8K", {"n_shots": 5}, "note"),
        (
            "Standard benchmark",
            "MultiChallenge (o3-mini grader)",
            {"methodology": "standard", "grader_model": "o3-mini"},
            None,
        ),
        (None, "IFEval", {}, None),
        (None, "Internal API instruction following (hard)", {}, None),
        (None, "SWE-bench Verified", {}, None),
    ],
)
def test_conditions_in_the_name(text: str | None, listed: str, conditions: dict[str, Any], source: str | None) -> None:
    described = describe(text, listed)
    assert described.conditions == conditions
    assert source is None or set(described.condition_sources.values()) == {source}


def test_a_contradiction_of_name_and_note_is_a_check_and_no_guess() -> None:
    described = describe("test", "MMMU (val)")
    assert "split" not in described.conditions
    (check,) = described.checks
    assert (check.name, check.passed, check.expected, check.actual) == (
        "name_and_note_agree:split",
        False,
        "validation",
        "test",
    )


@pytest.mark.parametrize(
    ("text", "description", "issue"),
    [
        ("5-shot\u00a0CoT", "5-shot CoT", "spacing"),
        ("5-shot  CoT ", "5-shot CoT", "spacing"),
        ("5-\u200bshot CoT", "5-shot CoT", "invisible_characters"),
        ("Acc. (\u00e2\u20ac\u0153strict\u00e2\u20ac\u009d), 5-shot CoT", "Acc. (“strict”), 5-shot CoT", "mojibake"),
        ("macro &amp; micro F1", "macro & micro F1", "html_entity"),
        ("5-shot\x1b CoT", "5-shot CoT", "control_characters"),
    ],
)
def test_spelling_and_spacing_are_mended(text: str, description: str, issue: str) -> None:
    described = describe(text, None)
    assert (described.description, described.description_status) == (description, "repaired")
    assert issue in described.description_issues
    assert described.description_raw == text


@pytest.mark.parametrize("text", [None, "", " \n\u00a0"])
def test_no_description(text: str | None) -> None:
    described = describe(text, "MMLU")
    assert (described.description, described.description_status, described.conditions) == (None, "absent", {})
    assert described.conditions_confidence is None


def test_nothing_genuine_is_discarded_and_says_why() -> None:
    described = describe("AI: I'm sorry, I cannot translate this. Please send the text.", "MMLU")
    assert (described.description, described.description_status) == (None, "discarded")
    assert "dialogue" in described.description_issues
    assert described.conditions == {}


def test_nothing_is_cut_from_a_note_that_its_source_quotes_in_full() -> None:
    text = "We report the overall results for MMLU (5-shot), CMMLU (5-shot), Gaokao (5-shot) and BBH (3-shot)."
    said = describe(text, "MMLU", is_whole=True)
    assert (said.description, said.description_status, parts_of(text, "MMLU", is_whole=True)[0].text) == (
        text,
        "clean",
        text,
    )
    assert describe(text, "MMLU").description != text


def test_parts_cover_every_word_where_it_stood() -> None:
    text = "Diamond, 5-shot. Questions by experts.  AI: I'm sorry, no."
    parts = parts_of(text, "GPQA")
    assert [part.kind for part in parts] == ["note", "about", "dialogue"]
    assert all(text[part.start : part.end] == part.text for part in parts)
    assert " ".join(part.text for part in parts).split() == text.split()


def test_leaked_text_gives_no_condition() -> None:
    leak = (
        " AI: I use 3 to 5 approaches, scale from 1 to 10, evaluation of GPT-4 and Claude, 8-shot with maj@32, tools."
    )
    assert describe("Standard benchmark" + leak, None).conditions == {"methodology": "standard"}


genuine = st.sampled_from([row["genuine"] for row in rows("seen", 400, seed=9)])
glyphs = st.text(st.characters(codec="utf-8"), max_size=60)
anything = st.one_of(
    st.text(max_size=200),
    st.builds(lambda a, b, c: a + b + c, genuine, st.sampled_from([" AI: ", " ", "\n", ". ", " (", " I am "]), glyphs),
    st.sampled_from([row["description"] for row in rows("seen", 400, seed=10)]),
)


@settings(max_examples=300)
@example("\x1b", None)
@given(anything, st.one_of(st.none(), glyphs))
def test_any_text_is_described_and_cleaning_twice_changes_nothing(text: str, listed: str | None) -> None:
    once = describe(text, listed)
    assert once.description_status in STATUSES
    assert once.description_raw == text
    assert set(once.conditions) == set(once.condition_sources) <= set(CONDITIONS)
    assert once.conditions_confidence is None or 0 <= once.conditions_confidence <= 1
    assert once.description_status != "clean" or once.description == text
    if once.description is not None:
        again = describe(once.description, listed)
        assert facts(again) == facts(once)
        assert again.description_status == "clean"


@settings(max_examples=200)
@given(st.lists(st.sampled_from(cases("leave_alone")), min_size=1, max_size=1), st.sampled_from(["", " ", "\n"]))
def test_text_without_leaks_keeps_every_word(chosen: list[dict[str, Any]], around: str) -> None:
    text = around + chosen[0]["text"] + around
    assert (describe(text, None).description or "").split() == text.split()


@UNMEASURED
@pytest.mark.parametrize(
    "piece", ["a", " ", "5-shot ", "AI: ", "(", "$x = 2$ ", "é", "1. ", "[2, ", "& ", "Ã©", "I am the of and "]
)
def test_very_long_text_is_described_and_kept_raw(piece: str) -> None:
    text = piece * (5_000_000 // len(piece))
    described = describe(text, None)
    assert described.description_raw == text
    if text.strip():
        assert "too_long" in described.description_issues
        assert described.description is None or len(described.description) <= LIMIT


def calls(text: str) -> int:
    """How many functions are called to describe ``text``, those written in C included."""
    made = 0

    def count(frame: Any, event: str, arg: Any) -> None:
        nonlocal made
        made += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        describe(text, None)
    finally:
        sys.setprofile(None)
    return made


@UNMEASURED
@pytest.mark.parametrize(
    "piece", ["5-shot, CoT. ", "AI: sorry, I can't. ", "the model (a set) reads ", "[2, ", "a b c; ", "средний тест "]
)
def test_work_grows_with_the_length_and_ends_at_the_limit(piece: str) -> None:
    short, long, whole = (piece * (size // len(piece)) for size in (LIMIT // 4, LIMIT // 2, 5_000_000))
    calls(short)  # fills the caches of words
    assert calls(long) <= 2.4 * calls(short) + 1_000
    assert calls(whole) <= 4.8 * calls(short) + 2_000


def test_a_text_that_does_not_settle_is_no_note() -> None:
    described = describe("Sure. " * 40, "Some Benchmark")
    assert (described.description, described.description_status) == (None, "discarded")
    assert "unclear" in described.description_issues


@UNMEASURED
def test_notes_need_at_most_four_looks() -> None:
    def again() -> int:
        seen = describe_step._look_again.cache_info()
        return seen.hits + seen.misses

    describe_step.forget()
    for row in notes("learned") + notes("blind"):
        before = again()
        describe(row["note"], row["benchmark"])
        assert again() - before <= 3, row["note"]


def test_a_note_before_a_very_long_leak_is_found() -> None:
    text = "5-shot CoT AI: " + "I am a model and you are not. " * 100_000
    assert facts(describe(text, None)) == ("5-shot CoT", {"n_shots": 5, "prompting": "chain-of-thought"})
    assert parts_of(text)[-1].kind == "too_long"


@UNMEASURED
def test_threads_agree() -> None:
    texts = [row["description"] for row in rows("seen", 200, seed=3)]
    found: list[list[Described]] = []
    threads = [threading.Thread(target=lambda: found.append([describe(t, None) for t in texts])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(one == found[0] for one in found)


def figures(gold: list[dict[str, Any]]) -> dict[str, float]:
    """The figures of the issue: conditions, words kept, rows with leaked words, flags."""
    n: collections.Counter[str] = collections.Counter()
    for row in gold:
        described = describe(row["description"], row["benchmark"])
        skip = row["conditions"].get("skip", [])
        for column in CONDITIONS:
            want, have = row["conditions"].get(column), described.conditions.get(column)
            if column in skip or column == "reasoning_effort" or want == have:
                n["right"] += want == have and want is not None
                continue
            if want is None and described.condition_sources.get(column) == "name":
                continue
            n["wrong"] += have is not None
            n["missed"] += want is not None
        words = [
            collections.Counter(re.findall(r"[a-z0-9@.+#-]+", (t or "").lower()))
            for t in (row["genuine"], described.description)
        ]
        kept = (words[0] & words[1]).total()
        n["kept"] += kept
        n["words"] += words[0].total()
        n["leaky"] += words[1].total() - kept >= 3
        flagged = described.description_status in ("salvaged", "discarded", "repaired")
        leaked = "leaked" in row["garbling"]
        n["garbled"] += leaked
        n["flagged"] += leaked and flagged
        n["wrongly"] += flagged and row["garbling"] == "clean"
    return {
        "conditions_precision": n["right"] / (n["right"] + n["wrong"]),
        "conditions_recall": n["right"] / (n["right"] + n["missed"]),
        "genuine_words_kept": n["kept"] / n["words"],
        "rows_with_leaked_words": n["leaky"] / len(gold),
        "garbled_flagged": n["flagged"] / max(1, n["garbled"]),
        "clean_wrongly_flagged": n["wrongly"] / max(1, len(gold) - n["garbled"]),
    }


def assert_figures(found: dict[str, float]) -> None:
    assert found["conditions_precision"] >= 0.99, found
    assert found["conditions_recall"] >= 0.97, found
    assert found["genuine_words_kept"] >= 0.98, found
    assert found["rows_with_leaked_words"] <= 0.02, found
    assert found["garbled_flagged"] >= 0.98, found
    assert found["clean_wrongly_flagged"] <= 0.01, found


@UNMEASURED
@pytest.mark.parametrize("name", ["seen", "held_out", "unmarked"])
def test_figures_on_generated_text(name: str) -> None:
    assert_figures(figures(list(rows(name, 2000))))


def notes(name: str) -> list[dict[str, Any]]:
    """Rows of ``notes/<name>.jsonl`` in the form of a gold page's scores."""
    found = [json.loads(line) for line in (HERE / "notes" / f"{name}.jsonl").read_text("utf-8").splitlines()]
    return [
        row
        | {
            "description": row["note"],
            "garbling": "leaked" if row["note"] != row["genuine"] else "clean",
            "conditions": row["conditions"] | {"skip": row["skip"]},
        }
        for row in found
    ]


@pytest.mark.parametrize(
    ("name", "precision", "recall", "kept", "leaked", "flagged", "cut"),
    [
        ("learned", 0.98, 0.96, 0.93, 0.04, 0.97, 0.05),
        ("blind", 0.96, 0.93, 0.93, 0.06, 0.97, 0.05),
        ("blind_second", 0.96, 0.93, 0.93, 0.06, 0.96, 0.05),
        ("blind_third", 0.96, 0.93, 0.93, 0.06, 0.97, 0.05),
        ("blind_fourth", 0.96, 0.90, 0.90, 0.07, 0.92, 0.09),
        ("blind_fifth", 0.96, 0.80, 0.90, 0.07, 0.89, 0.09),
        ("blind_sixth", 0.97, 0.90, 0.88, 0.08, 0.95, 0.09),
        ("blind_seventh", 0.97, 0.90, 0.90, 0.06, 0.90, 0.09),
        ("blind_phrases", 0.97, 0.95, 0.90, 0.06, 0.0, 0.09),
        ("blind_eighth", 0.97, 0.95, 0.90, 0.08, 0.88, 0.09),
    ],
)
def test_figures_on_notes(
    name: str, precision: float, recall: float, kept: float, leaked: float, flagged: float, cut: float
) -> None:
    found = figures(notes(name))
    assert found["conditions_precision"] >= precision, found
    assert found["conditions_recall"] >= recall, found
    assert found["genuine_words_kept"] >= kept, found
    assert found["rows_with_leaked_words"] <= leaked, found
    assert found["garbled_flagged"] >= flagged, found
    assert found["clean_wrongly_flagged"] <= cut, found


def test_high_confidence_is_earned_on_notes_that_were_not_learned_from() -> None:
    rows = [row for path in sorted((HERE / "notes").glob("blind*.jsonl")) for row in notes(path.stem)]
    read = [(row, describe(row["note"], row["benchmark"])) for row in rows]
    sure = [row for row, described in read if (described.conditions_confidence or 0.0) >= 0.9]
    wrong = [row["id"] for row in sure if not is_right(row)]
    assert len(sure) >= 400
    assert len(wrong) <= 0.02 * len(sure), wrong


def is_right(row: dict[str, Any]) -> bool:
    """Whether description and scored conditions are as the gold has them."""
    described = describe(row["note"], row["benchmark"])
    conditions = {c: v for c, v in described.conditions.items() if described.condition_sources[c] == "note"}
    scored = [c for c in CONDITIONS if c not in row["conditions"]["skip"]]
    plain = [re.findall(r"\w+", (text or "").lower()) for text in (described.description, row["genuine"])]
    return plain[0] == plain[1] and all(
        str(conditions.get(c)).replace("-", "") == str(row["conditions"].get(c)).replace("-", "") for c in scored
    )


@pytest.mark.skipif(not (PAGES / "dev").is_dir(), reason="the shared pages are not here")
def test_figures_on_the_dev_pages() -> None:
    gold = [
        row
        for path in sorted((PAGES / "dev").glob("*/gold.json"))
        for row in json.loads(path.read_text("utf-8"))["scores"]
    ]
    assert_figures(figures(gold))


@pytest.mark.skipif(not (PAGES / "seed").is_dir(), reason="the shared pages are not here")
def test_every_description_of_the_seed_page_is_settled() -> None:
    lines = (PAGES / "seed" / "gpt-4.1-mini.txt").read_text("utf-8").split("\n")
    found = [
        describe(line.removesuffix("Self-reported"), name)
        for name, line in itertools.pairwise(lines)
        if line.endswith("Self-reported")
    ]
    assert len(found) == 29
    assert [d.description for d in found].count("Standard benchmark") == 14
    assert not [d for d in found if d.description is None or len(d.description) > 80]


APP = typer.Typer()
APP.command("explain")(explain)


def test_explain_as_json_is_the_record() -> None:
    result = CliRunner().invoke(APP, ["5-shot CoT AI: I'm sorry", "--benchmark", "MMMU (val)", "--json"])
    assert result.exit_code == 0
    said = json.loads(result.stdout)
    assert said["description"] == "5-shot CoT"
    assert said["conditions"] == {"split": "validation", "n_shots": 5, "prompting": "chain-of-thought"}
    assert said["condition_sources"] == {"split": "name", "n_shots": "note", "prompting": "note"}
    assert [part["kind"] for part in said["parts"]] == ["note", "dialogue"]


def test_explain_shows_parts_rules_and_conditions() -> None:
    result = CliRunner().invoke(APP, ["5-shot AI: I'm sorry"])
    assert result.exit_code == 0
    for shown in ("5-shot", "I'm sorry", "dialogue", "n_shots", "salvaged", "from the note"):
        assert shown in result.stdout


def test_page_text_never_drives_the_terminal() -> None:
    hostile = "5-shot \x1b[31m\x07\x9b2J [bold red]loud[/] \u202e \ud800 AI: [link=http://x]\x1b]8;;http://x\x07"
    for options in ([], ["--json"]):
        result = CliRunner().invoke(APP, [hostile, *options])
        assert result.exit_code == 0
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(result.stdout)
    assert "[bold red]loud[/]" in CliRunner().invoke(APP, [hostile]).stdout


def test_the_vocabulary_says_why_and_names_known_columns() -> None:
    for entry in conditions().entries:
        assert entry.why
        assert set(entry.set) <= set(CONDITIONS)
    known = signs()
    assert all(group.why for group in [*known.words, *known.phrases, *known.roles])


@pytest.mark.parametrize("entry", signs().patterns, ids=lambda entry: entry.name)
def test_every_pattern_finds_its_example_and_no_note(entry: Pattern) -> None:
    assert entry.name in word_signs(entry.example).shape
    plain = "5-shot, pass@1 (0-shot) macro_avg/acc GPT-4.1 w/o 64K Kendall's top-p=0.95 [2]"
    assert not [word for word in plain.split() if entry.name in word_signs(word).shape]


def test_every_weight_belongs_to_a_sign() -> None:
    known = signs()
    named = {entry.name for entry in (*known.words, *known.phrases, *known.patterns)} | set(known.context_kinds)
    named |= {"condition", "inner", "filler", "known_phrase", "own_name", "said_before", "before_colon"}
    named |= {"far", "ends_text", "restates", "all_said", "expands", "coded", "headed", "bare_talk", "aside", "defines"}
    by_place = re.compile("(len|sentence|slen|s|then|first_text|so_far|w)_")
    assert {name.removesuffix("_about") for name in weights().words if not by_place.match(name)} <= named
    assert {name[2:] for name in weights().words if name.startswith("w_")} <= known.frequent.words


@pytest.mark.parametrize(
    "text",
    [
        "a caf&eacute; of &lt;128k",
        "the model\u00e2\u20ac\u2122s answer",
        "two\u00a0words",
        "hid\u200bden and soft\u00adened",
        "&amp;lt;think&amp;gt;",
        "\u00c3\u00a9t\u00c3\u00a9",
        "plain words",
    ],
)
def test_a_note_is_mended_by_the_rules_for_the_text_of_a_page(text: str) -> None:
    shown = text
    while (mended := repair(shown, [])) != shown:  # a note is mended until nothing changes
        shown = mended
    assert " ".join(mend(text).words) == shown
