// A sheet on a device: the state in memory, which the page shows, and the same in the store, if there is one.
import { uuid7 } from "./ids";
import * as protocol from "./protocol";
import type { Change, Kind, Store } from "./store";
import type { Answer, Content, Evidence, Fieldwork, Mark, MarkEvent, Photo } from "./types";

/** `store` null: nothing is kept (plain http), all is sent at once. */
export class Device {
  state = protocol.empty();
  photos: Photo[] = [];
  evidence: Evidence[] = [];
  fault = false; // the store refused to keep something
  private kept = protocol.empty();
  private bytes = new Map<string, ArrayBuffer>();
  private writing: Promise<void> = Promise.resolve();
  private readonly channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("zhiping-fieldwork");

  constructor(
    public fieldwork: Fieldwork,
    readonly store: Store | null,
    private readonly changed: () => void = () => undefined,
  ) {
    this.channel?.addEventListener("message", ({ data }) => {
      if (data === this.sheet) void this.load().then(this.changed);
    });
  }

  get sheet(): string {
    return this.fieldwork.sheet.id;
  }

  /** Read what the store has of the sheet. */
  async load(): Promise<void> {
    if (!this.store) return;
    await this.writing;
    const all = (kind: Kind) => this.store!.read(kind, this.sheet);
    const [marks, queue, conflicts, refusals, photos, evidence] = await Promise.all([
      all("mark"), all("event"), all("conflict"), all("refusal"), all("photo"), all("evidence"),
    ]);
    const pairs = conflicts as { criterion: string; there: Mark | null }[];
    this.state = {
      ...this.state,
      marks: Object.fromEntries((marks as Mark[]).map((mark) => [mark.criterion, mark])),
      queue: inOrder(queue as MarkEvent[]),
      conflicts: Object.fromEntries(pairs.map(({ criterion, there }) => [criterion, there])),
      refusals: refusals as protocol.Refusal[],
    };
    this.kept = this.state;
    this.photos = photos as Photo[];
    this.evidence = (evidence[0] as Evidence[] | undefined) ?? [];
  }

  /** Give a mark: it is shown at once, and kept when the promise is fulfilled. */
  give(content: Content): Promise<void> {
    return this.become(protocol.give(this.state, content, uuid7(), new Date().toISOString()));
  }

  choose(criterion: string, own: boolean): Promise<void> {
    return this.become(protocol.choose(this.state, criterion, own, uuid7(), new Date().toISOString()));
  }

  settle(answers: Answer[]): Promise<void> {
    return this.become(protocol.settle(this.state, answers));
  }

  adopt(events: MarkEvent[]): Promise<void> {
    return this.become(protocol.adopt(this.state, events));
  }

  dismiss(refusal: protocol.Refusal): Promise<void> {
    return this.become({ ...this.state, refusals: this.state.refusals.filter((one) => one !== refusal) });
  }

  /** Take in what the server answers to the opening of the sheet. */
  async refresh(fieldwork: Fieldwork): Promise<void> {
    this.fieldwork = fieldwork;
    await this.save([{ kind: "sheet", sheet: this.sheet, id: "", value: { ...fieldwork, marks: [] } }]);
    const closed = fieldwork.sheet.state === "draft" ? [] : this.state.closed;
    await this.become({ ...protocol.refresh(this.state, fieldwork.marks), closed });
  }

  async takeEvidence(evidence: Evidence[]): Promise<void> {
    this.evidence = evidence;
    this.changed();
    await this.save([{ kind: "evidence", sheet: this.sheet, id: "", value: evidence }]);
  }

  async addPhoto(photo: Photo, bytes: ArrayBuffer): Promise<void> {
    if (this.photos.some((one) => one.id === photo.id)) return;
    this.photos = [...this.photos, photo];
    this.bytes.set(photo.id, bytes);
    await this.retry();
  }

  async bytesOf(photo: Photo): Promise<ArrayBuffer> {
    return this.bytes.get(photo.id) ?? ((await this.store?.get("bytes", this.sheet, photo.id)) as ArrayBuffer);
  }

