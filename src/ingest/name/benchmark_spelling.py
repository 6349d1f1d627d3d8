"""Other ways of writing one benchmark's name. Each rule gives names that a listed one may stand for.

A rule may give a name that means nothing: only one that leads to a known benchmark counts. What no rule may do is
change a number, a sign or the order of two languages, since these tell benchmarks apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from ingest.name import text
from ingest.name.benchmark_versions import of_versions, with_the_split_behind
from ingest.name.mentions import models_in
from ingest.name.organizations import is_a_name, may_be_a_name, names_somebody

_TWICE = re.compile(r"([^()]{3,120}?) ?\(([^()]{2,120})\)(.{0,40})")
_CONFIGURED = re.compile(
    r"[\w.-]{2,40}/([\w.-]{2,60} \(([^()]{2,60})\))"
    r"|[\w.-]{2,40}/(?i:(?:[a-z\d]{1,20}_){0,4}([a-z\d]{2,20}) (\3[_-][\w.-]{2,60}))"
)
"""A data set of a hub with its configuration: in brackets, or one that repeats its last word
("ai2_arc ARC-Challenge")."""
_COUNTED = re.compile(r"_(avg|mean|pass|maj|cons)_?(\d{1,3})$")
_TEXT_ONLY = re.compile(r"(?<![^\W_])text([ -]only)?(\)?)$", re.IGNORECASE)
_WITHOUT = re.compile(r"(?<=[ (])wo(?=[ .])")
_FILLER = re.compile(
    r"(?<![^\W_])(?:benchmark|leaderboard)(?![^\W_])[ _-]{0,3}| eval(?![^\W_])| scores?$", re.IGNORECASE
)
_ARENA = re.compile(r"(.{3,60}) arena(?: elo| score| rating)?", re.IGNORECASE)
_LONG_YEAR = re.compile(r"(?<![^\W_])(WMT)[ '’_-]?(?:20)?(\d\d)(?!\d)", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_LAST_WORD = re.compile(r"[ _:(\[-]([^\W\d_]+)[ )\]]{0,2}$")
_LONGEST_LANGUAGE = 16
_ARROW = re.compile(r"(?<![^\W_])([A-Za-z]{2}) ?(?:→|->|–|⇒) ?([A-Za-z]{2})(?![^\W_])")
_SHOTS_INSIDE = re.compile(r"[ _](zero|few|five|one|\d{1,2})[ _-]?shots?(?=[ _])", re.IGNORECASE)
_HARNESS_END = re.compile(
    r"(?:_llama)?(?:_openai)?(?:_simple_evals)?(?:_cascade_eval|_llm_?judge|_academic|_repeat\d{1,2}|_xml|_instruct(?=_gen)){0,3}"
    r"[-_](?:gen|ppl|clp|ll|llm_?judge|academic|openai|no_train|llama|ALL|MP4)(?:_[0-9a-f]{6})?$"
)
_HARNESS_ENDS = ("gen", "ppl", "clp", "ll", "judge", "academic", "openai", "no_train", "llama", "ALL", "MP4")
_LISTED = re.compile(r"([^,]{3,90}?), (.{2,80})")
_SPOKEN_IN = re.compile(r"[ _](?:en|auf|in|em|на|по|su)$")
_SEPARATED = re.compile(r"[ _()-]")
_WITH_INSIDE = re.compile(r"(?<=[^\W_])_w(o?)_(?=[^\W_])", re.IGNORECASE)
_LEVEL = re.compile(r"(?<![^\W_])lvl[ ._-]?(?=\d)", re.IGNORECASE)
_COLUMNS = ("subtitle", "tool", "language")
_COLUMN_OF_PLURAL = re.compile(rf"(?<![^\W_])({'|'.join(_COLUMNS)})(?![^\W_])", re.IGNORECASE)
_PART_WORD = re.compile(
    r" (?:(?:sub|input )?set|split|portion|part|domain|track|config(?:uration)?|(?:sub)?tasks?"
    r"|questions|problems|subjects)$",
    re.IGNORECASE,
)
_NAMED_PART = re.compile(
    r"(.{3,80}[ -](?:only|private|public|text|hard|easy|diamond|consensus|main|clean|other|net|meeting|image|video))"
    r" (?:sub)?(?:set|split)",
    re.IGNORECASE,
)
"""A part by a word that can be nothing else, called a set: "HLE text-only subset"; but "MMLU-Pro subset" is less."""
_TESTMINI = re.compile("testmini", re.IGNORECASE)
_PART_BEHIND = re.compile(r"(.{2,80}?)(?: [-–—] |: )(.{2,40}?) (?:sub)?set")
_PART_BEFORE = re.compile(r"([A-Za-z][\w-]{1,20}) (?:sub)?set of (?:the )?(.{2,80})")
# Words about a part that do not tell it from another one.
_OF_ANY_PART = frozenset(("hardest", "human", "official", "original", "problem", "task", "validated", "verified"))
_PART_OF = re.compile(r"([\w -]{1,60} )?(?:(?:sub)?set|level|split|portion) (?:of|from) (?:the )?(.{2,60})")
_COMMA = re.compile(", ?")
_MOST_PHRASES = 4
_ENDS = " *†‡§¶↑↓^%"
"""Marks of footnotes and of the direction of a score."""
_LINK = re.compile(r"\[([^\[\]]{2,80})\](?:\[[^\[\]]{0,80}\]|\([^()]{0,200}\))")
_RAISED = re.compile(r"<(su[bp])>([^<>]{2,40})(?:</\1>|$)", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z]{1,6} ?/?>", re.IGNORECASE)
_EMPHASIS = re.compile(r"(?<!\w)(\*{1,3}|_{2,3}|`)(?=[^\s*_`])([^*`]{2,120}?)\1(?!\w)")
_FOOTNOTE = re.compile(r" ?(?:\[\^?\w{1,2}\]|¹)(?=$| ?\(|,)")
_SIZE = re.compile(r"\d[kKM](?!\w)|level[ -]?\d", re.IGNORECASE)
_IN_OTHER_LETTERS = re.compile(
    r"((?:(?![A-Za-z\d])\w|[ ,、/&“”„«»「」『』《》\"'-]){2,40}?)[ :(]{1,3}([A-Za-z\d].{2,80}?)\)?"
)
_TITLE = re.compile(
    r"(?:An? |The |Can |Do |Does |How |Are |Is |Towards? |(?:Evaluat|Assess|Measur|Benchmark|Test|Prob|Explor)ing )"
)
_SHORTEST_TITLE = 5
"""Words of a paper's title that stands behind the name of its benchmark; fewer may name a part of it."""
_ARTICLE = re.compile(r"(?:A|An|The|Measuring|Towards) ")
# Reranking what another program found is another task than finding it.
_TASK_OF_MTEB = re.compile(
    r"(?<=[a-z0-9A-Z])(?:Retrieval|Classification|Clustering|STS)(?:\.v\d)?(?P<language> \([a-z]{2,3}\))?$"
)
_TASK_ENDS = ("Retrieval", "Classification", "Clustering", "STS", ")", *"0123456789")
_SIGNS = frozenset("+#")
_SIGN_IN_BRACKETS = ("(%", "(↑", "(↓", "[%")

