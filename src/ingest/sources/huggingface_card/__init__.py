"""Hugging Face model cards: Markdown with front matter, one model each. What is read is in ``docs/model-page.md``."""

from ingest.sources.huggingface_card.parse import READER, account, parse, recognise

__all__ = ["READER", "account", "parse", "recognise"]
