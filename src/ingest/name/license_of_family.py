"""Under which licence a maker has published the weights of a family of models (``licenses_of_families.yaml``)."""

from __future__ import annotations

from functools import cache, lru_cache

from ingest.knowledge import knowledge
from ingest.name.families_of_makers import FamilyRow, FamilyRows


class _Published(FamilyRow):
    license: str


@lru_cache(maxsize=16384)
def license_of_family(model_id: str) -> tuple[str, str] | None:
    """The licence of the family of a model and the family; None where nothing is known of it.

    >>> license_of_family("qwen/qwen3-8b"), license_of_family("qwen/qwen-2.5-72b-instruct")
    (('Apache-2.0', 'qwen 3'), ('qwen', 'qwen 2.5 72b'))
    >>> license_of_family("qwen/qwen3-max"), license_of_family("somebody/qwen3-8b")
    (None, None)
    """
    return next(((each.license, family) for each, family in _published().about(model_id)), None)


@cache
def _published() -> FamilyRows[_Published]:
    rows: tuple[_Published, ...] = knowledge("names/licenses_of_families", tuple[_Published, ...])
    return FamilyRows(rows, "licenses_of_families.yaml")