_TOPIC = re.compile(r"([^:]{3,60}?)(?:: | [-–—|] )(.{2,120})$")
_BRACKETED_LAST = re.compile(r"(.{2,120}?) ?\(([^()]{2,80})\)")
_PHRASE = re.compile(r"[A-Za-z]{1,3}(?:[a-z]|(?<=[a-z])[A-Z])*(?:(?:, | & |[ /-])[a-z]+){1,7}")
_PROPER = re.compile(r"\d|[A-Z].*[A-Z]")
_WORDS_AND_SIGNS = re.compile(r"[^\W\d_]+|\d+")
_PLAIN = re.compile(r"[a-z0-9 ]+")
_TELLING = re.compile(
    r"benchmark|version|question answering|inference|understanding|simplified"
    r"|leaderboard|lvl| eval| score|needles|arena| wo |release|20\d{6}| v\d\d"
    r"| (?:test|dev|val|mini|cot) |set of |subtitle|tool|language|testmini"
)
_TELLING_NUMBER = re.compile(r" 20\d\d$|\D2\d$|[a-z] ?v?[2-9]$")
_TELLING_END = ("retrieval", "classification", "clustering", "sts", "subset", " set", " split", " text")
"""What a name without any sign must hold for a rule to act on it, beside the name of a language."""

