// Ed25519 (RFC 8032) for verification only, because engines of Chrome 87 have none; no secret is handled here.
import { hex, joined, sha } from "./digests.ts";

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
type Point = [bigint, bigint, bigint, bigint];

const mod = (value: bigint): bigint => ((value % P) + P) % P;

function power(base: bigint, exponent: bigint): bigint {
  let [found, factor, left] = [1n, mod(base), exponent];
  for (; left; left >>= 1n) {
    if (left & 1n) found = (found * factor) % P;
    factor = (factor * factor) % P;
  }
  return found;
}

const D = mod(-121665n * power(121666n, P - 2n));
const ROOT = power(2n, (P - 1n) / 4n);

function sum(p: Point, q: Point): Point {
  const [a, b] = [(p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])];
  const [c, d] = [((2n * p[3] * q[3]) % P) * D, 2n * p[2] * q[2]];
  const [e, f, g, h] = [mod(b - a), mod(d - c), mod(d + c), mod(b + a)];
  return [(e * f) % P, (g * h) % P, (f * g) % P, (e * h) % P];
}

function number(bytes: Uint8Array): bigint {
  return BigInt(`0x${hex(Uint8Array.from(bytes).reverse()) || "0"}`);
}

/** Returns the point of 32 bytes, null where they are the canonical form of none. */
function point(bytes: Uint8Array): Point | null {
  const value = number(bytes);
  const [sign, y] = [value >> 255n, value & ((1n << 255n) - 1n)];
  const square = mod((y * y - 1n) * power(D * y * y + 1n, P - 2n));
  let x = power(square, (P + 3n) / 8n);
  if (mod(x * x) !== square) x = mod(x * ROOT);
  if (y >= P || mod(x * x) !== square || (!x && sign)) return null;
  if ((x & 1n) !== sign) x = P - x;
  return [x, y, 1n, mod(x * y)];
}

const BASE = point(Uint8Array.from({ length: 32 }, (_, at) => (at ? 0x66 : 0x58)))!;

/** Returns whether a signature of these bytes is valid for a public key (RFC 8032, 5.1.7). */
export async function signedBy(key: Uint8Array, signature: Uint8Array, text: Uint8Array): Promise<boolean> {
  if (key.length !== 32 || signature.length !== 64) return false;
  const [own, commitment, scalar] = [point(key), point(signature.subarray(0, 32)), number(signature.subarray(32))];
  if (!own || !commitment || scalar >= L) return false;
  const factor = number(await sha("SHA-512", joined(signature.subarray(0, 32), key, text))) % L;
  const minus: Point = [P - own[0], own[1], 1n, P - own[3]];
  const sums = [null, BASE, minus, sum(BASE, minus)];
  let found: Point = [0n, 1n, 1n, 0n];
  for (let bit = 252n; bit >= 0n; bit -= 1n) {
    found = sum(found, found);
    const chosen = sums[Number(((scalar >> bit) & 1n) + 2n * ((factor >> bit) & 1n))];
    if (chosen) found = sum(found, chosen);
  }
  return !mod(found[0] - commitment[0] * found[2]) && !mod(found[1] - commitment[1] * found[2]);
}
