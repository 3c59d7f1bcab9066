// The planner's calendar: planned posts are dragged to another day, or stepped by the arrow keys.
(() => {
  const WAIT_MS = 350;
  const STEPS = {
    ArrowLeft: { days: -1, hours: 0 },
    ArrowRight: { days: 1, hours: 0 },
    ArrowUp: { days: 0, hours: -1 },
    ArrowDown: { days: 0, hours: 1 },
  };

  /** Ask for a move; the calendar that comes back has the entry where it is now, and the focus goes there. */
  const send = (entry, values) => {
    const back = { target: "#planner", swap: "outerHTML show:none", values, source: document.body };
    focusAfter = entry.id;
    window.htmx.ajax("POST", entry.dataset.move, back);
  };
  let focusAfter = null;

  document.addEventListener("htmx:afterSettle", () => {
    const planner = document.getElementById("planner");
    const said = planner?.querySelector("[data-said]");
    if (said) {
      document.getElementById("planner-said").textContent = said.textContent;
      delete said.dataset.said;
    }
    if (!focusAfter) return;
    document.getElementById(focusAfter)?.focus();
    focusAfter = null;
  });
  // A refused move leaves the calendar as it is; what was wrong stands above it.
  document.addEventListener("htmx:responseError", () => {
    focusAfter = null;
  });

  // ---- keys: presses that come quickly are one move ----
  let waiting = null;
  document.addEventListener("keydown", (event) => {
    const entry = event.target instanceof Element && event.target.closest("[data-move]");
    const step = STEPS[event.key];
    if (!entry || !step || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (waiting && waiting.entry !== entry) return;
    clearTimeout(waiting?.timer);
    const days = (waiting?.days ?? 0) + step.days;
    const hours = (waiting?.hours ?? 0) + step.hours;
    const timer = setTimeout(() => {
      waiting = null;
      if (days || hours) send(entry, { days, hours });
    }, WAIT_MS);
    waiting = { entry, days, hours, timer };
  });

  // ---- a hashtag that is used often goes into the form ----
  document.addEventListener("click", (event) => {
    const chip = event.target instanceof Element && event.target.closest("[data-add-tag]");
    const field = chip && document.querySelector("#plan-form [name=hashtags]");
    if (!field) return;
    field.value = `${field.value.trim()} #${chip.dataset.addTag}`.trim();
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // ---- the mouse ----
  let dragged = null;
  let over = null;
  const mark = (place) => {
    if (over === place) return;
    over?.classList.remove("is-over");
    over = place;
    over?.classList.add("is-over");
  };

  document.addEventListener("dragstart", (event) => {
    dragged = event.target instanceof Element ? event.target.closest("[data-move]") : null;
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.textContent.trim());
    dragged.classList.add("is-dragged");
  });
  document.addEventListener("dragover", (event) => {
    const place = dragged && event.target instanceof Element && event.target.closest("[data-drop]");
    if (!place) {
      mark(null);
      return;
    }
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    mark(place);
  });
  document.addEventListener("drop", (event) => {
    const place = dragged && event.target instanceof Element && event.target.closest("[data-drop]");
    if (!place) return;
    event.preventDefault();
    if (place.contains(dragged)) return;
    const { day, slot } = place.dataset;
    send(dragged, slot === undefined ? { day } : { day, slot });
  });
  document.addEventListener("dragend", () => {
    dragged?.classList.remove("is-dragged");
    dragged = null;
    mark(null);
  });
})();
