// What the page offers, from what the server sent: it knows no rule of its own (tests/vectors.json holds it to the domain).
import type { Content, Criterion, Level } from "./types";

export interface Choice {
  points: string;
  level: Level | null;
}

/** Return the legal marks of a criterion with their levels, best level first as printed. */
export function choices(criterion: Criterion): Choice[] {
  const printed = criterion.levels.flatMap((level) => level.marks.map((points) => ({ points, level })));
  return criterion.zero ? [...printed, { points: "0", level: null }] : printed;
}

function levelOf(criterion: Criterion, content: Content): Level | undefined {
  return criterion.levels.find((level) => content.points !== null && level.marks.includes(content.points));
}

/** Return the reason of a mark: typed, else the wording of its level; "" where there is none. */
export function reasonOf(criterion: Criterion, content: Content): string {
  return content.reason || (content.no_level ? "" : (levelOf(criterion, content)?.reason ?? ""));
}

/** Whether a mark needs a typed reason before it can be handed in. */
export function asks(criterion: Criterion, content: Content): boolean {
  if (content.no_level && criterion.no_level_asks) return true;
  return content.points !== null && (levelOf(criterion, content)?.asks.includes(content.points) ?? false);
}

/** Return what is missing of a criterion before the sheet can be handed in. */
export function lacks(criterion: Criterion, content: Content): "" | "mark" | "reason" {
  if (content.points === null) return criterion.bonus ? "" : "mark";
  const typed = content.reason || (criterion.bonus && content.note);
  return asks(criterion, content) && !typed ? "reason" : "";
}

/** Whether points were lost; an unearned bonus is no loss. */
export function isLost(criterion: Criterion, content: Content): boolean {
  return !criterion.bonus && content.points !== null && content.points !== criterion.max;
}
