"""Read the references to footnotes from a note."""

from __future__ import annotations

from ingest.describe.atoms import View
from ingest.describe.vocabulary import spelling


def read_footnotes(view: View, levels: list[int], stated: int) -> list[str]:
    """References to footnotes: [4], [2, 5], footnotes 2 and 5, note 3, a superscript mark.

    Their atoms get the level ``stated``.
    """
    words, unmarked = spelling().footnotes.words, spelling().footnotes.unmarked
    texts, values = view.texts, view.values
    found: list[int] = []
    if "[" not in texts and unmarked.isdisjoint(texts) and ("{mark}",) not in view.keys:
        return []
    position = 0
    while position < len(texts):
        start, text = position, texts[position]
        position += 1
        if "{mark}" in view.keys[start]:
            found.append(values[start] or 0)
            levels[start] = stated
            continue
        bracket = text == "["
        if not bracket and text not in unmarked:
            continue
        if not bracket:
            while position < len(texts) and texts[position] in ("under", "no", "#", ".", "nr", "number", ":", "s"):
                position += 1
            if position < len(texts) and texts[position] in ("[", "("):
                continue_at = position
                bracket = True
                position = continue_at + 1
        refs, position = _references(view, position)
        closed = position < len(texts) and texts[position] in ("]", ")")
        if (
            text == "["
            and (
                _is_index(view, start)
                or "/" in texts[start:position]  # a mark (6/10)
                or texts[max(0, start - 1) : start] in (["="], ["["])  # a list in a program, a mark [[8]]
                or (closed and _names_author(view, position + 1))  # an entry of a list of papers: "[3] K. Sato"
            )
        ):
            refs = []
        if refs and (closed or not bracket or view.texts[start] in unmarked):
            begin = start
            while begin and texts[begin - 1] in words:
                begin -= 1
            for atom in range(begin, position + (1 if closed and bracket else 0)):
                levels[atom] = stated
            found += refs
        else:
            position = start + 1
    return [str(n) for n in sorted(set(found))]


def _is_index(view: View, atom: int) -> bool:
    """Whether the bracket at ``atom`` belongs to program code: "merge([1," or "a[0]"."""
    word = view.words[view.word_of[atom]]
    before = word[: word.index("[")] if "[" in word else ""
    return before[1:].endswith("(") or (before.isalpha() and before.islower() and len(before) < len("note"))


def _names_author(view: View, atom: int) -> bool:
    """Whether ``atom`` is in the initial of an author's name, such as "K."."""
    if atom >= len(view.texts):
        return False
    word = view.words[view.word_of[atom]]
    return len(word) == len("K.") and word[0].isupper() and word[1] == "."


def _references(view: View, position: int) -> tuple[list[int], int]:
    refs: list[int] = []
    after = position
    while position < len(view.texts):
        value, text = view.values[position], view.texts[position]
        if value is not None and "{n}" in view.keys[position] and text.isdigit() and 0 < value < 100:
            refs.append(value)
            after = position + 1
        elif "{range}" in view.keys[position]:
            low, high = (int(p[:4]) for p in text.replace("–", "-").replace("—", "-").split("-")[:2])
            if not 0 < low < high < 100:
                break
            refs += range(low, high + 1)
            after = position + 1
        elif not (refs and (text in (",", ";", "&", "/") or "and" in view.keys[position])):
            break
        position += 1
    return refs, after
