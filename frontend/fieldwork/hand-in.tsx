// Handing the sheet in, and asking for it back.
import { useState } from "preact/hooks";

import { askReturn, Failed, handIn, openSheet } from "./api";
import { lacks } from "./choices";
import type { Device } from "./device";
import { uuid7 } from "./ids";
import { current } from "./protocol";
import { criteriaOf } from "./scoring";
import { drain, outcome, sendPhotos } from "./sending";
import { say } from "./texts";
import type { Problem } from "./types";

type Refused = Pick<Problem, "text">[];

export function HandIn({ device, send }: { device: Device; send: () => void }) {
  const { sheet } = device.fieldwork;
  return (
    <section class="panel" aria-labelledby="hand-in-title">
      <h2 id="hand-in-title">{say("hand_in.title")}</h2>
      {sheet.state === "draft" ? <Draft device={device} /> : sheet.state === "handed_in" ? <In device={device} send={send} /> : <p>{say(`states.${sheet.state}`)}</p>}
    </section>
  );
}

/** Run a request of the person; what the server refuses is shown. */
function useRequest(job: () => Promise<void>): [run: () => void, busy: boolean, refused: Refused] {
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Refused>([]);
  const run = async () => {
    setBusy(true);
    setRefused([]);
    try {
      await job();
    } catch (error) {
      const problems = error instanceof Failed ? error.problems : [];
      setRefused(problems.length ? problems : [{ text: say(`failures.${outcome(error)}`) }]);
    }
    setBusy(false);
  };
  return [() => void run(), busy, refused];
}

function Draft({ device }: { device: Device }) {
  const [asked, setAsked] = useState(false);
  const missing = criteriaOf(device.fieldwork).filter((criterion) => lacks(criterion, current(device.state, criterion.id)));
  const choices = Object.keys(device.state.conflicts).length;
  const [run, busy, refused] = useRequest(() => handItIn(device));
  const waits = missing.length + choices > 0;
  return (
    <>
      {missing.length > 0 && (
        <>
          <p>{say("hand_in.missing", { n: missing.length })}</p>
          <p class="missing-list">{missing.map(({ id }) => <a href={`#c-${id}`} key={id}>{id}</a>)}</p>
        </>
      )}
      {choices > 0 && <p>{say("bar.choose", { n: choices })}</p>}
      {!waits && <p>{say("hand_in.ready")}</p>}
      <Refusals refused={refused} />
      {asked && !waits ? (
        <div class="alert alert-info">
          <p>{say("hand_in.confirm")}</p>
          <button type="button" class="btn btn-primary" disabled={busy} onClick={run}>{say("hand_in.yes")}</button>{" "}
          <button type="button" class="btn btn-outline-secondary" onClick={() => setAsked(false)}>{say("hand_in.no")}</button>
        </div>
      ) : (
        <button type="button" class="btn btn-primary" disabled={waits} onClick={() => setAsked(true)}>{say("hand_in.button")}</button>
      )}
    </>
  );
}

/** Send everything, look at the sheet as the server has it, then hand in exactly that. */
async function handItIn(device: Device): Promise<void> {
  const evaluation = device.fieldwork.evaluation.id;
  await drain(device);
  await sendPhotos(device);
  await device.refresh(await openSheet(evaluation));
  if (device.state.queue.length) return; // a choice is open, or the sheet is closed: the page shows which
  try {
    await handIn(device.sheet, uuid7(), device.fieldwork.sheet.seen);
  } finally {
    await device.refresh(await openSheet(evaluation));
  }
}

function In({ device, send }: { device: Device; send: () => void }) {
  const [reason, setReason] = useState("");
  const [run, busy, refused] = useRequest(async () => {
    await askReturn(device.sheet, uuid7(), reason);
    await device.refresh(await openSheet(device.fieldwork.evaluation.id));
    send();
  });
  if (device.fieldwork.sheet.return_asked) return <p>{say("hand_in.asked")}</p>;
  return (
    <>
      <p>{say("hand_in.done")}</p>
      <Refusals refused={refused} />
      <label class="form-label" for="return-reason">{say("hand_in.reason")}</label>
      <textarea class="form-control mb-2" id="return-reason" rows={2} maxLength={1000} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      <button type="button" class="btn btn-outline-primary" disabled={busy || !reason.trim()} onClick={run}>{say("hand_in.ask")}</button>
    </>
  );
}

function Refusals({ refused }: { refused: Refused }) {
  if (!refused.length) return null;
  return <ul class="alert alert-danger" role="alert">{refused.map((one) => <li key={one.text}>{one.text}</li>)}</ul>;
}
