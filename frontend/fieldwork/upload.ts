// Resumable upload by the tus protocol 1.0: create, ask for the offset, append pieces with their checksum.
import { API, Failed, send } from "./api";
import type { Photo } from "./types";

const PIECE = 2 ** 20; // bytes; the server takes 2 MiB
const VERSION = { "Tus-Resumable": "1.0.0" };

/** Send a photo whose id becomes the evidence's; nothing happens where the server has it already. */
export async function upload(evaluation: string, photo: Photo, bytes: ArrayBuffer): Promise<void> {
  const metadata = `filename ${base64(photo.name)},id ${base64(photo.id)}`;
  const created = await send("POST", `/evaluations/${evaluation}/uploads`, undefined, {
    ...VERSION, "Upload-Length": String(bytes.byteLength), "Upload-Metadata": metadata,
  });
  const place = created.headers.get("Location");
  if (!place) return; // handed in before
  const path = place.slice(place.indexOf(API) + API.length);
  let offset = Number(created.headers.get("Upload-Offset"));
  for (let failures = 0; offset < bytes.byteLength; ) {
    try {
      offset = await append(path, offset, bytes.slice(offset, offset + PIECE));
    } catch (error) {
      const again = error instanceof Failed && (error.status === 409 || error.status === 460);
      if (!again || (failures += 1) > 3) throw error;
      offset = Number((await send("HEAD", path, undefined, VERSION)).headers.get("Upload-Offset"));
    }
  }
}

async function append(path: string, offset: number, piece: ArrayBuffer): Promise<number> {
  const headers = { ...VERSION, "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(offset) };
  const response = await send("PATCH", path, piece, { ...headers, ...(await checksum(piece)) });
  return Number(response.headers.get("Upload-Offset"));
}

async function checksum(piece: ArrayBuffer): Promise<Record<string, string>> {
  if (typeof crypto.subtle === "undefined") return {}; // plain http
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", piece));
  return { "Upload-Checksum": `sha256 ${btoa(String.fromCharCode(...digest))}` };
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
