// Progressive enhancement of all pages; they work without it.
import "bootstrap/js/dist/collapse";
import "bootstrap/js/dist/dropdown";
import htmx from "htmx.org";

import { copyOnClick, printOnClick, searchBySlash } from "./buttons";
import { autosubmit, guardAgainstLeaving, guardAgainstSendingTwice, holdWhatIsStale } from "./forms";
import { filterAsOneTypes } from "./lists";
import { keepLive } from "./live";
import { passkeys } from "./passkeys";
import { selectAll } from "./tables";
import { theme } from "./theme";
import { uploads } from "./uploads";

// The Content-Security-Policy forbids inline styles and eval; history snapshots would store personal data in the browser.
Object.assign(htmx.config, {
  includeIndicatorStyles: false,
  allowEval: false,
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  selfRequestsOnly: true,
  // A database that is busy or a full disk (503, 507) has a page with what was typed; other errors change nothing.
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "50[37]", swap: true, error: true, target: "#main", select: "#main", swapOverride: "outerHTML" },
    { code: "[45]..", swap: false, error: true },
  ],
});

document.documentElement.classList.add("js");
copyOnClick();
printOnClick();
searchBySlash();
autosubmit();
passkeys();
guardAgainstSendingTwice();
guardAgainstLeaving();
holdWhatIsStale();
filterAsOneTypes();
selectAll();
keepLive();
theme();
uploads();
document.querySelector<HTMLElement>("[data-focus]")?.focus();
