// A package verified in the browser, without upload: the same checks and codes as verify.py.
import { checkBag, type Bag } from "./bag.ts";
import { hex, sha256 } from "./digests.ts";
import { parseLedger, type Ledger } from "./ledgers.ts";
import { alike, byCodePoint, shown, unportable } from "./names.ts";
import { base64, consistent, fingerprint, parseCheckpoint, parseKey, parseKeys, parseNote, roots, signer } from "./notes.ts";
import type { Checkpoint, Key } from "./notes.ts";
import { isTable, Report, type Json, type Source, type Table } from "./types.ts";

const LOG = "checkpoints";
const [PACKAGE, CHECKPOINTS, KEYS] = ["data/package.json", "data/checkpoints.json", "data/keys.txt"];
const SEAL = /^([^/\n]+)\/package\/([^/\n]+)\n(full|public)\n((?:tagmanifest-[a-z0-9]+\.txt [0-9a-f]{64}\n)+)$/;

interface Package {
  source: Source;
  report: Report;
  about: Table;
  ledgers: Map<string, Ledger>;
  keys: Key[];
}

/** What is given beside the package: trusted keys, the seal, and texts of checkpoints kept elsewhere. */
export interface Beside {
  keys?: string;
  seal?: string | null;
  kept?: string[];
}

export async function verify(source: Source, beside: Beside = {}): Promise<Report> {
  const report = new Report();
  const held: Package = { source, report, about: {}, ledgers: new Map(), keys: [] };
  await readAbout(held);
  await readLedgers(held);
  const files = namedFiles(held);
  const wanted = [...files].filter(([, entry]) => entry.sm3).map(([digest]): [string, string] => [digest, "sm3"]);
  const bag = await checkBag(source, report, new Map(wanted));
  checkProfile(held, bag);
  await trust(held, await parseKeys(beside.keys ?? ""));
  await checkCheckpoints(held);
  await checkLog(held);
  await checkSeal(held, beside.seal ?? null);
  for (const text of beside.kept ?? []) await checkKept(held, text);
  checkEvidence(held, bag, files);
  await checkResult(held);
  report.facts.files = source.sizes.size;
  return report;
}

const textOf = (source: Source, name: string): string => new TextDecoder().decode(source.read(name) ?? new Uint8Array());

function json(held: Package, name: string): Json | undefined {
  try {
    const content = held.source.read(name) ?? new Uint8Array();
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content)) as Json;
  } catch {
    return undefined;
  }
}

function table(held: Package, name: string): Table {
  const value = json(held, name);
  if (!isTable(value)) held.report.fault("package.unreadable", { file: name });
  return isTable(value) ? value : {};
}

async function readAbout(held: Package): Promise<void> {
  const about = (held.about = table(held, PACKAGE!));
  const some = Object.keys(about).length > 0;
  if (some && about.format !== "zhiping/package/1")
    held.report.fault("package.format", { file: PACKAGE, found: shown(String(about.format)) });
  held.keys = await parseKeys(textOf(held.source, KEYS!));
  for (const name of ["id", "edition", "evaluation", "made", "result", "rubric"]) held.report.facts[name] = shown(String(about[name] ?? ""));
  if (some && about.edition !== "full" && about.edition !== "public")
    held.report.fault("package.edition", { file: PACKAGE, found: shown(String(about.edition)) });
}

async function readLedgers(held: Package): Promise<void> {
  const { report, about } = held;
  for (const one of Array.isArray(about.ledgers) ? about.ledgers : []) {
    if (!isTable(one) || !["kind", "id", "size", "path"].every((name) => name in one) || !Number.isInteger(one.size)) {
      report.fault("package.unreadable", { file: PACKAGE });
      continue;
    }
    const [kind, id, path] = [String(one.kind), String(one.id), String(one.path)];
    const key = `${kind}/${id}`;
    const content = held.source.read(path);
    if (!content) report.fault("ledger.lost", { ledger: key, file: shown(path) });
    if (!content) continue;
    const ledger = await parseLedger(content, kind, id, report);
    held.ledgers.set(key, ledger);
    const count = ledger.hashes.length;
    if (count !== one.size) report.fault("ledger.size", { ledger: key, stated: one.size, found: count });
    const hidden = [...ledger.hashes.keys()].filter((seq) => !ledger.bodies.has(seq));
    if (about.edition === "full" && kind !== LOG && hidden.length)
      report.fault("ledger.event_lost", { ledger: key, entry: hidden[0], count: hidden.length });
  }
  report.facts.ledgers = Object.fromEntries([...held.ledgers].map(([key, one]) => [key, one.hashes.length]));
  if (!held.ledgers.size) report.fault("package.no_ledger", { file: PACKAGE });
}

