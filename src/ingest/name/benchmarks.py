"""Which benchmark a listed name means.

The steps, in order, each named in the result:

``alias``
    The name is written in the catalogue, or a reviewed decision names it.
``normalised``
    It is after spelling is set aside (:mod:`ingest.name.text`), or its base is and the conditions at its end are
    those of a catalogued benchmark: "MMMU_validation" is ``mmmu-val``.
``typo``
    One slip of the keyboard inside a long word away from exactly one catalogued name.
``ambiguous``
    It could be two things. It is never guessed: it stays apart under an id of its own.
``new``
    None of these. The id is made of the name alone, so that it never depends on what else was read.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from ingest.errors import IngestError
from ingest.knowledge.kept import kept
from ingest.name import text
from ingest.name.benchmark_beside import (
    Languages,
    in_a_language_by_its_long_code,
    own_language,
    stands_for,
    without_language,
    without_python,
    without_what_stands_beside,
)
from ingest.name.benchmark_catalogue import Benchmark, read_catalogue
from ingest.name.benchmark_cover import CoverIndex, CoverWords
from ingest.name.benchmark_file import added_benchmarks, benchmarks_file
from ingest.name.benchmark_groups import any_of, by_month, of_embeddings, suites_of, words_of_families
from ingest.name.benchmark_spelling import (
    FieldWords,
    explains,
    in_any_order,
    is_its_subject,
    is_measure,
    is_written_in_one_way,
    other_spellings,
    split_gloss,
    whole_of_part,
    without_its_maker,
)
from ingest.name.data import NameDecision, decisions
from ingest.name.qualifiers import NOTHING_STATED, Parsed, is_metric, parse, with_conditions
from ingest.name.typos import Vocabulary
from ingest.process import without_collecting


class ResolvedBenchmark(NamedTuple):
    """What a listed name was taken for.

    ``candidates`` are ids that it could be or that stand nearest. ``doubt`` says in a sentence why a person should
    look. ``states`` is what the name itself says of a score ("(val)": ``{"split": "validation"}``).
    """

    benchmark_id: str
    name: str
    family: str | None
    is_known: bool
    step: str
    candidates: tuple[str, ...] = ()
    doubt: str | None = None
    states: Mapping[str, Any] = NOTHING_STATED


def resolve_benchmarks(names: Iterable[str]) -> dict[str, ResolvedBenchmark]:
    """The benchmark that each distinct name means; a pure function of the name, the catalogue and the decisions.

    >>> found = resolve_benchmarks(["MMMUval", "MMMU (validation)", "MMMU"])
    >>> [found[name].benchmark_id for name in ("MMMUval", "MMMU (validation)", "MMMU")]
    ['mmmu-val', 'mmmu-val', 'mmmu']
    """
    index = _index()
    with without_collecting():
        return {name: index.resolve(name) for name in dict.fromkeys(names)}


@lru_cache(maxsize=8192)
def resolve_benchmark(name: str) -> ResolvedBenchmark:
    """The benchmark that one listed name means."""
    return resolve_benchmarks([name])[name]


def benchmark_catalogue() -> Mapping[str, Benchmark]:
    """Every catalogued benchmark by id."""
    return MappingProxyType(_index().catalogue)


def nearest_benchmarks(name: str, limit: int = 5) -> list[tuple[str, float]]:
    """Ids of the catalogued names that look most like ``name``, with a likeness of 0 to 100, best first."""
    return _index().names.nearest(text.name_key(name), limit)


class _Index:
    """The catalogue, indexed by each way in which a name may lead to a benchmark."""

    def __init__(self, catalogue: dict[str, Benchmark], decided: Iterable[NameDecision]) -> None:
        self.catalogue = catalogue
        said = benchmarks_file()
        self._words_of_families = words_of_families((row.family, row.name) for row in catalogue.values())
        self._category_words = said.category_words
        spelled = {b.benchmark_id: (b.benchmark_id, b.name, *b.aliases) for b in catalogue.values()}
        self.exact = text.invert(spelled) | {task: [row.id] for row in said.benchmarks for task in row.tasks}
        self.keys = text.invert({k: [text.name_key(n) for n in names] for k, names in spelled.items()})
        self.names = Vocabulary(spelled)
        for suite in said.suites:
            for member, name in itertools.product(suite.members, suite.written):
                for key in {text.name_key(f"{name} {each}") for each in spelled[member]}:
                    self.keys.setdefault(key, [member])
        embeddings = {row.benchmark_id for row in catalogue.values() if row.category == "embedding"}
        for key, members in (*by_month(spelled).items(), *of_embeddings(spelled, embeddings)):
            self.keys.setdefault(key, members)
        self._languages = {row.code: row.name for row in said.languages}
        self._languages_beside = Languages(
            {code: row.name for row in said.languages for code in row.long},
            {locale: row.name for row in said.languages for locale in row.locales},
            {
                written.lower(): row.code
                for row in said.languages
                for written in (row.code, row.name, *row.long, *row.spoken)
                if len(row.code) <= _LONGEST_CODE
            },
            {code: row.script for row in said.languages for code in row.long},
        )
        self._of_suites = {
            (text.name_key(name), member)
            for suite in said.suites
            for name, member in itertools.product(suite.written, suite.members)
        }
        self._field = FieldWords(
            self._languages,
            {word.lower(): row.code for row in said.languages for word in (row.name, *row.spoken)},
            {name: row.country for row in said.languages if row.country for name in (row.code, row.name)},
            said.topics,
            said.subjects,
            any_of(said.foreign_topics),
            said.measures,
            said.weak_measures,
            said.telling,
            suites_of(spelled, itertools.chain.from_iterable(suite.written for suite in said.suites)),
            said.boards,
            said.phrases,
        )
        self._reordered: dict[tuple[str, ...], str | None] = {}
        for identifier, names in spelled.items():
            parts = (text.tokens(text.fold(name)) for name in names)
            for words in {in_any_order(each, self._languages) for each in parts} - {None}:
                same = self._reordered.get(words or (), identifier) == identifier
                self._reordered[words or ()] = identifier if same else None
        self._words_in_any_order = frozenset(itertools.chain.from_iterable(self._reordered))
        self.undecidable = {text.name_key(row.name): row for row in said.ambiguous}
        self._forms: dict[str, list[tuple[str, str]]] = {}
        self._forms_written = tuple(_folded_form(form.written) for form in said.forms)
        for form in said.forms:
            written = _folded_form(form.written)
            self._forms.setdefault(written[:_FORM_START], []).append((written, form.meant))
        self.apart: dict[str, str] = {}
        for row in decided:
            self._decide(row)
        plain = CoverWords(said.measures, said.weak_measures, said.harness_words)
        certain = {key: found for key, found in self.keys.items() if key not in self.undecidable}
        self._covers = CoverIndex(certain, spelled, plain)
        self.conditioned: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for identifier, names in spelled.items():
            for name in names:
                parsed = parse(name, self._is_base)
                for base in self.keys.get(parsed.base, ()) if parsed.conditions else ():
                    found = self.conditioned.setdefault((base, parsed.conditions), [])
                    if identifier not in found:
                        found.append(identifier)

    def _decide(self, decision: NameDecision) -> None:
        key, target = text.name_key(decision.name), decision.same_as
        if target is None:
            self.apart[key] = decision.reason
        elif target in self.catalogue:
            self.exact[decision.name] = [target]
            self.keys[key] = [target]
        else:
            raise IngestError(f"the decision on {decision.name!r} names no known benchmark: {target!r}")

    def _is_base(self, base_key: str) -> bool:
        return base_key in self.keys

    def resolve(self, name: str) -> ResolvedBenchmark:
        """The benchmark that a listed name means: as it is written, else as it may be written otherwise."""
        listed = text.collapse(name)
        exact = self.exact.get(name) or self.exact.get(listed) or ()
        if len(exact) == 1:
            return self._known(exact[0], "alias")
        parsed = parse(listed, self._is_base)
        if parsed.whole not in self.keys and parsed.whole not in self.undecidable and parsed.whole not in self.apart:
            plain = without_what_stands_beside(listed, self._languages_beside)
            if plain != listed:
                return self.resolve(plain)
        found = self._resolve(listed, parsed)
        if found.is_known or found.step == "ambiguous" or len(listed) > text.LONGEST_NAME:
            return found
        if parsed.outside is not None and found.family is None:
            return self._as_without_conditions(found, listed, parsed)
        return self._read_otherwise(listed, parsed, found)

    def _read_otherwise(self, listed: str, parsed: Parsed, found: ResolvedBenchmark) -> ResolvedBenchmark:
        """What a name means that leads to nothing as it is written (``found``)."""
        has_no_sign = _has_no_sign(listed)
        if has_no_sign and self._is_written_in_one_way(listed, parsed.parts):
            first = list(self._in_another_order(listed, parsed.parts))
        else:
            first = list(dict.fromkeys(self._otherwise(listed, parsed.parts)))
        found = self._meant_by(first, listed, found) if first else found
        if found.is_known or found.family is not None:
            return found
        for written in first[:_MOST_OTHERWISE]:  # two rules may have met
            again = self._meant_by(self._otherwise(written, text.tokens(text.fold(written))), listed, found)
            if again.is_known:
                return again
            if found.family is None and again.family is not None:  # a target of its own of a known benchmark
                found = again
        if found.family is not None:
            return found
        if has_no_sign:
            return (
                self._covered(listed, parsed)
                or self._other_version(listed, parsed)
                or self._by_its_name(found, parsed)
                or found
            )
        return (
            self._explained(listed)
            or self._part_in_brackets(listed)
            or self._ambiguous_behind_its_owner(listed)
            or self._covered(listed, parsed)
            or self._other_version(listed, parsed)
            or self._with_python(listed)
            or self._measured(listed)
            or self._by_its_name(found, parsed)
            or found
        )

    def _as_without_conditions(self, found: ResolvedBenchmark, listed: str, parsed: Parsed) -> ResolvedBenchmark:
        """A name with conditions in brackets alone: what the name without them means, with these.

        ``found`` stands where the name without them is a slip of the keyboard.
        """
        plain = self.resolve(parsed.outside or listed)
        if plain.step == "typo":
            return found
        if plain.is_known:
            meant = self._with_conditions(listed, parsed._replace(base=text.name_key(plain.name)))
            return meant._replace(states={**plain.states, **meant.states})
        made = text.shorten("-".join((plain.benchmark_id, *parsed.id_parts)))
        return plain._replace(benchmark_id=made, name=listed, states={**plain.states, **parsed.states})

    def _meant_by(self, names: Iterable[str], listed: str, found: ResolvedBenchmark) -> ResolvedBenchmark:
        """What the first of the names that is known means; else ``found``, or a target of its own of a known
        benchmark: "MMBench_TEST_CN"."""
        for written in names:
            exact = self.exact.get(written, ())
            if len(exact) == 1:
                return self._known(exact[0], "normalised")
            meant = self._resolve(written, parse(written, self._is_base))
            if meant.is_known and meant.step != "typo":
                return meant._replace(step="normalised")
            if found.family is None and meant.family is not None and not meant.is_known:
                found = meant._replace(name=listed)
        return found

    def _part_in_brackets(self, listed: str) -> ResolvedBenchmark | None:
        """The catalogued part that stands in brackets behind the name of the whole: "SealQA (Seal-0)"."""
        found = split_gloss(listed) if "(" in listed else None
        if found is None:
            return None
        whole = self.keys.get(text.name_key(found[0]), [])
        part = self.keys.get(text.name_key(found[1]), []) if len(whole) == 1 else []
        if len(part) != 1:
            return None
        one, other = self.catalogue[whole[0]], self.catalogue[part[0]]
        is_head = other.name == other.family != one.name  # "AfriMMLU (IrokoBench)" has its suite in brackets
        return self._known((whole if is_head else part)[0], "normalised") if one.family == other.family else None

    def _ambiguous_behind_its_owner(self, listed: str) -> ResolvedBenchmark | None:
        """A name that fits several benchmarks, behind the owner of the data set: "openai/graphwalks"."""
        row = self.undecidable.get(text.name_key(listed.rpartition("/")[2])) if "/" in listed else None
        if row is None or " " in listed:
            return None
        return self._unknown(listed, parse(row.name, self._is_base), "ambiguous", row.could_be, row.reason)

    def _other_version(self, listed: str, parsed: Parsed) -> ResolvedBenchmark | None:
        """A version of a known benchmark that the catalogue does not have, under the benchmark's own id whatever its
        name is: "TB 4.7" and "Terminal-Bench v4.7"."""
        may_end_in_one = listed[-1:].isdecimal() or listed[-1:] == ")"
        version = _VERSION.search(listed) if may_end_in_one and parsed.base == parsed.whole else None
        if version is None or parsed.whole in self.apart:
            return None
        before = listed[: version.start()]
        others = tuple(self._in_other_forms(before))
        own = (before,) if others or self._covers.may_begin(parsed.parts) else ()
        named = (self.keys.get(text.name_key(name), ()) for name in (*own, *others))
        base = next((self.catalogue[found[0]] for found in named if len(found) == 1), None)
        if base is None or base.states:
            return None
        made = text.shorten(f"{base.benchmark_id}-{version[1]}")
        if made in self.catalogue:
            return None
        return ResolvedBenchmark(made, listed, base.family, False, "new", (base.benchmark_id,))

    def _by_its_name(self, found: ResolvedBenchmark, parsed: Parsed) -> ResolvedBenchmark | None:
        """An unknown name behind another name of a known benchmark, under its own: "LCB Nuovo"."""
        parts = parsed.parts if parsed.base == parsed.whole else text.tokens(text.fold(parsed.base_text))
        begun = self._covers.at_start(parts) if found.step == "new" and len(parts) > 1 else None
        if begun is None or parsed.whole in self.apart:
            return None
        identifier, end = begun
        named = text.tokens(text.fold(self.catalogue[identifier].name))
        if [*parts[:end]] == named:
            return None
        made = text.shorten("-".join((text.slug(text.key((*named, *parts[end:]))), *parsed.id_parts)))
        return found._replace(benchmark_id=made) if made not in self.catalogue else None

    def _covered(self, listed: str, parsed: Parsed) -> ResolvedBenchmark | None:
        """The benchmark whose names, with conditions and words that tell nothing, are the whole of a listed name."""
        if parsed.whole in self.apart:
            return None
        cover = self._covers.cover(
            listed, parsed.parts, lambda identifier: self._telling_in(self.catalogue[identifier])
        )
        if cover is None:
            return None
        base = text.name_key(self.catalogue[cover.benchmark_id].name)
        return self._with_conditions(listed, with_conditions(parsed, base, cover.conditions))

    def _explained(self, listed: str) -> ResolvedBenchmark | None:
        """A known benchmark whose name is followed by words of its own description."""
        for written in dict.fromkeys((listed, unicodedata.normalize("NFKC", listed))):
            if (found := split_gloss(written)) is None:
                continue
            meant = self._resolve(found[0], parse(found[0], self._is_base))
            if meant.is_known and meant.step != "typo":
                row = self.catalogue[meant.benchmark_id]
                told = f"{row.description} {row.name} {' '.join(row.aliases)} {row.category}".lower()
                known_words = frozenset(_LETTERS.findall(told))
                if all(self._is_named_by(each, found[0], row) for each in found[1].split(", ")):
                    return meant._replace(step="normalised")
                if (whole := whole_of_part(*found, known_words)) and row.name != row.family == self.resolve(whole).name:
                    return meant._replace(step="normalised")  # "GPQA Diamond (hardest subset of GPQA)"
                words = without_language(found[1], own_language(row.description, self._languages.values()))
                says_no_more = self._is_its_category(found[1], row) or (
                    text.name_key(found[0]) not in self._field.suites
                    and (
                        explains(words, known_words, self._field)
                        or is_its_subject(found[1], row.description, self._field)
                    )
                )
                if says_no_more and self._telling_in(row).isdisjoint(_LETTERS.findall(found[1].lower())):
                    return meant._replace(step="normalised")
        return None

    def _with_python(self, listed: str) -> ResolvedBenchmark | None:
        """A known benchmark of no code, with Python as a tool in brackets: "FrontierMath (Tier 1-3, python)".

        Behind a benchmark of code it is a language: "MBPP (Python)".
        """
        rest = without_python(listed) if listed.endswith(")") else None
        plain = self.resolve(rest) if rest else None
        if plain is None or not plain.is_known or self.catalogue[plain.benchmark_id].category not in _NOT_IN_CODE:
            return None
        return plain._replace(step="normalised", states={**plain.states, "tools": "used"})

    def _measured(self, listed: str) -> ResolvedBenchmark | None:
        """An unknown benchmark with its metric in brackets, under the id of its plain name."""
        gloss = split_gloss(listed) if listed.endswith(")") else None
        if gloss is None or not (is_measure(gloss[1], self._field) or is_metric(gloss[1])):
            return None
        plain = self.resolve(gloss[0])
        states = {"metric": _NO_WORD.sub("_", gloss[1].lower()).strip("_"), **plain.states}
        return None if plain.is_known else plain._replace(states=states)

    def _is_named_by(self, phrase: str, name: str, row: Benchmark) -> bool:
        """Whether a phrase beside a benchmark's name is another name of it, its suite, or its one language."""
        key = text.name_key(phrase)
        forms = {text.name_key(form) for form in self._in_other_forms(phrase)}
        is_name = any(self.keys.get(each) == [row.benchmark_id] for each in (key, *forms))
        is_name = is_name or (key, row.benchmark_id) in self._of_suites
        return is_name or stands_for(phrase, name) or self._is_own_language(phrase.lower(), row)

    def _is_own_language(self, words: str, row: Benchmark) -> bool:
        """Whether words name the one language of a benchmark, alone or with its category: "HRM8K (Korean math)".

        Of a benchmark in several languages, "multilingual" says no more.
        """
        own = own_language(row.description, self._languages.values())
        first, _, kind = words.replace("-", " ").removeprefix("traditional ").partition(" ")
        if words == row.category == "multilingual":
            return True
        return own is not None and first == own.lower() and (not kind or self._is_its_category(kind, row))

    def _is_its_category(self, word: str, row: Benchmark) -> bool:
        """Whether a word says of what kind the benchmark is: "APPS (Code)". Not where a word of that kind names a part
        in the catalogue, as in ``olympiadbench-math``."""
        words = self._category_words.get(row.category, frozenset())
        return word.lower() in words and self._telling_in(row).isdisjoint(words)

    def _telling_in(self, row: Benchmark) -> frozenset[str]:
        """Words that tell the other benchmarks of a family from this one: "long" and "subtitles" of Video-MME."""
        return self._words_of_families[row.family] - frozenset(_LETTERS.findall(row.name.lower()))

    def _otherwise(self, listed: str, parts: Sequence[str]) -> Iterator[str]:
        """The names that a listed one may stand for: forms of the field, spellings, the words in another order."""
        for meant in self._in_other_forms(listed):
            yield meant
            yield from other_spellings(meant, self._field)
        for meant in other_spellings(listed, self._field):
            yield meant
            yield from self._in_other_forms(meant)
        yield from self._in_another_order(listed, parts)

    def _is_written_in_one_way(self, listed: str, parts: Sequence[str]) -> bool:
        """Whether neither a form of the field nor a rule of spelling acts on a name without any sign."""
        begins_with_a_form = _folded_form(listed).startswith(self._forms_written)
        return not begins_with_a_form and is_written_in_one_way(listed, parts, self._field)

    def _in_another_order(self, listed: str, parts: Sequence[str]) -> Iterator[str]:
        """The name by the long code of a language, with its words in another order, and without its maker's name."""
        if coded := in_a_language_by_its_long_code(listed, self._languages_beside.long):
            yield coded
        words = in_any_order(parts, self._languages) if self._words_in_any_order.issuperset(parts) else None
        if words and (one := self._reordered.get(words)):
            yield one
        if rest := without_its_maker(listed, self._field.boards):
            yield rest

    def _in_other_forms(self, listed: str) -> Iterator[str]:
        """The name with a short or long form of the field at its start changed for the other."""
        folded = _folded_form(listed)
        for written, meant in self._forms.get(folded[:_FORM_START], ()):
            if folded.startswith(written) and not folded[len(written) : len(written) + 1].isalnum():
                yield meant + listed[len(written) :]

    def _resolve(self, listed: str, parsed: Parsed) -> ResolvedBenchmark:
        if row := self.undecidable.get(parsed.whole):
            return self._unknown(listed, parsed, "ambiguous", row.could_be, row.reason)
        if found := self.keys.get(parsed.whole, []):
            if len(found) == 1:
                return self._known(found[0], "normalised")
            return self._unknown(listed, parsed, "ambiguous", tuple(found), _SEVERAL)
        if parsed.base != parsed.whole and parsed.whole not in self.apart:
            return self._with_conditions(listed, parsed)
        return self._slip_or_new(listed, parsed)

    def _with_conditions(self, listed: str, parsed: Parsed) -> ResolvedBenchmark:
        bases = self.keys.get(parsed.base, ())
        if parsed.base in self.undecidable or len(bases) > 1:
            could_be = tuple(bases) or self.undecidable[parsed.base].could_be
            return self._unknown(listed, parsed, "ambiguous", could_be, "its base could be several benchmarks")
        if not bases:
            return self._near_base(listed, parsed)
        base = self.catalogue[bases[0]]
        each = () if parsed.id_parts else tuple((one,) for one in parsed.conditions)
        for conditions in (parsed.conditions, *each, parsed.id_parts):  # a target may be catalogued with all or one
            found = self.conditioned.get((base.benchmark_id, conditions), []) if conditions else [base.benchmark_id]
            if len(found) == 1:
                return self._known(found[0], "normalised", stated=parsed.states)
            if found:
                return self._unknown(listed, parsed, "ambiguous", tuple(found), _SEVERAL)
        if own := next((part for part in parsed.id_parts if self._is_own_language(part, base)), None):
            others = tuple(part for part in parsed.conditions if part != own)
            id_parts = tuple(part for part in parsed.id_parts if part != own)
            return self._with_conditions(listed, parsed._replace(conditions=others, id_parts=id_parts))
        made = text.shorten("-".join((base.benchmark_id, *parsed.id_parts)))
        if made in self.catalogue:  # an id that reads like this one but means something else
            made = "listed-" + made
        states = {**base.states, **parsed.states}
        return ResolvedBenchmark(made, listed, base.family, False, "new", (base.benchmark_id,), None, states)

    def _near_base(self, listed: str, parsed: Parsed) -> ResolvedBenchmark:
        """A name with conditions whose base is not catalogued as it is written."""
        written = " ".join((parsed.base_text, *parsed.id_parts))
        same = self.keys.get(text.name_key(written), [])
        if len(same) == 1:  # "TLDR9+ (test, 1-shot)", where the catalogue has "TLDR9+ (test)" alone
            return self._known(same[0], "normalised", stated=parsed.states)
        meant = self.names.one_slip(parsed.base, parsed.base_text)
        if len(meant) == 1 and not parsed.id_parts:
            [target] = self.conditioned.get((meant[0], parsed.conditions), meant)[:1]
            return self._known(target, "typo", f"read as a slip of the keyboard for {target}", parsed.states)
        doubt = f"near {', '.join(meant)}, with conditions in its name" if meant else None
        return self._unknown(listed, parsed, "new", tuple(meant), doubt)

    def _slip_or_new(self, listed: str, parsed: Parsed) -> ResolvedBenchmark:
        meant = [] if parsed.whole in self.apart else self.names.one_slip(parsed.whole, parsed.base_text)
        if not meant:
            return self._unknown(listed, parsed, "new", (), None)
        if len(meant) == 1:
            return self._known(meant[0], "typo", doubt=f"read as a slip of the keyboard for {meant[0]}")
        return self._unknown(listed, parsed, "ambiguous", tuple(meant), "a slip of the keyboard from several")

    def _known(
        self, identifier: str, step: str, doubt: str | None = None, stated: Mapping[str, Any] = NOTHING_STATED
    ) -> ResolvedBenchmark:
        row = self.catalogue[identifier]
        candidates = (identifier,) if doubt else ()
        states = {**stated, **row.states}
        return ResolvedBenchmark(identifier, row.name, row.family, True, step, candidates, doubt, states)

    def _unknown(
        self, listed: str, parsed: Parsed, step: str, candidates: tuple[str, ...], doubt: str | None
    ) -> ResolvedBenchmark:
        made = text.slug(parsed.base) if parsed.base else text.slug(parsed.whole or "")
        if not parsed.base:
            made = "unnamed-" + text.digest(listed)
        if parsed.id_parts:
            made = text.shorten("-".join((made, *parsed.id_parts)))
        if made in self.catalogue:  # an id that reads like this one but means something else
            made = "listed-" + made
        return ResolvedBenchmark(made, listed, None, False, step, candidates, doubt, parsed.states)


