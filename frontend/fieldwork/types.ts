// What the API answers (src/zhiping/scoring/api.py): points are exact texts ("2", "0.5").

export interface Content {
  criterion: string;
  points: string | null;
  reason: string;
  advice: string;
  note: string;
  no_level: boolean;
  evidence: string[];
}

/** The current mark of a criterion, as the server has it; `event` gave it. */
export interface Mark extends Content {
  event: string;
}

/** A mark given on a device: it replaces the mark of another event, null: it is the first. */
export interface MarkEvent extends Content {
  id: string;
  replaces: string | null;
  at: string;
}

export interface Problem {
  code: string;
  text: string;
  where?: string[];
}

export type Status = "accepted" | "known" | "stale" | "waiting" | "illegal" | "closed";

export interface Answer {
  id: string;
  status: Status;
  hash: string;
  there: Mark | null;
  problems: Problem[];
}

export interface Level {
  text: string;
  marks: string[];
  reason: string;
  asks: string[];
}

export interface Criterion {
  id: string;
  title: string;
  text: string;
  max: string;
  bonus: boolean;
  guidance: string;
  levels: Level[];
  zero: boolean;
  no_level_asks: boolean;
}

export interface Indicator {
  id: string;
  name: string;
  focus: string;
  max: string;
  duty: "leads" | "checks" | "";
  criteria: Criterion[];
}

export interface Dimension {
  id: string;
  name: string;
  max: string;
  bonus: boolean;
  indicators: Indicator[];
}

export interface Sheet {
  id: string;
  state: "draft" | "handed_in" | "counted" | "recused";
  name: string;
  common: boolean;
  return_asked: boolean;
  seen: number;
}

export interface Evaluation {
  id: string;
  platform: string;
  kind: string;
  state: string;
  period_start: string;
  period_end: string;
  method: string;
  bonus_counts: boolean;
}

/** A fact of the platform's last evaluation, with the operator's answer to it. */
export interface PastFact {
  year: number;
  criterion: string;
  fact: string;
  answer: "" | "agreed" | "objected";
  reply: string;
}

/** Everything a device keeps of a sheet; `marks` are as the server had them. */
export interface Fieldwork {
  evaluation: Evaluation;
  sheet: Sheet;
  member: string;
  rubric: { title: string; wording_sha256: string };
  dimensions: Dimension[];
  past: { year: number; facts: Omit<PastFact, "year">[] } | null;
  marks: Mark[];
}

export interface Evidence {
  id: string;
  criteria: string[];
  caption: string;
  kind: string;
  name: string;
  date: string;
  number: string;
  page: string;
  place: string;
  sha256: string;
  withdrawn: boolean;
}

/** A photo that is on its way: its bytes are kept apart. */
export interface Photo {
  id: string;
  criterion: string;
  name: string;
  sha256: string;
  original: boolean;
}
