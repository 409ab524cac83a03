import { on } from "./events";

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
