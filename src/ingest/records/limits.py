"""How large what is read may be. Reading takes some five to ten times the size in memory."""

LARGEST_FILE = 256 << 20
"""Bytes of the largest file that a run takes in: a larger one is no feed of this kind."""

LARGEST_PAGE = 32 << 20
"""Bytes of the largest page."""
