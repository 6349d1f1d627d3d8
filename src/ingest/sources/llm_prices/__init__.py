"""llm-prices: what makers asked for their models, from when to when."""

from ingest.sources.llm_prices.parse import READER, parse, recognise

__all__ = ["READER", "parse", "recognise"]
