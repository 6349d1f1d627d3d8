"""LiteLLM's price map: one JSON object of thousands of entries."""

from ingest.sources.litellm.parse import READER, parse, recognise

__all__ = ["READER", "parse", "recognise"]
