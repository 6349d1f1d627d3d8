"""``python -m ingest_flows FLOW``: run a flow once, without a schedule; by default ``ingest_pages``."""

from __future__ import annotations

import sys
from importlib import import_module

from ingest_flows import set_environment

FLOWS = ("ingest_pages", "ingest_source", "scrape_pages")
"""Modules of this package that hold a flow of the same name."""


def main(arguments: list[str]) -> None:
    """Run the named flow. Further arguments (such as a source) are its parameters."""
    name, *parameters = arguments or FLOWS[:1]
    if name not in FLOWS:
        raise SystemExit(f"There is no flow {name!r}; there are: {', '.join(FLOWS)}.")
    set_environment()
    getattr(import_module(f"ingest_flows.{name}"), name)(*parameters)


if __name__ == "__main__":
    main(sys.argv[1:])
