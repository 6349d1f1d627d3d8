"""What a listing says of how a model was run or is sold: conditions of its scores, tiers of its prices."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from ingest.name import text
from ingest.name.endings import SETTINGS, conditions_of, read_listing
from ingest.name.identity import identify


class ListedSettings(NamedTuple):
    """``conditions`` by column of ``scores``; ``tier`` the parts of a price's tier, in words."""

    conditions: dict[str, Any]
    tier: tuple[str, ...]


_TIER_WORDS = {
    "reasoning": "reasoning {}",
    "reasoning_effort": "reasoning effort {}",
    "thinking_tokens": "{} thinking tokens",
    "quantization": "{}",
    "service": "{}",
}
"""How a setting is written in a tier."""


_NO_SETTINGS = ListedSettings({}, ())


def _may_state(name: str) -> bool:
    """Whether a setting stands at the end of a shown name. Most have none, and need not be identified to see that."""
    is_whole = "/" in name or len(name) > text.LONGEST_NAME
    return is_whole or not read_listing(name)[-1].attributes.keys().isdisjoint(SETTINGS)


@lru_cache(maxsize=65536)
def listed_settings(name: str | None, organization: str | None, source_key: str | None) -> ListedSettings:
    """The settings in the listing of a model, whatever file lists it.

    >>> listed_settings(None, None, "openai/o4-mini-high").conditions
    {'reasoning_effort': 'high'}
    >>> listed_settings(None, None, "together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo").tier
    ('turbo',)
    """
    if not source_key and not _may_state(name or ""):
        return _NO_SETTINGS
    attributes = identify(name, organization, source_key).attributes
    tier = tuple(words.format(attributes[each]) for each, words in _TIER_WORDS.items() if each in attributes)
    return ListedSettings(conditions_of(attributes), tier)
