/** Calls `handle` with the nearest element that matches `selector`, including elements added later (event delegation). */
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
