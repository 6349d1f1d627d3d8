"""What reading one capture gives: plain records, defined once, that every later step takes.

A source's parser returns a :class:`Document`. It knows nothing of ids, of the warehouse or of other sources:
naming, describing and validating come after it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

CONDITIONS: tuple[str, ...] = (
    "methodology", "variant", "split", "n_shots", "prompting", "metric", "aggregation", "n_runs", "tools",
    "grader_model", "user_model", "reasoning", "reasoning_effort", "thinking_tokens", "parallel_compute", "harness",
    "footnotes",
)  # fmt: skip
"""The conditions of a score, in the order of their columns; each is unknown where the source does not state it."""

TIER_FIELDS = ("tier_above_tokens", "tier_region", "tier_service", "tier_from", "tier_until")
"""Fields of a :class:`Price` that say the parts of its tier."""

EVIDENCE_FIELDS = (
    "stderr", "ci_low", "ci_high", "ci_level", "n_items", "measured_by", "measured_on", "reference",
)  # fmt: skip
"""Fields of a :class:`Score` that say how sure it is, who measured it and when."""


@dataclass(slots=True, frozen=True)
class Capture:
    """The bytes that a source served, and what is known of how they came.

    ``location`` is a URL or the path that was given. ``captured_at`` is known before reading only where the
    transport or the user states it.
    """

    content: bytes
    location: str = ""
    media_type: str | None = None
    captured_at: datetime | None = None


@dataclass(slots=True, frozen=True)
class Stated:
    """One field of a model, as a source states it.

    ``field`` is a column of ``models``. ``value`` is of that column's type (``int``, ``float``, ``str``,
    ``bool``, ``date`` or a list of ``str``); ``low`` and ``high`` bound what a rounded text can mean, in the
    unit of the column. ``unit`` of a date is its precision: ``day``, ``month`` or ``year``. A text that could
    not be read has ``value`` None and says why in ``problem``: it goes to quarantine. ``correction`` is the reason
    why reviewed data put another value in the place of what the source said. ``derived_by`` names the rule and the
    knowledge that gave the value, where it follows from another statement (open weights from a licence): its text and
    locator are those of that statement. A source that shows
    "-" states nothing, so there is no record.
    """

    field: str
    value: Any
    raw_text: str
    locator: str
    low: float | None = None
    high: float | None = None
    unit: str | None = None
    problem: str | None = None
    correction: str | None = None
    derived_by: str | None = None


@dataclass(slots=True, frozen=True)
class Price:
    """One price. ``amount`` is in ``currency`` for each ``unit`` (``per_million_tokens``, ``per_request``, …).

    ``tier`` says in words under what condition it holds (None: the base price), the ``tier_…`` fields say its parts:
    above how many tokens of input, in which region, for which class of service (batch, flex, priority), from and
    until which day. ``doubts`` name what makes a price that may be true doubtful (see ``ingest.read.plausible``).
    """

    kind: str
    amount: float | None
    raw_text: str
    locator: str
    unit: str = "per_million_tokens"
    currency: str = "USD"
    provider: str | None = None
    tier: str | None = None
    tier_above_tokens: int | None = None
    tier_region: str | None = None
    tier_service: str | None = None
    tier_from: date | None = None
    tier_until: date | None = None
    low: float | None = None
    high: float | None = None
    problem: str | None = None
    doubts: tuple[str, ...] = ()


@dataclass(slots=True, frozen=True)
class Score:
    """One result on one benchmark.

    ``score`` is in ``unit`` as people read it (65.0 for "65.0%"). ``conditions`` holds only what the source
    states in fields of its own, by column of ``scores``; what a note says in words stays in ``description``.
    ``ci_low`` and ``ci_high`` bound the interval that the source states, of level ``ci_level`` (0.95); the margin of
    an interval is no ``stderr``. ``n_items`` counts the questions, games or votes behind the result. ``measured_by``
    is who ran it, ``measured_on`` when, ``reference`` the address of the paper, log or run. ``doubts`` name what makes
    a result doubtful that may be true: it stands, and is not ranked. ``margin`` is what stands behind ±, as long as
    nothing says what it means.
    """

    benchmark: str
    score: float | None
    unit: str | None
    score_text: str
    locator: str
    score_low: float | None = None
    score_high: float | None = None
    stderr: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    ci_level: float | None = None
    n_items: int | None = None
    measured_by: str | None = None
    measured_on: date | None = None
    reference: str | None = None
    category: str | None = None
    description: str | None = None
    self_reported: bool | None = None
    conditions: dict[str, Any] = field(default_factory=dict)
    problem: str | None = None
    doubts: tuple[str, ...] = ()
    margin: float | None = None


@dataclass(slots=True)
class Entry:
    """What a document says of one model.

    ``name`` and ``organization`` are as the source writes them; ``source_key`` is the source's own id of the
    model where it has one (``openai/gpt-4.1-mini``), which becomes an alias. ``organization_locator`` is set
    where the organization stands elsewhere than the name.
    """

    name: str | None
    locator: str
    organization: str | None = None
    source_key: str | None = None
    organization_locator: str | None = field(default=None, kw_only=True)
    stated: list[Stated] = field(default_factory=list)
    prices: list[Price] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)


@dataclass(slots=True, frozen=True)
class UnreadLine:
    """A visible line that no rule claimed. ``line`` counts from 1."""

    line: int
    text: str


@dataclass(slots=True, frozen=True)
class Check:
    """A document's proof of itself, such as the average that it states against the mean of its scores.

    ``entry`` is the number of the entry that it speaks of, by its place in ``Document.entries``; None where it speaks
    of the whole document. In a document with one entry it speaks of that one. ``locator`` is where it looked.
    """

    name: str
    passed: bool
    expected: str | None
    actual: str | None
    locator: str | None = None
    entry: int | None = None


@dataclass(slots=True)
class Document:
    """All that a reader found in one capture.

    ``rejected`` holds the reason why the capture is no data of its source at all (a login page, noise); such
    a document has no entries. ``captured_on`` is the day of capture that the document itself states. ``repairs``
    names the rules that mended its text (encoding, entities, invisible characters) before it was read. ``incomplete``
    says that the capture is a part of what was sent: it must end nothing of what the whole said before.
    """

    source: str
    reader: str
    entries: list[Entry] = field(default_factory=list)
    unread: list[UnreadLine] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    captured_on: date | None = None
    rejected: str | None = None
    repairs: list[str] = field(default_factory=list)
    incomplete: str | None = None
