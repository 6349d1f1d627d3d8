"""What stands beside a benchmark's name and is no part of it, whether the catalogue has the benchmark or not.

A source of the benchmark ("(Hendrycks et al., 2021)"), the scale of its marks ("(avg. /5)"), the folder of the harness
that has it ("inspect_evals/coconot"), an owner whose name the data set repeats ("elyza/ELYZA-tasks-100"), the frame
that lighteval or HELM writes around a task ("leaderboard|gsm8k|5|0", "mmlu:subject=anatomy").

What can be written in many ways is written in one: a span of months ("2408–2505", "Aug 2024 – May 2025"), a pair of
languages ("eng_Latn-fra_Latn", "English to French"), a language with its script or its country ("fra_Latn", "PT_BR"),
a length in tokens ("131072", "128k tokens"), a turn ("first turn").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ingest.name import text
from ingest.name.endings import MONTHS

_NAME = r"[^\W\d_][\w'’-]{1,20}"
_YEAR = r"(?:19|20)\d\d[a-z]?"
_CITED = re.compile(rf" ?[(\[]{_NAME}(?: et al\.?(?:,? ?{_YEAR})?|,? (?:and|&) {_NAME}, {_YEAR})[)\]](?=$| ?[(\[])")
"""Who published the benchmark, in brackets: a name with "et al.", or two names and a year; not "(November 2025)"."""

_OUT_OF = re.compile(r" ?\((?:(?:avg|average|mean|score)\.?,? ?)?(?:out of |/ ?)(?:5|10|100|1000)\)$", re.IGNORECASE)

_MONTH = (
    r"(?:(?P<word{0}>[A-Za-z]{{3,9}})\.?,? ?['’]?(?:20)?(?P<of{0}>2\d)"
    r"|(?:20)?(?P<year{0}>2\d)[-./](?P<month{0}>[01]?\d)|(?P<short{0}>2\d[01]\d))"
)
_SET_OF_MONTHS = r",? (?:problems|questions|tasks) (?:of|from) "
_SPAN = re.compile(
    rf"(?P<before>{_SET_OF_MONTHS}|[ ,]{{0,2}}\(|[ _]){_MONTH.format(1)}"
    rf" ?(?:–|—|-|~| to |to) ?{_MONTH.format(2)}(?P<behind>\)|$)",
    re.IGNORECASE,
)

_SPAN_OF_ONE_YEAR = re.compile(
    rf"(?:{_SET_OF_MONTHS}|[ ,]{{0,2}}\(|[ _])(?P<one>[A-Z][a-z]{{2,8}})\.? ?(?:–|—|-|~|to) ?"
    r"(?P<other>[A-Z][a-z]{2,8})\.?,? ['’]?(?:20)?(?P<year>2\d)\)?$"
)
"""Months of one year that stands behind the second: "(Feb - May 2025)"."""

_THAN = re.compile(
    r"(?<=[^\W_])[ ,]{1,2}\(?(?P<than>under|below|over|above|beyond) (?P<length>\d{1,4}[kKM])(?: tokens)?\)?$"
)
"""A length of contexts in words: "under 128k tokens"."""
_SIGNS_OF_THAN = {"under": "<", "below": "<", "over": ">", "above": ">", "beyond": ">"}

_CODE_OF_FLEURS = re.compile(r"[ _]([a-z]{3})_(hans|hant|latn|cyrl|arab|beng|deva)_[a-z]{2}$")
_MANDARIN = re.compile(
    r"(?<![^\W_])(?:Mandarin Chinese|Chinese \(Mandarin\)|Chinese Mandarin)(?![^\W_])", re.IGNORECASE
)

_TWO_YEARS = re.compile(r"2\d[^–—~-]{0,12}(?:[–—~-]| to )[^–—~-]{0,12}2\d")
"""What a span of months has; the short test."""

_FORM_OF_ANSWERS = re.compile(r"(bigbench_\w{2,60}?)_(?:multiple_choice|generate_until)")
"""How a harness asks a task of BIG-bench, which its authors leave open."""

_SPLIT_OF_SUBJECT = re.compile(r"([a-z]{3,12})-(?:valid|test|dev)_([a-z]\w{2,60})")
"""A subject behind its benchmark and the split that a harness asks: "ceval-valid_law"."""

_LENGTH = re.compile(
    r"(?P<before>(?<=[^\W\d])[ _(:-]{1,3})(?:(?P<number>\d{4,7}|\d{1,3}(?:,\d{3}){1,2})|(?P<thousands>\d{1,4}[kKM]))"
    r"(?P<unit>[ _-](?:tokens?|context|ctx|length|context length))?\)?$"
)
_LENGTHS = frozenset((4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048))
"""Lengths of a context in units of 1,024 tokens, by which benchmarks of long texts name their parts."""

_TURN = re.compile(
    r"(?P<before>(?<=[^\W\d])[ _(-]{1,3})(?P<which>first|second|third|1st|2nd|3rd)[ _-]turn(?P<behind>\)?)$",
    re.IGNORECASE,
)
_ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3}

_OWNED = re.compile(r"([\w.-]{2,40})/([\w.+-]{2,80})")
_SHORTEST_OWNER = 4
_NAME_OF_ITS_OWN = re.compile(
    r"(?=.{5})(?:.*[A-Z].*[A-Z].*|.*[A-Za-z]{3}.*\d.*|.{2,}(?:[Bb]ench|[Ee]val|[Qq][Aa]|[Ee]xam))"
)
_FOLDERS = frozenset(
    text.name_key(word)
    for word in ("inspect_evals", "lm_eval", "lighteval", "evalscope", "opencompass", "helm", "vlmevalkit", "lmms_eval")
)
"""Programs that run the benchmarks of others, whose folder stands before the name of a task."""

_FRAMED = re.compile(r"[a-z_-]{3,20}\|([^|]{2,80})\|\d{1,3}(?:\|\d)?")
"""A task as lighteval lists it: its suite, its name, the shots, and whether these may be left out."""

_OF_HELM = re.compile(r"([\w-]{2,40}):([a-z_]{2,40}=[^,=]{1,60}(?:,[a-z_]{2,40}=[^,=]{1,60}){0,7})")
"""A task as HELM lists it: "mmlu:subject=anatomy,method=multiple_choice_joint"."""

_PARTS_OF_HELM = frozenset(
    [
        "subject",
        "subset",
        "dataset",
        "task",
        "lang",
        "language",
        "mode",
        "exam",
        "category",
        "domain",
        "split",
        "version",
        "level",
        "language_pair",
        "track",
        "difficulty",
        "demographic",
        "target_language",
        "source_language",
    ]
)
_SETTINGS_OF_HELM = frozenset(
    [
        "method",
        "model",
        "model_deployment",
        "data_augmentation",
        "max_train_instances",
        "use_official_examples",
        "annotator",
        "num_outputs",
        "max_tokens",
        "temperature",
        "stop",
        "prompt",
        "instructions",
        "groups",
        "train_trial_index",
    ]
)
"""Keys of HELM that name a part of the benchmark, and those that say how the model was asked."""

_WHOLE_OF_HELM = frozenset({"all", "default"})

_LONGEST_TASK = 120
_OF_FRAMES = re.compile(r"_(\d{1,4})frames?(?=_|$)|_(\d(?:\.\d)?)fps(?=_|$)")
"""How much of a video a program shows, inside the name of its task: "Video-MME_64frame_subs"."""

_SCRIPTS = (
    "Latn|Cyrl|Arab|Deva|Beng|Grek|Hebr|Hang|Jpan|Thai|Taml|Telu|Hans|Hant|Ethi|Geor|Armn|Khmr|Laoo|Mymr|Gujr|Guru"
    "|Knda|Mlym|Orya|Sinh|Tibt|Tfng|Olck|Kore|Mong"
)
_LONG_CODE = re.compile(rf"[ _(:-]{{1,2}}([a-z]{{3}})_({_SCRIPTS})\)?$")
_BARE_CODE = re.compile(r"(?:[ _(:-]{1,2}(?=[a-z]{3}\W?$)|_(?=[a-z]{2}$))([a-z]{2,3})\)?$")
_BEFORE_CODES = frozenset(" _:-")
_WORDS_LIKE_CODES = frozenset(
    ("fin", "cat", "ind", "est", "tel", "ben", "mar", "pan", "sin", "sun", "war", "kin", "her")
)
"""Codes of languages that may be short for something else: Finnish or finance."""

_LANGUAGE = rf"[^\W\d_]{{2,12}}(?:_(?:{_SCRIPTS}))?"
_PAIR = re.compile(
    rf"(?<![^\W_])(?P<one>{_LANGUAGE})(?: ?(?:→|->|–|⇒|-|/) ?| to |_to_|_?2_?)(?P<other>{_LANGUAGE})(?![^\W_])"
)
_LOCALE = re.compile(r"[ _(:-]{1,2}(?P<language>[A-Za-z]{2})[-_](?P<country>[A-Z]{2}|[a-z]{2})\)?$")

_SPEAKS_OF_SEVERAL = re.compile(r"\b(?:languages?|translat\w*|dialects?|into|multilingual)\b")


class Languages(NamedTuple):
    """Languages of the field: the two-letter codes (or longer ones, where these are all that is used) and the English
    names by the codes of three letters and by those of a country ("pt-br"); codes by all names and codes; scripts."""

    long: Mapping[str, str]
    locales: Mapping[str, str]
    codes: Mapping[str, str]
    scripts: Mapping[str, str]

    def code(self, written: str) -> str | None:
        """The code of a language by its name, its code or its code with its script: "French", "fr", "fra_Latn"."""
        code, _, script = written.partition("_")
        return self.codes.get(code.lower()) if script in {"", self.scripts.get(code)} else None


NO_LANGUAGES = Languages({}, {}, {}, {})


def without_what_stands_beside(listed: str, languages: Languages = NO_LANGUAGES) -> str:
    """A listed name without a source, a scale and a folder, a span of months and languages written one way.

    >>> without_what_stands_beside("ETHICS (Hendrycks et al., 2021)"), without_what_stands_beside("X-Bench (avg. /5)")
    ('ETHICS', 'X-Bench')
    >>> without_what_stands_beside("LCB v6 (Aug 2024 – May 2025)"), without_what_stands_beside("elyza/ELYZA-tasks-100")
    ('LCB v6 (24.8-25.5)', 'ELYZA-tasks-100')
    >>> without_what_stands_beside("leaderboard|gsm8k|5|0")
    'gsm8k'
    """
    found = _of_a_task(listed) if "|" in listed or "=" in listed or "_" in listed else listed
    if "andarin" in listed:
        found = _MANDARIN.sub("Chinese", found)
    if "(" in listed or "[" in listed:
        if "et al" in listed or "&" in listed or " and " in listed:
            found = _CITED.sub("", found)
        if "/" in listed or "ut of" in listed:
            found = _OUT_OF.sub("", found)
    if "/" in found and " " not in found and (owned := _OWNED.fullmatch(found)) and _is_folder(owned[1], owned[2]):
        found = owned[2]
    may_be_of_two = "-" in found or "_" in found or " to " in found or "/" in found or not found.isascii()
    if (may_be_of_two or "~" in found) and _TWO_YEARS.search(found):
        found = _SPAN.sub(_as_span, found)
    elif found[-3:-1].isdigit() or found[-2:].isdigit():
        found = _SPAN_OF_ONE_YEAR.sub(_as_span_of_one_year, found)
    found = _with_lengths_and_turns(found)
    if "_" in found:
        if asked := _FORM_OF_ANSWERS.fullmatch(found):
            found = asked[1]
        if split := _SPLIT_OF_SUBJECT.fullmatch(found):
            found = f"{split[1]}_{split[2]}"
    if may_be_of_two:
        found = _in_languages(found, languages)
    return found if found is listed or any(map(str.isalnum, found)) else listed


def _with_lengths_and_turns(listed: str) -> str:
    """The name with the length of a context, or the turn, behind it written one way."""
    if not listed[-1:].isdigit() and listed[-1:] not in ")snt":
        return listed
    found = _TURN.sub(_as_turn, _LENGTH.sub(_as_length, listed))
    return _THAN.sub(lambda than: f" {_SIGNS_OF_THAN[than['than']]}{than['length']}", found)


def _of_a_task(listed: str) -> str:
    """The name of a task without the frame that a program writes around it, and with what it says inside of it."""
    if "|" in listed and (task := _FRAMED.fullmatch(listed)):
        return task[1]
    if "=" in listed and (task := _OF_HELM.fullmatch(listed)):
        return _of_helm(listed, task[1], task[2])
    shown = _OF_FRAMES.search(listed) if len(listed) <= _LONGEST_TASK else None
    if shown is None:
        return listed
    rest = f"{listed[: shown.start()]}{listed[shown.end() :]}"
    rest = f"{rest.removesuffix('_subs')} with subtitles" if rest.endswith("_subs") else rest
    return f"{rest} ({shown[1]} frames)" if shown[1] else f"{rest} ({shown[2]} fps)"


def _of_helm(listed: str, name: str, told: str) -> str:
    """The name of a task of HELM with the part that its keys name: "math algebra level 1". As listed where a key is
    neither that of a part nor a setting."""
    parts: list[str] = []
    for key, _, value in (each.partition("=") for each in told.split(",")):
        if key == "use_chain_of_thought":  # a way of prompting, which has a target of its own
            parts += ["CoT"] if value.lower() == "true" else []
        elif key in _PARTS_OF_HELM:
            parts += [] if value in _WHOLE_OF_HELM else [f"level {value}" if key == "level" else value]
        elif key not in _SETTINGS_OF_HELM:
            return listed
    if len(parts) == 1 and parts[0].startswith(f"{name}_"):  # "gpqa:subset=gpqa_diamond"
        return parts[0]
    return " ".join((name, *parts))


def _as_length(match: re.Match[str]) -> str:
    """A length of a context in thousands of tokens: "131072", "131,072 tokens", "128k context"."""
    number, thousands = match["number"], match["thousands"]
    behind = ")" if "(" in match["before"] else ""
    if thousands:
        return f"{match['before']}{thousands}{behind}" if match["unit"] else match[0]
    tokens = int(number.replace(",", ""))
    whole = {1_000_000: 1024, 2_000_000: 2048}.get(tokens, tokens // 1024 if tokens % 1024 == 0 else 0)
    if whole not in _LENGTHS:
        return match[0]
    return f"{match['before']}{f'{whole // 1024}M' if whole >= 1024 else f'{whole}K'}{behind}"


def _as_turn(match: re.Match[str]) -> str:
    return f"{match['before']}turn {_ORDINALS[match['which'].lower()]}{match['behind']}"


def _in_languages(listed: str, languages: Languages) -> str:
    """The name with a pair of languages by their codes, a language with a script or a country by its name."""
    if (of_fleurs := _CODE_OF_FLEURS.search(listed)) and (name := languages.long.get(of_fleurs[1])):
        return f"{listed[: of_fleurs.start()]} {name}"
    if pair := _PAIR.search(listed):
        one, other = languages.code(pair["one"]), languages.code(pair["other"])
        if one and other and one != other:
            return f"{listed[: pair.start()]}{one}-{other}{listed[pair.end() :]}"
    if (long := _LONG_CODE.search(listed)) and (name := languages.long.get(long[1])):
        is_own = languages.scripts.get(long[1]) == long[2]  # "hin_Latn" is another part than "hin_Deva"
        other = languages.locales.get(f"{long[1]}-{long[2]}".lower(), f"{name} {long[2]}")
        return f"{listed[: long.start()]} {name if is_own else other}"
    if locale := _LOCALE.search(listed):
        name = languages.locales.get(f"{locale['language']}-{locale['country']}".lower())
        if name:
            return f"{listed[: locale.start()]} {name}"
    return listed


def _is_folder(owner: str, name: str) -> bool:
    """Whether a path's first part is a harness, the owner whose name the data set's own begins with, or that of a data
    set with a name of its own: several letters and a number ("hrm8k"), two capitals, an end of benchmarks."""
    key = text.name_key(owner)
    if key in _FOLDERS or (len(owner) >= _SHORTEST_OWNER and _NAME_OF_ITS_OWN.fullmatch(name)):
        return True
    short = key.removesuffix("ai").removesuffix("benchmarks")
    return len(short) >= _SHORTEST_OWNER and text.name_key(name).startswith(short)


def _as_span(match: re.Match[str]) -> str:
    months = [_month_of(match, number) for number in (1, 2)]
    if None in months or (match["short1"] and "(" not in match["before"]):  # four digits may be anything
        return match[0]
    return f" ({months[0]}-{months[1]})"


def _as_span_of_one_year(match: re.Match[str]) -> str:
    one, other = MONTHS.get(match["one"].lower()), MONTHS.get(match["other"].lower())
    return f" ({match['year']}.{one}-{match['year']}.{other})" if one and other else match[0]


def _month_of(match: re.Match[str], number: int) -> str | None:
    """The month as "24.8", None where it is none."""
    if word := match[f"word{number}"]:
        month = MONTHS.get(word.lower())
        return f"{match[f'of{number}']}.{month}" if month else None
    short = match[f"short{number}"]
    year, month = (short[:2], int(short[2:])) if short else (match[f"year{number}"], int(match[f"month{number}"]))
    return f"{year}.{month}" if 1 <= month <= 12 else None


def in_a_language_by_its_long_code(listed: str, languages: Mapping[str, str]) -> str | None:
    """The name with the English name of a language for its code of three letters, or of two behind an underscore:
    "afrimmlu_hau", "xstorycloze_my".

    ``languages`` holds the names by the codes.
    """
    code = (
        _BARE_CODE.search(listed[-7:])
        if listed[-4:-3] in _BEFORE_CODES or listed[-1:] == ")" or listed[-3:-2] == "_"
        else None
    )
    language = languages.get(code[1]) if code and code[1] not in _WORDS_LIKE_CODES else None
    return f"{listed[: len(listed) - len(code[0])]} {language}" if code and language else None


def without_python(listed: str) -> str | None:
    """The name without Python among the phrases of its brackets, None where it is none of them.

    >>> without_python("AIME 2025 (python)"), without_python("FrontierMath (Tier 1-3, python)")
    ('AIME 2025', 'FrontierMath (Tier 1-3)')
    >>> without_python("AIME 2025 (Python 3)")
    """
    name, _, inner = listed.removesuffix(")").rpartition("(")
    phrases = [phrase.strip() for phrase in inner.split(",")]
    others = [phrase for phrase in phrases if phrase.lower() != "python"]
    if not name.strip() or len(others) == len(phrases):
        return None
    return f"{name}({', '.join(others)})" if others else name.rstrip()


def own_language(description: str, languages: Iterable[str]) -> str | None:
    """The one language that a benchmark is in by its description, None where it is in English or in several.

    >>> own_language("Chinese multiple choice over 67 subjects.", ["Chinese", "Korean"])
    'Chinese'
    >>> own_language("Questions of exams, in Spanish and Basque.", ["Spanish", "Basque"])
    """
    if _SPEAKS_OF_SEVERAL.search(description):
        return None
    spoken = set(re.findall(r"[A-Z]\w+", description))
    told = [language for language in languages if language in spoken]
    return told[0] if len(told) == 1 and told[0] != "English" else None


def without_language(words: str, language: str | None) -> str:
    """Words behind a benchmark's name without that of its one language: "Chinese web browsing"."""
    first, _, rest = words.partition(" ")
    return rest if language and rest and first == language else words


def stands_for(phrase: str, name: str) -> bool:
    """Whether a phrase is what the capitals at the end of a name stand for, or the short form of the name.

    >>> stands_for("Symbol Replacement", "MMLU-SR"), stands_for("CB", "CommitmentBank")
    (True, True)
    >>> stands_for("Question Answering", "MMLU-SR"), stands_for("Physics", "MMLU-P")
    (False, False)
    """
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    initials = "".join(word[0] for word in re.findall(r"[^\W\d_]+", phrase)).upper()
    last = re.split(r"[-_ ]", name)[-1]
    if len(last) > 1 and last.isupper() and last != name and last == initials:
        return True
    return (
        len(words) > 1 and phrase.isupper() and len(phrase) > 1 and phrase == "".join(word[0] for word in words).upper()
    )
