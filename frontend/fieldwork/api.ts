// Requests to the server, with the session's cookie.
import type { Answer, Evidence, Fieldwork, MarkEvent, Problem, Sheet } from "./types";

export const API = "/api/v1";
const PATIENCE = 30_000; // ms: a mobile network may swallow a request
const LOCKED = 86_400; // seconds: longer than any session

/** An answer that is not a success; `status` 0: there was none. */
export class Failed extends Error {
  constructor(
    readonly status: number,
    readonly problems: Problem[] = [],
  ) {
    super(String(status));
  }

  /** Whether the person has to sign in; Django answers 403 to a request without its token. */
  get signedOut(): boolean {
    return this.status === 401 || (this.status === 403 && !this.problems.length);
  }
}

const cookie = (name: string) => new RegExp(`(?:^|; )${name}=([^;]+)`).exec(document.cookie)?.[1] ?? "";

/** Return the id of the person who was signed in at the server's last answer to this browser; "" once the session has ended. */
export const signedIn = () => cookie("zhiping_person");

/** Hide what this browser shows until a person signs in: the server ends the session with its next answer. */
export function lock(): void {
  document.cookie = `zhiping_locked=1; path=/; max-age=${LOCKED}; samesite=lax`;
  document.cookie = "zhiping_person=; path=/; max-age=0; samesite=lax";
}

let answered = Date.now();

/** Return the milliseconds since the server last answered this page. */
export const silence = () => Date.now() - answered;

/** Send a request; Failed unless it succeeds. */
export async function send(method: string, path: string, body?: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
  const cut = new AbortController();
  const timer = setTimeout(() => cut.abort(), PATIENCE);
  let response: Response;
  try {
    response = await fetch(API + path, { method, body, headers: { "X-CSRFToken": cookie("csrftoken"), ...headers }, signal: cut.signal, credentials: "same-origin" });
  } catch {
    throw new Failed(0);
  } finally {
    clearTimeout(timer);
  }
  answered = Date.now();
  if (!response.ok) throw new Failed(response.status, await problems(response));
  return response;
}

async function problems(response: Response): Promise<Problem[]> {
  try {
    return ((await response.json()) as { errors: Problem[] }).errors;
  } catch {
    return [];
  }
}

async function post<T>(path: string, data: unknown): Promise<T> {
  const response = await send("POST", path, JSON.stringify(data), { "Content-Type": "application/json" });
  return (await response.json()) as T;
}

export const openSheet = (evaluation: string) => post<Fieldwork>(`/evaluations/${evaluation}/sheet`, {});
export const handIn = (sheet: string, id: string, seen: number) => post<Sheet>(`/sheets/${sheet}/hand-in`, { id, seen });
export const askReturn = (sheet: string, id: string, reason: string) => post<Sheet>(`/sheets/${sheet}/return`, { id, reason });

export async function giveMarks(sheet: string, events: MarkEvent[]): Promise<Answer[]> {
  return (await post<{ answers: Answer[] }>(`/sheets/${sheet}/marks`, { events })).answers;
}

export async function listEvidence(evaluation: string): Promise<Evidence[]> {
  return (await (await send("GET", `/evaluations/${evaluation}/evidence`)).json()) as Evidence[];
}
