// The rules of BagIt (RFC 8493) for packages in memory; codes and data are those of verify.py.
import { digest, isKnown } from "./digests.ts";
import { shown, unsafe } from "./names.ts";
import type { Report, Source } from "./types.ts";

type Listed = Map<string, string>;

export interface Bag {
  version: string;
  payload: Map<string, Listed>;
  tags: Map<string, Listed>;
  digests: Map<string, Map<string, string>>;
}

const VERSIONS = ["0.93", "0.94", "0.95", "0.96", "0.97", "1.0"];

/** Checks a bag; `also`: a further algorithm for files whose digest in a manifest is one of its keys. */
export async function checkBag(source: Source, report: Report, also: Map<string, string>): Promise<Bag> {
  const bag: Bag = { version: "1.0", payload: new Map(), tags: new Map(), digests: new Map() };
  report.faults.push(...source.faults);
  const encoding = declaration(source, report, bag);
  const lines = (name: string) => linesOf(source, report, name, encoding);
  if (!source.hasFolder("data")) report.fault("bag.no_data");
  for (const name of [...source.sizes.keys()].filter((one) => !one.includes("/")).sort()) {
    const match = /^(tag)?manifest-([A-Za-z0-9]+)\.txt$/.exec(name);
    if (match) (match[1] ? bag.tags : bag.payload).set(name, manifest(bag, report, name, lines(name), Boolean(match[1])));
  }
  if (!bag.payload.size) report.fault("bag.no_manifest");
  completeness(bag, source, report);
  if (source.sizes.has("fetch.txt")) fetched(bag, report, lines("fetch.txt"));
  await checkDigests(bag, source, report, also);
  if (source.sizes.has("bag-info.txt")) information(bag, source, report, lines("bag-info.txt"));
  return bag;
}

function declaration(source: Source, report: Report, bag: Bag): string {
  const content = source.read("bagit.txt");
  if (!content) report.fault("bag.no_declaration", { file: "bagit.txt" });
  if (!content) return "utf-8";
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(content).replace(/\r\n|\r/g, "\n");
  const match = /^BagIt-Version: (\d+)\.(\d+)\nTag-File-Character-Encoding: (\S+)\n?$/.exec(text);
  if (!match || match[0].length !== text.length) {
    report.fault("bag.declaration", { file: "bagit.txt" });
    return "utf-8";
  }
  bag.version = `${Number(match[1])}.${Number(match[2])}`;
  if (!VERSIONS.includes(bag.version)) report.fault("bag.version", { file: "bagit.txt", found: `${match[1]}.${match[2]}` });
  try {
    new TextDecoder(match[3]);
    return match[3]!;
  } catch {
    report.fault("bag.encoding", { file: "bagit.txt", found: shown(match[3]!) });
    return "utf-8";
  }
}

function linesOf(source: Source, report: Report, name: string, encoding: string): string[] {
  const content = source.read(name);
  if (!content) report.fault("bag.file_unreadable", { file: name });
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(content ?? new Uint8Array());
  } catch {
    report.fault("bag.undecodable", { file: name });
    return [];
  }
  if (text.startsWith("\ufeff") && /^utf-?8$/i.test(encoding)) report.fault("bag.byte_order_mark", { file: name });
  return text.split(/\r\n|\n|\r/).filter((line) => line);
}

