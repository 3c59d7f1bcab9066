// Upload: form[data-upload] with ui.upload_drop. Size is checked before sending; progress comes from htmx when the
// form has hx-post. data-max-bytes, data-too-large ("{size}" and "{max}" are filled in), data-wrong-type, data-sent.
(() => {
  const locale = document.documentElement.lang;

  const inWords = (bytes) => {
    const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
    let value = bytes;
    let unit = 0;
    while (value >= 1000 && unit < units.length - 1) {
      value /= 1000;
      unit += 1;
    }
    return new Intl.NumberFormat(locale, { style: "unit", unit: units[unit], maximumFractionDigits: 1 }).format(value);
  };

  const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

  const fits = (file, accept) =>
    !accept || accept.split(",").some((end) => file.name.toLowerCase().endsWith(end.trim().toLowerCase()));

  /** Say what was chosen or why it cannot be sent; return whether it can. */
  const inspect = (form) => {
    const input = form.querySelector("input[type=file]");
    const state = form.querySelector("[data-upload-state]");
    const drop = form.querySelector("[data-drop]");
    const max = Number(form.dataset.maxBytes ?? Infinity);
    const files = [...input.files];
    let problem = "";
    for (const file of files) {
      if (file.size > max) problem = fill(form.dataset.tooLarge, { size: inWords(file.size), max: inWords(max) });
      else if (form.dataset.wrongType && !fits(file, input.accept)) problem = fill(form.dataset.wrongType, { name: file.name });
      if (problem) break;
    }
    state.textContent = problem || files.map((file) => `${file.name} · ${inWords(file.size)}`).join(", ");
    drop.classList.toggle("has-error", Boolean(problem));
    input.setCustomValidity(problem);
    return !problem && files.length > 0;
  };

  const showProgress = (form, loaded, total) => {
    const box = form.querySelector("[data-upload-progress]");
    if (!box || box.dataset.sent) return;
    const bar = box.querySelector("progress");
    const share = total ? loaded / total : 0;
    box.hidden = false;
    if (share < 1) bar.value = Math.round(share * 100);
    // All bytes are out and the answer is awaited: the bar says "working", not "100 % done".
    // What htmx reports from here on is the answer coming in, which is not the upload.
    else {
      bar.removeAttribute("value");
      box.dataset.sent = "yes";
    }
    box.querySelector("[data-upload-percent]").textContent =
      share < 1 ? new Intl.NumberFormat(locale, { style: "percent" }).format(share) : (form.dataset.sent ?? "");
  };

  const hideProgress = (form) => {
    const box = form.querySelector("[data-upload-progress]");
    if (!box) return;
    box.hidden = true;
    delete box.dataset.sent;
  };

  document.addEventListener("change", (event) => {
    const form = event.target instanceof HTMLInputElement && event.target.type === "file" && event.target.closest("form[data-upload]");
    if (form && inspect(form) && form.dataset.upload === "auto") form.requestSubmit();
  });

  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      const drop = event.target instanceof Element && event.target.closest("[data-drop]");
      if (!drop) return;
      event.preventDefault();
      drop.classList.toggle("is-over", name === "dragenter" || name === "dragover");
      if (name !== "drop" || !event.dataTransfer.files.length) return;
      const input = drop.querySelector("input[type=file]");
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  const uploadOf = (event) => event.target instanceof Element && event.target.closest("form[data-upload]");

  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = uploadOf(event);
    if (!form) return;
    hideProgress(form);
    if (!inspect(form)) event.preventDefault();
  });
  document.addEventListener("htmx:xhr:progress", (event) => {
    const form = uploadOf(event);
    if (form) showProgress(form, event.detail.loaded, event.detail.total);
  });
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout", "htmx:abort"]) {
    document.addEventListener(name, (event) => {
      const form = uploadOf(event);
      if (form) hideProgress(form);
    });
  }
  // A plain form sends without htmx: then the bar only says that something is under way.
  document.addEventListener("submit", (event) => {
    const form = uploadOf(event);
    if (form && !(window.htmx && form.hasAttribute("hx-post"))) showProgress(form, 1, 1);
  });
})();
