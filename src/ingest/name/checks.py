"""Doubts about names as checks, so that a name that could be two things stands where people look."""

from __future__ import annotations

from ingest.name.benchmarks import ResolvedBenchmark
from ingest.name.models import ResolvedModel
from ingest.records.document import Check


def benchmark_check(listed: str, found: ResolvedBenchmark) -> Check | None:
    """The check ``benchmark_name`` that did not pass, for a listed name in doubt; None where there is no doubt.

    ``actual`` is the name as listed, ``expected`` the ids that it could be, or the doubt itself.
    """
    return _check("benchmark_name", listed, found)


def model_check(listed: str, found: ResolvedModel) -> Check | None:
    """The check ``model_name``, as :func:`benchmark_check`."""
    return _check("model_name", listed, found)


def _check(name: str, listed: str, found: ResolvedBenchmark | ResolvedModel) -> Check | None:
    if found.doubt is None:
        return None
    could_be = " or ".join(found.candidates)
    return Check(
        name=name, passed=False, expected=f"{could_be}: {found.doubt}" if could_be else found.doubt, actual=listed
    )
