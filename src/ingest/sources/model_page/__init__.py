"""Model pages: one model each, as text or HTML. What stands on them is in ``docs/model-page.md``."""

from ingest.sources.model_page.parse import READER, account, parse, recognise

__all__ = ["READER", "account", "parse", "recognise"]
