import { on } from "./events";

const YEAR = 31_536_000; // s

/** `<button data-theme="light|dark|">`: stores the choice in a cookie, so that the server renders the next page in it without flashing. */
export function theme(): void {
  on("click", "[data-theme]", (button) => {
    choose(button.dataset.theme ?? "");
  });
  show(document.documentElement.dataset.bsTheme ?? "");
}

function choose(chosen: string): void {
  document.cookie = `zhiping_theme=${chosen};path=/;max-age=${chosen ? YEAR : 0};samesite=lax`;
  if (chosen) document.documentElement.dataset.bsTheme = chosen;
  else delete document.documentElement.dataset.bsTheme;
  show(chosen);
}

function show(chosen: string): void {
  document
    .querySelectorAll<HTMLElement>("[data-theme]")
    .forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.theme === chosen)));
}
