"""Validated records become histories, and histories what analysts see: tables, views and macros."""
