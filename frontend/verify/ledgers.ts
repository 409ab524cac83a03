// A ledger as a package holds it: a line for each entry, its leaf hash and, where it is open, its canonical JSON.
import { hex, joined, sha256 } from "./digests.ts";
import { isTable, type Json, type Report, type Table } from "./types.ts";

export interface Ledger {
  key: string;
  kind: string;
  id: string;
  hashes: string[];
  bodies: Map<number, Table>;
}

export async function parseLedger(content: Uint8Array, kind: string, id: string, report: Report): Promise<Ledger> {
  const ledger: Ledger = { key: `${kind}/${id}`, kind, id, hashes: [], bodies: new Map() };
  const lines = split(content);
  if (lines.pop()!.length) report.fault("ledger.line", { ledger: ledger.key, entry: lines.length });
  for (const [seq, line] of lines.entries()) {
    const start = new TextDecoder("iso-8859-1").decode(line.subarray(0, 64));
    const good = /^[0-9a-f]{64}$/.test(start) && (line.length === 64 || (line[64] === 32 && line.length > 65 && !line.includes(13)));
    if (!good) report.fault("ledger.line", { ledger: ledger.key, entry: seq });
    ledger.hashes.push(good ? start : "0".repeat(64));
    if (good && line.length > 64) await openBody(line.subarray(65), ledger, seq, report);
  }
  return ledger;
}

function split(content: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let at = content.indexOf(10); at >= 0; at = content.indexOf(10, start)) {
    lines.push(content.subarray(start, at));
    start = at + 1;
  }
  return [...lines, content.subarray(start)];
}

async function openBody(line: Uint8Array, ledger: Ledger, seq: number, report: Report): Promise<void> {
  const place = { ledger: ledger.key, entry: seq };
  if (hex(await sha256(joined(Uint8Array.of(0), line))) !== ledger.hashes[seq]) report.fault("ledger.event_altered", place);
  let body: Json = null;
  try {
    body = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line)) as Json;
  } catch {
    // reported below as no entry
  }
  if (!isTable(body) || !isTable(body.data)) {
    report.fault("ledger.event_malformed", place);
    return;
  }
  ledger.bodies.set(seq, body);
  if (body.head !== ledger.id || body.seq !== seq) report.fault("ledger.event_moved", place);
  else if (seq === 0 && String(body.name).split(".")[0] !== ledger.kind) report.fault("ledger.kind", place);
}
