import { on } from "./events";

/** `<input type="checkbox" data-select-all="name">`: ticks all check boxes of that name in its form. */
export function selectAll(): void {
  on("change", "input[type=checkbox]", (found) => {
    const box = found as HTMLInputElement;
    const scope = box.closest("form") ?? document;
    const name = box.dataset.selectAll;
    if (name !== undefined) boxes(scope, name).forEach((one) => (one.checked = box.checked));
    else show(scope, box.name);
  });
}

function boxes(scope: ParentNode, name: string): HTMLInputElement[] {
  return [...scope.querySelectorAll<HTMLInputElement>("input[type=checkbox]:not(:disabled)")].filter(
    (box) => box.name === name && box.dataset.selectAll === undefined,
  );
}

function show(scope: ParentNode, name: string): void {
  const all = boxes(scope, name);
  const ticked = all.filter((box) => box.checked).length;
  for (const box of scope.querySelectorAll<HTMLInputElement>("input[data-select-all]"))
    if (box.dataset.selectAll === name) {
      box.checked = ticked === all.length;
      box.indeterminate = ticked > 0 && ticked < all.length;
    }
}
