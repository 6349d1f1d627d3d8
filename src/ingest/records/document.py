"""The records that reading a capture returns and every later step takes.

A source's parser returns a :class:`Document`. It knows nothing of ids, the warehouse or other sources: naming,
describing and validating come later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:

    def record(*, slots, frozen):
        """A dataclass that nobody changes: mypy sees to it, and no test at run time.

        A page has dozens of records, and to make one that is frozen at run time takes three times as long.
        """
        return dataclass(slots=slots, unsafe_hash=frozen)


CONDITION_TYPES: Mapping[str, type] = MappingProxyType(
    {
        **dict.fromkeys(("methodology", "variant", "split"), str),
        "n_shots": int,
        **dict.fromkeys(("prompting", "metric", "aggregation"), str),
        "n_runs": int,
        **dict.fromkeys(("tools", "grader_model", "user_model", "reasoning", "reasoning_effort"), str),
        "thinking_tokens": int,
        "parallel_compute": bool,
        "harness": str,
        "footnotes": list,
    }
)
"""The conditions of a score, in the order of their columns, and the type of each."""

CONDITIONS: tuple[str, ...] = tuple(CONDITION_TYPES)
"""The conditions of a score, in the order of their columns. A condition that the source does not state is unknown."""

TIER_FIELDS = ("tier_above_tokens", "tier_region", "tier_service", "tier_from", "tier_until")
"""The fields of a :class:`Price` that hold the parts of its tier."""

EVIDENCE_FIELDS = (
    "stderr", "ci_low", "ci_high", "ci_level", "n_items", "measured_by", "measured_on", "reference",
)  # fmt: skip
"""The fields of a :class:`Score` that say how certain it is, who measured it and when."""


SOURCE_ENTRY_POINTS = "ingest.sources"
"""The group of entry points through which another package adds a source of such documents."""


@dataclass(slots=True, frozen=True)
class Capture:
    """The bytes that a source served, and how they were captured.

    ``location`` is a URL or the given path. ``captured_at`` is when the source served it, in UTC, as far as that is
    known before reading: as the transport or the user states it, else as the path or the file says. A page that states
    its own day says so in ``captured_on`` of its :class:`Document`.

    >>> Capture(b"id,name", "feeds/2025-09-11/models.csv").location
    'feeds/2025-09-11/models.csv'
    """

    content: bytes
    location: str = ""
    media_type: str | None = None
    captured_at: datetime | None = None


@record(slots=True, frozen=True)
class Stated:
    """One field of a model, as a source states it.

    ``field`` is a column of ``models``, :data:`FEATURES_OF_OFFER` or :data:`STANDS_FOR`. ``value`` has the type of
    that column (``int``, ``float``, ``str``, ``bool``, ``date`` or a list of ``str``). ``low`` and ``high`` bound what
    a rounded text can mean, in the unit of the column. The ``unit`` of a date is its precision: ``day``, ``month`` or
    ``year``.

    ``valid_from`` is the day from which it holds, ``valid_to`` the first day on which it no longer does, where the
    source dates it. Without them it holds from the capture that first states it.

    A text that cannot be read has the ``value`` None and the reason in ``problem``; it goes to quarantine.
    ``correction`` is the reason why reviewed data replaced the source's value. ``derived_by`` names the rule and the
    knowledge behind a value that follows from another statement (open weights from a licence); text and locator are
    those of that statement. A source that shows "-" states nothing, so there is no record.

    >>> Stated("context_tokens", 128000, "128K", "row 2", low=127500, high=128499).value
    128000
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
    valid_from: date | None = None
    valid_to: date | None = None


STANDS_FOR = "stands_for"
"""Field of a listing under a moving name: the version that the source says it stands for."""

FEATURES_OF_OFFER = "features_of_offer"
"""The field of what a host says its offer of a model has. It is no column of ``models``: see docs/choice.md."""

FEATURES_OF_INPUTS = "features_of_inputs"
"""The field of features that follow from the inputs which a source lists, such as ``vision``. No source states it;
the step ``name`` derives it. It is no column of ``models``: see docs/choice.md."""

FEATURES_DOUBTED = "features_doubted"
"""The field of features that a source names and that its own record, or the model's maker, contradicts. No source
states it; the step ``name`` takes them out of ``features``. It is no column of ``models``: see docs/choice.md."""

BESIDE_COLUMNS = (STANDS_FOR, FEATURES_OF_OFFER, FEATURES_OF_INPUTS, FEATURES_DOUBTED)
"""Fields of claims that are no column of ``models``."""


