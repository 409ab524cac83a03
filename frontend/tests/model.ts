// A server with the rules of the real one (scoring/actions/mark.py), a person with devices, and what must hold.
import { expect } from "vitest";

import type { Answer, Mark, MarkEvent } from "../fieldwork/types";

const LEGAL = new Set(["0", "1", "2"]);

/** The server of one sheet; `overwrites`: the seeded defect that the last write wins. */
export class Model {
  log: MarkEvent[] = [];
  marks = new Map<string, Mark>();
  open = true;

  constructor(private readonly overwrites = false) {}

  give(events: MarkEvent[]): Answer[] {
    return events.map((event) => this.judge(structuredClone(event)));
  }

  current(): Mark[] {
    return [...this.marks.values()];
  }

  private judge(event: MarkEvent): Answer {
    const answer = (status: Answer["status"], there: Mark | null = null): Answer => ({
      id: event.id, status, there, hash: status === "accepted" || status === "known" ? `leaf of ${event.id}` : "", problems: [],
    });
    const recorded = this.log.find((other) => other.id === event.id);
    if (recorded) return JSON.stringify(recorded) === JSON.stringify(event) ? answer("known") : answer("illegal");
    if (!this.open) return answer("closed");
    if (event.points !== null && !LEGAL.has(event.points)) return answer("illegal");
    const before = this.marks.get(event.criterion);
    if ((before?.event ?? null) !== event.replaces && !this.overwrites) {
      const arrived = event.replaces === null || this.log.some((other) => other.id === event.replaces);
      return arrived ? answer("stale", before ?? null) : answer("waiting");
    }
    this.log.push(event);
    const { id, replaces: _replaces, at: _at, ...content } = event;
    this.marks.set(event.criterion, { ...content, event: id });
    return answer("accepted");
  }
}

/** What happened, for the judgement at the end. */
export interface History {
  given: Map<string, { points: string | null; seen: Set<string | null> }>; // by event: the marks its person had seen
  refused: Set<string>;
  chosenAway: Set<string>; // by the person
}

export const history = (): History => ({ given: new Map(), refused: new Set(), chosenAway: new Set() });

/** Nothing is lost, doubled or altered, and no mark is replaced that its person had not seen. */
export function judge(server: Model, past: History): void {
  const ids = server.log.map((event) => event.id);
  expect(new Set(ids).size, "doubled").toBe(ids.length);
  const recorded = new Set(ids);
  for (const [id, { points }] of past.given) {
    expect(recorded.has(id) || past.refused.has(id) || past.chosenAway.has(id), `lost ${id}`).toBe(true);
    if (recorded.has(id)) expect(server.log.find((event) => event.id === id)!.points, "altered").toBe(points);
  }
  const last = new Map<string, string>();
  for (const event of server.log) {
    const replaced = last.get(event.criterion) ?? null;
    expect(past.given.get(event.id)!.seen.has(replaced), `${event.id} silently replaced ${replaced}`).toBe(true);
    last.set(event.criterion, event.id);
  }
}
