// The real queue on IndexedDB (fake-indexeddb), with real keys: random schedules of faults, closings and sendings.
import "fake-indexeddb/auto";

import { IDBFactory } from "fake-indexeddb";
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";

import { Failed } from "../fieldwork/api";
import { Device } from "../fieldwork/device";
import { saved, takeFile } from "../fieldwork/files";
import { blank } from "../fieldwork/protocol";
import { drain, type Server } from "../fieldwork/sending";
import { NAME, openStore, VERSION, type Store } from "../fieldwork/store";
import type { Fieldwork } from "../fieldwork/types";
import { history, judge, Model } from "./model";

const RUNS = Number(import.meta.env.VITE_T8_DEVICE_RUNS ?? 2_000);
const CRITERIA = ["1.1", "1.2"];
vi.stubGlobal("BroadcastChannel", undefined); // each schedule is a device of its own

function fieldwork(server: Model): Fieldwork {
  const sheet = { id: "s", state: "draft" as const, name: "甲", common: false, return_asked: false, seen: 1 };
  const evaluation = { id: "e", platform: "平台", kind: "authority", state: "scoring", period_start: "", period_end: "", method: "consensus", bonus_counts: true };
  return { evaluation, sheet, member: "m", rubric: { title: "", wording_sha256: "" }, dimensions: [], past: null, marks: server.current() };
}

const STEPS = ["give", "give", "give", "illegal", "send", "send", "answer lost", "session ends", "disk full", "browser closed", "store closed", "new release", "clock jumps", "second device"] as const;
const step = fc.record({ what: fc.constantFrom(...STEPS), criterion: fc.constantFrom(...CRITERIA), points: fc.constantFrom("0", "1", "2"), days: fc.integer({ min: -2, max: 2 }) });

class Life {
  past = history();
  server = new Model();
  device!: Device;
  store!: Store;
  version = VERSION;
  full = false;
  other = 0;

  async open(): Promise<void> {
    const store = await openStore("m", undefined, this.version);
    const write: Store["write"] = (changes) => (this.full ? Promise.reject(new DOMException("", "QuotaExceededError")) : store.write(changes));
    this.store = { ...store, write };
    const [kept] = (await store.read("sheet")) as Fieldwork[];
    this.device = new Device(kept ?? fieldwork(this.server), this.store);
    await this.device.load();
    if (!kept) await this.device.refresh(fieldwork(this.server));
  }

  /** Close the browser; what a full disk did not keep leaves in a file, as the page asks for. */
  async reopen(): Promise<void> {
    const file = this.device.fault ? JSON.stringify(await saved(this.device)) : "";
    this.store.close();
    this.full = false;
    await this.open();
    if (file) expect(await takeFile(this.device, file)).toBe("");
  }

  async give(criterion: string, points: string): Promise<void> {
    if (criterion in this.device.state.conflicts) return;
    const state = this.device.state;
    const own = state.queue.filter((event) => event.criterion === criterion);
    const seen = new Set([state.marks[criterion]?.event ?? null, ...own.flatMap((event) => [event.id, event.replaces])]);
    await this.device.give({ ...blank(criterion), points });
    this.past.given.set(this.device.state.queue.slice(-1)[0]!.id, { points, seen });
  }

  async send(loses: "" | "answer" | "session"): Promise<void> {
    let asked = 0;
    const server: Server = {
      giveMarks: async (_sheet, events) => {
        if (loses === "session" && asked++ > 0) throw new Failed(401);
        const answers = this.server.give(structuredClone(loses === "session" ? events.slice(0, 1) : events));
        if (loses === "answer") throw new Failed(0);
        return answers;
      },
      openSheet: async () => fieldwork(this.server),
    };
    await drain(this.device, server).catch((error: unknown) => expect(error).toBeInstanceOf(Failed));
    this.device.state.refusals.forEach(({ event }) => this.past.refused.add(event.id)); // the page shows them
  }

  /** A mark given on the person's second device, which sees what the server has. */
  elsewhere(criterion: string, points: string): void {
    const replaces = this.server.marks.get(criterion)?.event ?? null;
    const id = `other-${this.other++}`;
    this.past.given.set(id, { points, seen: new Set([replaces]) });
    this.server.give([{ ...blank(criterion), points, id, replaces, at: "" }]);
  }

  async take({ what, criterion, points, days }: { what: (typeof STEPS)[number]; criterion: string; points: string; days: number }): Promise<void> {
    if (what === "give") await this.give(criterion, points);
    else if (what === "illegal") await this.give(criterion, "7");
    else if (what === "send") await this.send("");
    else if (what === "answer lost") await this.send("answer");
    else if (what === "session ends") await this.send("session");
    else if (what === "disk full") this.full = !this.full;
    else if (what === "browser closed") await this.reopen();
    else if (what === "clock jumps") vi.setSystemTime(Date.now() + days * 86_400_000);
    else if (what === "second device") this.elsewhere(criterion, points);
    else {
      if (what === "new release") this.version += 1;
      this.store.close();
      await this.give(criterion, points);
      await this.reopen();
    }
  }

  async finish(): Promise<void> {
    this.full = false;
    for (let round = 0; round < 50 && (round === 0 || this.device.state.queue.length); round += 1) {
      await this.send("");
      for (const criterion of Object.keys(this.device.state.conflicts)) await this.choose(criterion);
    }
    expect(this.device.state.queue, "not drained").toEqual([]);
    await this.reopen();
    expect(this.device.state.queue, "still kept").toEqual([]);
  }