function checkProfile({ source, report }: Package, bag: Bag): void {
  const names = [...source.sizes.keys()].sort(byCodePoint);
  for (const algorithm of ["sha256", "sha512"]) {
    for (const name of [`manifest-${algorithm}.txt`, `tagmanifest-${algorithm}.txt`])
      if (!source.sizes.has(name)) report.fault("package.no_manifest", { file: name });
  }
  if (bag.version !== "1.0") report.fault("bag.version", { file: "bagit.txt", found: bag.version });
  const tags = names.filter((name) => !name.startsWith("data/") && !name.startsWith("tagmanifest-") && !bag.payload.has(name));
  for (const [manifest, digests] of bag.tags) {
    for (const name of tags.filter((one) => !digests.has(one))) report.fault("bag.tag_unlisted", { file: shown(name), manifest });
  }
  for (const name of names.filter(unportable)) report.fault("path.windows", { file: shown(name) });
  for (const [name, other] of alike(names)) report.fault("path.alike", { file: shown(name), other: shown(other) });
}

async function trust(held: Package, given: Key[]): Promise<void> {
  if (!given.length) held.report.note("key.own", { keys: held.keys.map((key) => key.name) });
  const found = given.length ? [...given] : [...held.keys];
  const logs = [...held.ledgers.values()].filter((one) => one.kind === LOG);
  const events = logs.flatMap((one) => [...one.bodies.values()].map((body) => body.data as Table));
  const handovers = events.filter((data) => typeof data.note === "string" && "before" in data);
  for (const data of [...handovers, ...[...handovers].reverse()]) {
    const pair = [await parseKey(String(data.before)), await parseKey(String(data.key))];
    const note = parseNote(data.note as string);
    const text = `zhiping checkpoint key\n${String(data.before)}\n${String(data.key)}\n`;
    let signed = note?.text === text;
    for (const key of pair) signed = signed && key !== null && (await signer(note!, [key])) !== null;
    const has = (key: Key | null) => found.some((one) => one.text === key?.text);
    if (signed && pair.some(has)) found.push(...pair.filter((key) => key !== null && !has(key)).map((key) => key!));
  }
  held.keys = found;
  held.report.facts.keys = found.map((key) => key.name);
}

async function checkCheckpoints(held: Package): Promise<void> {
  const signed = new Map<string, Checkpoint[]>([...held.ledgers.keys()].map((key) => [key, []]));
  const listed = json(held, CHECKPOINTS!);
  if (!Array.isArray(listed)) held.report.fault("package.unreadable", { file: CHECKPOINTS });
  for (const [number, text] of (Array.isArray(listed) ? listed : []).entries()) {
    const stated = await statedIn(held, String(text), { file: CHECKPOINTS, number });
    if (stated && !signed.has(stated.ledger)) held.report.fault("checkpoint.foreign", { ledger: stated.ledger, size: stated.size });
    else if (stated) signed.get(stated.ledger)!.push(stated);
  }
  for (const [key, ledger] of held.ledgers) {
    const [own, count] = [signed.get(key)!, ledger.hashes.length];
    await compare(held, ledger, own, "checkpoint");
    if (!own.some((one) => one.size === count))
      held.report.fault("ledger.unsigned", { ledger: key, entry: Math.min(Math.max(0, ...own.map((one) => one.size)), count) });
  }
}

async function statedIn(held: Package, text: string, place: Record<string, unknown>): Promise<Checkpoint | null> {
  const note = parseNote(text);
  const stated = note ? parseCheckpoint(note.text) : null;
  if (!note || !stated) held.report.fault("checkpoint.malformed", place);
  if (!note || !stated) return null;
  const key = await signer(note, held.keys);
  if (key?.name === stated.name) return stated;
  const keys = note.signatures.map((one) => shown(one.name)).join(", ");
  held.report.fault("checkpoint.forged", { ledger: shown(stated.ledger), size: stated.size, keys });
  return null;
}

