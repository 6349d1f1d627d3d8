"""The chosen value: which of the claims of a field ``models`` holds, and why.

Claims that can all be true given their rounding are one value, and the most precise of them is chosen. Beyond that, in
this order: an override of reviewed data; what the field itself prefers (the earliest release, open weights, the last
end); the maker's own statement before that of an aggregator; the fresh before the stale; the many before the one; the
last seen; then a fixed order, so that the answer never depends on the order of loading. Lists of features are put
together. The prices of an offer are chosen together, and who saw a price change comes before an entry that stood
unchanged meanwhile (``sql/choice/offers.sql``). ``claims.rule`` names what decided;
docs/choice.md has the table of rules. A source last seen 90 or more days before a claim does not support it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple

from ingest.knowledge import KnowledgeEntry, knowledge
from ingest.load.connection import literal
from ingest.load.statements import statement
from ingest.name.labels import inputs_of_features
from ingest.read.fieldvalues import MOST_TOKENS
from ingest.read.plausible import known_prices
from ingest.records.document import BESIDE_COLUMNS

STALE_DAYS = 90
"""A claim is stale against another whose source was seen this much later. Vendors change prices and limits
within a quarter, and a feed that is fetched daily must not outvote one that is fetched weekly."""

NEAR_DAYS = 7
"""Release dates so near to each other are one: sources name the announcement, the first access or a zone's day."""

FAR_DAYS = 45
"""An earlier release date that one source alone states is a mistake where two or more state one so much later."""

MONTH_DAYS, SEASON_DAYS = 28, 90
"""An early release date of one source is an announcement where the first version is named for a day so much later. A
first version still later is only the first of which anybody knows."""


class _FieldOrder(KnowledgeEntry):
    """Sources in the order in which they are believed for one field."""

    field: str
    sources: tuple[str, ...]
    reason: str


class _Override(KnowledgeEntry):
    """The source whose claim is chosen for one value, whatever the others say."""

    model_id: str
    field: str
    source: str
    reason: str


class _Database(KnowledgeEntry):
    """Sources that state one database: two of them are one witness."""

    sources: tuple[str, ...]
    reason: str


class _Snapshots(KnowledgeEntry):
    """A maker whose ids hold the day on which a snapshot was made, which is before its release."""

    maker: str
    reason: str


class _ReleaseDays(KnowledgeEntry):
    """Whose release dates are days of an announcement."""

    one_database: tuple[_Database, ...]
    announcements: _Database
    snapshots: tuple[_Snapshots, ...]


class _Choice(KnowledgeEntry):
    """Whom to believe (``choice.yaml``). The lower rank comes first."""

    trust: dict[Literal["maker", "provider", "aggregator", "unknown"], int]
    field_order: tuple[_FieldOrder, ...]
    overrides: tuple[_Override, ...]
    release_days: _ReleaseDays


def _rules() -> _Choice:
    found: _Choice = knowledge("choice", _Choice)
    return found


def release_days() -> dict[str, str]:
    """Whose release dates are days of an announcement, as parts of ``sql/choice/preferred.sql``."""
    said = _rules().release_days
    one = {name: database.sources[0] for database in said.one_database for name in database.sources}
    announce = said.announcements.sources
    origins = [
        f"('{name}', '{one.get(name, name)}', {str(name in announce).lower()})" for name in sorted({*one, *announce})
    ]
    makers = [f"'{each.maker}'" for each in said.snapshots]
    return {"origins": ", ".join(origins), "makers_of_snapshots": f"({', '.join(makers)})"}


_IN_LISTS = "(starts_with(field, 'features') OR field = 'input_modalities')"
"""Lists of features and of what a model takes are put together and not weighed against each other."""

_RELEASE_DAYS = release_days()
_BOUNDS = {"most_tokens": str(MOST_TOKENS), "origins": _RELEASE_DAYS["origins"]}

BESIDE = f"({', '.join(map(literal, BESIDE_COLUMNS))})"
"""The fields that are no column of ``models``, for ``IN``."""

