"""Aider's leaderboards: a YAML list of runs each."""

from ingest.sources.aider.parse import READER, parse, recognise

__all__ = ["READER", "parse", "recognise"]