_HAS_ITS_END = re.compile(r"eval|bench|test|qa")
_CODE_LENGTH = 2
_LONG_ENOUGH = 5
_LONG_NAME = 6
"""A name of one word must be as long as that to be one that lost its end: DocMath is DocMath-Eval."""
_MOST_WORDS = 8
_FEW_WORDS = 2
"""A single word behind a name may be a part of the benchmark: "MMMU (Science)"."""


class FieldWords(NamedTuple):
    """What the rules know of the field.

    ``languages`` holds the English names of languages by their codes, ``codes`` the codes by the names, ``countries``
    the codes of countries that stand for a language, by both. ``topics`` are words that say what is tested,
    ``subjects`` those that name a field, ``foreign_topics`` matches such words in other letters. ``measures`` are words
    that say how a result is counted, ``weak_measures`` those that do so only beside others, ``telling`` those that name
    a part, another version or another quantity. ``suites`` are the keys of benchmarks with many catalogued parts.
    ``phrases`` are long forms of what many names end with, and the short forms.
    """

    languages: Mapping[str, str]
    codes: Mapping[str, str]
    countries: Mapping[str, str]
    topics: frozenset[str]
    subjects: frozenset[str]
    foreign_topics: re.Pattern[str]
    measures: frozenset[str]
    weak_measures: frozenset[str]
    telling: frozenset[str]
    suites: frozenset[str]
    boards: frozenset[str]
    phrases: Mapping[str, str]


def other_spellings(listed: str, field: FieldWords) -> Iterator[str]:
    """Names that a listed one may stand for."""
    lowered = listed.lower()
    if " " not in listed and len(listed) >= _LONG_NAME and _PROPER.search(listed) and not _HAS_ITS_END.search(lowered):
        yield from (f"{listed} Eval", f"{listed} Bench")
    if _PLAIN.fullmatch(lowered) and not _tells_something(lowered):
        if _names_a_language(lowered, _WORD.findall(lowered), field):
            yield from _in_other_languages(listed, lowered, field)
        return
    for unmarked in _without_marks(listed):
        if unmarked == listed:  # the sign of a link without one: "]("
            continue
        yield unmarked
        yield from other_spellings(unmarked, field)
    yield from _of_harnesses(listed)
    yield from of_versions(listed)
    yield from with_the_split_behind(listed)
    if "(" in listed:
        yield from _bracketed(listed, field)
        yield from _phrases_in_brackets(listed, field)
    yield from _in_other_words(listed, lowered)
    yield from _in_short(listed, lowered, field)
    if ", " in listed:
        yield from _behind_a_comma(listed)
    if "arena" in lowered and (arena := _ARENA.fullmatch(listed)):
        yield arena[1] if arena[1].lower().startswith("lmarena") else f"LMArena {arena[1]}"
    if not listed.isascii() or ": " in listed or " - " in listed or " | " in listed:
        yield from _beside_other_words(listed, field)
    yield from _in_other_languages(listed, lowered, field)


def is_written_in_one_way(plain: str, parts: Sequence[str], field: FieldWords) -> bool:
    """Whether :func:`other_spellings` gives nothing for a name of letters, numbers and blanks alone, whose tokens are
    ``parts``: the short way, which settles most unknown names."""
    lowered = plain.lower()
    several = " " in plain or len(plain) < _LONG_NAME
    return several and not _tells_something(lowered) and not _names_a_language(lowered, parts, field)


def _tells_something(plain: str) -> bool:
    """Whether a name of small letters, numbers and blanks holds what a rule acts on."""
    at_end = _TELLING_NUMBER.search(plain[-6:]) if plain[-1:].isdigit() else plain.endswith(_TELLING_END)
    return bool(at_end) or _TELLING.search(plain) is not None


