// The service worker: the page opens without a network. The view prepends RELEASE, FILES, SHELLS and SIGN_OUT.
// It keeps no personal data, and replaces a running release only when the person asks for it.
declare const RELEASE: string;
declare const FILES: string[];
declare const LIST: string;
declare const SIGN_OUT: string;

interface Waiting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Waiting {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Service {
  addEventListener(name: "install" | "activate", listener: (event: Waiting) => void): void;
  addEventListener(name: "fetch", listener: (event: Fetching) => void): void;
  addEventListener(name: "message", listener: (event: MessageEvent<string>) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
}

const service = self as unknown as Service;
const PATIENCE = 300; // ms for the network, before the page comes from the device
const DATABASE = "zhiping-fieldwork"; // as in store.ts
const PAGE = /^\/(evaluations\/[0-9a-f-]{36}\/)?fieldwork$/;

service.addEventListener("install", (event) => {
  event.waitUntil(caches.open(RELEASE).then((cache) => cache.addAll([...FILES, LIST])));
});

service.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys().then(async (names) => {
      await Promise.all(names.filter((name) => name !== RELEASE).map((name) => caches.delete(name)));
      await service.clients.claim();
    }),
  );
});

service.addEventListener("message", ({ data }) => {
  if (data === "update") void service.skipWaiting();
});

service.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  if (request.method === "GET" && PAGE.test(pathname)) event.respondWith(page(request));
  else if (request.method === "GET" && FILES.includes(pathname)) event.respondWith(file(request));
  else if (request.method === "POST" && pathname === SIGN_OUT) event.respondWith(signOut(request));
});

/** Answer the page from the network, so that it has the person's language, else from the device. */
async function page(request: Request): Promise<Response> {
  const cache = await caches.open(RELEASE);
  const kept = await cache.match(LIST, { ignoreVary: true });
  const coming = fetch(request).then(async (response) => {
    const whole = response.ok && response.headers.get("X-Release") === RELEASE;
    if (whole) await cache.put(LIST, response.clone()); // also one that comes late
    return response;
  });
  if (!kept) return coming;
  const response = await Promise.race([coming.catch(() => null), late()]);
  return response && response.status < 500 ? response : kept;
}

function late(): Promise<null> {
  return new Promise((done) => setTimeout(() => done(null), navigator.onLine ? PATIENCE : 0));
}

async function file(request: Request): Promise<Response> {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

/** Refuse to sign out while something of the person has not been sent; else forget all of those who have sent all. */
async function signOut(request: Request): Promise<Response> {
  const person = String((await request.clone().formData()).get("person"));
  const base = await opened();
  if (base && (await unsent(base)).has(person)) return Response.redirect(`${LIST}#unsent`, 303);
  const response = await fetch(request);
  if (base && response.status < 400) {
    await forget(base);
    new BroadcastChannel("zhiping-signed-out").postMessage("");
  }
  base?.close();
  return response;
}

/** Open the store if there is one. */
function opened(): Promise<IDBDatabase | null> {
  return new Promise((done) => {
    const request = indexedDB.open(DATABASE);
    request.onupgradeneeded = () => request.transaction!.abort(); // there is none: it is not made here
    request.onsuccess = () => done(request.result);
    request.onerror = () => done(null);
  });
}

/** Return who has something on the device that has not been sent. */
async function unsent(base: IDBDatabase): Promise<Set<string>> {
  const things = base.transaction("things").objectStore("things");
  const names = ["event/", "photo/"].map((kind) => settled(things.getAllKeys(IDBKeyRange.bound(kind, `${kind}\uffff`))));
  return new Set((await Promise.all(names)).flat().map(personOf));
}

const personOf = (name: IDBValidKey) => String(name).split("/")[1]!; // as in store.ts

async function forget(base: IDBDatabase): Promise<void> {
  const waiting = await unsent(base);
  const transaction = base.transaction(["things", "keys"], "readwrite");
  const [things, keys] = [transaction.objectStore("things"), transaction.objectStore("keys")];
  const [names, people] = await Promise.all([settled(things.getAllKeys()), settled(keys.getAllKeys())]);
  const gone = names.filter((name) => !waiting.has(personOf(name))).map((name) => settled(things.delete(name)));
  await Promise.all([...gone, ...people.filter((person) => !waiting.has(String(person))).map((person) => settled(keys.delete(person)))]);
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error!);
  });
}
