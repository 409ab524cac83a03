// The page of verification: files chosen or dropped are verified in the browser and never sent anywhere.
//
// `<div data-verify>` holds inputs named package, seal, key and kept, and a script of JSON `data-texts` with the
// sentences of verify.py by code; the elements `data-verdict`, `data-faults` and `data-unchecked` are filled here.
import { digest, hex, sha256 } from "./digests.ts";
import { verify, type Beside } from "./package.ts";
import { Report, type Fault, type Source } from "./types.ts";
import { openZip, Unreadable } from "./zip.ts";

type Texts = Record<string, string>;

interface Given extends Beside {
  source?: Source;
  kept: string[];
}

const isPdf = (bytes: Uint8Array): boolean => hex(bytes.subarray(0, 5)) === "255044462d";

document.querySelectorAll<HTMLElement>("[data-verify]").forEach((box) => {
  const texts = JSON.parse(box.querySelector("[data-texts]")!.textContent!) as Texts;
  const given: Given = { kept: [] };
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
  box.addEventListener("dragover", (event) => event.preventDefault());
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer?.files ?? [], "");
  });
});

/** Takes files, by the input they were chosen in or by what they are, and verifies what there is now. */
async function examine(box: HTMLElement, texts: Texts, given: Given, files: File[], name: string): Promise<void> {
  box.setAttribute("aria-busy", "true");
  let report: Report | null = null;
  let reported: File | null = null;
  for (const file of files) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (isPdf(bytes)) reported = file;
    else if (hex(bytes.subarray(0, 2)) === "504b" || name === "package") given.source = openZip(bytes);
    else keep(given, new TextDecoder().decode(bytes), name || (file.name.endsWith(".seal") ? "seal" : "kept"));
  }
  const typed = box.querySelector<HTMLTextAreaElement>("[name=kept]:not([type=file])")?.value.trim();
  if (given.source) report = await verify(given.source, { ...given, kept: [...given.kept, ...(typed ? [typed] : [])] });
  if (reported) report = await compared(reported, given, report ?? new Report());
  if (report) show(box, texts, report);
  box.removeAttribute("aria-busy");
}

function keep(given: Given, text: string, name: string): void {
  if (name === "seal") given.seal = text;
  else if (name === "key") given.keys = text;
  else given.kept.push(text);
}

/** Compares a report with the files of the package, where one was given. */
async function compared(file: File, given: Given, report: Report): Promise<Report> {
  const own = hex(await sha256(new Uint8Array(await file.arrayBuffer())));
  Object.assign(report.facts, { name: file.name, sha256: own });
  if (!given.source) report.note("report.alone");
  let held = !given.source;
  for (const name of given.source?.sizes.keys() ?? []) {
    const bytes = name.endsWith(".pdf") ? given.source!.read(name) : null;
    held = held || (bytes !== null && (await digest("sha256", bytes)) === own);
  }
  if (!held) report.fault("report.elsewhere", { file: file.name });
  return report;
}

function unusable(error: unknown): Report {
  const report = new Report();
  if (!globalThis.crypto?.subtle) report.fault("use.insecure");
  else if (error instanceof Unreadable) report.fault("use.unreadable", { why: "zip" });
  else throw error;
  return report;
}

function show(box: HTMLElement, texts: Texts, report: Report): void {
  const { facts, faults, unchecked } = report;
  const lines = [];
  if ("sha256" in facts) lines.push(filled(texts, "report.title", facts));
  if ("id" in facts) lines.push(filled(texts, "title", facts));
  const ledgers = Object.keys((facts.ledgers as object | undefined) ?? {}).length;
  if (faults.length) lines.push(filled(texts, "found", { count: faults.length }));
  else if ("id" in facts) lines.push(filled(texts, "sound", { files: facts.files, ledgers }));
  const verdict = box.querySelector<HTMLElement>("[data-verdict]")!;
  verdict.textContent = lines.join("\n");
  verdict.dataset.verdict = faults.length ? "faulty" : "id" in facts ? "verified" : "open";
  list(box.querySelector<HTMLElement>("[data-faults]")!, faults, texts);
  list(box.querySelector<HTMLElement>("[data-unchecked]")!, unchecked, texts);
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