def _in_other_words(listed: str, lowered: str) -> Iterator[str]:
    """Words that are written in two ways, left out or added: "testmini", "w/o", "needles", "Benchmark"."""
    if "testmini" in lowered:
        yield _TESTMINI.sub("mini", listed)
    if "'s " in listed or "’s " in listed:
        yield listed.replace("'s ", " ").replace("’s ", " ")
    if "benchmark" in lowered or "leaderboard" in lowered or " eval" in lowered or " score" in lowered:
        yield _FILLER.sub(" ", listed)
    if "wo" in lowered and _WITHOUT.search(listed):
        yield _WITHOUT.sub("w/o", listed)
    if any(word in lowered for word in _COLUMNS) and (plural := _COLUMN_OF_PLURAL.search(listed)):
        yield f"{listed[: plural.end()]}s{listed[plural.end() :]}"
    if lowered.endswith("set") and (part := _PART_BEHIND.fullmatch(listed)):
        yield f"{part[1]} ({part[2]})"
    if "set of " in lowered and (part := _PART_BEFORE.fullmatch(listed)):
        yield f"{part[2]} {part[1]}"
    if "lvl" in lowered and _LEVEL.search(listed):
        yield _LEVEL.sub("Level ", listed)
    if lowered.endswith(("set", "split")) and (named := _NAMED_PART.fullmatch(listed)):
        yield named[1]
    if "text" in lowered and (text_only := _TEXT_ONLY.search(listed)):  # "MedXpertQA (text-only)" is its Text part
        yield f"{listed[: text_only.start()]}text{'' if text_only[1] else '-only'}{text_only[2]}"
    if " & " in listed:
        yield listed.replace(" & ", " and ")
    if "needles" in lowered:
        yield listed.replace("needles", "needle").replace("Needles", "needle")


def _counted_behind(listed: str) -> Iterator[str]:
    """What a harness writes onto a task's name with underscores: "aime25_avg32", "Video-MME_w_subs"."""
    if joined := _WITH_INSIDE.search(listed):
        yield f"{listed[: joined.start()]} w/{joined[1]} {listed[joined.end() :]}"
    if counted := _COUNTED.search(listed):
        yield f"{listed[: counted.start()]} {counted[1]}@{counted[2]}"


def _behind_a_comma(listed: str) -> Iterator[str]:
    """A part behind a comma, in brackets or without the comma: "tau-bench, airline domain"."""
    phrases = _LISTED.fullmatch(listed)
    if phrases is None:
        return
    if not _PROPER.search(phrases[2]):
        yield f"{phrases[1]} ({phrases[2]})"
    if "(" not in listed:
        plain = listed.replace(", ", " ")
        yield plain
        yield _PART_WORD.sub("", plain)


def _in_short(listed: str, lowered: str, field: FieldWords) -> Iterator[str]:
    """A name with the short form of a phrase that many names hold, and without the kind of benchmark that it is said to
    be: "Trivia Question Answering", "Aider polyglot coding benchmark".

    What is left must be more than words of topics: "math reasoning benchmark" is any.
    """
    for long, short in field.phrases.items():
        if long in lowered and len(lowered) == len(listed) and (at := lowered.index(long)):
            yield f"{listed[:at]}{short}{listed[at + len(long) :]}"
    if lowered.endswith(" benchmark"):
        words = listed.split()[:-1]
        count = len(words)
        while count > 1 and words[count - 1].lower() in field.topics:
            count -= 1
        rest = " ".join(words[:count])
        if count < len(words) and not _is_topic(rest, field) and text.name_key(rest) not in field.suites:
            yield rest


