import { on } from "./events";

const FILTERS = "form.filters";

/** Filters lists while typing, but not during IME composition; leaves empty fields out of the URL. */
export function filterAsOneTypes(): void {
  document.addEventListener(
    "input",
    (event) => {
      if ((event as InputEvent).isComposing && (event.target as Element).closest(FILTERS)) event.stopPropagation();
    },
    true,
  );
  on("compositionend", FILTERS, (_, event) => {
    event.target?.dispatchEvent(new Event("input", { bubbles: true }));
  });
  on<CustomEvent<{ formData: FormData }>>("htmx:configRequest", FILTERS, (_, event) => {
    const asked = event.detail.formData;
    for (const [name, value] of [...asked]) if (value === "") asked.delete(name);
  });
}
