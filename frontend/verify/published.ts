// What the installation states about a report or a printed code: it is asked by SHA-256 and sees no file.
import type { Report } from "./types.ts";

/** A report as a file: its name, its SHA-256, and those of the files embedded in it. */
export interface Reported {
  name: string;
  sha256: string;
  embedded: string[];
}

export interface Code {
  number: string;
  fingerprint: string;
  checkpoint: string;
}

interface Stated {
  kind?: string;
  number: string;
  later: string;
  same?: boolean | null;
  embedded?: string;
}

interface Answer {
  files: Record<string, Stated>;
  code: Stated | null;
  checkpoint?: boolean | null;
}

/** Reads the text of a printed code, an address with its values behind "#"; null where they are not all there. */
export function readCode(text: string): Code | null {
  const values = new URLSearchParams(text.slice(text.indexOf("#") + 1));
  const [number, fingerprint, checkpoint] = ["n", "f", "c"].map((name) => values.get(name) ?? "") as [string, string, string];
  return number && fingerprint ? { number, fingerprint, checkpoint } : null;
}

/** Asks the installation and adds what it states, or what differs, to the report. */
export async function ask(address: string, reported: Reported | null, code: Code | null, report: Report): Promise<void> {
  const body = new URLSearchParams();
  for (const sha256 of reported ? [reported.sha256, ...reported.embedded.slice(0, 3)] : []) body.append("sha256", sha256);
  if (code) for (const [name, value] of Object.entries(code)) body.append(name, value);
  const answer = await sent(address, body);
  if (!answer) return report.note("published.unreachable");
  if (reported) ofFile(reported, answer, report);
  if (code) ofCode(code, answer, report);
  if (reported && code && answer.code) ofEmbedded(reported, answer.code, report);
}

async function sent(address: string, body: URLSearchParams): Promise<Answer | null> {
  try {
    const answer = await fetch(address, { method: "POST", body, credentials: "omit" });
    return answer.ok ? ((await answer.json()) as Answer) : null;
  } catch {
    return null;
  }
}

function ofFile(reported: Reported, answer: Answer, report: Report): void {
  const stated = answer.files[reported.sha256];
  if (!stated) return report.fault("published.unknown", { file: reported.name });
  report.state(`published.${stated.kind!}`, { name: reported.name, ...stated });
  if (stated.later) report.fault("published.later", { ...stated });
}

function ofCode(code: Code, answer: Answer, report: Report): void {
  if (!answer.code) return report.fault("published.number", { ...code });
  if (!answer.code.same) return report.fault("published.result", { ...code });
  report.state("published.code", { ...answer.code });
  if (answer.code.later) report.fault("published.later", { ...answer.code });
  if (!code.checkpoint) return;
  const size = code.checkpoint.split(",")[1] ?? "";
  if (answer.checkpoint === true) report.state("published.checkpoint", { size });
  else if (answer.checkpoint === false) report.fault("published.checkpoint_differs", { size });
  else report.note("published.checkpoint_unknown", { size });
}

function ofEmbedded(reported: Reported, stated: Stated, report: Report): void {
  const { name, embedded } = reported;
  if (!embedded.length) report.note("published.no_embedded", { file: name });
  else if (stated.embedded) report.state("published.embedded", { name, number: stated.number });
  else report.fault("published.other_embedded", { file: name, number: stated.number });
}