async function compare(held: Package, ledger: Ledger, stated: Checkpoint[], what: string): Promise<void> {
  const found = await roots(ledger.hashes, new Set(stated.map((one) => one.size)));
  for (const one of stated) {
    const root = found.get(one.size);
    if (root === undefined) held.report.fault(`${what}.longer`, { ledger: ledger.key, size: one.size, found: ledger.hashes.length });
    else if (root !== one.root) held.report.fault(`${what}.differs`, { ledger: ledger.key, size: one.size });
  }
}

async function checkLog(held: Package): Promise<void> {
  const all = [...held.ledgers.values()];
  for (const log of all.filter((one) => one.kind === LOG)) {
    for (const [logged, body] of log.bodies) {
      const data = body.data as Table;
      for (const ledger of Number.isInteger(data.size) ? all.filter((one) => one.id === data.head) : []) {
        const size = data.size as number;
        if ((await roots(ledger.hashes, new Set([size]))).get(size) !== data.root)
          held.report.fault("log.differs", { ledger: ledger.key, size, logged });
      }
    }
  }
}

async function checkSeal(held: Package, text: string | null): Promise<void> {
  const { report, source } = held;
  if (text === null) report.note("seal.none");
  if (text === null) return;
  const note = parseNote(text);
  const match = note ? SEAL.exec(note.text) : null;
  if (!note || !match) report.fault("seal.malformed");
  if (!note || !match) return;
  const key = await signer(note, held.keys);
  if (key?.name !== match[1]) report.fault("seal.forged", { keys: note.signatures.map((one) => shown(one.name)).join(", ") });
  if (match[2] !== held.about.id || match[3] !== held.about.edition)
    report.fault("seal.other", { id: shown(match[2]!), edition: match[3] });
  const sealed = new Map(match[4]!.trim().split("\n").map((line) => line.split(" ") as [string, string]));
  const found = new Map<string, string>();
  for (const name of [...source.sizes.keys()].filter((one) => /^tagmanifest-[^/]+$/.test(one)))
    found.set(name, hex(await sha256(source.read(name) ?? new Uint8Array())));
  for (const name of [...new Set([...sealed.keys(), ...found.keys()])].sort()) {
    if (sealed.get(name) !== found.get(name)) report.fault("seal.differs", { file: name });
  }
  report.facts.sealed = true;
}

async function checkKept(held: Package, given: string): Promise<void> {
  const text = `${given.trim().split(/\r\n|\n|\r/).map((line) => line.trimEnd()).join("\n")}\n`;
  const printed = /^(?:\S+[\s·,，]+)?(\d{1,18})[\s·,，]+((?:[0-9A-Za-z]{5}[\s·-]*){4})$/.exec(text.trim());
  const note = parseNote(text);
  if (note && SEAL.test(note.text)) await checkSeal(held, text);
  else if (printed) await checkPrinted(held, Number(printed[1]), printed[2]!);
  else await checkKeptNote(held, text);
}

async function checkKeptNote(held: Package, text: string): Promise<void> {
  const proof = /^zhiping\/consistency\/1 (\d{1,18})\n((?:[0-9A-Za-z+/=]{44}\n)*)\n/.exec(text);
  const stated = await statedIn(held, proof ? text.slice(proof[0].length) : text, { kept: true });
  const ledger = stated ? held.ledgers.get(stated.ledger) : undefined;
  if (stated && !ledger) held.report.fault("kept.lost", { ledger: shown(stated.ledger) });
  if (!stated || !ledger) return;
  const count = ledger.hashes.length;
  if (!proof || stated.size <= count) return compare(held, ledger, [stated], "kept");
  const hashes = proof[2]!.split("\n").filter(Boolean).map((line) => hex(base64(line) ?? new Uint8Array()));
  const root = (await roots(ledger.hashes, new Set([count]))).get(count)!;
  const good = Number(proof[1]) === count && (await consistent(count, stated.size, root, stated.root, hashes));
  if (!good) held.report.fault("kept.differs", { ledger: ledger.key, size: stated.size });
}

async function checkPrinted(held: Package, size: number, letters: string): Promise<void> {
  const log = [...held.ledgers.values()].find((one) => one.kind === LOG);
  if (!log) held.report.note("kept.no_log");
  if (!log) return;
  const root = (await roots(log.hashes, new Set([size]))).get(size);
  const typed = letters.toUpperCase().replace(/[^0-9A-Z]/g, "").replace(/[IL]/g, "1").replace(/O/g, "0");
  if (root === undefined) held.report.fault("kept.longer", { ledger: log.key, size, found: log.hashes.length });
  else if (fingerprint(root).replace(/-/g, "") !== typed) held.report.fault("kept.differs", { ledger: log.key, size });
}

