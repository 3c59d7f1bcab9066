// Third-party scripts: from the CDN with their hash; on failure, wrong bytes or 2.5 s of silence the copy from here.
// `window.assetsReady` resolves to the names that are loaded; every page works without them.
(() => {
  const TIMEOUT_MS = 2500;
  const entries = JSON.parse(document.getElementById("assets").textContent);
  const loading = new Map();
  // A CDN that stayed silent once is not waited for again in this tab.
  let cdnIsDown = false;
  try {
    cdnIsDown = sessionStorage.getItem("cdn") === "silent";
  } catch {
    // Storage may be forbidden; then every page tries once.
  }

  const add = (src, sri, timeoutMs) =>
    new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = src;
      if (sri) {
        script.integrity = sri;
        script.crossOrigin = "anonymous";
      }
      const fail = (reason) => {
        script.onload = script.onerror = null;
        script.remove();
        reject(new Error(reason));
      };
      const timer = timeoutMs && setTimeout(() => fail("timeout"), timeoutMs);
      script.onload = () => {
        clearTimeout(timer);
        resolve();
      };
      script.onerror = () => {
        clearTimeout(timer);
        fail("load");
      };
      document.head.append(script);
    });

  const giveUpCdn = () => {
    cdnIsDown = true;
    try {
      sessionStorage.setItem("cdn", "silent");
    } catch {
      // Without storage the next page finds out by itself.
    }
  };

  const load = async (entry) => {
    if (entry.cdn && !cdnIsDown) {
      try {
        await add(entry.cdn, entry.sri, TIMEOUT_MS);
        return;
      } catch (error) {
        if (error.message === "timeout") giveUpCdn();
      }
    }
    await add(entry.local);
  };

  // htmx starts itself on DOMContentLoaded or in a complete document; a script that arrives between the two
  // waits for an event that has passed, so it is told once more.
  const wakeHtmx = () => {
    if (document.readyState === "interactive") document.dispatchEvent(new Event("DOMContentLoaded"));
  };

  // An entry that builds on another one waits for it; the rest load side by side.
  const loadWanted = async () => {
    const loaded = [];
    for (const entry of entries) {
      if (entry.when && !document.querySelector(entry.when)) continue;
      if (!loading.has(entry.name)) {
        const before = loading.get(entry.after) ?? Promise.resolve();
        const after = entry.name === "htmx" ? wakeHtmx : () => {};
        loading.set(entry.name, before.then(() => load(entry)).then(after));
      }
      loaded.push(loading.get(entry.name).then(() => entry.name, () => null));
    }
    return (await Promise.all(loaded)).filter(Boolean);
  };

  window.assetsReady = new Promise((resolve) => {
    const begin = () => resolve(loadWanted());
    if (document.readyState === "complete") begin();
    else document.addEventListener("DOMContentLoaded", begin, { once: true });
  });
  document.addEventListener("htmx:afterSettle", loadWanted);
})();
