// Names of files: which could lead out of a package, which Windows cannot hold, which are the same file somewhere.
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
const NOT_ON_WINDOWS = /[<>:"|?*\\\x00-\x1f]/;

export function unsafe(name: string): boolean {
  return !name || /^([A-Za-z]:|~|[/\\])/.test(name) || name.split("/").some((part) => ["", ".", ".."].includes(part));
}

export function unportable(name: string): boolean {
  return name.split("/").some((part) => NOT_ON_WINDOWS.test(part) || RESERVED.test(part) || /[. ]$/.test(part));
}

export function alike(names: string[]): [string, string][] {
  const known = new Map<string, string>();
  const found: [string, string][] = [];
  for (const name of names) {
    const key = name.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");
    if (known.has(key)) found.push([name, known.get(key)!]);
    else known.set(key, name);
  }
  return found;
}

/** Returns a name without characters that a screen would act on. */
export function shown(name: string): string {
  return [...name].map((c) => (c !== " " && /[\p{C}\p{Z}]/u.test(c) ? `\\u${c.codePointAt(0)!.toString(16).padStart(4, "0")}` : c)).join("");
}

/** Compares texts by code points, as Python does. */
export function byCodePoint(one: string, other: string): number {
  const [left, right] = [[...one], [...other]];
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    if (left[at] !== right[at]) return left[at]!.codePointAt(0)! - right[at]!.codePointAt(0)!;
  }
  return left.length - right.length;
}
