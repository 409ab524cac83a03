// Signed notes (C2SP) with their keys and checkpoints.
import { fromHex, hex, joined, sha256 } from "./digests.ts";
import { signedBy } from "./signatures.ts";

export interface Key {
  name: string;
  id: string;
  bytes: Uint8Array;
  text: string;
}

export interface Note {
  text: string;
  signatures: { name: string; id: string; signature: Uint8Array }[];
}

export interface Checkpoint {
  name: string;
  ledger: string;
  size: number;
  root: string;
}

const utf8 = new TextEncoder();

/** Decodes base64 in its canonical spelling only. */
export function base64(text: string): Uint8Array | null {
  try {
    const raw = atob(text);
    return btoa(raw) === text ? Uint8Array.from(raw, (c) => c.charCodeAt(0)) : null;
  } catch {
    return null;
  }
}

export async function parseKey(text: string): Promise<Key | null> {
  const match = /^([^+]+)\+([^+]*)\+(.*)$/s.exec(text.trim());
  const raw = match ? base64(match[3]!) : null;
  if (!match || !raw || raw.length !== 33 || raw[0] !== 1) return null;
  const id = hex((await sha256(joined(utf8.encode(`${match[1]}\n`), raw))).subarray(0, 4));
  return id === match[2] ? { name: match[1]!, id, bytes: raw.subarray(1), text: text.trim() } : null;
}

export async function parseKeys(text: string): Promise<Key[]> {
  const found = await Promise.all(text.split(/\s+/).map(parseKey));
  return found.filter((key) => key !== null);
}

export function parseNote(note: string): Note | null {
  const gap = note.lastIndexOf("\n\n");
  if (gap < 0 || !note.endsWith("\n")) return null;
  const text = note.slice(0, gap);
  const lines = note.slice(gap + 2).split("\n").slice(0, -1);
  const signatures = lines.map((line) => {
    const match = /^— ([^\s+\x00-\x1f]+) (\S+)$/.exec(line);
    const data = match ? base64(match[2]!) : null;
    return data && data.length === 68 ? { name: match![1]!, id: hex(data.subarray(0, 4)), signature: data.subarray(4) } : null;
  });
  const good = signatures.length && signatures.every((one) => one !== null) && !/[\x00-\x09\x0b-\x1f]/.test(text);
  return good ? { text: `${text}\n`, signatures: signatures.filter((one) => one !== null) } : null;
}

const known = new Map<string, boolean>();

/** Returns the first of these keys that signed a note validly. */
export async function signer(note: Note, keys: Key[]): Promise<Key | null> {
  for (const key of keys) {
    const own = note.signatures.filter((one) => one.name === key.name && one.id === key.id);
    let good = own.length > 0;
    for (const one of own) {
      const place = `${key.text}\n${hex(one.signature)}\n${note.text}`;
      if (!known.has(place)) known.set(place, await signedBy(key.bytes, one.signature, utf8.encode(note.text)));
      good = good && known.get(place)!;
    }
    if (good) return key;
  }
  return null;
}

export function parseCheckpoint(text: string): Checkpoint | null {
  const match = /^([^/\n]+)\/([^\n]+)\n(0|[1-9][0-9]{0,18})\n([^\n]+)\n(?:[^\n]+\n)*$/.exec(text);
  const root = match ? base64(match[4]!) : null;
  return match && root?.length === 32 ? { name: match[1]!, ledger: match[2]!, size: Number(match[3]), root: hex(root) } : null;
}

const node = (left: Uint8Array, right: Uint8Array): Promise<Uint8Array> => sha256(joined(Uint8Array.of(1), left, right));

/** Returns the roots a log of these leaf hashes had at some sizes (RFC 6962), those beyond its end left out. */
export async function roots(hashes: string[], sizes: Set<number>): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  if (sizes.has(0)) found.set(0, hex(await sha256(new Uint8Array())));
  const peaks: [number, Uint8Array][] = [];
  for (const [place, leaf] of hashes.entries()) {
    peaks.push([1, fromHex(leaf)]);
    while (peaks.length > 1 && peaks[peaks.length - 1]![0] === peaks[peaks.length - 2]![0]) {
      const [[count, right], [, left]] = [peaks.pop()!, peaks.pop()!];
      peaks.push([2 * count, await node(left, right)]);
    }
    if (sizes.has(place + 1)) {
      let tree = peaks[peaks.length - 1]![1];
      for (const [, left] of peaks.slice(0, -1).reverse()) tree = await node(left, tree);
      found.set(place + 1, hex(tree));
    }
  }
  return found;
}

/** Returns whether a log of size `second` extends the one of size `first` (RFC 9162, 2.1.4.2). */
export async function consistent(first: number, second: number, old: string, root: string, proof: string[]): Promise<boolean> {
  if (!(first > 0 && first < second)) return first === second && !proof.length && old === root;
  const path = [...(first & (first - 1) ? [] : [old]), ...proof].map(fromHex);
  let [place, last] = [first - 1, second - 1];
  for (; place % 2; last = Math.floor(last / 2)) place = Math.floor(place / 2);
  let [one, two] = [path[0] ?? new Uint8Array(), path[0] ?? new Uint8Array()];
  for (const other of path.slice(1)) {
    if (!last) return false;
    if (place % 2 || place === last) {
      [one, two] = [await node(other, one), await node(other, two)];
      for (; place % 2 === 0 && place; last = Math.floor(last / 2)) place = Math.floor(place / 2);
    } else two = await node(two, other);
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  return !last && hex(one) === old && hex(two) === root;
}

/** Returns the first 100 bits of a root as people compare it. */
export function fingerprint(root: string): string {
  const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const value = BigInt(`0x${root.slice(0, 25)}`);
  const letters = Array.from({ length: 20 }, (_, at) => digits[Number((value >> BigInt(95 - 5 * at)) & 31n)]).join("");
  return letters.match(/.{5}/g)!.join("-");
}
