"""Raw model pages and feeds in, a DuckDB warehouse with provenance for every value out."""