def _without_marks(listed: str) -> Iterator[str]:
    """A name without its markup and footnote: "MMLU<sup>1</sup>", "**MGSM**[^5]", "[BoolQ](boolq.md)"; what is set
    below or above the line, and wide brackets, as plain brackets."""
    if listed[-3:-1] in _SIGN_IN_BRACKETS:
        yield listed[:-3].rstrip()
    if listed[-1:] in _ENDS and (plain := listed.rstrip(_ENDS)):
        yield plain.removesuffix("(").rstrip()
    if ("*" in listed or "`" in listed or "__" in listed) and (plain := _EMPHASIS.sub(r"\2", listed)) != listed:
        yield plain
    if "][" in listed or "](" in listed:
        yield _LINK.sub(r"\1", listed)
    if "<su" in listed.lower() and (plain := _RAISED.sub(r" (\2)", listed)) != listed:
        yield plain
    if "<" in listed and (plain := _TAG.sub(" ", listed)) != listed:
        yield text.collapse(plain)
    if (plain := _FOOTNOTE.sub("", listed)) and plain != listed:
        yield plain
    if not listed.isascii() and not unicodedata.is_normalized("NFKC", listed):
        yield unicodedata.normalize("NFKC", listed)


def _beside_other_words(listed: str, field: FieldWords) -> Iterator[str]:
    """A name behind its topic, or before the way of counting: "Agentic coding: SWE-bench Verified", "MedQA - EM"."""
    topic = _TOPIC.match(listed)
    if topic and (_is_topic(topic[1], field) or _introduces(topic[1], topic[2], field)):
        yield topic[2]
    short, _, long = listed.partition(": ")
    if long and (_abbreviates(short, _ARTICLE.sub("", long, count=1)) or _is_title(short, long)):
        yield short
    if not listed.isascii() and (foreign := _IN_OTHER_LETTERS.fullmatch(unicodedata.normalize("NFKC", listed))):
        words = foreign[1].lower()
        if code := field.codes.get(words.strip()):
            yield f"{foreign[2]} {field.languages[code]}"
        elif sum(map(str.isalpha, words)) > 1 and not any(told in words for told in field.telling):
            yield foreign[2]
    name, _, counted = listed.replace(" — ", " - ").replace(" – ", " - ").rpartition(" - ")
    if name and is_measure(counted, field, name):
        yield f"{name} CoT" if "cot" in _WORD.findall(counted.lower()) else name


def _is_title(name: str, words: str) -> bool:
    """Whether words behind a name may be the title of its paper: "GenEval: An Object-Focused Framework for …".

    Not behind an acronym, since several benchmarks may share one, so that the title tells which is meant (MMAU).
    """
    first = _WORD.match(name)
    is_acronym = len(name) < _LONG_NAME or first is None or first[0].isupper()
    is_long = len(words.split()) >= _SHORTEST_TITLE
    return not is_acronym and is_long and bool(_TITLE.match(words)) and not any(map(str.isdigit, words))


def _of_harnesses(listed: str) -> Iterator[str]:
    """Names of tasks and data sets: "openai/gsm8k", "allenai/ai2_arc (ARC-Challenge)", "gsm8k_gen_1d7fe4"."""
    if "/" in listed:
        if " " not in listed:
            yield listed.rpartition("/")[2]
        elif of_hub := _CONFIGURED.fullmatch(listed):
            yield of_hub[1] or of_hub[4]
            yield of_hub[2] or of_hub[4]
    if listed.endswith(_TASK_ENDS) and (task_of := _TASK_OF_MTEB.search(listed)):
        task, language = listed[: task_of.start()].removeprefix("MTEB "), task_of["language"] or ""
        yield f"MTEB {task}{language}"
        if language and listed.startswith("MTEB "):
            yield listed.removeprefix("MTEB ")
    if "_" in listed or "-" in listed:
        if "_" in listed:
            yield from _counted_behind(listed)
        if (listed.endswith(_HARNESS_ENDS) or listed[-7:-6] == "_") and (end := _HARNESS_END.search(listed)):
            yield listed[: end.start()]
        if "shot" in listed and (shots := _SHOTS_INSIDE.search(listed)):
            yield f"{listed[: shots.start()]}{listed[shots.end() :]} {shots[1]} shot"


