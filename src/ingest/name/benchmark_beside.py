"""What stands beside a benchmark's name and is no part of it, whether the catalogue has the benchmark or not.

A source of the benchmark ("(Hendrycks et al., 2021)"), the scale of its marks ("(avg. /5)"), the folder of the harness
that has it ("inspect_evals/coconot"), an owner whose name the data set repeats ("elyza/ELYZA-tasks-100"). A span of
months is written one way ("2408–2505", "Aug 2024 – May 2025").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ingest.name import text
from ingest.name.endings import MONTHS

_NAME = r"[^\W\d_][\w'’-]{1,20}"
_YEAR = r"(?:19|20)\d\d[a-z]?"
_CITED = re.compile(rf" ?[(\[]{_NAME}(?: et al\.?(?:,? ?{_YEAR})?|,? (?:and|&) {_NAME}, {_YEAR})[)\]](?=$| ?[(\[])")
"""Who published the benchmark, in brackets: a name with "et al.", or two names and a year; not "(November 2025)"."""

_OUT_OF = re.compile(r" ?\((?:(?:avg|average|mean|score)\.?,? ?)?(?:out of |/ ?)(?:5|10|100)\)$", re.IGNORECASE)

_MONTH = (
    r"(?:(?P<word{0}>[A-Za-z]{{3,9}})\.?,? ?['’]?(?:20)?(?P<of{0}>2\d)"
    r"|(?:20)?(?P<year{0}>2\d)[-./](?P<month{0}>[01]?\d)|(?P<short{0}>2\d[01]\d))"
)
_SPAN = re.compile(
    rf"(?P<before> ?\(|[ _]){_MONTH.format(1)} ?(?:–|—|-|~| to |to) ?{_MONTH.format(2)}(?P<behind>\)|$)", re.IGNORECASE
)

_TWO_YEARS = re.compile(r"2\d[^–—~-]{0,12}(?:[–—~-]| to )[^–—~-]{0,12}2\d")
"""What a span of months has; the short test."""

_OWNED = re.compile(r"([\w.-]{2,40})/([\w.+-]{2,80})")
_SHORTEST_OWNER = 4
_FOLDERS = frozenset(
    text.name_key(word)
    for word in ("inspect_evals", "lm_eval", "lighteval", "evalscope", "opencompass", "helm", "vlmevalkit", "lmms_eval")
)
"""Programs that run the benchmarks of others, whose folder stands before the name of a task."""

_LONG_CODE = re.compile(r"[ _-]([a-z]{3})_(?:Latn|Cyrl|Arab|Deva|Beng|Grek|Hebr|Hang|Jpan|Thai|Taml|Telu|Hans)$")

_SPEAKS_OF_SEVERAL = re.compile(r"\b(?:languages?|translat\w*|dialects?|into|multilingual)\b")


def without_what_stands_beside(listed: str) -> str:
    """A listed name without a source, a scale and a folder, a span of months written one way.

    >>> without_what_stands_beside("ETHICS (Hendrycks et al., 2021)"), without_what_stands_beside("X-Bench (avg. /5)")
    ('ETHICS', 'X-Bench')
    >>> without_what_stands_beside("LCB v6 (Aug 2024 – May 2025)"), without_what_stands_beside("elyza/ELYZA-tasks-100")
    ('LCB v6 (24.8-25.5)', 'ELYZA-tasks-100')
    """
    found = listed
    if "(" in listed or "[" in listed:
        if "et al" in listed or "&" in listed or " and " in listed:
            found = _CITED.sub("", found)
        if "/" in listed or "ut of" in listed:
            found = _OUT_OF.sub("", found)
    if "/" in found and (owned := _OWNED.fullmatch(found)) and _is_folder(owned[1], owned[2]):
        found = owned[2]
    if _TWO_YEARS.search(found):
        found = _SPAN.sub(_as_span, found)
    return found if any(map(str.isalnum, found)) else listed


def _is_folder(owner: str, name: str) -> bool:
    """Whether a path's first part is a harness, or the owner whose name the data set's own begins with."""
    key = text.name_key(owner)
    if key in _FOLDERS:
        return True
    short = key.removesuffix("ai").removesuffix("benchmarks")
    return len(short) >= _SHORTEST_OWNER and text.name_key(name).startswith(short)


def _as_span(match: re.Match[str]) -> str:
    months = [_month_of(match, number) for number in (1, 2)]
    if None in months or (match["short1"] and "(" not in match["before"]):  # four digits may be anything
        return match[0]
    return f" ({months[0]}-{months[1]})"


def _month_of(match: re.Match[str], number: int) -> str | None:
    """The month as "24.8", None where it is none."""
    if word := match[f"word{number}"]:
        month = MONTHS.get(word.lower())
        return f"{match[f'of{number}']}.{month}" if month else None
    short = match[f"short{number}"]
    year, month = (short[:2], int(short[2:])) if short else (match[f"year{number}"], int(match[f"month{number}"]))
    return f"{year}.{month}" if 1 <= month <= 12 else None


def in_a_language_by_its_long_code(listed: str, languages: Mapping[str, str]) -> str | None:
    """The name with the English name of a language for its code of three letters and its script: "belebele_fra_Latn".

    ``languages`` holds the names by the codes.
    """
    code = _LONG_CODE.search(listed)
    language = languages.get(code[1]) if code else None
    return f"{listed[: code.start()]} {language}" if code and language else None


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
