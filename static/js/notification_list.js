// The list of notifications by keyboard: from one to the next, and marking. Only where the focus is in the list, so that
// no letter does anything elsewhere; Enter opens because the names are buttons.
(() => {
  const STEPS = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };
  const names = () => [...document.querySelectorAll("[data-notice-open]")];

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || !(event.target instanceof Element)) return;
    const row = event.target.closest("[data-notice]");
    if (!row) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "m" && !event.repeat) {
      event.preventDefault();
      row.querySelector("[data-notice-mark]").click();
      return;
    }
    const step = STEPS[key];
    if (!step) return;
    const all = names();
    const next = all[all.indexOf(row.querySelector("[data-notice-open]")) + step];
    // At either end the arrow keys scroll the page, as anywhere.
    if (!next) return;
    event.preventDefault();
    next.focus();
  });

  // ---- what was marked may have left the list: the focus stays at its place ----
  let place = null;
  document.addEventListener("htmx:beforeRequest", (event) => {
    const row = event.detail.elt instanceof Element && event.detail.elt.closest("[data-notice]");
    const focused = row?.contains(document.activeElement) ? document.activeElement.id : null;
    place = focused && { id: focused, number: names().indexOf(row.querySelector("[data-notice-open]")) };
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt?.id !== "notifications" && event.target?.id !== "notifications") return;
    const said = document.querySelector("#notifications [data-said]");
    if (said) {
      document.getElementById("notifications-said").textContent = said.textContent;
      delete said.dataset.said;
    }
    if (place) {
      const all = names();
      const same = document.getElementById(place.id) ?? all[Math.min(place.number, all.length - 1)];
      (same ?? document.getElementById("notice-undo") ?? document.getElementById("main")).focus();
    }
    place = null;
  });
})();
