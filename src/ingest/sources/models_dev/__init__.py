"""models.dev: one JSON file of models by provider."""

from ingest.sources.models_dev.parse import READER, parse, recognise

__all__ = ["READER", "parse", "recognise"]
