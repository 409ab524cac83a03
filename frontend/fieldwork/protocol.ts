// The protocol of saving: which events are sent, what becomes of them. Pure, so that tests run it without a browser.
import type { Answer, Content, Mark, MarkEvent, Problem } from "./types";

export interface Refusal {
  event: MarkEvent;
  problems: Problem[];
}

/**
 * The marks of a sheet on a device. `marks`: as the server has them; `queue`: events it has not acknowledged, in the
 * order made; `conflicts`: marks of another device beside one's own, of which nothing is sent until the person chooses;
 * `refusals`: events that were not legal, until the person has read it; `lost`: criteria whose earlier mark the server
 * does not have; `closed`: why it takes none now.
 */
export interface State {
  marks: Record<string, Mark>;
  queue: MarkEvent[];
  conflicts: Record<string, Mark | null>;
  refusals: Refusal[];
  lost: string[];
  closed: Problem[];
}

export const MOST = 200; // events of a request

export function empty(): State {
  return { marks: {}, queue: [], conflicts: {}, refusals: [], lost: [], closed: [] };
}

export function blank(criterion: string): Content {
  return { criterion, points: null, reason: "", advice: "", note: "", no_level: false, evidence: [] };
}

const lasts = new WeakMap<MarkEvent[], Map<string, MarkEvent>>(); // a tap asks for all 51 criteria several times

function last(state: State, criterion: string): MarkEvent | undefined {
  let found = lasts.get(state.queue);
  if (!found) lasts.set(state.queue, (found = new Map(state.queue.map((event) => [event.criterion, event]))));
  return found.get(criterion);
}

/** Return the content of a criterion as the person sees it: the last event given here, else the server's mark. */
export function current(state: State, criterion: string): Content {
  return last(state, criterion) ?? state.marks[criterion] ?? blank(criterion);
}

/** Add a mark given by the person; it replaces the one shown. */
export function give(state: State, content: Content, id: string, at: string): State {
  const before = last(state, content.criterion)?.id ?? state.marks[content.criterion]?.event ?? null;
  return { ...state, queue: [...state.queue, event(content, id, before, at)] };
}

/** Return an event with this content, and nothing else that the content may carry. */
function event(content: Content, id: string, replaces: string | null, at: string): MarkEvent {
  const { criterion, points, reason, advice, note, no_level, evidence } = content;
  return { id, criterion, points, reason, advice, note, no_level, evidence, replaces, at };
}

function marked(event: MarkEvent): Mark {
  const { id, replaces: _replaces, at: _at, ...content } = event;
  return { ...content, event: id };
}

/** Return the events to send now, in order. */
export function sendable(state: State): MarkEvent[] {
  return state.queue.filter((event) => !(event.criterion in state.conflicts)).slice(0, MOST);
}

/** Take in the server's answers; an event leaves the queue only recorded, or refused and shown. */
export function settle(state: State, answers: Answer[]): State {
  return answers.reduce(one, { ...state, closed: [] });
}

function one(state: State, answer: Answer): State {
  const event = state.queue.find((event) => event.id === answer.id);
  if (!event) return state; // another tab was faster
  const { criterion } = event;
  switch (answer.status) {
    case "accepted":
    case "known":
      return answer.hash ? recorded(state, event, answer.status === "accepted") : state;
    case "stale":
      return { ...state, conflicts: { ...state.conflicts, [criterion]: answer.there } };
    case "waiting":
      if (state.queue.some((other) => other.id === event.replaces)) return state;
      return { ...state, lost: [...new Set([...state.lost, criterion])] };
    case "illegal":
      return refused(state, event, answer.problems);
    case "closed":
      return { ...state, closed: answer.problems };
  }
}

function recorded(state: State, event: MarkEvent, isLast: boolean): State {
  const queue = state.queue.filter((other) => other.id !== event.id);
  const follows = (state.marks[event.criterion]?.event ?? null) === event.replaces;
  const marks = isLast || follows ? { ...state.marks, [event.criterion]: marked(event) } : state.marks;
  return { ...state, queue, marks };
}

/** Drop an event that is not legal; the one that follows replaces what it would have replaced. */
function refused(state: State, event: MarkEvent, problems: Problem[]): State {
  const queue = state.queue
    .filter((other) => other.id !== event.id)
    .map((other) => (other.replaces === event.id ? { ...other, replaces: event.replaces } : other));
  return { ...state, queue, refusals: [...state.refusals, { event, problems }] };
}

/** Take in the marks as the server has them now. */
export function refresh(state: State, marks: Mark[]): State {
  const now = Object.fromEntries(marks.map((mark) => [mark.criterion, mark]));
  const conflicts = { ...state.conflicts };
  for (const criterion of state.lost) {
    const first = state.queue.find((event) => event.criterion === criterion);
    if (first && first.replaces !== (now[criterion]?.event ?? null)) conflicts[criterion] = now[criterion] ?? null;
  }
  return { ...state, marks: now, conflicts, lost: [] };
}

/** Keep one's own value of a conflict by a new event that replaces the other one, or take the other one over. */
export function choose(state: State, criterion: string, own: boolean, id: string, at: string): State {
  const there = state.conflicts[criterion];
  if (there === undefined) return state;
  const { [criterion]: _gone, ...conflicts } = state.conflicts;
  const { [criterion]: _old, ...others } = state.marks;
  const marks = there ? { ...others, [criterion]: there } : others;
  const queue = state.queue.filter((event) => event.criterion !== criterion);
  const mine = event(current(state, criterion), id, there?.event ?? null, at);
  return { ...state, marks, conflicts, queue: own ? [...queue, mine] : queue };
}

/** Add events of a file saved on another device, those this one does not have. */
export function adopt(state: State, events: MarkEvent[]): State {
  const known = new Set([...state.queue.map((event) => event.id), ...Object.values(state.marks).map((mark) => mark.event)]);
  return { ...state, queue: [...state.queue, ...events.filter((event) => !known.has(event.id))] };
}
