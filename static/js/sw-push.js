// Shows push messages, opens what they tell of, and tells the server when the browser gets another address.
// The message is the declarative one of browsers that show it by themselves; here it is read for all others.
(() => {
  const { icon, badge } = self.APP ?? {};
  const LIST = "/notifications";
  const DEVICES = "/notifications/devices";

  /** An address of ours, as the message names it; anything else leads to the list. */
  const ownAddress = (text) => {
    try {
      const address = new URL(text ?? LIST, location.origin);
      // The host of the settings may be another name for the one that this browser came by.
      return new URL(address.pathname + address.search, location.origin).href;
    } catch {
      return new URL(LIST, location.origin).href;
    }
  };

  const bytes = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

  const read = (event) => {
    try {
      return event.data.json();
    } catch {
      return {};
    }
  };

  const showBadge = (count) => {
    const set = count ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.();
    // Systems refuse it where the app is not installed.
    return set?.catch(() => {});
  };

  // Every message shows something: browsers withdraw the permission of those that do not.
  const show = async (event) => {
    const message = read(event);
    const told = message.notification ?? {};
    const { title = "TikTok Analytics", body = "", lang, dir, tag } = told;
    await self.registration.showNotification(title, { body, lang, dir, tag, icon, badge, data: { url: ownAddress(told.navigate) } });
    if (message.app_badge !== undefined) await showBadge(Number(message.app_badge));
  };

  const open = async (url) => {
    const windows = await clients.matchAll({ type: "window", includeUncontrolled: true });
    const shown = windows.find((each) => each.url === url);
    // Another page is left as it is: something may be half written there.
    return shown ? shown.focus() : clients.openWindow(url);
  };

  const renew = async (event) => {
    const answer = await fetch(`${DEVICES}/key`, { credentials: "same-origin", redirect: "error" });
    if (!answer.ok) return;
    const { key, token } = await answer.json();
    const wanted = { userVisibleOnly: true, applicationServerKey: bytes(key) };
    const subscription = event.newSubscription ?? (await self.registration.pushManager.subscribe(wanted));
    const { endpoint, keys } = subscription.toJSON();
    const body = new URLSearchParams({ endpoint, p256dh: keys.p256dh, auth: keys.auth, csrf_token: token });
    body.set("earlier", event.oldSubscription?.endpoint ?? "");
    await fetch(DEVICES, { method: "POST", body, credentials: "same-origin", redirect: "manual" });
  };

  self.addEventListener("push", (event) => event.waitUntil(show(event)));
  self.addEventListener("notificationclick", (event) => {
    event.notification.close();
    event.waitUntil(open(event.notification.data.url));
  });
  self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));
})();
