// Light or dark: what the reader chose before, else what the system prefers. Loaded first, so that a page never flashes.
(() => {
  "use strict";
  try {
    const kept = localStorage.getItem("ingest-theme");
    if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
  } catch { /* a browser may keep nothing for files */ }
})();
