"""OpenRouter's list of models: one JSON file."""

from ingest.sources.openrouter.parse import READER, parse, recognise

__all__ = ["READER", "parse", "recognise"]
