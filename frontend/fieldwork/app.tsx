// Which sheet is shown, from where, and how its sending goes.
import { useEffect, useMemo, useReducer, useState } from "preact/hooks";

import { Failed, listEvidence, lock, openSheet, signedIn, silence } from "./api";
import { Bar } from "./bar";
import { Device } from "./device";
import { List, sheetsOn, waitingOn, type OnDevice } from "./list";
import { drain, outcome, repeating, sendPhotos, type Outcome } from "./sending";
import { Scoring } from "./scoring";
import { openStore, type Store } from "./store";
import { say } from "./texts";
import type { Fieldwork } from "./types";

const LOOK = 5_000; // ms between looks at who is signed in
const ASK = 60_000; // ms between questions to the server once a session may have ended
const PATIENCE = 400; // ms from the start of the navigation for the server, before the sheet comes from the device

/** Without a secure connection nothing is kept: browsers have neither keys nor service workers there. */
export const SECURE = window.isSecureContext;

interface Opened {
  store: Store | null;
  device: Device | null;
  list: OnDevice[];
  failure: Outcome | null;
}

/** `idle`: minutes without a request after which the server ends a session. */
export function App({ worker, idle }: { worker: string; idle: number }) {
  const evaluation = /evaluations\/([0-9a-f-]{36})\//.exec(location.pathname)?.[1];
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [opened, setOpened] = useState<Opened | null>(null);
  const [last, setLast] = useState<Outcome>("sent");
  const [hidden, setHidden] = useState(false);
  const [outdated, setOutdated] = useState(false);
  const [refusal, setRefusal] = useState<Outcome | null>(null); // came after the sheet from the device was shown
  const refuse = (failure: Outcome) => (failure === "signed_out" ? setHidden(true) : setRefusal(failure));
  const update = useUpdate();

  useEffect(() => {
    void open(evaluation, () => redraw(0), () => setOutdated(true), refuse).then(setOpened);
  }, [evaluation]);

  const device = opened?.device ?? null;
  const report = (outcome: Outcome) => (outcome === "signed_out" ? setHidden(true) : setLast(outcome));
  const hide = () => {
    lock();
    setHidden(true);
    if (evaluation) void listEvidence(evaluation).catch(() => undefined); // the session ends now, or with the next request
  };
  const send = useMemo(() => device && repeating(() => sendAll(device, report)), [device]);
  useEffect(() => (send ? watch(send) : undefined), [send]);
  useEffect(() => (device ? watchPerson(device, idle, setHidden) : undefined), [device]);
  useEffect(() => (hidden ? undefined : send?.()), [hidden]);
  useEffect(() => guardAgainstLeaving(device, opened?.store ?? null), [device]);

  if (!opened) return <main class="page" aria-busy="true"><h1>{say("title")}</h1></main>;
  const notices = (
    <>
      {!SECURE && <p class="alert alert-warning">{say("plain_http")}</p>}
      {SECURE && signedIn() && !opened.store && <p class="alert alert-warning">{say("no_store")}</p>}
      {outdated && <p class="alert alert-warning">{say("outdated")} <Reload /></p>}
      {update && <p class="alert alert-info">{say("update.ready")} <button type="button" class="btn btn-sm btn-primary" onClick={update}>{say("update.use")}</button></p>}
    </>
  );
  if (!evaluation) return <List sheets={opened.list} notices={notices} />;
  if (hidden) return <Nothing failure="signed_out" notices={notices} />;
  if (refusal || !device || !send) return <Nothing failure={refusal ?? opened.failure} notices={notices} />;
  return (
    <>
      <Bar device={device} last={last} send={send} lock={hide} />
      <Scoring device={device} send={send} worker={worker} notices={notices} kept={opened.store !== null} />
    </>
  );
}

function Reload() {
  return <button type="button" class="btn btn-sm btn-primary" onClick={() => location.reload()}>{say("reload")}</button>;
}

function Nothing({ failure, notices }: { failure: Outcome | null; notices: preact.ComponentChildren }) {
  const signIn = `/account/login/?next=${encodeURIComponent(location.pathname)}`;
  return (
    <main class="page">
      <h1>{say("title")}</h1>
      {notices}
      <p>{say(`failures.${failure ?? "busy"}`)}</p>
      {failure === "signed_out" ? <a class="btn btn-primary" href={signIn}>{say("sign_in")}</a> : <Reload />}
    </main>
  );
}

