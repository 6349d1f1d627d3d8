// Tables that sort, filter and can be copied; the search; the switch of light and dark. The view is kept in the
// fragment of the address (#q.TABLE=…&sort.TABLE=…), so that a link shows it again. Text is only ever set as text.
(() => {
  "use strict";
  const root = document.body.dataset.root;

  // ---- the fragment ------------------------------------------------------------------------------------------------
  const kept = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
  const keep = (name, value) => {
    if (value) kept.set(name, value);
    else kept.delete(name);
    history.replaceState(null, "", kept.toString() ? `#${kept}` : location.pathname + location.search);
  };
  window.ingestView = { get: (name) => kept.get(name), keep };

  const element = (tag, attributes = {}, text = "") => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.textContent = text;
    return made;
  };
  window.ingestElement = element;

  // ---- tables ------------------------------------------------------------------------------------------------------
  const FEW = 15; // rows below which a table needs no filter
  const plain = (text) => text.replace(/\s+/g, " ").trim();
  const sortValue = (row, column, isNumber) => {
    const cell = row.cells[column];
    if (!cell) return isNumber ? NaN : "";
    const text = cell.dataset.v ?? plain(cell.textContent);
    return isNumber ? (text === "" || text === "–" ? NaN : Number(text.replaceAll(",", ""))) : text;
  };
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  // A text that a spreadsheet would take for a formula gets an apostrophe in front.
  const csvCell = (text) => {
    const isFormula = /^[=+\-@\t\r]/.test(text) && !/^[+-]?[\d.,]+%?$/.test(text);
    const safe = isFormula ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };

  const copied = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = element("textarea", { class: "hidden", "aria-hidden": "true" });
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };

  class Tools {
    constructor(table) {
      this.table = table;
      this.body = table.tBodies[0];
      this.heads = [...table.tHead.rows[0].cells];
      this.rows = [...this.body.rows];
      this.texts = new Map();
      this.selects = [];
      this.bar = element("div", { class: "tools" });
      table.closest(".table").before(this.bar);
      if (this.rows.length >= FEW || "fill" in table.dataset) this.addFilter();
      this.heads.forEach((head, column) => this.addHead(head, column));
      const copy = element("button", { type: "button", class: "quiet" }, "Copy as CSV");
      copy.addEventListener("click", async () => {
        const done = await copied(this.csv());
        copy.textContent = done ? "Copied" : "The browser did not allow it";
        setTimeout(() => { copy.textContent = "Copy as CSV"; }, 2000);
      });
      this.count = element("span", { class: "count", role: "status" });
      this.bar.append(copy, this.count);
      const [column, order] = (kept.get(`sort.${table.id}`) ?? "").split("~");
      const chosen = this.heads.findIndex((head) => plain(head.textContent) === column);
      if (chosen >= 0) this.sort(chosen, order === "down" ? "descending" : "ascending");
      this.filter();
    }

    addFilter() {
      const { id } = this.table;
      const label = element("label", {}, "Filter ");
      this.query = element("input", { type: "search", autocomplete: "off" });
      this.query.value = kept.get(`q.${id}`) ?? "";
      this.query.addEventListener("input", () => { keep(`q.${id}`, this.query.value); this.filter(); });
      label.append(this.query);
      this.bar.append(label);
    }

    addHead(head, column) {
      const name = plain(head.textContent);
      if ("filter" in head.dataset && this.rows.length >= FEW) this.addSelect(name, column);
      const button = element("button", { type: "button", class: "sort" }, name);
      button.addEventListener("click", () => {
        const isNumber = "n" in head.dataset;
        const now = head.getAttribute("aria-sort");
        const first = isNumber ? "descending" : "ascending";
        const second = isNumber ? "ascending" : "descending";
        const next = now === first ? second : first;
        keep(`sort.${this.table.id}`, `${name}~${next === "descending" ? "down" : "up"}`);
        this.sort(column, next);
      });
      head.textContent = "";
      head.append(button);
    }

    addSelect(name, column) {
      const values = [...new Set(this.rows.map((row) => plain(row.cells[column].textContent)))].sort(collator.compare);
      if (values.length < 2 || values.length > 300) return;
      const label = element("label", {}, `${name} `);
      const select = element("select");
      select.append(element("option", { value: "" }, "all"));
      for (const value of values) select.append(element("option", { value }, value.slice(0, 60)));
      const key = `f.${this.table.id}.${name}`;
      select.value = kept.get(key) ?? "";
      if (select.selectedIndex < 0) select.selectedIndex = 0;
      select.addEventListener("change", () => { keep(key, select.value); this.filter(); });
      label.append(select);
      this.bar.append(label);
      this.selects.push([select, column]);
    }

    sort(column, order) {
      this.heads.forEach((head, at) => {
        if (at === column) head.setAttribute("aria-sort", order);
        else head.removeAttribute("aria-sort");
      });
      this.sorted = [column, order];
      const isNumber = "n" in this.heads[column].dataset;
      const way = order === "ascending" ? 1 : -1;
      const valued = this.rows.map((row, at) => [sortValue(row, column, isNumber), at, row]);
      valued.sort(([a, i], [b, k]) => {
        if (isNumber) {
          if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b) || i - k;
          return way * (a - b) || i - k;
        }
        return way * collator.compare(a, b) || i - k;
      });
      this.body.append(...valued.map(([, , row]) => row));
    }

    filter() {
      const words = plain(this.query?.value ?? "").toLowerCase().split(" ").filter(Boolean);
      const chosen = this.selects.filter(([select]) => select.value);
      let number = 0;
      for (const row of this.rows) {
        let fits = chosen.every(([select, column]) => plain(row.cells[column].textContent) === select.value);
        if (fits && words.length) {
          let text = this.texts.get(row);
          if (text === undefined) this.texts.set(row, text = plain(row.textContent).toLowerCase());
          fits = words.every((word) => text.includes(word));
        }
        if (row.hidden === fits) row.hidden = !fits;
        number += fits;
      }
      const all = this.rows.length;
      this.count.textContent = number === all ? `${all.toLocaleString("en")} rows` :
        `${number.toLocaleString("en")} of ${all.toLocaleString("en")} rows`;
    }

    refill(rows) {
      this.body.replaceChildren(...rows);
      this.rows = rows;
      this.texts.clear();
      if (this.sorted) this.sort(...this.sorted);
      this.filter();
    }

    csv() {
      const lines = [this.heads.map((head) => plain(head.textContent))];
      for (const row of this.body.rows) {
        if (!row.hidden) lines.push([...row.cells].map((cell) => plain(cell.textContent)));
      }
      return lines.map((line) => line.map(csvCell).join(",")).join("\r\n") + "\r\n";
    }
  }
  window.ingestTools = Tools;
  window.ingestTables = new Map();
  for (const table of document.querySelectorAll("table[data-tools]")) {
    window.ingestTables.set(table.id, new Tools(table));
  }

  // ---- freshness: judged on the day on which the page is read ------------------------------------------------------
  for (const mark of document.querySelectorAll("[data-day][data-fresh]")) {
    const age = Math.floor((Date.now() - Date.parse(mark.dataset.day)) / 864e5);
    if (!mark.dataset.fresh || !(age > Number(mark.dataset.fresh))) continue;
    mark.after(element("small", { class: "warn" }, ` ⚠ stale: ${age.toLocaleString("en")} days old`));
  }

  // ---- the search --------------------------------------------------------------------------------------------------
  const input = document.getElementById("find");
  const list = document.getElementById("found");
  let index = null;
  let active = -1;
  const load = () => {
    if (index) return;
    index = [];
    const script = element("script", { src: `${root}assets/search.js` });
    script.addEventListener("load", () => {
      index = window.ingestSearch.map((entry) => [...entry, `${entry[1]} ${entry[3]}`.toLowerCase()]);
      show();
    });
    document.head.append(script);
  };
  const rank = ([kind, name, , , text], query) => {
    const lower = name.toLowerCase();
    return (lower === query ? 0 : lower.startsWith(query) ? 1 : text.includes(query) ? 2 : 3) * 10 + (kind === "model");
  };
  const choose = (at) => {
    active = at;
    [...list.children].forEach((item, place) => {
      item.setAttribute("aria-selected", String(place === at));
      if (place === at) {
        input.setAttribute("aria-activedescendant", item.id);
        item.scrollIntoView({ block: "nearest" });
      }
    });
  };
  const close = () => {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const show = () => {
    const query = plain(input.value).toLowerCase();
    if (!query || !index) return close();
    const words = query.split(" ");
    const hits = index.filter((entry) => words.every((word) => entry[4].includes(word)));
    hits.sort((a, b) => rank(a, query) - rank(b, query) || collator.compare(a[1], b[1]));
    list.replaceChildren(...hits.slice(0, 12).map(([kind, name, address], place) => {
      const item = element("li", { role: "option", id: `hit${place}`, "aria-selected": "false" });
      const link = element("a", { href: root + address, tabindex: "-1" });
      link.append(element("bdi", {}, name.slice(0, 80)), element("small", {}, ` ${kind}`));
      item.append(link);
      return item;
    }));
    if (!hits.length) list.append(element("li", { role: "option", "aria-selected": "false", class: "none" }, "nothing found"));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    active = -1;
  };
  input.addEventListener("focus", load);
  input.addEventListener("input", () => { load(); show(); });
  input.addEventListener("keydown", (event) => {
    const links = list.querySelectorAll("a");
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown" && links.length) choose((active + 1) % links.length);
    else if (event.key === "ArrowUp" && links.length) choose((active + links.length - 1) % links.length);
    else if (event.key === "Enter" && links.length) location.href = links[Math.max(active, 0)].href;
    else return;
    event.preventDefault();
  });
  document.addEventListener("click", (event) => { if (!event.target.closest(".find")) close(); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.closest("input, select, textarea")) {
      event.preventDefault();
      input.focus();
    }
  });

  // ---- light and dark ----------------------------------------------------------------------------------------------
  document.getElementById("theme").addEventListener("click", () => {
    const html = document.documentElement;
    const isDark = html.dataset.theme ? html.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    html.dataset.theme = isDark ? "light" : "dark";
    try { localStorage.setItem("ingest-theme", html.dataset.theme); } catch { /* kept for this page alone */ }
    document.dispatchEvent(new Event("ingest-theme"));
  });

  // ---- places within folded parts: a link opens them ---------------------------------------------------------------
  const unfold = () => {
    if (!location.hash || location.hash.includes("=")) return;
    let place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    while (place) {
      if (place.tagName === "DETAILS") place.open = true;
      place = place.parentElement;
    }
  };
  addEventListener("hashchange", unfold);
  unfold();
})();
