import { on } from "./events";

const ANSWER_WITHIN = 10_000; // ms; then enable the form again, as a download or a lost response leaves the page open
const sent = new Set<HTMLFormElement>();
const changed = new Set<HTMLFormElement>();

/** Prevents double submission: a POST form's buttons are disabled until the response, or until the user returns. */
export function guardAgainstSendingTwice(): void {
  on<SubmitEvent>("submit", "form[method=post]", (found, event) => {
    const form = found as HTMLFormElement;
    if (event.defaultPrevented) return;
    if (sent.has(form)) {
      event.preventDefault();
      return;
    }
    sent.add(form);
    setTimeout(() => rest(form, true)); // a disabled button would not be submitted, so wait until the form data is built
    setTimeout(() => release(form), ANSWER_WITHIN);
  });
  window.addEventListener("pageshow", () => [...sent].forEach(release));
}

function release(form: HTMLFormElement): void {
  sent.delete(form);
  rest(form, false);
}

function rest(form: HTMLFormElement, resting: boolean): void {
  form.toggleAttribute("data-sent", resting);
  for (const part of form.elements)
    if (part instanceof HTMLButtonElement && part.type === "submit") part.disabled = resting;
}

/** `<form data-guard>`: asks for confirmation before leaving a changed form. */
export function guardAgainstLeaving(): void {
  document.querySelectorAll<HTMLFormElement>("form[data-guard][data-changed]").forEach((form) => changed.add(form));
  on("input", "form[data-guard]", (form) => changed.add(form as HTMLFormElement));
  on("reset", "form[data-guard]", (form) => changed.delete(form as HTMLFormElement));
  window.addEventListener("beforeunload", (event) => {
    if (![...changed].some((form) => form.isConnected && !sent.has(form))) return;
    event.preventDefault();
    event.returnValue = ""; // Chrome before 119 ignores preventDefault() here
  });
}

/** `<form data-autosubmit>`: submits the form on every change. */
export function autosubmit(): void {
  on("change", "form[data-autosubmit]", (form) => (form as HTMLFormElement).requestSubmit());
}

/** `<form data-stale="#pool">`: disables the buttons of `#pool` once the conditions change; the response contains new ones. */
export function holdWhatIsStale(): void {
  on("input", "form[data-stale]", (form) =>
    document.querySelectorAll<HTMLButtonElement>(`${form.dataset.stale} button`).forEach((button) => (button.disabled = true)),
  );
}
