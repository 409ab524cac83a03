// The page of verification: files chosen or dropped are verified in the browser and never sent anywhere.
//
// `<div data-verify>` holds inputs named package, code, seal, key and kept, and a script of JSON with the sentences
// of verify.py by code; the elements `data-verdict`, `data-stated`, `data-faults` and `data-unchecked` are filled here.
// `data-look-up` is where the installation answers by SHA-256 what a file is; without it nothing is asked.
import { digest, hex, sha256 } from "./digests.ts";
import { verify, type Beside } from "./package.ts";
import { embedded } from "./pdf.ts";
import { ask, readCode, type Reported } from "./published.ts";
import { Report, type Fault, type Source } from "./types.ts";
import { openZip, Unreadable } from "./zip.ts";

type Texts = Record<string, string>;

interface Given extends Beside {
  source?: Source;
  kept: string[];
  reported?: Reported;
  code: string;
}

interface Detector {
  detect: (picture: ImageBitmap) => Promise<{ rawValue: string }[]>;
}

const isPdf = (bytes: Uint8Array): boolean => hex(bytes.subarray(0, 5)) === "255044462d";

document.querySelectorAll<HTMLElement>("[data-verify]").forEach((box) => {
  const texts = JSON.parse(box.querySelector("script[type='application/json']")!.textContent!) as Texts;
  const given: Given = { kept: [], code: location.hash };
  let last = Promise.resolve();
  const take = (files: Iterable<File>, name: string) => {
    const chosen = [...files];
    last = last.then(() => examine(box, texts, given, chosen, name)).catch((error: unknown) => show(box, texts, unusable(error)));
  };
  box.addEventListener("change", (event) => {
    const input = event.target as HTMLInputElement;
    if (input.type === "file") take(input.files ?? [], input.name);
    else take([], input.name);
  });
  addEventListener("hashchange", () => {
    given.code = location.hash;
    take([], "");
  });
  if (location.hash) take([], "");
  box.addEventListener("dragover", (event) => event.preventDefault());
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer?.files ?? [], "");
  });
});

/** Takes files, by the input they were chosen in or by what they are, and verifies what there is now. */
async function examine(box: HTMLElement, texts: Texts, given: Given, files: File[], name: string): Promise<void> {
  box.setAttribute("aria-busy", "true");
  for (const file of files) await takeFile(given, file, name);
  const [typed, code] = ["[name=kept]:not([type=file])", "[name=code]"].map(
    (one) => box.querySelector<HTMLTextAreaElement>(one)?.value.trim() ?? "",
  ) as [string, string];
  const { source, reported } = given;
  const report = source ? await verify(source, { ...given, kept: [...given.kept, ...(typed ? [typed] : [])] }) : new Report();
  if (reported) await compared(reported, given, report);
  const text = code || given.code;
  const read = text ? readCode(text) : null;
  if (text && !read) report.fault(text === NO_CODE ? "published.no_code" : "published.malformed");
  if (box.dataset.lookUp && (reported || read)) await ask(box.dataset.lookUp, reported ?? null, read, report);
  if (source || reported || text) show(box, texts, report);
  box.removeAttribute("aria-busy");
}

const NO_CODE = "#";

async function takeFile(given: Given, file: File, name: string): Promise<void> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (file.type.startsWith("image/")) given.code = await codeOf(file);
  else if (isPdf(bytes) || file.name.endsWith(".ofd")) given.reported = await reportOf(file.name, bytes);
  else if (hex(bytes.subarray(0, 2)) === "504b" || name === "package") given.source = openZip(bytes);
  else keep(given, new TextDecoder().decode(bytes), name || (file.name.endsWith(".seal") ? "seal" : "kept"));
}

/** Reads the code in a photo, where the browser can. */
async function codeOf(file: File): Promise<string> {
  const own = (globalThis as unknown as { BarcodeDetector?: new (options: object) => Detector }).BarcodeDetector;
  if (!own) return NO_CODE;
  try {
    const found = await new own({ formats: ["qr_code"] }).detect(await createImageBitmap(file));
    return found[0]?.rawValue ?? NO_CODE;
  } catch {
    return NO_CODE;
  }
}

async function reportOf(name: string, bytes: Uint8Array): Promise<Reported> {
  const inside = isPdf(bytes) ? await embedded(bytes) : [];
  const hashes = await Promise.all(inside.map(async (one) => hex(await sha256(one))));
  return { name, sha256: hex(await sha256(bytes)), embedded: hashes };
}

function keep(given: Given, text: string, name: string): void {
  if (name === "seal") given.seal = text;
  else if (name === "key") given.keys = text;
  else given.kept.push(text);
}

/** Compares a report with the files of the package, where one was given. */
async function compared(reported: Reported, given: Given, report: Report): Promise<void> {
  Object.assign(report.facts, { name: reported.name, sha256: reported.sha256 });
  if (!given.source) report.note("report.alone");
  let held = !given.source;
  for (const name of given.source?.sizes.keys() ?? []) {
    const bytes = name.endsWith(".pdf") || name.endsWith(".ofd") ? given.source!.read(name) : null;
    held = held || (bytes !== null && (await digest("sha256", bytes)) === reported.sha256);
  }
  if (!held) report.fault("report.elsewhere", { file: reported.name });
}

function unusable(error: unknown): Report {
  const report = new Report();
  if (!globalThis.crypto?.subtle) report.fault("use.insecure");
  else if (error instanceof Unreadable) report.fault("use.unreadable", { why: "zip" });
  else throw error;
  return report;
}

function show(box: HTMLElement, texts: Texts, report: Report): void {
  const { facts, faults, unchecked, stated } = report;
  const lines = [];
  if ("sha256" in facts) lines.push(filled(texts, "report.title", facts));
  if ("id" in facts) lines.push(filled(texts, "title", facts));
  const ledgers = Object.keys((facts.ledgers as object | undefined) ?? {}).length;
  if (faults.length) lines.push(filled(texts, "found", { count: faults.length }));
  else if ("id" in facts) lines.push(filled(texts, "sound", { files: facts.files, ledgers }));
  else if (stated.length) lines.push(texts["published.well"]!);
  const verdict = box.querySelector<HTMLElement>("[data-verdict]")!;
  verdict.textContent = lines.join("\n");
  verdict.dataset.verdict = faults.length ? "faulty" : "id" in facts ? "verified" : stated.length ? "stated" : "open";
  for (const [name, found] of Object.entries({ stated, faults, unchecked })) {
    const place = box.querySelector<HTMLElement>(`[data-${name}]`);
    if (place) list(place, found, texts);
  }
  box.removeAttribute("aria-busy");
}

function list(place: HTMLElement, faults: Fault[], texts: Texts): void {
  place.replaceChildren(
    ...faults.map((fault) => {
      const item = document.createElement("li");
      item.textContent = sentence(texts, fault);
      return item;
    }),
  );
  place.closest<HTMLElement>("section")?.toggleAttribute("hidden", !faults.length);
}

/** Returns a fault as a sentence that begins with its place. */
export function sentence(texts: Texts, fault: Fault): string {
  const record = "ledger" in fault ? filled(texts, "entry" in fault ? "entry" : "ledger", fault) : "";
  const places = [record, String(fault.file ?? "")].filter(Boolean);
  const text = filled(texts, fault.code, fault);
  return places.length ? places.join(texts.joined) + texts.colon! + text : text;
}

function filled(texts: Texts, code: string, data: Record<string, unknown>): string {
  return texts[code]!.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = data[name];
    return Array.isArray(value) ? value.join(texts.joined) : String(value ?? "");
  });
}
