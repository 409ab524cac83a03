import { on } from "./events";

/** The key `/` leads to the search in the page head, unless something is being typed. */
export function searchBySlash(): void {
  document.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    const typing = target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const field = [...document.querySelectorAll<HTMLInputElement>("#look, [data-look]")].find((one) => one.offsetParent);
    event.preventDefault();
    if (field) {
      field.focus();
      field.select();
    } else {
      document.querySelector<HTMLAnchorElement>(".look-link")?.click();
    }
  });
}

const SHOWN_FOR = 2000; // ms

/** `<button data-copy="text" data-copied="Copied">`: copies the text and confirms it on the button. */
export function copyOnClick(): void {
  on("click", "[data-copy]", async (button) => {
    const text = button.dataset.copy ?? "";
    if (!(await copied(text)) || !button.dataset.copied || button.dataset.label) return;
    button.dataset.label = button.textContent ?? "";
    button.textContent = button.dataset.copied;
    setTimeout(() => {
      button.textContent = button.dataset.label ?? "";
      delete button.dataset.label;
    }, SHOWN_FOR);
  });
}

async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedTheOldWay(text); // the clipboard API needs https, but many offices use plain http
  }
}

function copiedTheOldWay(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  const before = document.activeElement;
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}

/** `<button data-print>`: opens the print dialogue. */
export function printOnClick(): void {
  on("click", "[data-print]", () => window.print());
}
