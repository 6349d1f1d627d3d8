"""Reasons in words, for people who do not know the names that this project counts them by."""

from __future__ import annotations

from ingest.knowledge import KnowledgeEntry, knowledge


class ReasonWords(KnowledgeEntry):
    """What a reason is called. ``says`` goes on from the name of a source or file (see ``web/reasons.yaml``)."""

    reason: str
    says: str


def in_words(name: str, reason: str) -> str:
    """A sentence without its full stop: what is wrong with ``name``, by the reason that it is held back for.

    >>> in_words("models-dev", "http_status: 500")
    'models-dev answered 500'
    >>> in_words("aider", "cut_off: ends in the middle of a value")
    'aider is cut off'
    >>> in_words("openrouter", "6 models instead of 12")
    'openrouter states 6 models instead of 12'
    >>> in_words("openrouter", "something_new: 7")
    'openrouter is held back for the reason "something new"'
    """
    code, _, rest = reason.partition(":")
    if " " in code:  # what a floor says
        return f"{name} states {reason}"
    for each in knowledge("web/reasons", tuple[ReasonWords, ...]):
        if code == each.reason:
            return f"{name} {each.says.format(rest.strip().partition(':')[0])}"
        if each.reason.endswith("_") and code.startswith(each.reason):
            return f"{name} {each.says.format(code.removeprefix(each.reason))}"
    return f'{name} is held back for the reason "{code.replace("_", " ")}"'
