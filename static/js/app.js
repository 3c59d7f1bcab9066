// The small behaviours of every page. Each is found by a data attribute and works on parts that arrive later.
(() => {
  const root = document.documentElement;
  const toasts = document.getElementById("toasts");
  const TOAST_MS = 6000;

  const icon = (name) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    svg.classList.add("icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${toasts.dataset.icons}#${name}`);
    svg.append(use);
    return svg;
  };

  const TOAST_ICONS = { success: "check-circle", warning: "alert", danger: "alert" };

  /** Show one sentence; failures stay until they are dismissed, the rest leaves unless it is pointed at. */
  const toast = (kind, text) => {
    const box = document.createElement("div");
    box.className = `toast toast-${kind}`;
    const words = document.createElement("p");
    words.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "icon-button";
    close.dataset.dismiss = ".toast";
    close.setAttribute("aria-label", toasts.dataset.dismissLabel);
    close.append(icon("x"));
    box.append(icon(TOAST_ICONS[kind] ?? "info"), words, close);
    toasts.append(box);
    if (kind === "danger") return;
    let timer = setTimeout(() => box.remove(), TOAST_MS);
    const hold = () => clearTimeout(timer);
    const release = () => {
      clearTimeout(timer);
      timer = setTimeout(() => box.remove(), TOAST_MS);
    };
    box.addEventListener("pointerenter", hold);
    box.addEventListener("focusin", hold);
    box.addEventListener("pointerleave", release);
    box.addEventListener("focusout", release);
  };

  // ---- theme: at once in the page, then kept by the server ----
  const showTheme = (theme) => {
    root.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-theme-form] button"))
      button.setAttribute("aria-pressed", String(button.value === theme));
    document.dispatchEvent(new CustomEvent("themechange"));
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("[data-theme-form]");
    if (!form || !event.submitter) return;
    event.preventDefault();
    const before = root.dataset.theme;
    const body = new FormData(form, event.submitter);
    showTheme(event.submitter.value);
    try {
      const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
      if (!answer.ok && answer.type !== "opaqueredirect") throw new Error(String(answer.status));
    } catch {
      showTheme(before);
      toast("danger", toasts.dataset.failed);
    }
  });

  // ---- forms whose second sending would be refused: codes that count once, pages shown once ----
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-once]");
    if (!form) return;
    if (form.dataset.once === "sent") event.preventDefault();
    form.dataset.once = "sent";
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-once]")) form.dataset.once = "";
  });

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    if (root.dataset.theme === "system") document.dispatchEvent(new CustomEvent("themechange"));
  });

  // ---- rail ----
  const railToggle = document.querySelector("[data-rail-toggle]");
  const showRail = () => railToggle?.setAttribute("aria-pressed", String(root.dataset.rail === "slim"));
  showRail();
  railToggle?.addEventListener("click", () => {
    if (root.dataset.rail === "slim") delete root.dataset.rail;
    else root.dataset.rail = "slim";
    try {
      localStorage.setItem("rail", root.dataset.rail ?? "wide");
    } catch {
      // Without storage the choice lasts for this page.
    }
    showRail();
  });

  // ---- clicks: dismiss, dialogs, copy, menus ----
  const openDialog = (id) => {
    const dialog = document.getElementById(id);
    if (!(dialog instanceof HTMLDialogElement)) return false;
    if (dialog.open) return true;
    dialog.showModal();
    // The first thing to fill in comes before the sign that closes.
    dialog.querySelector(".dialog-body :is([autofocus], input:not([type=hidden]), select, textarea)")?.focus();
    return true;
  };

  document.addEventListener("click", async (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;

    for (const menu of document.querySelectorAll("details[data-menu][open], details.hint[open]"))
      if (!menu.contains(target)) menu.open = false;

    const dismiss = target.closest("[data-dismiss]");
    if (dismiss) dismiss.closest(dismiss.dataset.dismiss)?.remove();

    const opener = target.closest("[data-dialog-open]");
    if (opener && openDialog(opener.dataset.dialogOpen)) event.preventDefault();

    const dialog = target.closest("dialog[open]");
    if (dialog && (target.closest("[data-dialog-close]") || target === dialog)) {
      event.preventDefault();
      dialog.close();
    }

    if (target.closest("[data-print]")) print();

    const copy = target.closest("[data-copy]");
    if (copy) {
      const source = document.getElementById(copy.dataset.copy);
      const text = source ? (source.value ?? source.textContent).trim() : copy.dataset.copy;
      try {
        await navigator.clipboard.writeText(text);
        toast("success", toasts.dataset.copied);
      } catch {
        // The clipboard may be refused; the text is selected so that the keyboard can copy it.
        if (source) getSelection()?.selectAllChildren(source);
      }
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const menu of document.querySelectorAll("details[data-menu][open], details.hint[open]")) {
        if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
        menu.open = false;
      }
    }
    // "/" goes to the search of the page, as in most products with one.
    const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const search = document.querySelector(".search input[type=search]");
      if (search) {
        event.preventDefault();
        search.focus();
      }
    }
  });

  // ---- what is behind a number: a link brings it into the drawer, where there is one ----
  let opener = null;
  const drawer = document.getElementById("drawer");
  const isFigure = (event) => event.detail.target?.id === "figure";
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isFigure(event) && !event.detail.elt.closest("#figure")) opener = event.detail.elt;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (!isFigure(event)) return;
    if (drawer && !drawer.open) drawer.showModal();
    drawer?.scrollTo(0, 0);
    // A page of rows was turned: the reading goes on there, not at the top.
    const asked = event.detail.requestConfig?.elt;
    const rows = asked?.closest(".pagination") && document.getElementById("figure-rows");
    (rows || document.getElementById("figure-title"))?.focus();
  });
  drawer?.addEventListener("close", () => {
    // The part of the page with the link may have been swapped meanwhile.
    const href = opener?.getAttribute("href");
    const again = opener?.isConnected ? opener : href && document.querySelector(`a[href="${CSS.escape(href)}"]`);
    (again || document.getElementById("main")).focus();
    document.getElementById("figure").replaceChildren();
  });
  // The numbers of a long table are plain links.
  document.addEventListener("click", (event) => {
    const number = event.target instanceof Element && event.target.closest("a.opened:not([hx-get])");
    if (!number || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    document.dispatchEvent(new CustomEvent("openfigure", { detail: { href: number.getAttribute("href"), opener: number } }));
  });
  // A point of a chart asks for its figure so: detail is {href, opener}.
  document.addEventListener("openfigure", (event) => {
    const { href, opener: from } = event.detail;
    if (!window.htmx || !document.getElementById("figure")) {
      location.assign(href);
      return;
    }
    window.htmx.ajax("GET", href, { source: from ?? document.body, target: "#figure", swap: "outerHTML" });
  });

  // ---- typing the name to confirm: the button waits until the text is equal ----
  const guard = (input) => {
    const button = input.form?.querySelector("[data-confirm-button]");
    if (button) button.disabled = input.value.trim() !== input.dataset.expected;
  };
  const guardAll = (scope) => scope.querySelectorAll("input[data-expected]").forEach(guard);
  guardAll(document);
  document.addEventListener("input", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.dataset.expected !== undefined) guard(event.target);
  });

  // A menu that swaps a part of the page closes, and its button keeps the focus: what was clicked is about to go.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const menu = event.target.closest("details[data-menu]");
    if (!menu) return;
    menu.querySelector("summary").focus();
    menu.open = false;
  });

  /** Let a row of tabs that is wider than its window begin where one is. */
  const showTab = () => {
    const tab = document.querySelector(".tabs [aria-current]");
    const row = tab?.closest(".tabs");
    if (row) row.scrollLeft = tab.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
  };

  // ---- what the server says through htmx ----
  document.addEventListener("toast", (event) => {
    const said = event.detail ?? {};
    if (said.text) toast(said.kind ?? "info", said.text);
  });
  document.addEventListener("htmx:sendError", () => toast("danger", toasts.dataset.offline));
  // Our own errors carry their sentence and say where it goes; only an answer of somebody else, such as a proxy, does not.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status < 400) document.getElementById("alerts").replaceChildren();
    if (event.detail.xhr.status < 400 || event.detail.xhr.status === 422) return;
    if (event.detail.xhr.getResponseHeader("HX-Retarget")) return;
    event.detail.shouldSwap = false;
    toast("danger", toasts.dataset.failed);
  });
  // A search box keeps what is being typed while its list is swapped; Back brings the text of that address.
  document.addEventListener("htmx:historyRestore", () => {
    const asked = new URLSearchParams(location.search);
    for (const search of document.querySelectorAll("input[type=search][hx-preserve]"))
      search.value = asked.get(search.name) ?? "";
  });
  // A request that gives way to a newer one is no error, and htmx would log it as two.
  const underWay = new Map();
  document.addEventListener("htmx:beforeRequest", (event) => underWay.set(event.detail.xhr, event.detail));
  document.addEventListener("htmx:afterRequest", (event) => underWay.delete(event.detail.xhr));
  document.addEventListener(
    "htmx:abort",
    (event) => {
      for (const detail of underWay.values()) if (event.target.contains(detail.elt)) detail.error = "";
    },
    { capture: true },
  );
  document.addEventListener("htmx:afterSettle", (event) => {
    guardAll(document);
    // Tabs are pages of their own: the one that was swapped in names the window, too.
    const page = document.querySelector("nav[data-titles] [aria-current=page]");
    if (page) document.title = page.textContent.trim() + document.title.slice(document.title.lastIndexOf(" · "));
    const dialog = event.target instanceof Element && event.target.querySelector("dialog[data-open]");
    if (dialog) openDialog(dialog.id);
    showTab();
  });
  showTab();
})();
