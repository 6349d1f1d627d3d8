"""Pages of labels and values that are none of the known layouts: read only where this source is named."""

from ingest.sources.label_value_page.parse import READER, account, parse, recognise

__all__ = ["READER", "account", "parse", "recognise"]
