"""The data dictionary, from the schemas: ``python -m ingest.records.dictionary > docs/data-dictionary.md``."""

from __future__ import annotations

from ingest.records.tables import TABLES, column_comment, key_columns, sql_type


def data_dictionary() -> str:
    """All public tables and columns as Markdown."""
    lines = [
        "# Data dictionary",
        "",
        "Made from the schemas in `src/ingest/records/tables.py`; do not edit.",
        "",
        _AS_OF,
        "",
    ]
    for schema in TABLES.values():
        lines += [
            f"## {schema.name}",
            "",
            str(schema.description),
            "",
            "| column | type | meaning |",
            "| --- | --- | --- |",
        ]
        keys = key_columns(schema)
        for name, column in schema.columns.items():
            mark = " (key)" if name in keys else ""
            lines.append(f"| `{name}`{mark} | {sql_type(column)} | {_cell(column_comment(column))} |")
        lines.append("")
    return "\n".join(lines)


_AS_OF = (
    "The rows of `models`, `scores`, `prices` and `chosen_prices` at a given time: the macros "
    "`models_as_of(t)` and so on ([time.md](time.md))."
)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    print(data_dictionary(), end="")
