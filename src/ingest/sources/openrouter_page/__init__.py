"""Model pages of OpenRouter. What is read of them is in ``docs/model-page.md``."""

from ingest.sources.openrouter_page.parse import READER, account, parse, recognise

__all__ = ["READER", "account", "parse", "recognise"]
