"""LMArena: ratings of models from votes of people."""

from ingest.sources.lmarena.parse import READER, parse, recognise

__all__ = ["READER", "parse", "recognise"]