def _bracketed(listed: str, field: FieldWords) -> Iterator[str]:
    """A name with its other form, its suite or its topic in brackets, or a topic with the name in brackets."""
    if twice := _TWICE.fullmatch(listed):
        yield from _said_twice(twice[1], twice[2], twice[3])
    last = _BRACKETED_LAST.fullmatch(listed)
    if last and last[2][0].isalpha():  # "(5-shot)" is a condition
        if field.measures.isdisjoint(_WORD.findall(last[1].lower())):  # "Arena Elo (Text)" is no "Text Arena"
            yield f"{last[2]} {last[1]}"
        if _is_topic(last[1], field) or _introduces(last[1], last[2], field):
            yield last[2]
        elif _is_beside_the_name(last[2], field) or _is_foreign_topic(last[2], field):
            yield last[1]


def _is_beside_the_name(words: str, field: FieldWords) -> bool:
    """Whether words in brackets say how the result is counted, who graded, or what is tested.

    A single word may be a part of the benchmark: "MMMU (Science)".
    """
    if "cot" in _WORD.findall(words.lower()):  # a way of prompting, which has a target of its own
        return False
    several = " " in words.strip()
    if words.lower() in field.boards:
        return True
    return is_measure(words, field) or _is_model(words) or (several and _is_topic(words, field))


def _is_foreign_topic(words: str, field: FieldWords) -> bool:
    """Whether words in brackets say in other letters than Latin ones what is tested: "(智能体编程)"."""
    return field.foreign_topics.fullmatch(words.lower()) is not None


def _is_model(words: str) -> bool:
    spoken = words.split()
    found = models_in(spoken)
    return len(found) == 1 and found[0].name == " ".join(spoken)


def is_measure(words: str, field: FieldWords, name: str = "") -> bool:
    """Whether all words say how a result is counted, or stand in the benchmark's name: "IFEval - IFEval Strict Acc"."""
    spoken = {word for word in _WORDS_AND_SIGNS.findall(words.lower()) if not word.isdigit()}
    if _SIZE.search(words) or not _SIGNS.isdisjoint(words):  # "128K", "level 5" and "C++" are parts of a benchmark
        return False
    own = set(_WORDS_AND_SIGNS.findall(name.lower()))
    return bool(spoken - field.weak_measures) and spoken <= field.measures | own


def _is_topic(words: str, field: FieldWords) -> bool:
    """Whether all words say what is tested, as in "Graduate-level reasoning" or "Agentic tool use", and not "DE-DE"."""
    spoken = _WORDS_AND_SIGNS.findall(words.lower())
    return field.topics.issuperset(spoken) and (not spoken or max(map(len, spoken)) > _CODE_LENGTH)


def split_gloss(listed: str) -> tuple[str, str] | None:
    """A name and the words behind it that may explain it: "GSM8K (grade school math)", "TravelPlanner: planning"."""
    found = _BRACKETED_LAST.fullmatch(listed) or _TOPIC.match(listed)
    return (found[1], found[2]) if found else None


def whole_of_part(name: str, gloss: str, known_words: Collection[str]) -> str | None:
    """The whole that a gloss says the benchmark is a part of: SWE-bench of "human-validated subset of SWE-bench".

    Its other words must be of the name or its description (``known_words``). Others may tell a part of the part or
    another version: "SWE-bench Verified (50-task subset of SWE-bench)", "(translated subset of GPQA)".
    """
    if (part := _PART_OF.fullmatch(gloss)) is None:
        return None
    told = {word.rstrip("s") for word in _WORDS_AND_SIGNS.findall((part[1] or "").lower())}
    return part[2] if told <= {*_WORDS_AND_SIGNS.findall(name.lower()), *known_words, *_OF_ANY_PART} else None


def explains(gloss: str, known_words: frozenset[str], field: FieldWords) -> bool:
    """Whether words behind a name say no more than what its benchmark is known to be.

    All of them are topics or stand in its own description, and none tells a part, a version or a language.
    """
    spoken = _WORD.findall(gloss.lower())
    if len(spoken) < _FEW_WORDS or not field.telling.isdisjoint(spoken) or not field.codes.keys().isdisjoint(spoken):
        return False
    return all(word in field.topics or word in known_words or word.rstrip("s") in known_words for word in spoken)


