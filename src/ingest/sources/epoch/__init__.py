"""Epoch AI's benchmark data: CSV files of runs, of gathered results and of model versions."""

from ingest.sources.epoch.parse import READER, parse, recognise

__all__ = ["READER", "parse", "recognise"]
