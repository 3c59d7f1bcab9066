// Share: a button [data-share-image] in a form hands the image that the form makes to the share sheet of the device,
// under the name that the attribute has. It is shown only where the browser can share files; data-failed says what to do
// when it could not, in the [data-share-status] of the form.
(() => {
  const TYPE = "image/png";

  const canShare = () => {
    try {
      return Boolean(navigator.canShare?.({ files: [new File(["x"], "image.png", { type: TYPE })] }));
    } catch {
      return false;
    }
  };
  if (!canShare()) return;

  const reveal = () => {
    for (const button of document.querySelectorAll("[data-share-image][hidden]")) button.hidden = false;
  };
  reveal();
  document.addEventListener("htmx:afterSettle", reveal);

  const imageOf = async (form) => {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    const image = await answer.blob();
    if (!answer.ok || image.type !== TYPE) throw new Error(String(answer.status));
    return image;
  };

  document.addEventListener("click", async (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-share-image]") : null;
    if (!button) return;
    const status = button.form.querySelector("[data-share-status]");
    button.disabled = true;
    status.textContent = "";
    try {
      const file = new File([await imageOf(button.form)], button.dataset.shareImage, { type: TYPE });
      await navigator.share({ files: [file] });
    } catch (error) {
      // Whoever closes the sheet has changed their mind.
      if (error.name !== "AbortError") status.textContent = button.dataset.failed;
    } finally {
      button.disabled = false;
    }
  });
})();