  private async choose(criterion: string): Promise<void> {
    const old = this.device.state;
    const own = old.queue.filter((event) => event.criterion === criterion);
    await this.device.choose(criterion, true);
    own.forEach((event) => this.past.chosenAway.add(event.id));
    this.past.given.set(this.device.state.queue.slice(-1)[0]!.id, { points: own.slice(-1)[0]!.points, seen: new Set([old.conflicts[criterion]?.event ?? null]) });
  }
}

async function live(steps: Parameters<Life["take"]>[0][]): Promise<void> {
  vi.stubGlobal("indexedDB", new IDBFactory());
  const life = new Life();
  await life.open();
  for (const one of steps) await life.take(one);
  await life.finish();
  judge(life.server, life.past);
  life.store.close();
}

afterEach(() => vi.useRealTimers());

test("no schedule loses, doubles, alters or silently replaces a mark", { timeout: 600_000 }, async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 0, maxLength: 12 }), live), { numRuns: RUNS, includeErrorInReport: true });
});

test("a store that forgets an event is caught", { timeout: 600_000 }, async () => {
  const keep = Device.prototype.load;
  Device.prototype.load = async function (this: Device) {
    await keep.call(this);
    this.state = { ...this.state, queue: this.state.queue.slice(1) };
  };
  try {
    await expect(fc.assert(fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 12 }), live), { numRuns: 200, includeErrorInReport: true })).rejects.toThrow(/Property failed/);
  } finally {
    Device.prototype.load = keep;
  }
});

async function opened(): Promise<Life> {
  vi.stubGlobal("indexedDB", new IDBFactory());
  const life = new Life();
  await life.open();
  return life;
}

/** Return everything the store has, as it is on the disk. */
async function raw(life: Life): Promise<[string, { iv: Uint8Array; data: ArrayBuffer }][]> {
  life.store.close();
  const base = await new Promise<IDBDatabase>((done) => {
    const request = indexedDB.open(NAME);
    request.onsuccess = () => done(request.result);
  });
  const all = base.transaction("things").objectStore("things");
  const read = <T>(request: IDBRequest<T>) => new Promise<T>((done) => (request.onsuccess = () => done(request.result)));
  const [names, values] = await Promise.all([read(all.getAllKeys()), read(all.getAll())]);
  base.close();
  return names.map((name, place) => [String(name), values[place]]);
}

test("nothing on the disk can be read without the key, which is not given away", async () => {
  const life = await opened();
  await life.device.give({ ...blank("1.1"), points: "2", reason: "没有设立文件" });
  const things = await raw(life);
  expect(things.map(([name]) => name.split("/")[0]).sort()).toEqual(["event", "sheet"]);
  for (const [, { data }] of things) expect(new TextDecoder().decode(data)).not.toMatch(/没有|points|1\.1/);
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  await expect(crypto.subtle.exportKey("raw", made)).rejects.toThrow();
});

/** Put a copy of the only event of a sheet into another place. */
async function copyEvent(life: Life, from: string, to: string): Promise<void> {
  const [[name, sealed]] = (await raw(life)).filter(([name]) => name.startsWith("event/")) as [[string, unknown]];
  const base = await new Promise<IDBDatabase>((done) => {
    const request = indexedDB.open(NAME);
    request.onsuccess = () => done(request.result);
  });
  await new Promise((done) => {
    const transaction = base.transaction("things", "readwrite");
    transaction.objectStore("things").put(sealed, name.replace(from, to));
    transaction.oncomplete = done;
  });
  base.close();
}

test("a thing put in the place of another does not open", async () => {
  const life = await opened();
  await life.device.give({ ...blank("1.1"), points: "2" });
  await copyEvent(life, "event/m/s/", "event/m/other/");
  const store = await openStore("m");
  await expect(store.read("event", "other")).rejects.toThrow();
  expect(await store.read("event", "s")).toHaveLength(1);
});

test("two tabs that open a new store at the same time use one key", async () => {
  vi.stubGlobal("indexedDB", new IDBFactory());
  const [one, other] = await Promise.all([openStore("m"), openStore("m")]);
  await one.write([{ kind: "event", sheet: "s", id: "a", value: { id: "a" } }]);
  expect(await other.read("event", "s")).toEqual([{ id: "a" }]);
});

test("a photo is kept with its bytes and leaves in the file", async () => {
  const life = await opened();
  const photo = { id: "p", criterion: "1.1", name: "1.1 照片.jpg", sha256: "", original: false };
  await life.device.addPhoto(photo, new Uint8Array([1, 2, 255]).buffer);
  const file = JSON.stringify(await saved(life.device));
  const other = await opened();
  expect(await takeFile(other.device, file)).toBe("");
  expect([...new Uint8Array(await other.device.bytesOf(photo))]).toEqual([1, 2, 255]);
  expect(await takeFile(other.device, file)).toBe("");
  expect(other.device.photos).toHaveLength(1);
  expect(await takeFile(other.device, "{")).toBe("unreadable");
  expect(await takeFile(other.device, file.replace('"sheet":"s"', '"sheet":"t"'))).toBe("other_sheet");
});

test("two people on one device keep things apart, also of a sheet they share", async () => {
  const life = await opened();
  await life.device.give({ ...blank("1.1"), points: "2" });
  const theirs = await openStore("n");
  expect(await theirs.read("sheet")).toEqual([]);
  const other = new Device({ ...fieldwork(life.server), member: "n" }, theirs);
  await other.load();
  expect(other.state.queue).toEqual([]);
  await copyEvent(life, "event/m/s/", "event/n/s/");
  await expect(theirs.read("event", "s")).rejects.toThrow(); // each has a key of their own
  theirs.close();
  await life.open();
  expect(life.device.state.queue).toHaveLength(1);
});
