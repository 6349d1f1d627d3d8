"""Which of several listings of one model is the base one, and the suffix that tells each other listing from it.

A seller lists ``gpt-4o`` and beside it ``gpt-4o-2024-05-13``, ``gpt-4o-preview``, ``gpt-4o-fp8``: one model by name,
each with a price of its own. The name itself says which is which.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.name.endings import read_listing

_JOINTS = str.maketrans("._@: ", "-----")
_POINTER = re.compile(r"[-:@](?:latest|default)$")
_MONTH_AND_DAY = re.compile(r"(?P<month>[01]\d)-(?P<day>[0-3]\d)")
_MONTH_AND_YEAR = re.compile(r"(?P<month>[01]\d)-(?P<year>20\d\d)")


def versions(keys: Sequence[str]) -> list[str | None]:
    """What tells each listing from the plain one of the same model, None for the plain one.

    ``keys`` are the ids under which one seller lists one model. A key that goes on where another ends is a version
    of it. Where none is plain, the latest of dated ones is taken for it. Two that cannot be told apart so are both
    plain: which of them is meant stays in doubt.

    >>> versions(["gpt-4o", "openai/gpt-4o-2024-05-13", "gpt-4o-latest"])
    [None, '2024-05-13', None]
    >>> versions(["gemini-2.5-flash-preview-04-17", "gemini-2.5-flash-preview-05-20"])
    ['04-17', None]
    """
    tails = [key.rpartition("/")[2] for key in keys]
    spelled = [_POINTER.sub("", tail).lower().translate(_JOINTS) for tail in tails]
    found = [_extension(own, tail, spelled) for own, tail in zip(spelled, tails, strict=True)]
    plain = sorted({own for own, version in zip(spelled, found, strict=True) if version is None})
    dates = {own: _date(tails[spelled.index(own)]) for own in plain}
    if len(plain) > 1 and all(dates.values()) and len({len(date or "") for date in dates.values()}) == 1:
        latest = max(date or "" for date in dates.values())
        for place, own in enumerate(spelled):
            if found[place] is None and dates[own] != latest:
                found[place] = dates[own]
    return found


def _extension(own: str, tail: str, others: Sequence[str]) -> str | None:
    """What ``own`` adds to the shortest of the others that it goes on from."""
    starts = [other for other in others if other and own.startswith(f"{other}-") and len(own) > len(other) + 1]
    return tail[min(map(len, starts)) + 1 :] if starts else None


def _date(tail: str) -> str | None:
    """The date in a listed name as text that sorts: '2024-10-01', '05-20', '2025-09'; None without one."""
    last = read_listing(tail)[-1]
    if last.snapshot is not None:
        return last.snapshot.isoformat()
    told = last.attributes.get("snapshot", "")
    if _MONTH_AND_DAY.fullmatch(told):
        return told
    if match := _MONTH_AND_YEAR.fullmatch(told):
        return f"{match['year']}-{match['month']}"
    return None
