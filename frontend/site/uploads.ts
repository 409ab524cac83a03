// Files in pieces by the tus protocol 1.0, one after another; docs/adr/0037 says why this is no library.
const PIECE = 2 ** 20; // bytes; the server accepts twice as many
const LONGEST_WAIT = 30_000; // ms
const PASSING = ["evidence.offset", "evidence.in_use", "evidence.unfinished"];
const TUS = { "Tus-Resumable": "1.0.0" };

type Outcome = { text: string; tone: string };
type Row = { say: (text: string, tone?: string) => void; share: (done: number) => void };

/** `<div data-uploads="url">`: sends the files chosen in its inputs and lists how far each is. */
export function uploads(): void {
  document.querySelectorAll<HTMLElement>("[data-uploads]").forEach((box) => {
    const waiting: File[] = [];
    let sending = false;
    box.addEventListener("change", (event) => {
      const input = event.target as HTMLInputElement;
      waiting.push(...(input.files ?? []));
      input.value = "";
      if (!sending) void sendAll();
    });
    async function sendAll(): Promise<void> {
      sending = true;
      for (let file = waiting.shift(); file; file = waiting.shift()) {
        const row = listed(box, file);
        const { text, tone } = await sent(box, file, row);
        row.say(text, tone);
      }
      sending = false;
      box.querySelector<HTMLElement>("[data-finished]")?.removeAttribute("hidden");
    }
    window.addEventListener("beforeunload", (event) => {
      if (!sending) return;
      event.preventDefault();
      event.returnValue = ""; // Chrome before 119 ignores preventDefault() here
    });
  });
}

function listed(box: HTMLElement, file: File): Row {
  const item = document.createElement("li");
  const name = document.createElement("div");
  const bar = document.createElement("progress");
  const state = document.createElement("div");
  item.className = "mb-2 text-break";
  bar.className = "w-100";
  bar.max = file.size || 1;
  bar.setAttribute("aria-label", nameOf(file));
  name.textContent = nameOf(file);
  state.className = "small";
  item.append(name, bar, state);
  box.querySelector("[data-list]")?.append(item);
  return {
    say: (text, tone = "secondary") => {
      state.textContent = text;
      bar.hidden = tone === "danger";
      state.className = `small text-${tone}-emphasis`;
    },
    share: (done) => (bar.value = done),
  };
}

/** Sends one file; after a failure asks how much has arrived and goes on from there. */
async function sent(box: HTMLElement, file: File, row: Row): Promise<Outcome> {
  const texts = box.dataset;
  const headers = { ...TUS, "X-CSRFToken": texts.token ?? "" };
  let place = "";
  for (let wait = 1000; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
    try {
      if (!place) {
        const begun = await fetch(texts.uploads ?? "", { method: "POST", headers: { ...headers, ...about(file) } });
        if (begun.status === 200) return forget(file, { text: texts.done ?? "", tone: "success" });
        if (begun.status !== 201) await refuse(begun);
        place = begun.headers.get("Location") ?? "";
      }
      row.say(texts.sending ?? "");
      const waits = await sendPieces(place, file, headers, row, () => (wait = 1000));
      return forget(file, waits ? { text: texts.criteria ?? "", tone: "warning" } : { text: texts.done ?? "", tone: "success" });
    } catch (failure) {
      if (failure instanceof Refused) {
        if (failure.status === 401) return { text: texts.signed_out ?? "", tone: "danger" };
        return forget(file, { text: failure.message || texts.failed || "", tone: "danger" });
      }
      if (failure instanceof Gone) place = "";
      row.say(texts.waiting ?? "", "warning");
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

async function sendPieces(place: string, file: File, headers: Record<string, string>, row: Row, onward: () => void): Promise<boolean> {
  const state = await fetch(place, { method: "HEAD", headers });
  if (state.status === 404) throw new Gone();
  if (!state.ok) await refuse(state);
  let offset = Number(state.headers.get("Upload-Offset"));
  for (;;) {
    const piece = await file.slice(offset, offset + PIECE).arrayBuffer();
    const answer = await fetch(place, {
      method: "PATCH",
      headers: { ...headers, ...(await checksum(piece)), "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(offset) },
      body: piece,
    });
    if (!answer.ok) await refuse(answer);
    offset = Number(answer.headers.get("Upload-Offset"));
    row.share(offset);
    onward();
    if (offset >= file.size) return answer.headers.has("Upload-Waits");
  }
}

class Refused extends Error {
  constructor(readonly status: number, text: string) {
    super(text);
  }
}
class Gone extends Error {}

/** Throws Error for what passes by itself, Refused with the server's words for everything else. */
async function refuse(answer: Response): Promise<never> {
  const said = await answer.json().catch(() => ({}));
  const errors: { code: string; text: string }[] = said.errors ?? [];
  const passes = answer.status >= 500 || [429, 460].includes(answer.status) || errors.some((error) => PASSING.includes(error.code));
  if (passes && !answer.redirected) throw new Error(String(answer.status));
  throw new Refused(answer.status, errors.map((error) => error.text).join(" "));
}

function nameOf(file: File): string {
  return file.webkitRelativePath || file.name;
}

/** The upload's length, name and id; the id is kept, so that a file chosen again continues. */
function about(file: File): Record<string, string> {
  const known = localStorage.getItem(keyOf(file)) ?? uuid7();
  localStorage.setItem(keyOf(file), known);
  const pairs = { filename: nameOf(file), id: known };
  const metadata = Object.entries(pairs).map(([name, value]) => `${name} ${base64(new TextEncoder().encode(value))}`);
  return { "Upload-Length": String(file.size), "Upload-Metadata": metadata.join(",") };
}

function keyOf(file: File): string {
  return `upload ${location.pathname} ${nameOf(file)} ${file.size} ${file.lastModified}`;
}

function forget(file: File, outcome: Outcome): Outcome {
  localStorage.removeItem(keyOf(file));
  return outcome;
}

/** Browsers offer digests on https and localhost only; elsewhere the offset alone is checked. */
async function checksum(piece: ArrayBuffer): Promise<Record<string, string>> {
  if (!crypto.subtle) return {};
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", piece));
  return { "Upload-Checksum": `sha256 ${base64(digest)}` };
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** An id that sorts by time (RFC 9562, 5.7); `crypto.randomUUID` is missing in Chrome 87. */
function uuid7(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const now = Date.now();
  for (let place = 0; place < 6; place++) bytes[place] = Math.floor(now / 2 ** (8 * (5 - place))) % 256;
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
