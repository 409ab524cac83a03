// T8: random schedules of the sync protocol between two devices of one person and the server.
import fc from "fast-check";
import { expect, test } from "vitest";

import * as protocol from "../fieldwork/protocol";
import type { Content } from "../fieldwork/types";
import { history, judge, Model, type History } from "./model";

const RUNS = Number(import.meta.env.VITE_T8_RUNS ?? 20_000);
const CRITERIA = ["1.1", "1.2", "B.1"];

type Protocol = typeof protocol;
type Step =
  | { do: "give"; device: number; criterion: string; points: string | null }
  | { do: "send"; device: number; loses: "nothing" | "request" | "response"; part: number }
  | { do: "choose"; device: number; own: boolean }
  | { do: "refresh"; device: number }
  | { do: "file"; device: number }
  | { do: "close" | "open" };

const device = fc.nat({ max: 1 });
const criterion = fc.constantFrom(...CRITERIA);
const points = fc.constantFrom("0", "1", "2", "7", null); // 7 is not legal
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("give" as const), device, criterion, points }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("send" as const), device, loses: fc.constantFrom("nothing", "request", "response"), part: fc.nat({ max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("choose" as const), device, own: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("refresh" as const), device }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("file" as const), device }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("close" as const, "open" as const) }) },
);

class Person {
  states = [protocol.empty(), protocol.empty()];
  count = 0;

  constructor(
    readonly server: Model,
    readonly past: History,
    readonly by: Protocol,
  ) {}

  take(one: Step): void {
    if (one.do === "give") this.give(one.device, one.criterion, one.points);
    else if (one.do === "send") this.send(one.device, one.loses, one.part);
    else if (one.do === "choose") this.choose(one.device, one.own);
    else if (one.do === "refresh") this.states[one.device] = this.by.refresh(this.states[one.device]!, this.server.current());
    else if (one.do === "file") this.states[1 - one.device] = this.by.adopt(this.states[1 - one.device]!, structuredClone(this.states[one.device]!.queue));
    else this.server.open = one.do === "open";
  }

  give(device: number, criterion: string, points: string | null): void {
    const state = this.states[device]!;
    this.note(`e${this.count}`, points, this.seen(state, criterion));
    this.states[device] = this.by.give(state, { ...protocol.blank(criterion), points }, `e${this.count++}`, "");
  }

  /** Return every mark the person has seen on the device for a criterion: shown there, or a value before the shown one. */
  seen(state: protocol.State, criterion: string): Set<string | null> {
    const own = state.queue.filter((event) => event.criterion === criterion);
    const there = state.conflicts[criterion];
    return new Set([state.marks[criterion]?.event ?? null, ...own.flatMap((event) => [event.id, event.replaces]), ...(there === undefined ? [] : [there?.event ?? null])]);
  }

  note(id: string, points: string | null, seen: Set<string | null>): void {
    this.past.given.set(id, { points, seen });
  }

  send(device: number, loses: string, part: number): void {
    const events = this.by.sendable(this.states[device]!);
    const sent = part ? events.slice(0, part) : events;
    if (!sent.length || loses === "request") return;
    const answers = this.server.give(sent);
    if (loses === "nothing") this.states[device] = this.by.settle(this.states[device]!, answers);
  }

  choose(device: number, own: boolean): void {
    const state = this.states[device]!;
    const [criterion] = Object.keys(state.conflicts);
    if (!criterion) return;
    const id = `e${this.count++}`;
    const content: Content = this.by.current(state, criterion);
    if (own) this.note(id, content.points, this.seen(state, criterion));
    const now = this.by.choose(state, criterion, own, id, "");
    const kept = new Set(now.queue.map((event) => event.id));
    state.queue.filter((event) => !kept.has(event.id)).forEach((event) => this.past.chosenAway.add(event.id));
    this.states[device] = now;
  }

  /** Send until nothing waits: the network is good, the person makes every choice. */
  finish(): void {
    this.server.open = true;
    for (let round = 0; round < 200; round += 1) {
      for (const number of [0, 1]) {
        this.send(number, "nothing", 0);
        if (this.states[number]!.lost.length) this.states[number] = this.by.refresh(this.states[number]!, this.server.current());
        this.choose(number, true);
      }
      if (this.states.every((state) => !state.queue.length)) break;
    }
    for (const number of [0, 1]) {
      const state = this.states[number]!;
      state.refusals.forEach(({ event }) => this.past.refused.add(event.id));
      expect(state.queue, "not drained").toEqual([]);
      expect(Object.keys(state.conflicts), "choices").toEqual([]);
      this.states[number] = this.by.refresh(state, this.server.current());
    }
    for (const name of CRITERIA) {
      const points = this.server.marks.get(name)?.points ?? null;
      this.states.forEach((state) => expect(this.by.current(state, name).points, "shown").toBe(points));
    }
  }
}

function runs(count: number, by: Protocol, overwrites = false): void {
  fc.assert(
    fc.property(fc.array(step, { minLength: 0, maxLength: 30 }), (steps) => {
      const past = history();
      const person = new Person(new Model(overwrites), past, by);
      steps.forEach((one) => person.take(one));
      person.finish();
      judge(person.server, past);
    }),
    { numRuns: count, includeErrorInReport: true },
  );
}

test("no schedule loses, doubles, alters or silently replaces a mark", { timeout: 600_000 }, () => runs(RUNS, protocol));

test("a server where the last write wins is caught", () => {
  expect(() => runs(2_000, protocol, true)).toThrow(/silently replaced/);
});

test("a device that follows a stale answer by itself is caught", () => {
  const settle: Protocol["settle"] = (state, answers) => {
    const stale = answers.filter((answer) => answer.status === "stale");
    const now = protocol.settle(state, answers.filter((answer) => answer.status !== "stale"));
    const heads = new Map(stale.map((answer) => [answer.id, answer.there?.event ?? null]));
    return { ...now, queue: now.queue.map((event) => (heads.has(event.id) ? { ...event, replaces: heads.get(event.id)! } : event)) };
  };
  expect(() => runs(2_000, { ...protocol, settle })).toThrow(/silently replaced/);
});

test("a device that forgets what it has sent is caught", () => {
  const settle: Protocol["settle"] = (state, answers) => {
    const now = protocol.settle(state, answers);
    return { ...now, queue: now.queue.filter((event) => !answers.some((answer) => answer.id === event.id)) };
  };
  expect(() => runs(2_000, { ...protocol, settle })).toThrow(/lost/);
});

test("an event refused as illegal is shown, and the next one replaces what it would have replaced", () => {
  let state = protocol.give(protocol.empty(), { ...protocol.blank("1.1"), points: "7" }, "a", "");
  state = protocol.give(state, { ...protocol.blank("1.1"), points: "2" }, "b", "");
  state = protocol.settle(state, new Model().give(protocol.sendable(state)));
  expect(state.refusals.map(({ event }) => event.id)).toEqual(["a"]);
  expect(state.queue.map(({ id, replaces }) => [id, replaces])).toEqual([["b", null]]);
});

test("an event leaves the queue only with the hash of its record", () => {
  const state = protocol.give(protocol.empty(), { ...protocol.blank("1.1"), points: "2" }, "a", "");
  const answer = { id: "a", status: "accepted" as const, hash: "", there: null, problems: [] };
  expect(protocol.settle(state, [answer]).queue).toHaveLength(1);
  expect(protocol.settle(state, [{ ...answer, hash: "leaf" }]).queue).toHaveLength(0);
});
