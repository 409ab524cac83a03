// Sending what waits on the device: at once, and again after a failure.
import { Failed, giveMarks, listEvidence, openSheet } from "./api";
import type { Device } from "./device";
import { sendable } from "./protocol";
import type { Answer, Fieldwork, MarkEvent } from "./types";
import { upload } from "./upload";

export type Outcome = "sent" | "offline" | "signed_out" | "forbidden" | "busy";

/** The requests a drain makes; tests pass a server of their own. */
export interface Server {
  giveMarks(sheet: string, events: MarkEvent[]): Promise<Answer[]>;
  openSheet(evaluation: string): Promise<Fieldwork>;
}

/** Send the queue until it is empty or nothing of it can be recorded now. */
export async function drain(device: Device, server: Server = { giveMarks, openSheet }): Promise<void> {
  if (device.fault) await device.retry();
  for (;;) {
    const events = sendable(device.state);
    if (!events.length) break;
    const before = device.state.queue.length;
    await device.settle(await server.giveMarks(device.sheet, events));
    if (device.state.lost.length) await device.refresh(await server.openSheet(device.fieldwork.evaluation.id));
    if (device.state.queue.length === before) break; // all wait, or the sheet is closed
  }
}

/** Send photos; one leaves the device when the list of evidence has it with its hash. */
export async function sendPhotos(device: Device): Promise<void> {
  const evaluation = device.fieldwork.evaluation.id;
  const waiting = device.photos;
  if (!waiting.length) return;
  const next = [...waiting];
  const lane = async () => {
    for (let photo = next.shift(); photo; photo = next.shift()) await upload(evaluation, photo, await device.bytesOf(photo));
  };
  await Promise.all([lane(), lane(), lane()]); // the network's delay is most of the time
  const evidence = await listEvidence(evaluation);
  const there = new Map(evidence.map((one) => [one.id, one.sha256]));
  await device.takeEvidence(evidence);
  for (const photo of waiting) {
    if (there.has(photo.id) && (!photo.sha256 || there.get(photo.id) === photo.sha256)) await device.dropPhoto(photo);
  }
}

/** Return what a failure means for the person. */
export function outcome(error: unknown): Outcome {
  if (!(error instanceof Failed)) throw error;
  if (error.signedOut) return "signed_out";
  if (error.status === 0) return "offline";
  return error.status === 403 || error.status === 404 ? "forbidden" : "busy";
}

const SHORTEST = 2_000; // ms
const LONGEST = 10_000; // browsers do not reliably report that a network is back

/** Run a job when called, and again after a failure with growing pauses; calls during a run make one more run. */
export function repeating(job: () => Promise<Outcome>): () => void {
  let running = false;
  let again = false;
  let pause = SHORTEST;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const run = async () => {
    clearTimeout(timer);
    if (running) {
      again = true;
      return;
    }
    running = true;
    do {
      again = false;
      const found = await job().catch((): Outcome => "busy");
      const failed = found === "offline" || found === "busy";
      if (failed) timer = setTimeout(() => void run(), pause);
      pause = failed ? Math.min(pause * 2, LONGEST) : SHORTEST;
    } while (again);
    running = false;
  };
  return () => void run();
}
