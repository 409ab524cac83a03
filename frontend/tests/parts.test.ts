// Ids, texts, repeated sending, sizes of photos.
import { expect, test, vi } from "vitest";

import { uuid7 } from "../fieldwork/ids";
import { sized } from "../fieldwork/photos";
import { repeating, type Outcome } from "../fieldwork/sending";
import { readTexts, say } from "../fieldwork/texts";

test("ids are UUIDs of version 7 in the order of their time", () => {
  const ids = [1, 2, 1_700_000_000_000].map((now) => uuid7(now));
  ids.forEach((id) => expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/));
  expect([...ids].sort()).toEqual(ids);
});

test("texts are filled, with a word by number", () => {
  readTexts(JSON.stringify({ bar: { unsent: "{marks} {marks:mark|marks}, {photos} {photos:photo|photos}" } }));
  expect(say("bar.unsent", { marks: 1, photos: 2 })).toBe("1 mark, 2 photos");
  expect(() => say("bar.other")).toThrow("no text: bar.other");
});

test("photos are reduced to 1600 pixels, never enlarged", () => {
  expect(sized(4000, 3000)).toEqual({ width: 1600, height: 1200 });
  expect(sized(30, 40)).toEqual({ width: 30, height: 40 });
});

test("sending is repeated after a failure with growing pauses, and runs once more when asked during a run", async () => {
  vi.useFakeTimers();
  const outcomes: Outcome[] = ["offline", "busy", "sent"];
  const times: number[] = [];
  const start = Date.now();
  const send = repeating(async () => {
    times.push(Date.now() - start);
    return outcomes.shift() ?? "sent";
  });
  send();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(times).toEqual([0, 2_000, 6_000]);
  send();
  send();
  await vi.advanceTimersByTimeAsync(1);
  expect(times).toHaveLength(5);
  vi.useRealTimers();
});