def is_its_subject(word: str, description: str, field: FieldWords) -> bool:
    """Whether a word behind a name is the one subject of its benchmark by its description: "CritPt (physics)".

    Not where the description lists it beside others, of which it is then a part: "MMAU (Speech)".
    """
    spoken = word.lower()
    if spoken not in field.subjects and (spoken not in field.topics or spoken in field.telling):
        return False
    told = description.lower()
    listed = rf"(?:, |\band |\bor ){spoken}\b|\b{spoken}(?:,| and | or )"
    return spoken in _WORD.findall(told) and re.search(listed, told) is None


def _introduces(words: str, name: str, field: FieldWords) -> bool:
    """Whether ``words`` are a phrase in plain words before a benchmark's name: "Long-horizon tasks (Vending-Bench)".

    The name is written as one, with two capitals or a number. No word of the phrase may tell something else apart: a
    part or a version ("Hard subset"), a quantity ("Cost to run"), a language. Before the name of a suite it may name a
    part of it ("Creative writing (EQ-Bench)"), so that only the words of topics count there.
    """
    if not _PHRASE.fullmatch(words) or not _PROPER.search(name) or text.name_key(name) in field.suites:
        return False
    spoken = _WORD.findall(words.lower())
    return field.telling.isdisjoint(spoken) and field.codes.keys().isdisjoint(spoken)


def _phrases_in_brackets(listed: str, field: FieldWords) -> Iterator[str]:
    """A name with one of the phrases in its brackets before them: "LiveCodeBench (v6, Feb 25-May 25)", without the
    word that says that they are a part: "HLE (text-only subset)", and without the phrases that are no part of it:
    "MMLU (5-shot, macro_avg/acc)"."""
    last = _BRACKETED_LAST.fullmatch(listed)
    if last is None:
        return
    if part := _PART_WORD.search(last[2]):
        yield f"{last[1]} ({last[2][: part.start()]})"
    phrases = _COMMA.split(last[2])
    for phrase in phrases if 1 < len(phrases) <= _MOST_PHRASES else ():
        rest = ", ".join(each for each in phrases if each is not phrase)
        yield f"{last[1]} {phrase} ({rest})"
    kept = [phrase for phrase in phrases if not _is_beside_the_name(phrase, field)]
    if kept and len(kept) < len(phrases):
        yield f"{last[1]} ({', '.join(kept)})"


def _said_twice(outer: str, inner: str, rest: str) -> Iterator[str]:
    """A name with its short or long form in brackets: "Social Interaction QA (SIQA)"."""
    if _abbreviates(inner, outer):
        yield f"{inner} {rest}".strip()
        yield f"{outer} {rest}".strip()
    elif _abbreviates(outer.partition(" ")[0], _ARTICLE.sub("", inner, count=1)):  # also "GPQA Diamond (Google-…)"
        yield f"{outer} {rest}".strip()
    elif _is_acronym(first := re.split(r"[-_ ]", inner)[0], outer) or _abbreviates(first, outer):
        yield f"{inner} {rest}".strip()
    else:
        one, other = (text.tokens(text.fold(each)) for each in (outer, inner))
        if one and other and one[0] == other[0]:  # "DocVQA Validation (docvqa_val)": the one that says more
            yield f"{outer if len(one) >= len(other) else inner} {rest}".strip()


def _names_a_language(lowered: str, words: Sequence[str], field: FieldWords) -> bool:
    """Whether a plain name holds the name of a language, ends in the code of one, or is of the pairs of WMT.

    For most names this settles what :func:`_in_other_languages` would look for.
    """
    last = words[-1] if words else ""
    if last.isdecimal():  # a token of the name, and no word of it
        last = next((word for word in reversed(words) if not word[0].isdecimal()), "")
    ends_in_code = last in field.languages
    return ends_in_code or not field.codes.keys().isdisjoint(words) or "wmt" in lowered


