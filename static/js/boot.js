// Runs before the first paint, so that nothing jumps: scripts work, and the rail keeps the width the person chose.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    if (localStorage.getItem("rail") === "slim") root.dataset.rail = "slim";
  } catch {
    // Storage may be forbidden; the rail then starts wide.
  }
})();