AT = statement("choice/at", t="t")
HOLDS = statement("choice/holds", at=AT)
IN_FORCE = statement("choice/in_force", at=AT, holds=HOLDS)
LAST_CAPTURES = statement("choice/last_captures", at=AT)
IS_TRIAL = statement("choice/is_trial")
STANDING = statement(
    "choice/standing",
    at=AT,
    holds=HOLDS,
    in_force=IN_FORCE,
    last_captures=LAST_CAPTURES,
    most_tokens=str(MOST_TOKENS),
    who_sells=str(100 * _rules().trust["provider"]),
    beside_columns=BESIDE,
    size_rank=statement("choice/size_rank"),
    is_trial=IS_TRIAL,
)
PRICE_FIELD = statement("choice/price_field")
WEIGHED = statement(
    "choice/weighed",
    preferred=statement(
        "choice/preferred",
        holds=HOLDS,
        near=str(NEAR_DAYS),
        far=str(FAR_DAYS),
        hosts="3",
        month=str(MONTH_DAYS),
        season=str(SEASON_DAYS),
        most_tokens=str(MOST_TOKENS),
        **_RELEASE_DAYS,
    ),
    rivals=statement("choice/rivals", these=f"(FROM standing WHERE contested AND NOT {_IN_LISTS})", **_BOUNDS),
    stale_days=str(STALE_DAYS),
    agree_all=statement("choice/agree", one="c", other="o", near=str(NEAR_DAYS)),
    agree_best=statement("choice/agree", one="p", other="b.best", near=str(NEAR_DAYS)),
)
INPUTS = statement("choice/inputs", modalities=statement("choice/modalities"))
"""Parts of the macros; the file of each says what it is."""

_COLUMNS = "id, model_id, version, field, value, number, low, high, unit, source, scope, entry, valid_from, until"


def chosen_claims() -> str:
    """The query for the claims that stand at a time, with ``chosen`` and ``rule``."""
    return statement(
        "choice/choose",
        standing=STANDING,
        weighed=WEIGHED,
        same=statement("choice/rivals", these="(FROM alike WHERE times > 1)", **_BOUNDS),
        in_lists=_IN_LISTS,
        features=features_of_models(),
        inputs=INPUTS,
        columns=_COLUMNS,
    )


def features_of_models() -> str:
    """The query for the features that each model has, or lacks."""
    pairs = ", ".join(f"('{feature}', {list(taken)})" for feature, taken in inputs_of_features().items())
    return statement("choice/features", inputs_of_features=pairs)


def chosen_prices() -> str:
    """The query for the prices that stand at a time, with their doubts, ``chosen`` and ``rule``."""
    # a macro that another one calls must sort before it, or IMPORT DATABASE fails: so its query stands here
    return statement(
        "choice/offers",
        witnessed=witnessed_prices(),
        last_captures=LAST_CAPTURES,
        stale_days=str(STALE_DAYS),
        long_ago="-1_000_000",
    )


def witnessed_prices() -> str:
    """The query for the prices that stand at a time, with all that makes each doubtful."""
    field = known_prices().field
    return statement(
        "choice/witnesses",
        field=PRICE_FIELD,
        in_force=IN_FORCE,
        is_trial=IS_TRIAL,
        origins=_RELEASE_DAYS["origins"],
        sellers=str(field.sellers),
        far=str(field.far_times),
        far_of_agreed=str(field.far_times_of_agreed),
        far_of_maker=str(field.far_times_of_maker),
        jump=str(field.jump_times),
        filler_models=str(field.filler_models),
        filler_sizes=str(field.filler_sizes),
        filler_alone=str(field.filler_sizes_alone),
    )


class Weights(NamedTuple):
    """Rows for ``internal.source_trust`` (source, field or ``*``, rank) and ``internal.overrides``."""

    trust: list[tuple[str, str, int]]
    overrides: list[tuple[str, str, str, str]]


def weights(names: Iterable[str], settings_of: Callable[[str], Mapping[str, Any]]) -> Weights:
    """What ``choice.yaml`` and the settings of the named sources say of whom to believe."""
    rules = _rules()
    trust = [(name, "*", 100 * rules.trust[settings_of(name).get("trust") or "unknown"]) for name in names]
    for order in rules.field_order:
        trust += [(source, order.field, place) for place, source in enumerate(order.sources)]
    return Weights(trust, [(o.model_id, o.field, o.source, o.reason) for o in rules.overrides])
