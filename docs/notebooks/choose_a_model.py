# /// script
# dependencies = ["ingest", "marimo"]
# ///
"""Choosing a model under a budget: `marimo edit docs/notebooks/choose_a_model.py`."""

import marimo

app = marimo.App(app_title="Choosing a model under a budget")


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
        # Choosing a model under a budget

        Three questions lead to a short list: what may a month cost, what must the model be able to do, and how good is
        it at something like our work. Each answer is a query, so you can look at what it leaves out.
        """
    )


@app.cell
def _(mo):
    input_millions = mo.ui.number(value=40, start=0, label="million tokens in, a month")
    output_millions = mo.ui.number(value=5, start=0, label="million tokens out, a month")
    budget = mo.ui.number(value=100, start=0, label="US dollars, a month")
    context = mo.ui.dropdown({"32K": 32_000, "128K": 128_000, "1M": 1_000_000}, value="32K", label="context")
    needs_tools = mo.ui.checkbox(value=False, label="has to call functions")
    mo.vstack([input_millions, output_millions, budget, context, needs_tools])
    return budget, context, input_millions, needs_tools, output_millions


@app.cell
def _(budget, connection, context, input_millions, mo, needs_tools, output_millions):
    # What is doubtful has no part in reference_prices, and a feature that nobody states is not there.
    affordable = connection.execute(
        """
        SELECT m.model_id, m.name, m.organization, m.context_tokens, p.rule AS whose_price,
            round($million_in * p.input_usd_per_million_tokens
                + $million_out * p.output_usd_per_million_tokens, 2) AS usd_a_month
        FROM reference_prices AS p JOIN models AS m USING (model_id)
        WHERE m.model_type = 'text' AND m.context_tokens >= $context AND usd_a_month <= $budget
            AND (NOT $needs_tools OR list_contains(m.features, 'function_calling'))
            AND (m.deprecated_on IS NULL OR m.deprecated_on > current_date)
        ORDER BY usd_a_month, m.model_id
        """,
        {
            "million_in": input_millions.value,
            "million_out": output_millions.value,
            "context": context.value,
            "budget": budget.value,
            "needs_tools": needs_tools.value,
        },
    ).df()
    mo.vstack([mo.md(f"**{len(affordable)} models** fit the budget and the needs."), mo.ui.table(affordable)])
    return (affordable,)


@app.cell
def _(connection, mo):
    groups = connection.execute(
        "SELECT group_key FROM standings GROUP BY group_key HAVING count(*) >= 3 ORDER BY count(*) DESC, group_key"
    ).fetchall()
    work = mo.ui.dropdown([row[0] for row in groups], value=groups[0][0], label="the benchmark most like our work")
    work
    return (work,)


@app.cell
def _(affordable, connection, mo, work):
    # DuckDB finds `affordable`, the frame above, by its name. The settings say how far two rows may be compared.
    ranked = connection.execute(
        """
        SELECT s.rank, a.name, s.version, s.score, s.unit, s.stderr, s.self_reported, s.measured_by, s.settings,
            s.differs_in, s.not_stated, a.usd_a_month
        FROM standings AS s JOIN affordable AS a USING (model_id) WHERE s.group_key = $work ORDER BY s.rank, a.name
        """,
        {"work": work.value},
    ).df()
    unmeasured = sorted(set(affordable["name"]) - set(ranked["name"]))
    mo.vstack(
        [
            mo.md(f"## The short list\n\n{len(unmeasured)} of the affordable models have no result in `{work.value}`."),
            mo.ui.table(ranked),
        ]
    )
    return ranked, unmeasured


@app.cell
def _(mo, ranked):
    # A row is worth its price where no cheaper one is as good: the frontier of the short list.
    by_price = ranked.sort_values(["usd_a_month", "rank"])
    frontier = by_price[by_price["rank"] < by_price["rank"].cummin().shift(fill_value=10**9)]
    mo.vstack(
        [
            mo.md(
                "## Worth their price\n\nEach of these is better than all that cost less. Where `self_reported` is "
                "true, or `differs_in` and `not_stated` are not empty, look at the results before you decide."
            ),
            mo.ui.table(frontier),
        ]
    )
    return (frontier,)


if __name__ == "__main__":
    app.run()
