# /// script
# dependencies = ["ingest", "marimo"]
# ///
"""Is the new version better? `marimo edit docs/notebooks/is_the_new_version_better.py`."""

import marimo

app = marimo.App(app_title="Is the new version better?")


@app.cell
def _():
    import marimo as mo

    import ingest

    connection = ingest.open()  # read-only; open it again after a run
    return connection, mo


@app.cell
def _(mo):
    mo.md(
        """
        # Is the new version better?

        A fair comparison takes results of the same ranking alone (`comparability_key`): the same questions, the same
        settings, and the same measurer where it is not the maker. A difference counts where it is more than rounding
        and the 95% margin of the difference explain. Where no source says how sure a result is, only rounding counts.
        """
    )


@app.cell
def _(connection, mo):
    # Models of one maker that share rankings: those whose results come with errors first. Versions of one model could
    # stand here too.
    pairs = connection.execute(
        """
        SELECT old.model_id, new.model_id, count(DISTINCT comparability_key) AS shared
        FROM leaderboard AS old JOIN leaderboard AS new USING (comparability_key)
        JOIN models AS a ON old.model_id = a.model_id JOIN models AS b ON new.model_id = b.model_id
        WHERE a.organization_id = b.organization_id AND a.release_date < b.release_date
        GROUP BY ALL ORDER BY count(DISTINCT comparability_key) FILTER (old.stderr IS NOT NULL) DESC, shared DESC,
            old.model_id, new.model_id LIMIT 200
        """
    ).fetchall()
    choices = {f"{old} → {new} ({shared} shared rankings)": (old, new) for old, new, shared in pairs}
    pair = mo.ui.dropdown(choices, value=next(iter(choices)), label="old and new")
    pair
    return (pair,)


@app.cell
def _(connection, mo, pair):
    old, new = pair.value
    compared = connection.execute(
        """
        WITH errors AS (
            SELECT score_id, coalesce(stderr, CASE WHEN n_items > 0 AND unit = 'percent'
                THEN sqrt(score * (100 - score) / n_items) END) AS error
            FROM scores
        ), told AS (
            SELECT l.*, (SELECT max(error) FROM errors AS e WHERE list_contains(l.score_ids, e.score_id)) AS error
            FROM leaderboard AS l WHERE l.model_id IN ($old, $new)
            QUALIFY row_number() OVER (PARTITION BY l.comparability_key, l.model_id
                ORDER BY l.version DESC NULLS LAST) = 1
        )
        SELECT o.benchmark, o.comparability_key, o.score AS old_score, n.score AS new_score, o.unit,
            (n.score - o.score) * CASE WHEN b.higher_is_better = false THEN -1 ELSE 1 END AS gain,
            1.96 * sqrt(pow(coalesce(o.error, 0), 2) + pow(coalesce(n.error, 0), 2))
                + (o.score_high - o.score_low + n.score_high - n.score_low) / 2 AS margin,
            o.error IS NOT NULL AND n.error IS NOT NULL AS is_margin_stated, n.self_reported, n.measured_by,
            CASE WHEN abs(gain) <= margin THEN 'not certain' WHEN gain > 0 THEN 'better' ELSE 'worse' END AS verdict
        FROM told AS o JOIN told AS n USING (comparability_key) JOIN benchmarks AS b ON o.benchmark_id = b.benchmark_id
        WHERE o.model_id = $old AND n.model_id = $new ORDER BY gain DESC, o.comparability_key
        """,
        {"old": old, "new": new},
    ).df()
    mo.vstack([mo.md(f"## {old} against {new}"), mo.ui.table(compared)])
    return compared, new, old


@app.cell
def _(compared, mo, new):
    verdicts = compared["verdict"].value_counts().to_dict()
    unsure = int((~compared["is_margin_stated"]).sum())
    told = ", ".join(f"{number} {verdict}" for verdict, number in verdicts.items()) or "no shared ranking"
    mo.md(
        f"**{new}**: {told}. For {unsure} of {len(compared)} pairs no source says how sure both results are, so a "
        "small gain there may be luck. Results that the maker reports of its own model are marked `self_reported`."
    )
    return unsure, verdicts


@app.cell
def _(connection, mo, new, old):
    # What the change costs, and what else changed.
    prices = connection.execute(
        """
        SELECT m.model_id, m.release_date, m.context_tokens, m.knowledge_cutoff,
            p.input_usd_per_million_tokens AS input_usd, p.output_usd_per_million_tokens AS output_usd, p.rule
        FROM models AS m LEFT JOIN reference_prices AS p USING (model_id)
        WHERE m.model_id IN ($old, $new) ORDER BY m.release_date
        """,
        {"old": old, "new": new},
    ).df()
    mo.vstack([mo.md("## What else changed"), mo.ui.table(prices)])
    return (prices,)


if __name__ == "__main__":
    app.run()
