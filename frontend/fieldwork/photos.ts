// Photos are reduced on the device: in a worker, else with an image and a canvas, else they are sent as they are.
import { uuid7 } from "./ids";
import type { Photo } from "./types";

export const LONGEST = 1600; // pixels of the longer side: print on a page is still legible
export const QUALITY = 0.85;

export function sized(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Return a photo ready to be kept: its facts and its bytes. */
export async function taken(file: File, criterion: string, worker: string): Promise<[Photo, ArrayBuffer]> {
  const reduced = (await byWorker(file, worker).catch(() => null)) ?? (await byCanvas(file).catch(() => null));
  const bytes = await (reduced ?? file).arrayBuffer();
  const id = uuid7();
  const suffix = reduced ? "jpg" : (/\.(\w+)$/.exec(file.name)?.[1] ?? "jpg");
  const name = `${criterion} ${new Date().toISOString().slice(0, 10)} ${id.slice(-6)}.${suffix}`;
  return [{ id, criterion, name, sha256: await sha256(bytes), original: !reduced }, bytes];
}

function byWorker(file: File, address: string): Promise<Blob> {
  if (typeof OffscreenCanvas === "undefined" || typeof createImageBitmap === "undefined") return Promise.reject(new Error());
  const worker = new Worker(address, { type: "module" });
  return new Promise<Blob>((done, failed) => {
    worker.onmessage = ({ data }: MessageEvent<Blob | null>) => (data ? done(data) : failed(new Error()));
    worker.onerror = () => failed(new Error());
    worker.postMessage(file);
  }).finally(() => worker.terminate());
}

async function byCanvas(file: File): Promise<Blob> {
  const image = new Image();
  const address = URL.createObjectURL(file);
  try {
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    Object.assign(canvas, sized(image.naturalWidth, image.naturalHeight));
    canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error())), "image/jpeg", QUALITY));
  } finally {
    URL.revokeObjectURL(address);
  }
}

async function sha256(bytes: ArrayBuffer): Promise<string> {
  if (typeof crypto.subtle === "undefined") return "";
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
