// Upload: form[data-upload] with ui.upload_drop. Size and name are checked before sending; data-max-bytes,
// data-too-large ("{size}" and "{max}" are filled in) and data-wrong-type ("{name}") say what is wrong.
// With data-upload="auto" every file goes in a request of its own, two at a time, each with a row that shows its bar
// and then follows its import; a single file leads to the page of its import. Otherwise the form sends as forms do.
(() => {
  const AT_ONCE = 2;
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

  /** Return why a file cannot be sent, or an empty text. */
  const problemOf = (form, file) => {
    const max = Number(form.dataset.maxBytes ?? Infinity);
    if (file.size > max) return fill(form.dataset.tooLarge, { size: inWords(file.size), max: inWords(max) });
    const accept = form.querySelector("input[type=file]").accept;
    return form.dataset.wrongType && !fits(file, accept) ? fill(form.dataset.wrongType, { name: file.name }) : "";
  };

  // ---- forms that send by themselves, one file per request ----
  const waiting = [];
  let sending = 0;
  // A lone file leads to the page of its import; once there were several, the visitor stays with the list.
  let seen = 0;
  let isLeaving = false;

  const show = (row, { state, kind = "accent", note, isError = false }) => {
    const badge = row.querySelector("[data-state]");
    badge.textContent = state;
    badge.className = `badge badge-${kind}`;
    const line = row.querySelector("[data-note]");
    if (note !== undefined) line.textContent = note;
    line.classList.toggle("is-error", isError);
    line.classList.toggle("muted", !isError);
  };

  const end = (row, said) => {
    show(row, said);
    row.querySelector("[data-bar]")?.remove();
    row.querySelector("[data-cancel]")?.remove();
  };

  const addRow = (form, file) => {
    const area = form.closest("[data-upload-area]");
    const rows = area.querySelector("[data-upload-rows]");
    const row = area.querySelector("template[data-upload-row]").content.firstElementChild.cloneNode(true);
    row.querySelector("[data-name]").textContent = file.name;
    const label = fill(form.dataset.cancel, { name: file.name });
    const cancel = row.querySelector("[data-cancel]");
    cancel.setAttribute("aria-label", label);
    cancel.title = label;
    row.querySelector("[data-bar]").hidden = true;
    show(row, { state: form.dataset.queued, kind: "neutral", note: inWords(file.size) });
    rows.hidden = false;
    rows.append(row);
    return row;
  };

  const showShare = (form, row, share) => {
    const bar = row.querySelector("progress");
    const words = row.querySelector("[data-percent]");
    if (share < 1) {
      bar.value = Math.round(share * 100);
      words.textContent = new Intl.NumberFormat(locale, { style: "percent" }).format(share);
      return;
    }
    // All bytes are out and the answer is awaited: the bar says "working", not "100 % done".
    bar.removeAttribute("value");
    words.textContent = form.dataset.sent;
  };

  const sentenceIn = (html) => {
    const said = new DOMParser().parseFromString(html, "text/html").querySelector(".alert-body");
    return said ? [...said.querySelectorAll("p")].map((line) => line.textContent).at(-1) : "";
  };

  /** Let the row of an import that has arrived stand for itself from now on. */
  const follow = (form, row, address) => {
    const path = new URL(address, location.href).pathname;
    end(row, { state: form.dataset.received });
    const link = document.createElement("a");
    link.href = path;
    link.append(row.querySelector("[data-name]"));
    row.querySelector(".file-name").replaceChildren(link);
    // Without a source of its own a request gives way to the next one of the page's.
    window.htmx?.ajax("GET", `${path}/row`, { source: row, target: row, swap: "outerHTML" });
  };

  const refreshLists = () => {
    for (const id of ["waiting", "history"]) {
      const list = document.getElementById(id);
      if (list && window.htmx) window.htmx.trigger(list, "refresh");
    }
  };

  // What stands among the files of this visit is not shown a second time among those that wait.
  const hideTwins = () => {
    const here = new Set([...document.querySelectorAll("[data-upload-rows] a[href]")].map((link) => link.pathname));
    for (const row of document.querySelectorAll("#waiting .file-row"))
      row.hidden = here.has(row.querySelector("a[href]").pathname);
    for (const list of document.querySelectorAll("#waiting .file-rows")) list.hidden = !list.querySelector(":scope > :not([hidden])");
    for (const panel of document.querySelectorAll("#waiting [data-hides]")) panel.hidden = panel.querySelector(".file-rows").hidden;
  };

  const send = (form, file, row) => {
    const toasts = document.getElementById("toasts").dataset;
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("csrf_token", form.elements.csrf_token.value);
    body.append("file", file, file.name);
    sending += 1;
    row.querySelector("[data-bar]").hidden = false;
    show(row, { state: form.dataset.sending });
    row.querySelector("[data-cancel]").onclick = () => request.abort();
    request.upload.onprogress = (event) => showShare(form, row, event.total ? event.loaded / event.total : 0);
    request.onload = () => {
      const address = request.getResponseHeader("HX-Redirect");
      if (request.status >= 300 || !address) {
        const note = sentenceIn(request.responseText) || toasts.failed;
        end(row, { state: form.dataset.refused, kind: "bad", note, isError: true });
      } else if (seen === 1) {
        isLeaving = true;
        location.assign(address);
      } else {
        follow(form, row, address);
        refreshLists();
      }
    };
    request.onerror = () => end(row, { state: form.dataset.refused, kind: "bad", note: toasts.offline, isError: true });
    request.onabort = () => end(row, { state: form.dataset.cancelled, kind: "neutral" });
    request.onloadend = () => {
      sending -= 1;
      sendNext();
    };
    request.open("POST", form.action);
    request.setRequestHeader("HX-Request", "true");
    request.send(body);
  };

  const sendNext = () => {
    while (sending < AT_ONCE && waiting.length) send(...waiting.shift());
  };

  const take = (form, files) => {
    for (const file of files) {
      seen += 1;
      const row = addRow(form, file);
      const problem = problemOf(form, file);
      if (problem) {
        end(row, { state: form.dataset.refused, kind: "bad", note: problem, isError: true });
        continue;
      }
      const entry = [form, file, row];
      row.querySelector("[data-cancel]").onclick = () => {
        const place = waiting.indexOf(entry);
        if (place >= 0) waiting.splice(place, 1);
        end(row, { state: form.dataset.cancelled, kind: "neutral" });
      };
      waiting.push(entry);
    }
    sendNext();
  };

  addEventListener("beforeunload", (event) => {
    if (!isLeaving && (sending || waiting.length)) event.preventDefault();
  });

  // A row that rests now may have become ready, or needs a decision.
  document.addEventListener("htmx:afterSettle", (event) => {
    const row = event.target instanceof Element && event.target.closest("[data-upload-rows] > .file-row");
    if (row && !row.hasAttribute("hx-get")) refreshLists();
    hideTwins();
  });

  // ---- plain forms: say what was chosen, or why it cannot be sent ----
  const inspect = (form) => {
    const input = form.querySelector("input[type=file]");
    const files = [...input.files];
    const problem = files.map((file) => problemOf(form, file)).find(Boolean) ?? "";
    const chosen = files.map((file) => `${file.name} · ${inWords(file.size)}`).join(", ");
    form.querySelector("[data-upload-state]").textContent = problem || chosen;
    form.querySelector("[data-drop]").classList.toggle("has-error", Boolean(problem));
    input.setCustomValidity(problem);
  };

  document.addEventListener("change", (event) => {
    const input = event.target;
    const form = input instanceof HTMLInputElement && input.type === "file" && input.closest("form[data-upload]");
    if (!form) return;
    if (form.dataset.upload !== "auto") {
      inspect(form);
      return;
    }
    const files = [...input.files];
    // The same file can be chosen again.
    input.value = "";
    take(form, files);
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

  // A plain form sends without a script of ours: its bar only says that something is under way.
  document.addEventListener("submit", (event) => {
    const form = event.target instanceof Element && event.target.closest("form[data-upload]");
    const box = form && form.querySelector("[data-upload-progress]");
    if (!box) return;
    box.hidden = false;
    box.querySelector("progress").removeAttribute("value");
  });
})();