  /** Forget a photo that the server has. */
  async dropPhoto(photo: Photo): Promise<void> {
    this.photos = this.photos.filter((one) => one.id !== photo.id);
    this.bytes.delete(photo.id);
    this.changed();
    await this.save([
      { kind: "photo", sheet: this.sheet, id: photo.id },
      { kind: "bytes", sheet: this.sheet, id: photo.id },
    ]);
  }

  /** Try again to keep what the store refused. */
  retry(): Promise<void> {
    return this.become(this.state);
  }

  private become(state: protocol.State): Promise<void> {
    this.state = state;
    this.changed();
    this.writing = this.writing.then(() => this.keep());
    return this.writing;
  }

  /** Write the differences between the state and what the store has; what it refuses is tried again with the next. */
  private async keep(): Promise<void> {
    const state = this.state;
    const photos = this.photos.filter((photo) => this.bytes.has(photo.id));
    const changes = [...differences(this.kept, state, this.sheet), ...photos.flatMap((photo) => this.parts(photo))];
    if (!(await this.save(changes))) return;
    this.kept = state;
    if (this.store) photos.forEach((photo) => this.bytes.delete(photo.id)); // memory is scarce on phones
  }

  private parts(photo: Photo): Change[] {
    const { sheet } = this;
    return [
      { kind: "photo", sheet, id: photo.id, value: photo },
      { kind: "bytes", sheet, id: photo.id, value: this.bytes.get(photo.id) },
    ];
  }

  private async save(changes: Change[]): Promise<boolean> {
    if (!this.store || !changes.length) return true;
    const before = this.fault;
    try {
      await this.store.write(changes);
      this.fault = false;
      this.channel?.postMessage(this.sheet);
    } catch {
      this.fault = true;
    }
    if (before !== this.fault) this.changed();
    return !this.fault;
  }
}

/** Sort events so that each follows what it replaces; ids alone follow the device's clock, which may jump. */
function inOrder(events: MarkEvent[]): MarkEvent[] {
  const waiting = new Map(events.map((event) => [event.id, event]));
  const sorted: MarkEvent[] = [];
  const place = (event: MarkEvent) => {
    if (!waiting.delete(event.id)) return;
    const before = event.replaces && waiting.get(event.replaces);
    if (before) place(before);
    sorted.push(event);
  };
  events.forEach(place);
  return sorted;
}

function differences(old: protocol.State, now: protocol.State, sheet: string): Change[] {
  return [
    ...changesOf("event", sheet, byId(old.queue), byId(now.queue), true),
    ...changesOf("mark", sheet, old.marks, now.marks),
    ...changesOf("conflict", sheet, wrapped(old.conflicts), wrapped(now.conflicts)),
    ...changesOf("refusal", sheet, byEvent(old.refusals), byEvent(now.refusals)),
  ];
}

const byId = (queue: MarkEvent[]) => Object.fromEntries(queue.map((event) => [event.id, event]));
const byEvent = (refusals: protocol.Refusal[]) => Object.fromEntries(refusals.map((one) => [one.event.id, one]));
const wrapped = (conflicts: protocol.State["conflicts"]) =>
  Object.fromEntries(Object.entries(conflicts).map(([criterion, there]) => [criterion, { criterion, there }]));

/** `only`: a changed thing is written only where it still is, since another tab may have sent it. */
function changesOf(kind: Kind, sheet: string, old: Record<string, unknown>, now: Record<string, unknown>, only = false): Change[] {
  const gone = Object.keys(old).filter((id) => !(id in now));
  const other = Object.keys(now).filter((id) => !same(old[id], now[id]));
  return [
    ...gone.map((id) => ({ kind, sheet, id })),
    ...other.map((id) => ({ kind, sheet, id, value: now[id], only: only && id in old })),
  ];
}

function same(one: unknown, other: unknown): boolean {
  return one === other || (one !== undefined && other !== undefined && JSON.stringify(one) === JSON.stringify(other));
}
