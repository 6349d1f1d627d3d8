"""Validation: pandera over whole frames of public rows, and the bad rows split off with all of their reasons."""

from ingest.validate.columns import Tables, typed
from ingest.validate.rows import Judged, judge_claims, judge_entries, judge_prices, judge_scores

__all__ = ["Judged", "Tables", "judge_claims", "judge_entries", "judge_prices", "judge_scores", "typed"]
