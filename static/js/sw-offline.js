// Keeps the page that is shown without a network and what it is drawn with. Nothing else: above all no page with data.
(() => {
  const { cache, pages, language, files } = self.APP;
  // Not an address of the app: under it stands the language that the pages were last read in.
  const LANGUAGE = "/offline/language";
  const kept = new Set(files);

  const keep = async () => {
    const place = await caches.open(cache);
    const addresses = [...Object.values(pages), ...files];
    await place.addAll(addresses.map((address) => new Request(address, { cache: "reload", credentials: "omit" })));
    await self.skipWaiting();
  };

  const forgetEarlier = async () => {
    for (const name of await caches.keys()) if (name.startsWith("offline-") && name !== cache) await caches.delete(name);
    await self.clients.claim();
  };

  const offline = async () => {
    const place = await caches.open(cache);
    const noted = await place.match(LANGUAGE);
    const wanted = noted ? await noted.text() : language;
    return (await place.match(pages[wanted] ?? pages[language])) ?? Response.error();
  };

  const note = async (wanted) => {
    if (!pages[wanted]) return;
    const place = await caches.open(cache);
    await place.put(LANGUAGE, new Response(wanted));
  };

  self.addEventListener("install", (event) => event.waitUntil(keep()));
  self.addEventListener("activate", (event) => event.waitUntil(forgetEarlier()));
  self.addEventListener("message", (event) => {
    if (event.data?.language) event.waitUntil(note(event.data.language));
  });
  self.addEventListener("fetch", (event) => {
    const { request } = event;
    if (request.method !== "GET") return;
    const address = new URL(request.url);
    if (request.mode === "navigate") event.respondWith(fetch(request).catch(offline));
    else if (address.origin === location.origin && kept.has(address.pathname + address.search))
      event.respondWith(caches.match(request).then((found) => found ?? fetch(request)));
  });
})();