function manifest(bag: Bag, report: Report, name: string, lines: string[], tag: boolean): Listed {
  const listed: Listed = new Map();
  lines.forEach((line, place) => {
    const match = /^([0-9A-Fa-f]+)[ \t]+\*?([^\n]+)$/.exec(line);
    const path = match ? decoded(match[2]!, bag.version).replace(/^\.\//, "") : "";
    const known = listed.get(path);
    const given = match?.[1]!.toLowerCase();
    if (!match) report.fault("bag.manifest_line", { file: name, line: place + 1 });
    else if (unsafe(path)) report.fault("path.unsafe", { file: shown(path), manifest: name });
    else if (path.startsWith("data/") === tag || (tag && path.startsWith("tagmanifest-")))
      report.fault("bag.manifest_place", { file: shown(path), manifest: name });
    else if (known !== undefined && (bag.version === "1.0" || known !== given))
      report.fault("bag.listed_twice", { file: shown(path), manifest: name });
    else listed.set(path, given!);
  });
  return listed;
}

function decoded(path: string, version: string): string {
  const codes = version === "1.0" ? /%(0[AaDd]|25)/g : /%(0[AaDd])/g;
  return path.replace(codes, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}

function completeness(bag: Bag, source: Source, report: Report): void {
  const present = [...source.sizes.keys()].filter((name) => name.startsWith("data/"));
  const listed = new Set([...bag.payload.values()].flatMap((digests) => [...digests.keys()]));
  const current = bag.version === "1.0";
  for (const [name, digests] of current ? bag.payload : []) {
    for (const path of present.filter((one) => !digests.has(one))) report.fault("bag.file_added", { file: shown(path), manifest: name });
  }
  for (const path of !current && bag.payload.size ? present.filter((one) => !listed.has(one)) : []) {
    report.fault("bag.file_added", { file: shown(path), manifest: "manifest-*.txt" });
  }
  for (const [name, digests] of [...bag.payload, ...bag.tags]) {
    for (const path of [...digests.keys()].filter((one) => !source.sizes.has(one)))
      report.fault("bag.file_missing", { file: shown(path), manifest: name });
  }
  for (const [name, digests] of current ? bag.tags : []) {
    for (const path of [...bag.payload.keys()].filter((one) => !digests.has(one)))
      report.fault("bag.tag_unlisted", { file: path, manifest: name });
  }
}

function fetched(bag: Bag, report: Report, lines: string[]): void {
  const listed = new Set([...bag.payload.values()].flatMap((digests) => [...digests.keys()]));
  lines.forEach((line, place) => {
    const match = /^(\S+)[ \t]+(\d+|-)[ \t]+([^\n]+)$/.exec(line);
    const path = match ? decoded(match[3]!, bag.version) : "";
    if (!match) report.fault("bag.fetch_line", { file: "fetch.txt", line: place + 1 });
    else if (unsafe(path) || !listed.has(path)) report.fault("bag.fetch_unlisted", { file: shown(path), manifest: "fetch.txt" });
  });
}

async function checkDigests(bag: Bag, source: Source, report: Report, also: Map<string, string>): Promise<void> {
  const wanted = new Map<string, Map<string, string>>();
  for (const [name, digests] of [...bag.payload, ...bag.tags]) {
    const algorithm = name.slice(name.indexOf("-") + 1, -4).toLowerCase();
    if (!isKnown(algorithm)) report.fault("bag.algorithm", { file: name, found: algorithm });
    for (const [path, stated] of isKnown(algorithm) ? digests : []) {
      wanted.set(path, (wanted.get(path) ?? new Map<string, string>()).set(algorithm, stated));
    }
  }
  for (const [path, stated] of wanted) {
    if (!source.sizes.has(path)) continue;
    const content = source.read(path);
    if (!content) report.fault("bag.file_unreadable", { file: shown(path) });
    if (!content) continue;
    const more = [...stated.values()].map((one) => also.get(one)).filter((one) => one !== undefined);
    const computed = new Map<string, string>();
    for (const one of new Set([...stated.keys(), ...more])) computed.set(one, await digest(one, content));
    bag.digests.set(path, computed);
    const wrong = [...stated].filter(([name, one]) => computed.get(name) !== one).map(([name]) => name);
    if (wrong.length) report.fault("bag.digest", { file: shown(path), algorithms: wrong.sort() });
  }
}

function information(bag: Bag, source: Source, report: Report, lines: string[]): void {
  const form = bag.version === "1.0" ? /^[^\s:]([^:]*[^\s:])?:([ \t].*)?$/s : /^[^\s:][^:]*:.*$/s;
  const stated: string[] = [];
  lines.forEach((line, place) => {
    if (!form.test(line) && !(/^[ \t]/.test(line) && place)) report.fault("bag.info_line", { file: "bag-info.txt", line: place + 1 });
    const [label] = line.split(":", 1);
    if (label!.trim().toLowerCase() === "payload-oxum") stated.push(line.slice(label!.length + 1).trim());
  });
  const sizes = [...source.sizes].filter(([name]) => name.startsWith("data/")).map(([, size]) => size);
  const found = `${sizes.reduce((sum, size) => sum + size, 0)}.${sizes.length}`;
  if (stated.length > 1 || (stated.length && stated[0] !== found))
    report.fault("bag.oxum", { file: "bag-info.txt", stated: shown(stated.join(" ")), found });
}
