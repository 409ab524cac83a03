// Reads the entries of a zip whose files are stored, as packages are written; nothing is unpacked to a disk.
import { shown, unsafe } from "./names.ts";
import type { Fault, Source } from "./types.ts";

/** Raised where a file is no zip at all. */
export class Unreadable extends Error {}

interface Entry {
  name: string;
  flags: number;
  method: number;
  crc: number;
  stored: number;
  size: number;
  mode: number;
  at: number;
}

export function openZip(bytes: Uint8Array): Source {
  const entries = directory(bytes);
  const roots = new Set(entries.map((entry) => entry.name.split("/")[0]!));
  const root = roots.size === 1 ? [...roots][0]! : "";
  const faults: Fault[] = root ? [] : [{ code: "zip.roots" }];
  const files = new Map<string, Entry>();
  const folders = new Set<string>();
  for (const entry of entries) {
    const name = root ? entry.name.slice(root.length + 1) : entry.name;
    const bare = name.replace(/\/+$/, "");
    if (/[\0\\]/.test(entry.name) || (name && unsafe(bare))) faults.push({ code: "path.unsafe", file: shown(entry.name) });
    else if (((entry.mode >>> 16) & 0o170000) === 0o120000) faults.push({ code: "path.link", file: shown(name) });
    else if (entry.flags & 1) faults.push({ code: "zip.encrypted", file: shown(name) });
    else if (name.endsWith("/") || !name) folders.add(bare);
    else if (files.has(name)) faults.push({ code: "path.alike", file: shown(name), other: shown(name) });
    else files.set(name, entry);
  }
  return {
    faults,
    sizes: new Map([...files].map(([name, entry]) => [name, entry.size])),
    hasFolder: (name) => folders.has(name) || [...files.keys()].some((one) => one.startsWith(`${name}/`)),
    read: (name) => content(bytes, files.get(name)),
  };
}

/** Returns the entries of the central directory (APPNOTE 4.3.12), with sizes of zip64 where it is used. */
function directory(bytes: Uint8Array): Entry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end -= 1;
  if (end < 0) throw new Unreadable();
  try {
    return walk(view, bytes, end);
  } catch (error) {
    throw error instanceof RangeError ? new Unreadable() : error;
  }
}

function walk(view: DataView, bytes: Uint8Array, end: number): Entry[] {
  const large = end >= 20 && view.getUint32(end - 20, true) === 0x07064b50;
  const record = large ? Number(view.getBigUint64(end - 12, true)) : 0;
  const count = large ? Number(view.getBigUint64(record + 32, true)) : view.getUint16(end + 10, true);
  let at = large ? Number(view.getBigUint64(record + 48, true)) : view.getUint32(end + 16, true);
  const entries: Entry[] = [];
  for (let number = 0; number < count; number += 1) {
    if (view.getUint32(at, true) !== 0x02014b50) throw new Unreadable();
    const [length, extra, comment] = [28, 30, 32].map((place) => view.getUint16(at + place, true)) as [number, number, number];
    const flags = view.getUint16(at + 8, true);
    const name = new TextDecoder(flags & 0x800 ? "utf-8" : "iso-8859-1").decode(bytes.subarray(at + 46, at + 46 + length));
    const sizes = [24, 20, 42].map((place) => view.getUint32(at + place, true)) as [number, number, number];
    const [size, stored, offset] = wide(view, at + 46 + length, extra, sizes);
    entries.push({
      name, flags, size, stored, method: view.getUint16(at + 10, true), crc: view.getUint32(at + 16, true),
      mode: view.getUint32(at + 38, true), at: offset,
    });
    at += 46 + length + extra + comment;
  }
  return entries;
}

function wide(view: DataView, start: number, length: number, sizes: [number, number, number]): [number, number, number] {
  for (let at = start; at + 4 <= start + length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    let place = at + 4;
    return sizes.map((size) => {
      if (size !== 0xffffffff) return size;
      place += 8;
      return Number(view.getBigUint64(place - 8, true));
    }) as [number, number, number];
  }
  return sizes;
}

function content(bytes: Uint8Array, entry: Entry | undefined): Uint8Array | null {
  if (!entry || entry.method !== 0 || entry.at + 30 > bytes.length) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = entry.at + 30 + view.getUint16(entry.at + 26, true) + view.getUint16(entry.at + 28, true);
  const found = bytes.subarray(start, start + entry.size);
  const whole = view.getUint32(entry.at, true) === 0x04034b50 && found.length === entry.size;
  return whole && crc32(found) === entry.crc ? found : null;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, number) => {
  let value = number;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
