"""What single words show by themselves: signs, shapes, markup, and how far they lie from what benchmarks speak of."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from ingest.describe.cohesion import fit, is_common
from ingest.describe.tables import grading_word, tables

_SENTENCE_END = re.compile(r"[.!?…。！？][)\"'”’*\]]{0,3}$")
_ITEM = re.compile(r"^\(?\d{1,2}[.)]$")
_BULLETS = frozenset("•▪‣◦●*·➤✓✔✅❌→")
_SUSPECT = re.compile(r"[`$\\{}<>=*#|~^]|---|\([\"']|https?:|www\.")
_MARKUP = re.compile(
    r"`|\{\s*\"|\"\s*[:}]|</?[a-z][^<>]{0,40}>|<\||\|>|\[/?inst\]|\\[a-z]+|\\[()\[\]]"
    r"|^[a-z_.]{1,40}\([\"']|^=>$"
    r"|\*\*|^\(?#{1,6}$|^[|:]*---+[-|:]*$|^\*[^*]+\*?$|^[^*]+\*$|[;{}]$"
)
_TEMPLATE = re.compile(
    r"<\|[a-z_]+\|>|\[/?inst\]|<</?sys>>|^\[(?:system|user|assistant|human|ai)\]|^###$|<(?:thinking|think|s)>|</(?:thinking|think|s)>"
)
_LATEX = re.compile(r"^\$[^$]+\$|\$$|^\$(?!\d)|\\(?:frac|sqrt|times|cdot|boxed|text|left|right|sum|int)")
_LINK = re.compile(r"https?:|www\.")
_EQUATION = re.compile(r"^[(\[]?(\w{1,12})=[-\d.]+[)\],.;]*$")
DASHES = frozenset("-–—")
RECORDS = frozenset({"record", "citation"})
_FRACTION = re.compile(r"\d/|/\d|[★☆⭐]{2}|^/$")
EDGES = "\"'`*#<>[](){}|_~“”‘’«»【】「」-–—"
_SHAPE = re.compile(
    r"(?P<clock>\b\d{1,2}:\d\d(?::\d\d)?\b)"
    r"|(?P<key>^[{\[(]*['\"][^'\"]{1,60}['\"]:)"
    r"|(?P<quoted>^[{\[(]*['\"][^'\"]{1,60}['\"][\])}]*,$)"
    r"|(?P<css>^(?:-?\d[\d.]*(?:px|em|rem|%|vh|vw|pt)?|#[0-9a-fA-F]{3,8}|none|auto|flex|block|hidden|inherit|fixed|absolute"
    r"|relative|center|bold);$)"
    r"|(?P<prompt>^(?:>>>|\$|#!/.{1,40})$)"
    r"|(?P<bracket>^\[[a-z][a-z=-]{1,30}\]$)"
    r"|(?P<tag>^\[(?:[A-Z]{3,}|[a-z]{2,12}-\d{1,4})\]$)"
    r"|(?P<path>^[.~]{0,3}/[\w.-]{2,40}/[\w./-]{1,80}$)"
    r"|(?P<option>^--+[A-Za-z0-9][A-Za-z0-9-]{1,60})"
    r"|(?P<operator>^(?:&&|\|\||==|!=|\+=|-=|\*=|=>|->|::|>=|<=)$|[a-z_]\(\)|[a-z_]\[[^\]]{1,20}\]|\){|\);|'\]|&&)"
    r"|(?P<keyword>^(?:SELECT|FROM|WHERE|INSERT|INTO|UPDATE|DELETE|JOIN|GROUP|ORDER|LIMIT|VALUES|CREATE|ALTER|DESC"
    r"|ERROR|WARN|WARNING|DEBUG|FATAL|TRACE)[,:;]?$)"
    r"|(?P<pages>^(?:pp|vol|eds?|doi|isbn|issn)\.?:?$|^doi:|^\(?\d{1,4}\(\d{1,3}\)|^\d{1,4}:\d{1,5}-\d{1,5}[.,]?$)"
    r"|(?P<initial>^[A-Z]\.[,;]?$)"
    r"|(?P<year>^\((?:1[5-9]|20)\d\d[a-z]?\)[.,:;]?$)"
    r"|(?P<member>^[({\[]*[a-z_]{2,20}\.[a-z_]{2,20}(?:\.[a-z_]{1,20})?(?:\(.{0,60})?[,;:)]*$)"
    r"|(?P<header>^[A-Z][A-Za-z]{1,20}(?:-[A-Z][A-Za-z]{1,20}){1,4}:$)"
    r"|(?P<blob>^[A-Za-z0-9+/=]{28,}$)"
    r"|(?P<elision>^(?:c|d|j|l|m|n|qu|s|t)['’](?:[aeiouyhàâéèêëîïôûü][a-zàâéèêëîïôûüç]{1,20})[,.;:]?$)"
    r"|(?P<call>^[a-z_]{2,30}\([a-z_0-9, '\"]{0,40}\)[:;,.]*$)"
    r"|(?P<camel>^[a-z]{3,20}[A-Z][a-z]{2,20}[(;,.:)]*)"
)
"""Words that records, logs, shells and programs are written with; the weights stand under `shapes` in leaks.yaml."""
_SHORT = 4
"""Characters of a word that may be an abbreviation: "pp.", "R."."""
_AROUND = "()[].,;:!?\"'*“”"
_SIGNS = '=<>{}[]\\|#$^~*;"'
"""Signs that programs and markup are full of. Around a word they may be quotes or brackets."""


class Traits(NamedTuple):
    """What a word shows by itself: computed once for each distinct word."""

    marks: tuple[tuple[float, str], ...]
    core: str | None
    bare: str
    template: bool
    sentence_end: bool
    returns: bool
    item: bool
    opening: str
    plain: str
    graded: bool
    special: bool
    recorded: bool
    starts: bool
    ends: bool
    strange: float
    verbal: bool
    rare: bool


@lru_cache(maxsize=32_768)
def traits(word: str) -> Traits:
    """What ``word`` shows by itself."""
    low = word.lower()
    marks = _punctuation(word) + (_markup(word, low) if _SUSPECT.search(word) else ()) or _shape(word)
    opening = ""
    if word[0] in '([{<"“«*#`—–':
        opening = "bracket"
    elif word[0].isupper():
        plain = low.rstrip(",.;:!?")
        if plain in tables().words or plain in tables().dangling or is_common(plain):
            opening = "capital"
        elif word[1:].islower():
            opening = "name"
    core = _before_colon(word)
    item = word in _BULLETS or (len(word) < 5 and _ITEM.match(word) is not None)
    template = ("[" in word or _SUSPECT.search(word) is not None) and _TEMPLATE.search(low) is not None
    bare = word.strip(EDGES + ".")
    bare = bare if bare in tables().bare else ""
    plain = low.strip(".,;:!?()[]\"'*")
    graded = _FRACTION.search(word) is not None or grading_word().fullmatch(plain) is not None
    sentence_end = _SENTENCE_END.search(word) is not None
    recorded = any(kind in RECORDS for _, kind in marks)
    return Traits(
        marks,
        core,
        bare,
        template,
        sentence_end,
        sentence_end or word[-1] in ":：",
        item,
        opening,
        plain,
        graded,
        graded or bool(marks) or core is not None or bool(bare) or template or item or word in DASHES or word == "|",
        recorded,
        bool(item or opening or marks or word[0].isdigit() or word[0] == "["),
        sentence_end or not word[-1].isalnum(),
        *fit(plain, capital=word[0].isupper()),
    )


def _before_colon(word: str) -> str | None:
    """What stands before a colon that ends the word or stands inside it ("AI:hello"), in lower case.

    None without a colon, and "" where the colon stands alone: then the word before it counts.
    """
    if ":" not in word and "：" not in word:
        return None
    body = word.rstrip("*_\"'”)]")
    if body[-1:] in (":", "："):
        return body[:-1].strip(EDGES).lower()
    head = re.split("[:：]", word, maxsplit=1)
    if head[1][:1].isalpha() and not head[0].lower().startswith("http"):
        return head[0].strip(EDGES).lower() or None
    return None


def _punctuation(word: str) -> tuple[tuple[float, str], ...]:
    """Questions, exclamations, empty quotes and signs left standing where words fell out."""
    end = word[-1]
    if end in "?？":
        return ((2.2, "running_text"),)
    if end in "!！":
        return ((1.8, "running_text"),)
    if len(word) == 1 and end in ":,.;=":
        return ((1.3, "word_salad"),)
    if len(word) <= 4 and ('""' in word or "''" in word or "“”" in word or "«»" in word or "()" in word):
        return ((2.5, "word_salad"),)
    return ()


def _markup(word: str, low: str) -> tuple[tuple[float, str], ...]:
    """Code, JSON, chat templates, emphasis, links, LaTeX and equations."""
    equation = _EQUATION.match(low)
    if equation:
        return () if equation[1] in tables().parameters else ((2.0, "worked_problem"),)
    if _LATEX.search(low):
        return ((2.4, "worked_problem"),)
    if _LINK.search(low):
        return ((1.5, "link"),)
    if _MARKUP.search(low):
        return ((4.0 if "`" in word or "#" in word else 3.2, "markup"),)
    return ((0.7, "worked_problem"),) if word == "=" else ()


def _is_row(fields: list[str]) -> bool:
    """Whether these are fields of a record: none of the first is empty, and one is a word."""
    return all(fields[:3]) and any(one[0].isalpha() for one in fields if one)


def _shape(word: str) -> tuple[tuple[float, str], ...]:
    """The shape of a word of records, logs, shells and programs."""
    if any(word.count(sign) > 1 and _is_row(word.split(sign)) for sign in ",;"):
        return (tables().shapes["record"],)
    if word.isalpha() or word[:-1].isalpha():
        match = _SHAPE.match(word) if len(word) < _SHORT or not (word.islower() or word.istitle()) else None
    else:
        match = _SHAPE.search(word)
    if match is None or match.lastgroup is None:
        core = word.strip(_AROUND)
        signs = sum(core.count(sign) for sign in _SIGNS)
        return (tables().shapes["signs"],) if signs > 1 and not core.replace("*", "").isalnum() else ()
    name = next(name for name, found in match.groupdict().items() if found is not None)
    return (tables().shapes[name],)
