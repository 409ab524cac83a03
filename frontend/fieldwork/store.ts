// What a device keeps of a person, in IndexedDB, encrypted with the person's key, which the browser does not give away.
import { openDB, type IDBPDatabase } from "idb";

export const NAME = "zhiping-fieldwork";
export const VERSION = 1;
const THINGS = "things";
const KEYS = "keys";

/** Kinds of things: the service worker counts events and photos, which are what has not been sent. */
export type Kind = "sheet" | "mark" | "event" | "conflict" | "refusal" | "photo" | "bytes" | "evidence";

interface Sealed {
  iv: Uint8Array<ArrayBuffer>;
  data: ArrayBuffer;
}

/** Things to write, or to delete (`value` undefined), in one transaction; `only`: where there is one already. */
export interface Change {
  kind: Kind;
  sheet: string;
  id: string;
  value?: unknown;
  only?: boolean;
}

export interface Store {
  read(kind: Kind, sheet?: string): Promise<unknown[]>;
  get(kind: Kind, sheet: string, id: string): Promise<unknown>;
  write(changes: Change[]): Promise<void>;
  close(): void;
}

const below = (prefix: string) => IDBKeyRange.bound(prefix, `${prefix}\uffff`);
const STRICT = { durability: "strict" } as const; // Chrome's default answers before the disk has it

/** Open what the device keeps of a person; `outdated` is called when a newer release needs to change it. */
export async function openStore(person: string, outdated: () => void = () => undefined, version = VERSION): Promise<Store> {
  const base = await openDB(NAME, version, {
    upgrade(database, old) {
      if (old > 0) return; // what is in it stays
      database.createObjectStore(THINGS);
      database.createObjectStore(KEYS);
    },
    blocking(_old, _blocked, event) {
      (event.target as IDBDatabase).close();
      outdated();
    },
  });
  const key = await keyOf(base, person);
  const address = (kind: Kind, sheet: string, id: string) => `${kind}/${person}/${sheet}/${id}`;
  return {
    async read(kind, sheet) {
      const range = below(sheet ? address(kind, sheet, "") : `${kind}/${person}/`);
      const transaction = base.transaction(THINGS);
      const [names, sealed] = await Promise.all([transaction.store.getAllKeys(range), transaction.store.getAll(range)]);
      return Promise.all(sealed.map((one: Sealed, place) => unseal(key, String(names[place]), one)));
    },
    async get(kind, sheet, id) {
      const name = address(kind, sheet, id);
      const sealed = (await base.get(THINGS, name)) as Sealed | undefined;
      return sealed && unseal(key, name, sealed);
    },
    async write(changes) {
      const ready = await Promise.all(changes.map((change) => prepared(key, address(change.kind, change.sheet, change.id), change))); // no transaction waits for it
      const transaction = base.transaction(THINGS, "readwrite", STRICT);
      const put = async ([name, sealed, only]: Prepared) => {
        if (!sealed) await transaction.store.delete(name);
        else if (!only || (await transaction.store.getKey(name)) !== undefined) await transaction.store.put(sealed, name);
      };
      await Promise.all([...ready.map(put), transaction.done]);
    },
    close: () => base.close(),
  };
}

type Prepared = [name: string, sealed: Sealed | null, only: boolean];

async function prepared(key: CryptoKey, name: string, change: Change): Promise<Prepared> {
  return [name, change.value === undefined ? null : await seal(key, name, change.value), change.only ?? false];
}

/** Return a person's key on this device; of two tabs that make one at the same time, the first one's holds. */
async function keyOf(base: IDBPDatabase, person: string): Promise<CryptoKey> {
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const transaction = base.transaction(KEYS, "readwrite", STRICT);
  const there = (await transaction.store.get(person)) as CryptoKey | undefined;
  if (!there) await transaction.store.put(made, person);
  await transaction.done;
  return there ?? made;
}

// The name is authenticated with the content: a thing moved to another sheet or person does not open.
const bound = (name: string, iv: Uint8Array<ArrayBuffer>) => ({ name: "AES-GCM", iv, additionalData: new TextEncoder().encode(name) });

async function seal(key: CryptoKey, name: string, value: unknown): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = value instanceof ArrayBuffer ? value : new TextEncoder().encode(JSON.stringify(value));
  return { iv, data: await crypto.subtle.encrypt(bound(name, iv), key, plain) };
}

async function unseal(key: CryptoKey, name: string, sealed: Sealed): Promise<unknown> {
  const plain = await crypto.subtle.decrypt(bound(name, sealed.iv), key, sealed.data);
  return name.startsWith("bytes/") ? plain : JSON.parse(new TextDecoder().decode(plain));
}
