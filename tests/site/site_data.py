"""What the tests of the site share: names to be wary of, and the site that was built with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ingest.site import Built

HOSTILE = {
    "markup": "<script>alert('page')</script><img src=x onerror=alert(1)>\"'&amp;",
    "template": "{{ 7 * 7 }}{% raw %}</script><!--",
    "address": "javascript:alert(document.domain)",
    "direction": "evil\u202egnp.exe\u2066\u200b\x00\x1b[31m",
    "formula": '=HYPERLINK("http://attack.example","x")',
    "long": "A" * 5000,
}
"""Names of models that a page may show as text alone."""


@dataclass(frozen=True)
class Site:
    """A site that was built, and the warehouse that it shows. ``ids`` are the models with the names of HOSTILE."""

    folder: Path
    warehouse: Path
    built: Built
    ids: dict[str, str]
