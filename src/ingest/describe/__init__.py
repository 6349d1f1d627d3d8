"""Garbled benchmark descriptions become facts: the genuine note, and the conditions that it states."""

from __future__ import annotations

from ingest.describe.result import CONDITIONS, Described, Part

__all__ = ["CONDITIONS", "Described", "Part", "describe"]


def describe(text: str | None, benchmark: str | None = None) -> Described:
    """Reads one description. ``text`` is what stands under ``benchmark``, without the "Self-reported" mark."""
    if text is None or not text.strip():
        return Described(None, text, "absent")
    return Described(text, text, "clean", parts=(Part("note", text, 0, len(text), "whole"),))
