// The bar that always shows what has not reached the server, and why.
import type { Device } from "./device";
import type { Outcome } from "./sending";
import { say } from "./texts";

interface Props {
  device: Device;
  last: Outcome;
  send: () => void;
  lock: () => void;
}

export function Bar({ device, last, send, lock }: Props) {
  const marks = device.state.queue.length;
  const photos = device.photos.length;
  const waits = marks + photos > 0;
  const choices = Object.keys(device.state.conflicts).length;
  return (
    <header class={`sync ${waits ? "waits" : "done"}`}>
      <div class="page">
        <div role="status">
          <strong>{waits ? say("bar.unsent", { marks, photos }) : say("bar.sent")}</strong>
          {choices > 0 && <span> {say("bar.choose", { n: choices })}</span>}
          {waits && last !== "sent" && <span> {say(`failures.${last}`)}</span>}
          {device.fault && <span> {say("bar.fault")}</span>}
        </div>
        <div class="buttons">
          {waits && <button type="button" class="btn btn-sm btn-light" onClick={send}>{say("bar.send")}</button>}
          <button type="button" class="btn btn-sm btn-outline-light" onClick={lock} title={say("bar.lock_why")}>{say("bar.lock")}</button>
        </div>
      </div>
    </header>
  );
}
