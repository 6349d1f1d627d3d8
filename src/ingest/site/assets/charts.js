// Draws the charts with Vega-Lite. What a chart looks like is in specs.js, its rows stand in the page as JSON. Selects
// filter the rows; the chart and the table of the same rows follow.
addEventListener("DOMContentLoaded", () => {
  "use strict";
  const view = window.ingestView;
  const NS = "–";
  const show = {
    tokens: (n) => n >= 1e6 ? `${+(n / 1e6).toPrecision(3)}M` : n >= 1e3 ? `${+(n / 1e3).toPrecision(3)}K` : String(n),
    usd: (n) => `$${n >= 0.1 || n === 0 ? n.toFixed(2) : +n.toPrecision(3)}`,
  };

  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const config = (isNarrow) => ({
    background: null,
    font: "system-ui, sans-serif",
    view: { stroke: null },
    axis: {
      labelColor: color("--soft"), titleColor: color("--soft"), gridColor: color("--line"), domainColor: color("--line"),
      tickColor: color("--line"), titleFontWeight: "normal", labelFontSize: 11, titleFontSize: 11,
    },
    axisY: { labelLimit: isNarrow ? 120 : 260 },
    axisX: { labelLimit: 90 },
    legend: { layout: { bottom: { direction: isNarrow ? "vertical" : "horizontal", anchor: "start" } }, labelColor: color("--ink"), titleColor: color("--soft"), labelFontSize: 11, titleFontSize: 11,
      symbolBaseFillColor: color("--soft"), symbolBaseStrokeColor: color("--soft") },
    text: { color: color("--ink") },
    rule: { color: color("--soft") },
    point: { color: color("--accent") },
    range: { category: ["--c1", "--c2", "--c3", "--c4", "--c5", "--c6", "--c7", "--c8"].map(color),
      ordinal: ["--c4", "--c3", "--c7"].map(color) }, // of weights: not the colors of who measured
  });

  const drawn = new Map(); // holder of a chart -> what draws it again
  const draw = async (holder, rows) => {
    const spec = structuredClone(window.ingestCharts[holder.dataset.chart]);
    const isNarrow = holder.clientWidth < 520;
    if (spec.height.step) {
      const { field } = spec.encoding.y;
      spec.height = spec.height.step * Math.max(1, new Set(rows.map((row) => row[field])).size);
    }
    if (isNarrow) {
      spec.layer = spec.layer.filter((layer) => layer.mark.type !== "text"); // names would cover the points
      for (const { legend } of Object.values(spec.encoding)) if (legend?.columns) legend.columns = 2;
    }
    const root = document.body.dataset.root;
    spec.data = { values: rows.map((row) => ({ ...row, page: row.page && root + row.page })) };
    drawn.get(holder)?.finalize?.();
    holder.dataset.state = "drawing";
    holder.dataset.ground = getComputedStyle(document.documentElement).colorScheme; // paper is light: see site.css
    try {
      const done = await window.vegaEmbed(holder, spec, {
        ast: true, actions: false, defaultStyle: false, renderer: "svg", config: config(isNarrow), logLevel: 1,
        tooltip: { disableDefaultStyle: true, sanitize: (value) => String(value).replaceAll("&", "&amp;").replaceAll("<", "&lt;") },
      });
      drawn.set(holder, { finalize: done.finalize, rows });
      holder.querySelector("svg")?.setAttribute("aria-hidden", "true"); // the holder says what it shows, the table has it
      holder.dataset.state = rows.length ? "drawn" : "empty";
    } catch (error) {
      holder.dataset.state = "failed";
      console.error(error);
    }
  };

  const fill = (table, rows) => {
    const fields = [...table.tHead.rows[0].cells].map((head) => head.dataset);
    window.ingestTables.get(table.id).refill(rows.map((row) => {
      const line = document.createElement("tr");
      for (const { field, as, href, n, sort } of fields) {
        const cell = line.insertCell();
        const value = row[field];
        const text = value === null || value === undefined ? NS : as ? show[as](value) : String(value);
        if (n !== undefined) { cell.className = "n"; cell.dataset.v = row[sort ?? field] ?? ""; }
        if (href && row[href]) {
          cell.className = "m";
          const link = document.createElement("a");
          link.href = document.body.dataset.root + row[href];
          link.textContent = text;
          cell.append(link);
        } else cell.textContent = text;
      }
      return line;
    }));
  };

  const note = (holder, data, form, number) => {
    const chosen = form.elements.ranking && data.rankings.find((each) => each.id === form.elements.ranking.value);
    const model = form.elements.model && data.models.find((each) => each.id === form.elements.model.value);
    const link = document.createElement("a");
    holder.replaceChildren();
    if (chosen) {
      holder.append(`${number} shown. Unit: ${chosen.unit ?? "not stated"}${chosen.lower ? "; lower is better" : ""}. `);
      link.href = chosen.page;
      link.textContent = "All results of this benchmark";
    } else if (model) {
      holder.append(`${number} statements. `);
      link.href = model.page;
      link.textContent = "All of this model";
    }
    holder.append(link);
  };

  for (const form of document.querySelectorAll("form.controls")) {
    const id = form.dataset.controls;
    const data = JSON.parse(document.getElementById(id).textContent);
    const all = data[form.dataset.rows];
    const fields = [...form.elements].filter((field) => field.name);
    for (const field of fields) {
      for (const { id: value, name } of data[field.dataset.choices] ?? []) field.add(new Option(name, value));
    }
    // what can be chosen next follows from what is required: the sellers are those of the chosen model
    const required = () => fields.filter((field) => "required" in field.dataset);
    const offer = () => {
      const rows = all.filter((row) => required().every((field) => String(row[field.name]) === field.value));
      for (const field of fields.filter((each) => "values" in each.dataset)) {
        const before = field.value || view.get(field.name);
        const values = [...new Set(rows.map((row) => row[field.name]))].sort();
        field.replaceChildren(new Option("all", ""), ...values.map((value) => new Option(value, value)));
        field.value = values.includes(before) ? before : "";
      }
    };
    const update = () => {
      const fits = () => all.some((row) => required().every((field) => String(row[field.name]) === field.value));
      const last = required().at(-1);
      if (!fits()) [...last.options].some((option) => { last.value = option.value; return fits(); });
      offer();
      const rows = all.filter((row) => fields.every((field) => {
        if (!field.value) return true;
        if ("least" in field.dataset) return row[field.name] >= Number(field.value);
        return String(row[field.name]) === field.value;
      }));
      for (const holder of document.querySelectorAll(`[data-from="${id}"]`)) draw(holder, rows);
      for (const table of document.querySelectorAll(`table[data-fill="${id}"]`)) fill(table, rows);
      for (const holder of document.querySelectorAll(`[data-note="${id}"]`)) note(holder, data, form, rows.length);
    };
    for (const field of fields) {
      const before = view.get(field.name);
      const isOffered = [...field.options].some((option) => option.value === before);
      if (before && (isOffered || "values" in field.dataset)) field.value = before;
      field.addEventListener("change", () => { view.keep(field.name, field.value); update(); });
    }
    form.addEventListener("submit", (event) => event.preventDefault());
    update();
  }

  for (const holder of document.querySelectorAll("[data-chart]")) {
    if (document.querySelector(`form.controls[data-controls="${holder.dataset.from}"]`)) continue;
    draw(holder, JSON.parse(document.getElementById(holder.dataset.from).textContent));
  }
  const again = () => { for (const [holder, { rows }] of [...drawn]) draw(holder, rows); };
  document.addEventListener("ingest-theme", again);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
});