/** Open a sheet from the server, or where it does not answer soon from what the device has of the person signed in. */
async function open(evaluation: string | undefined, changed: () => void, outdated: () => void, refuse: (failure: Outcome) => void): Promise<Opened> {
  const person = signedIn();
  const storeOf = (member: string) => (SECURE && member ? openStore(member, outdated).catch(() => null) : null);
  const answer = evaluation && openSheet(evaluation).then((made) => ({ made, failure: null }), (error: unknown) => ({ made: null, failure: outcome(error) }));
  const store = await storeOf(person);
  if (!answer) return { store, device: null, list: store ? await waitingOn(store) : [], failure: null };
  const list: OnDevice[] = [];
  const stored = store ? (await sheetsOn(store)).filter((one) => one.evaluation.id === evaluation).pop() : undefined;
  const soon = await Promise.race([answer, ...(stored ? [pause(navigator.onLine ? PATIENCE - performance.now() : 0)] : [])]);
  const found = soon?.made ?? (soon && isRefusal(soon.failure) ? undefined : stored);
  if (!found) return { store, device: null, list, failure: person ? (soon?.failure ?? null) : "signed_out" };
  const device = new Device(found, found.member === person ? store : await storeOf(found.member), changed);
  await device.load();
  if (soon?.made) await takeIn(device, soon.made);
  else void answer.then(({ made, failure }) => (made ? takeInOwn(device, made) : isRefusal(failure) && refuse(failure)));
  return { store: device.store, device, list, failure: null };
}

const isRefusal = (failure: Outcome | null): failure is Outcome => failure === "forbidden" || failure === "signed_out";

/** Hide the sheet while its person is not signed in on this browser; the device goes on keeping it. */
function watchPerson(device: Device, idle: number, hide: (hidden: boolean) => void): () => void {
  const look = () => hide(signedIn() !== device.fieldwork.member);
  const ask = () => silence() > idle * 60_000 && void listEvidence(device.fieldwork.evaluation.id).then(look, look);
  const timers = [setInterval(look, LOOK), setInterval(ask, ASK)];
  addEventListener("pageshow", look);
  document.addEventListener("visibilitychange", look);
  return () => {
    timers.forEach(clearInterval);
    removeEventListener("pageshow", look);
    document.removeEventListener("visibilitychange", look);
  };
}

const pause = (time: number) => new Promise<null>((done) => setTimeout(() => done(null), time));

/** Take in a late answer; where another person has signed in since, the page begins again with theirs. */
async function takeInOwn(device: Device, made: Fieldwork): Promise<void> {
  if (made.member !== device.fieldwork.member || made.sheet.id !== device.sheet) location.reload();
  else await takeIn(device, made);
}

async function takeIn(device: Device, made: Fieldwork): Promise<void> {
  await device.refresh(made);
  await listEvidence(made.evaluation.id).then((evidence) => device.takeEvidence(evidence), () => undefined);
}

async function sendAll(device: Device, report: (outcome: Outcome) => void): Promise<Outcome> {
  let found: Outcome = "sent";
  try {
    if (signedIn() !== device.fieldwork.member) throw new Failed(401); // another tab may have signed another person in
    await drain(device);
    await sendPhotos(device);
  } catch (error) {
    found = outcome(error);
  }
  report(found);
  return found;
}

/** Send now, when the network or the person comes back, and every minute while something waits. */
function watch(send: () => void): () => void {
  const visible = () => document.visibilityState === "visible" && send();
  addEventListener("online", send);
  document.addEventListener("visibilitychange", visible);
  send();
  return () => {
    removeEventListener("online", send);
    document.removeEventListener("visibilitychange", visible);
  };
}

/** Where nothing is kept, closing the page would lose what has not been sent. */
function guardAgainstLeaving(device: Device | null, store: Store | null): () => void {
  const guard = (event: BeforeUnloadEvent) => {
    if (device && (!store || device.fault) && (device.state.queue.length || device.photos.length)) event.preventDefault();
  };
  addEventListener("beforeunload", guard);
  return () => removeEventListener("beforeunload", guard);
}

/** Register the service worker; return a function once a newer release waits for being used. */
function useUpdate(): (() => void) | null {
  const [waiting, setWaiting] = useState<ServiceWorker | null>(null);
  useEffect(() => {
    if (!SECURE || !navigator.serviceWorker) return;
    void navigator.serviceWorker.register("/sw.js").then((registration) => {
      setWaiting(registration.waiting);
      registration.addEventListener("updatefound", () => {
        const coming = registration.installing!;
        coming.addEventListener("statechange", () => coming.state === "installed" && navigator.serviceWorker.controller && setWaiting(coming));
      });
    }, () => undefined);
    new BroadcastChannel("zhiping-signed-out").onmessage = () => location.reload();
  }, []);
  if (!waiting) return null;
  return () => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());
    waiting.postMessage("update");
  };
}

