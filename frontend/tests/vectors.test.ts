// The page offers, asks for and sums exactly what the domain admits: vectors written by tests/scoring/vectors.py.
import { expect, test } from "vitest";

import { choices, lacks, reasonOf } from "../fieldwork/choices";
import { sum } from "../fieldwork/exact";
import { blank } from "../fieldwork/protocol";
import type { Content, Criterion } from "../fieldwork/types";
import source from "./vectors.json?raw";

interface Vectors {
  criteria: { sent: Criterion; legal: string[]; contents: (Pick<Content, "points" | "no_level" | "reason" | "note"> & { lacks: string; counts: string })[] }[];
  sums: { points: string[][]; dimensions: string[]; base: string }[];
}

const vectors = JSON.parse(source) as Vectors;

test("there are vectors of every criterion for whole and for half steps", () => {
  expect(vectors.criteria.length).toBe(2 * 51);
});

test("a criterion offers its legal marks, each once", () => {
  for (const { sent, legal } of vectors.criteria) {
    const offered = choices(sent).map((choice) => choice.points);
    expect(offered.sort((one, other) => Number(one) - Number(other)), sent.id).toEqual(legal);
  }
});

test("a content lacks what the domain would refuse at the hand-in", () => {
  for (const { sent, contents } of vectors.criteria) {
    for (const { lacks: missing, counts: _counts, ...content } of contents) {
      expect(lacks(sent, { ...blank(sent.id), ...content }), JSON.stringify([sent.id, content])).toBe(missing);
    }
  }
});

test("the reason shown is the one that counts", () => {
  for (const { sent, contents } of vectors.criteria) {
    for (const { lacks: _lacks, counts, ...content } of contents) {
      expect(reasonOf(sent, { ...blank(sent.id), ...content }), JSON.stringify([sent.id, content])).toBe(counts);
    }
  }
});

test("totals are the domain's", () => {
  for (const { points, dimensions, base } of vectors.sums) {
    expect(points.map(sum)).toEqual(dimensions);
    expect(sum(points.slice(0, -1).flat())).toBe(base);
  }
});
