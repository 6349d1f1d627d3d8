"""The number after ± in a result is half of an interval or a standard error. The note on the result says which.

Arenas write half of a 95% interval, test harnesses a standard error. If the note says neither, the ends of the range
are kept without a level, and no standard error is claimed.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ingest.records.document import Score

_LEVEL = re.compile(
    r"\b([0-9]{2}(?:\.[0-9])?) ?% ?(?:ci\b|c\.i\.|conf)|\b(?:ci|conf\w*(?: interval| level)?) ?\(?([0-9]{2}) ?%"
)
_INTERVAL = re.compile(r"\b(?:ci|c\.i\.|confidence|credible|interval)\b")
_ERROR = re.compile(r"\b(?:standard errors?|std\.? ?err\w*|stderr|s\.e\.m?\.?|sem?)\b")


def settle_margin(score: Score) -> Score:
    """The result with its margin told apart, by what its note says of it.

    >>> one = settle_margin(Score("GSM8K", 91.0, "percent", "91.0% ± 1.0%", "/0", description="95% CI", margin=1.0))
    >>> (one.ci_low, one.ci_high, one.ci_level, one.stderr)
    (90.0, 92.0, 0.95, None)
    """
    if score.margin is None or score.score is None:
        return score
    note = (score.description or "").lower()
    if _ERROR.search(note) and not _INTERVAL.search(note):
        return replace(score, stderr=score.margin, margin=None)
    level = _LEVEL.search(note)
    low, high = (float(f"{score.score + sign * score.margin:.12g}") for sign in (-1, 1))
    said = float(level[1] or level[2]) / 100 if level else None
    return replace(score, ci_low=low, ci_high=high, ci_level=said, margin=None)
