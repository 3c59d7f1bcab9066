// Devices: whether this browser can take push messages, adding it with a click, and forgetting it when it is removed.
// Of the parts [data-push-state] the one that is true here is shown. The form is sent as any other: the server answers.
(() => {
  const part = document.querySelector("[data-push]");
  if (!part) return;
  const form = part.querySelector("[data-push-form]");
  const button = part.querySelector("[data-push-add]");

  const show = (state) => {
    for (const each of part.querySelectorAll("[data-push-state]")) each.hidden = each.dataset.pushState !== state;
    form.hidden = state !== "ready" && state !== "failed";
  };

  const isApple = () =>
    /iPhone|iPad|iPod/.test(navigator.userAgent) || (/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);

  /** What stands in the way of push messages here; null for nothing. */
  const obstacle = () => {
    if (!window.isSecureContext) return "insecure";
    const isThere = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
    if (!isThere) return isApple() && !navigator.standalone ? "home_screen" : "unsupported";
    return Notification.permission === "denied" ? "denied" : null;
  };

  const bytes = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

  const isOurs = (subscription) => {
    const key = subscription.options.applicationServerKey;
    if (!key) return true;
    const wanted = bytes(part.dataset.key);
    return new Uint8Array(key).every((byte, place) => byte === wanted[place]);
  };

  /** The mark under which the list has a browser: the beginning of the hash of its address. */
  const markOf = async (subscription) => {
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(subscription.endpoint));
    return Array.from(new Uint8Array(hash).slice(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
  };

  const rowOf = async (subscription) =>
    document.querySelector(`[data-push-device="${subscription ? await markOf(subscription) : ""}"]`);

  const subscribe = async (registration) => {
    const current = await registration.pushManager.getSubscription();
    if (current && isOurs(current)) return current;
    await current?.unsubscribe();
    return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(part.dataset.key) });
  };

  const send = (subscription) => {
    const { endpoint, keys } = subscription.toJSON();
    for (const [name, value] of Object.entries({ endpoint, p256dh: keys.p256dh, auth: keys.auth })) form.elements[name].value = value;
    form.submit();
  };

  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      // Asked here and not by subscribe(): browsers show the question only for a click.
      if ((await Notification.requestPermission()) !== "granted") return show(obstacle() ?? "ready");
      await navigator.serviceWorker.register("/sw.js");
      send(await subscribe(await navigator.serviceWorker.ready));
    } catch {
      show(obstacle() ?? "failed");
    } finally {
      button.disabled = false;
    }
  });

  const look = async () => {
    const found = obstacle();
    if (found) return show(found);
    // Where no service worker is there yet, it comes with the first click.
    const registration = await navigator.serviceWorker.getRegistration("/");
    const subscription = await registration?.pushManager.getSubscription();
    const row = await rowOf(subscription);
    show(row ? "added" : "ready");
    if (!row) return;
    row.querySelector("[data-push-this]").hidden = false;
    // What is removed from the list is forgotten by the browser too.
    const removal = row.querySelector("[data-push-remove]");
    removal.addEventListener("submit", async (event) => {
      event.preventDefault();
      await subscription.unsubscribe().catch(() => {});
      removal.submit();
    });
  };
  look().catch(() => show("unsupported"));
})();
