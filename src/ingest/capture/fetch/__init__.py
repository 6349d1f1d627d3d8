"""Fetch pages over HTTP: politely, safely, each once. A crawl that was cut off resumes."""

from ingest.capture.fetch.crawl import Crawl, crawl, fetch_pages, new_run_id, open_crawl
from ingest.capture.fetch.outcome import FetchError
from ingest.capture.fetch.target import CrawlReport, Failure, Options, Target
from ingest.capture.fetch.urls import is_url

__all__ = [
    "Crawl",
    "CrawlReport",
    "Failure",
    "FetchError",
    "Options",
    "Target",
    "crawl",
    "fetch_pages",
    "is_url",
    "new_run_id",
    "open_crawl",
]