def _in_other_languages(listed: str, lowered: str, field: FieldWords) -> Iterator[str]:
    """A language by its name instead of its code or the other way: "MMLU_it", "BrowseComp-Chinese", "WMT'14 En→De"."""
    if "wmt" in lowered:
        short = _ARROW.sub(r"\1-\2", _LONG_YEAR.sub(r"\1\2", listed))
        yield _WORD.sub(lambda word: field.codes.get(word[0].lower(), word[0]), short)
        return
    found = _LAST_WORD.search(listed[-_LONGEST_LANGUAGE:])
    if found is not None:
        word = found[1].lower()
        is_code = len(word) == _CODE_LENGTH and word.isascii()  # "中文" is a name
        other = field.languages.get(word) if is_code else field.codes.get(word)
        if other and other.lower() not in _WORD.findall(lowered):
            rest = listed[: len(listed) - len(found[0])].rstrip(" _-:([")
            if word != (english := field.languages.get(other, other)).lower() and not is_code:
                rest = _SPOKEN_IN.sub("", rest)
                yield f"{rest} {english}"  # "MMLU auf Deutsch"
            yield f"{rest} {other}"
            if (country := field.countries.get(other)) is not None:
                yield f"{rest} {country}"
    if not any(word in field.codes for word in _SEPARATED.split(lowered)):
        return
    for inside in _WORD.finditer(listed):
        code = field.codes.get(inside[0].lower())
        if code and inside.start() > 0 and inside.end() < len(listed):
            yield f"{listed[: inside.start()]}{code}{listed[inside.end() :]}"


def without_its_maker(listed: str, boards: frozenset[str]) -> str | None:
    """The name behind that of who made the benchmark, or who shows its results: "OpenAI MMMLU", "Scale MASK". A short
    one is left: it may be another word."""
    first, _, rest = listed.partition(" ")
    if first.islower() or not rest:
        return None
    if first.lower() in boards:
        second, _, behind = rest.partition(" ")
        rest = behind if f"{first} {second}".lower() in boards else rest
        return rest if _PROPER.search(rest) else None  # "AA Math" is an index of its own
    if len(rest) < _LONG_ENOUGH or not may_be_a_name(first):
        return None
    return rest if names_somebody(first) and not is_a_name(rest) else None


def in_any_order(parts: Sequence[str], languages: Mapping[str, str]) -> tuple[str, ...] | None:
    """The tokens of a name in alphabetical order: "Diamond GPQA" is "GPQA Diamond".

    None for a single token, and for a name with several numbers, signs or codes of languages, whose order tells
    something.
    """
    if not 2 <= len(parts) <= _MOST_WORDS:
        return None
    numbers = codes = 0
    for part in parts:
        if part[0].isdigit():
            numbers += 1
        elif text.symbol_word(part):
            return None
        elif part in languages:
            codes += 1
    return tuple(sorted(parts)) if numbers < 2 and codes < 2 else None


def _abbreviates(short: str, long: str) -> bool:
    """Whether ``short`` is made of the letters of ``long``, in order, from the first: "GPQA", "Google-Proof Q&A".

    Its numbers must stand in the other, and it must be no word of the other.
    """
    if short.islower():
        return False
    letters, whole = re.sub(r"\W", "", short).casefold(), long.casefold()
    if not 3 <= len(letters) <= 14 or len(letters) >= len(whole) or sum(c.isupper() for c in short) < 2:
        return False
    if letters[0] != whole[:1] or letters in re.findall(r"\w+", whole):
        return False
    if re.findall(r"\d+", short) and re.findall(r"\d+", short) != re.findall(r"\d+", long):
        return False
    at = -1
    for letter in letters:
        at = whole.find(letter, at + 1)
        if at < 0:
            return False
    return True


def _is_acronym(short: str, long: str) -> bool:
    """Whether ``short`` is made of the first letters of the words of ``long``: ARC of "AI2 Reasoning Challenge"."""
    if not short.isupper():
        return False
    first = "".join(word[0] for word in re.findall(r"[^\W_]+", long))
    return 3 <= len(short) <= len(first) and first.casefold().startswith(short.casefold())
