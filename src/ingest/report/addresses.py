"""Names of files that are made from ids, and which texts of sources may be links."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urlsplit

_SAFE = re.compile(r"[a-z0-9](?:[a-z0-9._/-]{0,118}[a-z0-9])?")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")
"""Names that Windows keeps for devices."""


def plain_name(identity: str) -> str:
    """A name for a file or folder: two ids never share one, and none leaves its folder.

    An id of small letters, digits, ``.``, ``_``, ``-`` and single ``/`` is its own name, with ``--`` for ``/``. Any
    other id is a hash.

    >>> plain_name("openai/gpt-4.1-mini"), plain_name("../../etc/passwd")
    ('openai--gpt-4.1-mini', 'x-3754d6cb3a38e1185e5b')
    """
    name = identity.replace("/", "--")
    is_plain = _SAFE.fullmatch(identity) and "--" not in identity and "//" not in identity and ".." not in identity
    if not is_plain or _RESERVED.fullmatch(name) or name.startswith("x-"):
        name = "x-" + hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:20]
    return name


def file_name(identity: str) -> str:
    """The name of the page of an id, without folder.

    >>> file_name("openai/gpt-4.1-mini")
    'openai--gpt-4.1-mini.html'
    """
    return f"{plain_name(identity)}.html"


def web_link(text: object) -> str | None:
    """The text if it is an address on the web that a page may link to, else None.

    >>> web_link("https://example.org/a"), web_link("javascript:alert(1)"), web_link("https:evil")
    ('https://example.org/a', None, None)
    """
    if not isinstance(text, str) or not text.isascii() or not text.isprintable() or " " in text:
        return None
    try:
        parts = urlsplit(text)
        return text if parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc else None
    except ValueError:
        return None
