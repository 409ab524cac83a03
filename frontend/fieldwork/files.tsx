// What is on the device as a file, and back: for a second device, or for the lead's laptop.
import { useEffect, useState } from "preact/hooks";

import type { Device } from "./device";
import { say } from "./texts";
import type { Fieldwork, Mark, MarkEvent, Photo } from "./types";

export const FORMAT = "zhiping-fieldwork/1";

/** `marks`: as the server has them; `events`: what it has not; photos with their bytes in Base64. */
export interface Saved {
  format: typeof FORMAT;
  evaluation: string;
  sheet: string;
  platform: string;
  name: string;
  rubric: Fieldwork["rubric"];
  marks: Mark[];
  events: MarkEvent[];
  photos: (Photo & { bytes: string })[];
}

export async function saved(device: Device): Promise<Saved> {
  const { evaluation, sheet, rubric } = device.fieldwork;
  const photos = [];
  for (const photo of device.photos) photos.push({ ...photo, bytes: inBase64(await device.bytesOf(photo)) });
  return {
    format: FORMAT, evaluation: evaluation.id, sheet: sheet.id, platform: evaluation.platform, name: sheet.name, rubric,
    marks: Object.values(device.state.marks), events: device.state.queue, photos,
  };
}

/** Take in a file of this sheet; return the code of what is wrong with it, "" where it was taken in. */
export async function takeFile(device: Device, text: string): Promise<"" | "unreadable" | "other_sheet"> {
  let file: Saved;
  try {
    file = JSON.parse(text) as Saved;
  } catch {
    return "unreadable";
  }
  if (file?.format !== FORMAT || !Array.isArray(file.events) || !Array.isArray(file.photos)) return "unreadable";
  if (file.sheet !== device.sheet) return "other_sheet";
  await device.adopt(file.events);
  for (const { bytes, ...photo } of file.photos) await device.addPhoto(photo, fromBase64(bytes));
  return "";
}

function inBase64(bytes: ArrayBuffer): string {
  const parts: string[] = [];
  for (let start = 0; start < bytes.byteLength; start += 0x8000) parts.push(String.fromCharCode(...new Uint8Array(bytes.slice(start, start + 0x8000))));
  return btoa(parts.join(""));
}

function fromBase64(text: string): ArrayBuffer {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer;
}

export function Files({ device, send, kept }: { device: Device; send: () => void; kept: boolean }) {
  const [wrong, setWrong] = useState("");
  const [safe, setSafe] = useState(true);
  useEffect(() => {
    if (kept) void navigator.storage?.persist?.().then(setSafe, () => setSafe(false));
  }, [kept]);
  const take = async (input: HTMLInputElement) => {
    const [file] = input.files ?? [];
    if (file) setWrong(await takeFile(device, await file.text()));
    input.value = "";
    send();
  };
  return (
    <section class="panel" aria-labelledby="files-title">
      <h2 id="files-title">{say("files.title")}</h2>
      <p>{say("files.about")}</p>
      {kept && !safe && <p>{say("files.not_guaranteed")}</p>}
      {wrong && <p class="alert alert-danger" role="alert">{say(`files.${wrong}`)}</p>}
      <button type="button" class="btn btn-outline-primary" onClick={() => void download(device)}>{say("files.save")}</button>{" "}
      <label class="btn btn-outline-primary">
        {say("files.read")}
        <input type="file" accept="application/json,.json" class="visually-hidden" onChange={(event) => void take(event.currentTarget)} />
      </label>
    </section>
  );
}

async function download(device: Device): Promise<void> {
  const content = JSON.stringify(await saved(device));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  link.download = `${device.fieldwork.evaluation.platform} ${device.fieldwork.sheet.name} ${new Date().toISOString().slice(0, 10)}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
