"""Model pages of llm-stats.com. What is read of them is in ``docs/model-page.md``."""

from ingest.sources.llmstats_page.parse import READER, account, parse, recognise

__all__ = ["READER", "account", "parse", "recognise"]