STATED_TYPES: Mapping[str, type] = MappingProxyType(
    {
        **dict.fromkeys(("name", "model_type", "organization", "family", "description", "license", STANDS_FOR), str),
        **dict.fromkeys(("parameters", "active_parameters", "training_tokens", "context_tokens"), int),
        **dict.fromkeys(("max_input_tokens", "max_output_tokens"), int),
        **dict.fromkeys(("release_date", "announced_on", "last_updated_on", "knowledge_cutoff", "deprecated_on"), date),
        **dict.fromkeys(("multimodal", "open_weights"), bool),
        **dict.fromkeys(("input_modalities", "output_modalities", "features", "features_absent"), list),
        FEATURES_OF_OFFER: list,
        "average_score": float,
    }
)
"""The type of the value of each field that a :class:`Stated` can be about; a list is one of texts."""

STATED_FIELDS = frozenset(STATED_TYPES)
"""What a :class:`Stated` can be about: the columns of ``models`` that sources state, and the two names above."""


@record(slots=True, frozen=True)
class Price:
    """One price. ``amount`` is in ``currency`` for each ``unit`` (``per_million_tokens``, ``per_request``, …).

    ``tier`` says in words under which condition the price applies (None: the base price). The ``tier_…`` fields have
    its parts: above how many input tokens, in which region, for which class of service (batch, flex, priority), from
    and until which day. ``doubts`` names the reasons why a possible price is doubtful (see ``ingest.read.plausible``).

    ``valid_from`` and ``valid_to`` are as in :class:`Stated`: a list with the past of a price gives one record for each
    time that a price was in force. One that begins after the capture is announced, and its tier says so.

    >>> Price("input", 2.5, "$2.50", "row 2", provider="openai", valid_from=date(2024, 10, 2)).unit
    'per_million_tokens'
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
    valid_from: date | None = None
    valid_to: date | None = None


@record(slots=True, frozen=True)
class Score:
    """One result on one benchmark.

    ``score`` is in ``unit`` as people read it (65.0 for "65.0%"). ``conditions`` has only what the source states in
    separate fields, by column of ``scores``; the words of a note stay in ``description``. ``ci_low`` and ``ci_high``
    bound the stated interval of level ``ci_level`` (0.95); half of an interval is no ``stderr``. ``margin`` is the
    number after ±, while nothing says what it means.

    ``n_items`` counts the questions, games or votes behind the result. ``measured_by`` says who ran it, ``measured_on``
    when; ``reference`` is the address of the paper, log or run. ``doubts`` names the reasons why a possible result is
    doubtful; such a result is kept and not ranked.

    >>> Score("LMArena Text", 1337.0, "elo", "1337", "row 2", ci_low=1333.0, ci_high=1342.0, n_items=17292).n_items
    17292
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
    """What a document states about one model.

    ``name`` and ``organization`` are as the source writes them. ``source_key`` is the source's own id of the model
    (``openai/gpt-4.1-mini``), if it has one; it becomes an alias, and naming reads it. ``record_key`` tells the record
    from the others of its file in every release, where that is no id of a model (a row's UUID, a model beside a
    setting): naming does not read it. ``organization_locator`` is set if the organization
    stands in another place than the name. ``provider`` is who sells the model at this place, if the source says so.

    >>> Entry("GPT-4.1 mini", "/models/0", "OpenAI", "gpt-4.1-mini", provider="openai").name
    'GPT-4.1 mini'
    """

    name: str | None
    locator: str
    organization: str | None = None
    source_key: str | None = None
    organization_locator: str | None = field(default=None, kw_only=True)
    provider: str | None = field(default=None, kw_only=True)
    record_key: str | None = field(default=None, kw_only=True)
    stated: list[Stated] = field(default_factory=list)
    prices: list[Price] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)


@record(slots=True, frozen=True)
class UnreadLine:
    """A visible line that no rule claimed. ``line`` counts from 1."""

    line: int
    text: str


@record(slots=True, frozen=True)
class Check:
    """A check of a document against itself, such as its stated average against the mean of its scores.

    ``entry`` is the place in ``Document.entries`` of the entry that the check is about. None means the whole document,
    or the only entry. ``locator`` is the place that was checked.
    """

    name: str
    passed: bool
    expected: str | None
    actual: str | None
    locator: str | None = None
    entry: int | None = None


@dataclass(slots=True)
class Document:
    """Everything that a reader found in one capture.

    ``rejected`` is the reason why the capture is not data of its source (a login page, noise); such a document has no
    entries. ``captured_on`` is the day of capture that the document itself states. ``repairs`` names the rules that
    repaired its text (encoding, entities, invisible characters) before it was read. ``incomplete`` says that only a
    part of the content was captured, so that it must end nothing that an earlier capture stated. ``notes_are_whole``
    says that the notes on scores stand as their authors wrote them: nothing has leaked into them.
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
    notes_are_whole: bool = False
