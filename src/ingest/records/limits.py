"""Limits of input sizes. Reading needs about five to ten times the size in memory."""

LARGEST_FILE = 256 << 20
"""Size in bytes of the largest file that a run reads. No feed is larger."""

LARGEST_PAGE = 32 << 20
"""Size in bytes of the largest page."""
