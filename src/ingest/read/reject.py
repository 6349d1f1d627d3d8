"""Why content is no data at all: empty, binary, noise, or a page of another kind."""

from __future__ import annotations

from functools import cache

from ingest.knowledge import FOLDER, read_yaml
from ingest.read.lines import Page, read_page
from ingest.read.text import binary_kind

# The largest page that is read. Reading takes some ten times the size in memory.
LARGEST = 32 * 2**20
# A page of another kind says so early.
_LOOK = 20_000
# No word of any language is longer; encoded data has no spaces at all.
_LONGEST_WORD = 400
# A shorter text may well be made of signs only.
_SHORTEST_NOISE = 200


def no_text_reason(content: bytes) -> str | None:
    """``empty``, ``binary``, ``noise`` or ``too_large`` for content that is not worth decoding, else None.

    Looks at 64 KiB at most, so it takes the same time for 50 MB.
    """
    if not content[:65536].strip(b" \t\r\n\x00\xef\xbb\xbf"):
        return "empty" if not content.strip(b" \t\r\n\x00\xef\xbb\xbf") else "noise"
    kind = binary_kind(content)
    if kind:
        return "noise" if kind == "unknown" else "binary"
    return "too_large" if len(content) > LARGEST else None


def no_page_reason(page: Page, otherwise: str) -> str:
    """The kind of page (``login_page``, ``captcha``, ``not_found``, ``noise``, …) that ``page`` is instead.

    Kinds and their phrases are in ``page_kinds.yaml``; ``otherwise`` is given back where none fits.
    """
    shown = _head(page)
    if not shown:
        return "no_visible_text"
    text = f"{page.title}\n{shown}".lower()
    # A long page only mentions such things.
    if len(text) < _LOOK // 4:
        for kind, phrases in _kinds():
            if any(phrase in text for phrase in phrases):
                return kind
    return "noise" if _is_noise(shown) else otherwise


def unrecognised_reason(content: bytes) -> str:
    """Why content that no source recognises cannot be used."""
    return no_text_reason(content) or no_page_reason(read_page(content[: 2**20]), "unrecognised")


def _head(page: Page) -> str:
    pieces: list[str] = []
    size = 0
    for line in page.lines:
        pieces.append(line.text[:_LOOK])
        size += len(line.text)
        if size > _LOOK:
            break
    return "\n".join(pieces)


def _is_noise(text: str) -> bool:
    sample = text[:_LOOK]
    words = sample.split()
    if max(map(len, words), default=0) > _LONGEST_WORD:
        return True
    if len(sample) < _SHORTEST_NOISE:
        return False
    letters = sum(map(str.isalnum, sample)) + len(words)
    return letters * 10 < len(sample) * 6


@cache
def _kinds() -> list[tuple[str, tuple[str, ...]]]:
    entries = read_yaml(FOLDER / "pages/page_kinds.yaml")
    return [(entry["kind"], tuple(entry["phrases"])) for entry in entries]
