"""LLM Stats: a JSON file for each model and for each provider."""

from ingest.sources.llmstats.parse import READER, parse, recognise

__all__ = ["READER", "parse", "recognise"]
