// Progressive enhancement of all pages; they work without it.
import "bootstrap/js/dist/collapse";
import "bootstrap/js/dist/dropdown";
import htmx from "htmx.org";

import { copyOnClick, printOnClick } from "./buttons";
import { autosubmit, guardAgainstLeaving, guardAgainstSendingTwice, holdWhatIsStale } from "./forms";
import { filterAsOneTypes } from "./lists";
import { passkeys } from "./passkeys";
import { selectAll } from "./tables";
import { theme } from "./theme";

// The Content-Security-Policy forbids inline styles and eval; history snapshots would store personal data in the browser.
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
