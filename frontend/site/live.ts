const EVERY = 1500; // ms
const GONE = [403, 404]; // the page itself then shows why

/** `<div data-live="url" data-tag="etag">`: asks for its content again, and replaces the parts `[data-part]` that differ. */
export function keepLive(): void {
  const root = document.querySelector<HTMLElement>("[data-live]");
  if (!root) return;
  let tag = root.dataset.tag ?? "";
  let timer = 0;
  const ask = async (): Promise<void> => {
    window.clearTimeout(timer);
    if (document.hidden || !root.isConnected) return;
    try {
      const headers = { "HX-Request": "true", "If-None-Match": tag };
      const answer = await fetch(root.dataset.live!, { headers, cache: "no-store" });
      if (GONE.includes(answer.status) || answer.headers.has("HX-Refresh")) return location.reload();
      if (answer.status === 200) {
        tag = answer.headers.get("ETag") ?? "";
        replaceParts(root, await answer.text());
      }
    } catch {
      // without a network the next turn asks again
    }
    timer = window.setTimeout(ask, EVERY);
  };
  root.addEventListener("input", (event) => {
    const part = (event.target as Element).closest<HTMLElement>("[data-part]");
    if (part) part.dataset.typed = "";
  });
  document.addEventListener("visibilitychange", () => void ask());
  timer = window.setTimeout(ask, EVERY);
}

/** Replaces parts by their id; one in which something was typed stays, and says that it has changed. */
function replaceParts(root: HTMLElement, html: string): void {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const now = [...fresh.querySelectorAll<HTMLElement>("[data-part]")];
  const ids = [...root.querySelectorAll<HTMLElement>("[data-part]")].map((part) => part.id);
  if (now.map((part) => part.id).join() !== ids.join() && !root.querySelector("[data-typed]")) {
    root.replaceChildren(...now.map((part) => document.importNode(part, true)));
    return;
  }
  for (const part of now) {
    const shown = document.getElementById(part.id);
    if (!shown || shown.dataset.part === part.dataset.part) continue;
    if ("typed" in shown.dataset) shown.querySelector("[data-changed-elsewhere]")?.removeAttribute("hidden");
    else replaceOne(shown, part);
  }
}

function replaceOne(shown: HTMLElement, part: HTMLElement): void {
  const held = shown.contains(document.activeElement) ? document.activeElement?.id : "";
  shown.replaceWith(document.importNode(part, true));
  if (held) document.getElementById(held)?.focus();
}