def _has_no_sign(name: str) -> bool:
    """Whether a name is of letters, numbers and blanks alone, so that no rule of brackets, colons and paths applies."""
    return name.isascii() and name.replace(" ", "").isalnum()


def _folded_form(name: str) -> str:
    """A name for the search of forms: "mgsm_direct_de" and "MGSM direct de" begin alike."""
    return name.casefold().replace("_", " ")


_VERSION = re.compile(r"(?<=[^\W\d])[ _-]{0,2}\(?v?(\d{1,2}(?:\.\d{1,2}){0,2})\)?$", re.IGNORECASE)
"""The number of a version at the end of a name. Longer ones are years, lengths and sizes."""


_NOT_IN_CODE = frozenset({"mathematics", "knowledge", "reasoning", "multimodal", "domain"})
"""Categories whose benchmarks ask for no code, so that Python can only be a tool."""

_LETTERS = re.compile(r"[^\W\d_]+")
_NO_WORD = re.compile(r"[^\w@^]+")
_MOST_OTHERWISE = 12
"""Names for which a second rule is tried; a listed name has one or two."""
_FORM_START = 2
"""Letters by which forms are told apart at first."""


@cache
def _index() -> _Index:
    others, decided = added_benchmarks(), decisions("benchmarks")
    return kept("benchmarks", lambda: _made_index(decided), others, decided)


def _made_index(decided: tuple[NameDecision, ...]) -> _Index:
    index = _Index(read_catalogue(), decided)
    index.names.prepare()
    return index


def forget_decisions() -> None:
    """Reads the decisions anew at the next call, after a review wrote one."""
    _index.cache_clear()
    resolve_benchmark.cache_clear()


_LONGEST_CODE = 3
_SEVERAL = "the spelling fits several benchmarks"
