import { on } from "./events";

const FILTERS = "form.filters";

/** Filters ask as one types: not before a Chinese word is composed, and with nothing empty in the address. */
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
