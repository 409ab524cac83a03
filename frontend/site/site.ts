// What every page does in the browser. Pages work without it; this makes them quicker and safer to use.
import "bootstrap/js/dist/collapse";
import "bootstrap/js/dist/dropdown";
import htmx from "htmx.org";

import { copyOnClick, printOnClick } from "./buttons";
import { autosubmit, guardAgainstLeaving, guardAgainstSendingTwice, holdWhatIsStale } from "./forms";
import { filterAsOneTypes } from "./lists";
import { passkeys } from "./passkeys";
import { selectAll } from "./tables";
import { theme } from "./theme";

// Our Content-Security-Policy allows neither inline styles nor eval; pages about people stay out of the browser's storage.
Object.assign(htmx.config, {
  includeIndicatorStyles: false,
  allowEval: false,
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  selfRequestsOnly: true,
});

document.documentElement.classList.add("js");
copyOnClick();
printOnClick();
autosubmit();
passkeys();
guardAgainstSendingTwice();
guardAgainstLeaving();
holdWhatIsStale();
filterAsOneTypes();
selectAll();
theme();
document.querySelector<HTMLElement>("[data-focus]")?.focus();
