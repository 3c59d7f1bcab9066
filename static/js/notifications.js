// The bell of every page: how many notifications are unread, kept up to date without a reload, here, in the title of
// the window and on the icon of the installed app. Beside it the service worker and the way to install.
(() => {
  const VISIBLE_MS = 60_000;
  // A page that nobody looks at still has its title in the row of tabs.
  const HIDDEN_MS = 300_000;
  const MOST_SHOWN = 99;
  const bell = document.querySelector("[data-bell]");
  if (!bell) return;

  const said = document.getElementById("bell-said");
  const counter = bell.querySelector("[data-bell-count]");
  const locale = document.documentElement.lang;
  const state = {
    unread: Number(bell.dataset.unread),
    newest: bell.dataset.newest || null,
    label: bell.getAttribute("aria-label"),
    tag: bell.dataset.tag,
  };

  // ---- what shows it ----
  const title = document.querySelector("title");
  const shown = () => (state.unread > MOST_SHOWN ? `${MOST_SHOWN}+` : String(state.unread));
  const showTitle = () => {
    const words = document.title.replace(/^\(\d+\+?\) /, "");
    const wanted = state.unread ? `(${shown()}) ${words}` : words;
    if (document.title !== wanted) document.title = wanted;
  };
  // Parts that are swapped bring a title of their own.
  new MutationObserver(showTitle).observe(title, { childList: true, characterData: true, subtree: true });

  const showIcon = () => {
    const set = state.unread ? navigator.setAppBadge?.(state.unread) : navigator.clearAppBadge?.();
    // Systems refuse it where the app is not installed.
    set?.catch(() => {});
  };

  const show = () => {
    counter.textContent = shown();
    counter.hidden = !state.unread;
    bell.setAttribute("aria-label", state.label);
    showTitle();
    showIcon();
  };

  /** Take what the server says now; what is new is said to who listens, and what was read is not. */
  const take = (badge) => {
    const isNew = badge.newest !== state.newest && badge.unread > 0 && badge.unread >= state.unread;
    const hasChanged = badge.tag !== state.tag;
    Object.assign(state, badge);
    if (!hasChanged) return;
    show();
    if (isNew) said.textContent = `${bell.dataset.news} ${badge.label}`;
  };

  // ---- asking ----
  // The pages of one browser tell each other, so that one question does for all of them.
  const others = "BroadcastChannel" in window ? new BroadcastChannel("notifications") : null;
  let timer = 0;
  let askedAt = Date.now();
  let isOver = false;

  const wait = () => (document.hidden ? HIDDEN_MS : VISIBLE_MS);
  const plan = () => {
    clearTimeout(timer);
    if (!isOver && !source) timer = setTimeout(ask, wait());
  };

  /** Ask no more: the session is over. The icon does not show the next person how much this one has not read. */
  const end = () => {
    isOver = true;
    clearTimeout(timer);
    source?.close();
    navigator.clearAppBadge?.().catch(() => {});
  };

  const ask = async () => {
    clearTimeout(timer);
    askedAt = Date.now();
    try {
      const answer = await fetch(bell.dataset.address, {
        headers: { "If-None-Match": `"${state.tag}"` },
        cache: "no-store",
        redirect: "manual",
      });
      // Led to the log-in: the session is over, and asking again would change nothing.
      if (answer.type === "opaqueredirect") {
        end();
        return;
      }
      if (answer.ok) {
        const badge = await answer.json();
        take(badge);
        others?.postMessage(badge);
      } else if (answer.status === 304) others?.postMessage(null);
    } catch {
      // The server is away; the next question finds it or not.
    }
    plan();
  };

  others?.addEventListener("message", (event) => {
    askedAt = Date.now();
    if (event.data) take(event.data);
    plan();
  });

  // ---- listening, where the server holds a connection for it ----
  let source = null;
  const listen = () => {
    if (!bell.dataset.stream || isOver || source || document.hidden) return;
    source = new EventSource(bell.dataset.stream);
    source.addEventListener("message", (event) => take(JSON.parse(event.data)));
    source.addEventListener("error", () => {
      // It connects again by itself, unless it was told that there is no place for it.
      if (source?.readyState !== EventSource.CLOSED) return;
      source = null;
      delete bell.dataset.stream;
      plan();
    });
  };
  const hangUp = () => {
    source?.close();
    source = null;
  };

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hangUp();
    else listen();
    if (!document.hidden && !source && !isOver && Date.now() - askedAt >= VISIBLE_MS) ask();
    else plan();
  });
  // A page that comes back from the browser's memory is as old as when it was left.
  addEventListener("pagehide", hangUp);
  addEventListener("pageshow", (event) => {
    if (!event.persisted || isOver) return;
    listen();
    ask();
  });
  // What was just marked here counts at once, and so does what a part of the page says of itself.
  document.addEventListener("badge", ask);
  document.addEventListener("htmx:afterRequest", (event) => {
    const { verb, path } = event.detail.requestConfig ?? {};
    if (verb && verb !== "get" && path?.startsWith("/notifications")) ask();
  });

  show();
  listen();
  plan();

  // ---- the installed app ----
  const worker = navigator.serviceWorker;
  worker?.register("/sw.js").then(
    () => worker.ready.then((registration) => registration.active?.postMessage({ language: locale })),
    // Without it everything works but messages of the system and the page for no network.
    () => {},
  );

  let offer = null;
  const installers = document.querySelectorAll("[data-install]");
  const showInstallers = () => {
    for (const button of installers) button.closest("li").hidden = !offer;
  };
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offer = event;
    showInstallers();
  });
  addEventListener("appinstalled", () => {
    offer = null;
    showInstallers();
  });
  for (const button of installers)
    button.addEventListener("click", async () => {
      const asked = offer;
      offer = null;
      showInstallers();
      await asked?.prompt();
    });

  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action") === "/logout") end();
  });
})();