interface Named {
  ledger: string;
  entry: number;
  sm3: Json | undefined;
  size: Json | undefined;
  name: string;
}

/** Returns the files whose digests the open entries record, by SHA-256, with the place of the entry. */
function namedFiles(held: Package): Map<string, Named> {
  const found = new Map<string, Named>();
  for (const ledger of held.ledgers.values()) {
    for (const [entry, body] of ledger.bodies) {
      for (const row of rows((body.data as Table).changes)) {
        const digest = "sm3" in row ? row.sha256 : row.scan;
        if (typeof digest === "string" && /^[0-9a-f]{64}$/.test(digest))
          found.set(digest, { ledger: ledger.key, entry, sm3: row.sm3, size: row.size, name: String(row.name || row.scan_name || "") });
      }
    }
  }
  return found;
}

function rows(changes: Json | undefined): Table[] {
  const tables = isTable(changes) ? Object.values(changes).filter(isTable) : [];
  const fields = tables.flatMap((one) => Object.values(one).filter(isTable));
  return fields.map((one) => {
    const pairs = Object.entries(one).filter(([, change]) => Array.isArray(change) && change.length === 2);
    return Object.fromEntries(pairs.map(([name, change]) => [name, (change as Json[])[1]!]));
  });
}

function checkEvidence({ report, about, source }: Package, bag: Bag, named: Map<string, Named>): void {
  const present = new Map([...bag.digests].filter(([, one]) => one.has("sha256")).map(([path, one]) => [one.get("sha256")!, path]));
  const omitted = isTable(about.omitted) ? about.omitted : {};
  for (const [digest, { ledger, entry, sm3, size, name }] of named) {
    const path = present.get(digest);
    const found = path === undefined ? undefined : bag.digests.get(path)!.get("sm3");
    if (path === undefined && digest in omitted)
      report.note("evidence.omitted", { name: shown(name), why: shown(String(omitted[digest])), ledger, entry });
    else if (path === undefined) report.fault("evidence.missing", { name: shown(name), sha256: digest, ledger, entry });
    else if (sm3 && found !== undefined && found !== sm3) report.fault("evidence.sm3", { file: shown(path), ledger, entry });
    else if (Number.isInteger(size) && source.sizes.get(path) !== size) report.fault("evidence.size", { file: shown(path), ledger, entry });
  }
  for (const [path, one] of about.edition === "full" ? bag.digests : []) {
    if (path.startsWith("data/evidence/") && !named.has(one.get("sha256") ?? "")) report.fault("evidence.unnamed", { file: shown(path) });
  }
}

async function checkResult(held: Package): Promise<void> {
  const { report, about } = held;
  if (typeof about.result !== "string") return report.note("result.none");
  const [result, concluded] = [table(held, about.result), lastResult(held)];
  if (!concluded) return report.note("result.no_entry");
  const { data, ...at } = concluded;
  const place = { file: shown(about.result), ...at };
  if (about.result_edition !== "whole") report.note("result.edition", { file: place.file });
  else if (hex(await sha256(new TextEncoder().encode(canonical(result)))) !== data.result_sha256) report.fault("result.differs", place);
  const graded = isTable(result.score) ? (result.score.graded ?? null) : null;
  for (const [name, value] of Object.entries({ grade: result.grade ?? null, graded })) {
    if ((data[name] ?? null) !== null && value !== data[name])
      report.fault(`result.${name}`, { found: shown(String(value)), expected: data[name], ...place });
  }
  report.note("result.not_computed");
}

function lastResult(held: Package): { ledger: string; entry: number; data: Table } | null {
  let found = null;
  for (const ledger of held.ledgers.values()) {
    for (const [entry, body] of ledger.kind === "evaluation" ? ledger.bodies : []) {
      const data = body.data as Table;
      if ("result_sha256" in data && "grade" in data) found = { ledger: ledger.key, entry, data };
    }
  }
  return found;
}

/** Returns the canonical JSON of a value: NFC text, keys sorted by code points, no spaces. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isTable(value)) return JSON.stringify(typeof value === "string" ? value.normalize("NFC") : value);
  const pairs = Object.entries(value).map(([name, one]): [string, Json] => [name.normalize("NFC"), one]);
  pairs.sort(([one], [other]) => byCodePoint(one, other));
  return `{${pairs.map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`).join(",")}}`;
}

