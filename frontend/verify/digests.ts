// Digests: SHA-2 by the browser, SM3 (GB/T 32905) here, because no browser has it.
const ALGORITHMS: Record<string, string> = { sha1: "SHA-1", sha256: "SHA-256", sha384: "SHA-384", sha512: "SHA-512" };

export const isKnown = (algorithm: string): boolean => algorithm in ALGORITHMS;

export async function digest(algorithm: string, bytes: Uint8Array): Promise<string> {
  return algorithm === "sm3" ? sm3(bytes) : hex(await sha(ALGORITHMS[algorithm]!, bytes));
}

export async function sha(name: string, bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest(name, bytes as BufferSource));
}

export const sha256 = (bytes: Uint8Array): Promise<Uint8Array> => sha("SHA-256", bytes);

export const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function joined(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const rotated = (value: number, by: number): number => (value << by % 32) | (value >>> (32 - (by % 32)) % 32 || 0);

/** Returns the SM3 of bytes in hex. */
export function sm3(bytes: Uint8Array): string {
  const state = Int32Array.of(
    0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e,
  );
  const padded = new Uint8Array(((bytes.length + 72) >> 6) << 6);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(padded.length - 4, (bytes.length << 3) >>> 0);
  const words = new Int32Array(68);
  for (let at = 0; at < padded.length; at += 64) compress(state, view, at, words);
  return [...state].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

function compress(state: Int32Array, view: DataView, at: number, w: Int32Array): void {
  for (let j = 0; j < 16; j += 1) w[j] = view.getInt32(at + 4 * j);
  for (let j = 16; j < 68; j += 1) {
    const x = w[j - 16]! ^ w[j - 9]! ^ rotated(w[j - 3]!, 15);
    w[j] = x ^ rotated(x, 15) ^ rotated(x, 23) ^ rotated(w[j - 13]!, 7) ^ w[j - 6]!;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let j = 0; j < 64; j += 1) {
    const turned = rotated(a, 12);
    const first = rotated((turned + e + rotated(j < 16 ? 0x79cc4519 : 0x7a879d8a, j)) | 0, 7);
    const both = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
    const other = j < 16 ? e ^ f ^ g : (e & f) | (~e & g);
    const one = (both + d + (first ^ turned) + (w[j]! ^ w[j + 4]!)) | 0;
    const two = (other + h + first + w[j]!) | 0;
    [d, c, b, a] = [c, rotated(b, 9), a, one];
    [h, g, f, e] = [g, rotated(f, 19), e, two ^ rotated(two, 9) ^ rotated(two, 17)];
  }
  [a, b, c, d, e, f, g, h].forEach((word, place) => (state[place]! ^= word));
}
