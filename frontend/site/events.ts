/** Calls `handle` with the nearest element that matches `selector`, now or later on the page. */
export function on<E extends Event>(
  type: string,
  selector: string,
  handle: (found: HTMLElement, event: E) => void,
): void {
  document.addEventListener(type, (event) => {
    const found = event.target instanceof Element ? event.target.closest<HTMLElement>(selector) : null;
    if (found) handle(found, event as E);
  });
}
