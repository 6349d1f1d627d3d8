"""Validation: pandera over whole frames, and the bad rows split off with all of their reasons."""

from ingest.validate.rows import Validated, validate

__all__ = ["Validated", "validate"]
