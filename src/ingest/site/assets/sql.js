// The box for SQL of `ingest look`. An address may fill the box (#sql=…), but only the reader sends it.
addEventListener("DOMContentLoaded", () => {
  "use strict";
  const view = window.ingestView;
  const make = window.ingestElement;
  const form = document.getElementById("ask");
  const question = document.getElementById("question");
  const state = document.getElementById("state");
  const holder = document.getElementById("answer");
  if (view.get("sql")) question.value = view.get("sql");

  const show = ({ columns, rows, more }) => {
    const table = make("table", { id: "rows" });
    table.append(make("caption", {}, "The answer"));
    const isNumber = columns.map((_, at) => rows.some((row) => row[at] !== null) &&
      rows.every((row) => row[at] === null || typeof row[at] === "number"));
    const head = table.createTHead().insertRow();
    columns.forEach((name, at) => head.append(make("th", { scope: "col", ...(isNumber[at] ? { "data-n": "" } : {}) }, name)));
    const body = table.createTBody();
    for (const row of rows) {
      const line = body.insertRow();
      row.forEach((value, at) => {
        const cell = line.insertCell();
        cell.textContent = value === null ? "–" : String(value);
        if (isNumber[at]) { cell.className = "n"; cell.dataset.v = value ?? ""; }
      });
    }
    const around = make("div", { class: "table", role: "region", tabindex: "0", "aria-label": "The answer" });
    around.append(table);
    holder.replaceChildren(around);
    new window.ingestTools(table);
    state.textContent = more ? `The first ${rows.length.toLocaleString("en")} rows; there are more.` : "";
  };

  const ask = async () => {
    view.keep("sql", question.value);
    state.textContent = "Asking …";
    holder.replaceChildren();
    try {
      const response = await fetch("/ask", {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ sql: question.value }),
      });
      const told = await response.json();
      if (told.error) {
        state.textContent = "";
        holder.append(make("p", { class: "warn" }, told.error));
      } else show(told);
    } catch {
      state.textContent = "The server does not answer: is `ingest look` still running?";
    }
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
  question.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); ask(); }
  });
  for (const button of document.querySelectorAll("[data-query]")) {
    button.addEventListener("click", () => { question.value = button.dataset.query; question.focus(); });
  }
});
