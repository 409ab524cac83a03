// Keys at a desk: j and k go to the next and previous criterion, digits choose among its marks.
export function move(): () => void {
  const press = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.altKey || event.metaKey || /^(TEXTAREA|SELECT)$/.test(target.tagName)) return;
    if (event.key === "j" || event.key === "k") go(target, event.key === "j" ? 1 : -1);
    else if (/^[1-9]$/.test(event.key)) choose(target, Number(event.key));
  };
  const click = (event: MouseEvent) => {
    if ((event.target as HTMLElement).closest("[data-next-open]")) enter(document.querySelector<HTMLElement>("[data-open]"));
  };
  document.addEventListener("keydown", press);
  document.addEventListener("click", click);
  return () => {
    document.removeEventListener("keydown", press);
    document.removeEventListener("click", click);
  };
}

const cards = () => [...document.querySelectorAll<HTMLElement>("[data-criterion]")];

function go(from: HTMLElement, step: number): void {
  const all = cards();
  const place = all.indexOf(from.closest<HTMLElement>("[data-criterion]")!);
  enter(all[place < 0 ? 0 : place + step]);
}

function enter(card: HTMLElement | null | undefined): void {
  const field = card?.querySelector<HTMLElement>("input[type=radio]:checked, input[type=radio]");
  card?.scrollIntoView({ block: "center" });
  field?.focus({ preventScroll: true });
}

function choose(from: HTMLElement, number: number): void {
  const option = from.closest("[data-criterion]")?.querySelectorAll<HTMLInputElement>("input[type=radio]")[number - 1];
  option?.focus();
  option?.click();
}
