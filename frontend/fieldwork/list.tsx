// The sheets on a device, with what has not been sent: also shown where signing out was refused.
import type { ComponentChildren } from "preact";

import type { Store } from "./store";
import { say } from "./texts";
import type { Fieldwork, MarkEvent, Photo } from "./types";

export interface OnDevice {
  fieldwork: Fieldwork;
  marks: number;
  photos: number;
}

export async function sheetsOn(store: Store): Promise<Fieldwork[]> {
  return (await store.read("sheet")) as Fieldwork[];
}

export async function waitingOn(store: Store): Promise<OnDevice[]> {
  return Promise.all(
    (await sheetsOn(store)).map(async (fieldwork) => ({
      fieldwork,
      marks: ((await store.read("event", fieldwork.sheet.id)) as MarkEvent[]).length,
      photos: ((await store.read("photo", fieldwork.sheet.id)) as Photo[]).length,
    })),
  );
}

export function List({ sheets, notices }: { sheets: OnDevice[]; notices: ComponentChildren }) {
  return (
    <main class="page">
      <h1>{say("list.title")}</h1>
      {notices}
      {location.hash === "#unsent" && <p class="alert alert-warning" role="alert">{say("list.unsent")}</p>}
      {sheets.length === 0 && <p>{say("list.none")}</p>}
      <ul class="list-group mb-3">
        {sheets.map(({ fieldwork, marks, photos }) => (
          <li class="list-group-item d-flex justify-content-between flex-wrap gap-2" key={fieldwork.sheet.id}>
            <a href={`/evaluations/${fieldwork.evaluation.id}/fieldwork`}>{fieldwork.evaluation.platform}</a>
            <span>{marks + photos ? say("bar.unsent", { marks, photos }) : say("bar.sent")}</span>
          </li>
        ))}
      </ul>
      <p><a href="/">{say("home")}</a></p>
    </main>
  );
}
