// The sheet: filters, criteria by indicator, totals, hand-in, files of the device.
import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";

import { isLost, lacks } from "./choices";
import { Card } from "./card";
import type { Device } from "./device";
import { sum } from "./exact";
import { Files } from "./files";
import { HandIn } from "./hand-in";
import { move } from "./keys";
import { taken } from "./photos";
import { blank, current } from "./protocol";
import { say } from "./texts";
import type { Content, Criterion, Dimension, Fieldwork, Indicator, PastFact } from "./types";

const FILTERS = ["all", "mine", "open", "lost", "no_level"] as const;
type Filter = (typeof FILTERS)[number];
const BLANK = new Map<string, Content>();

/** Return the content of a criterion; the same object as long as nothing changed, so that its card is not drawn again. */
function contentOf(device: Device, id: string): Content {
  const content = current(device.state, id);
  if (content.points !== null || "event" in content || "replaces" in content) return content;
  if (!BLANK.has(id)) BLANK.set(id, blank(id));
  return BLANK.get(id)!;
}

export function criteriaOf(fieldwork: Fieldwork): Criterion[] {
  return fieldwork.dimensions.flatMap((dimension) => dimension.indicators.flatMap((indicator) => indicator.criteria));
}

/** Return the facts of the platform's last evaluation by criterion. */
function pastOf({ past }: Fieldwork): Map<string, PastFact> {
  return new Map(past?.facts.map((fact) => [fact.criterion, { ...fact, year: past.year }]));
}

function matching(filter: Filter, device: Device): Set<string> {
  const fits = (indicator: Indicator, criterion: Criterion) => {
    const content = contentOf(device, criterion.id);
    if (filter === "mine") return indicator.duty === "leads";
    if (filter === "open") return lacks(criterion, content) !== "" || criterion.id in device.state.conflicts;
    return filter === "lost" ? isLost(criterion, content) : content.no_level;
  };
  const indicators = device.fieldwork.dimensions.flatMap((dimension) => dimension.indicators);
  return new Set(indicators.flatMap((one) => one.criteria.filter((criterion) => fits(one, criterion)).map((criterion) => criterion.id)));
}

interface Props {
  device: Device;
  send: () => void;
  worker: string;
  notices: ComponentChildren;
  kept: boolean;
}

export function Scoring({ device, send, worker, notices, kept }: Props) {
  const { fieldwork, state } = device;
  const [filter, setFilter] = useState<Filter>("all");
  const [shown, setShown] = useState<Set<string> | null>(null); // as it was when chosen: nothing vanishes under the thumb
  const writable = fieldwork.sheet.state === "draft";
  const give = useCallback((content: Content) => void device.give(content).then(send), [device, send]);
  const choose = useCallback((id: string, own: boolean) => void device.choose(id, own).then(send), [device, send]);
  const photograph = useCallback((id: string, files: File[]) => void addPhotos(device, id, files, worker).then(send), [device, send]);
  useEffect(() => move(), []);
  const filterBy = (chosen: Filter) => {
    setFilter(chosen);
    setShown(chosen === "all" ? null : matching(chosen, device));
  };
  const { evaluation } = fieldwork;
  const past = useMemo(() => pastOf(fieldwork), [fieldwork]);
  return (
    <>
      <main class="page" id="main">
        <nav aria-label={say("path")}><a href={`/evaluations/${evaluation.id}`}>{say("back")}</a></nav>
        <h1>{evaluation.platform}</h1>
        <p class="text-body-secondary">
          {say("about", { rubric: fieldwork.rubric.title, start: evaluation.period_start, end: evaluation.period_end })}{" "}
          {fieldwork.sheet.common ? say("common") : fieldwork.sheet.name}
        </p>
        {notices}
        {!writable && <p class="alert alert-info">{say(`states.${fieldwork.sheet.state}`)}</p>}
        {state.closed.length > 0 && state.queue.length > 0 && <p class="alert alert-warning" role="alert">{say("closed")} {state.closed.map((one) => one.text).join(" ")}</p>}
        {state.refusals.map((refusal) => (
          <p class="alert alert-danger" role="alert" key={refusal.event.id}>
            {say(refusal.event.points === null ? "refused_clear" : "refused", { id: refusal.event.criterion, points: refusal.event.points ?? "" })} {refusal.problems.map((one) => one.text).join(" ")}{" "}
            <button type="button" class="btn btn-sm btn-outline-danger" onClick={() => void device.dismiss(refusal)}>{say("read")}</button>
          </p>
        ))}
        <div class="filters" role="group" aria-label={say("filter")}>
          {FILTERS.map((one) => (
            <button type="button" class="btn btn-outline-primary" aria-pressed={filter === one} onClick={() => filterBy(one)} key={one}>
              {say(`filters.${one}`)}
            </button>
          ))}
        </div>
        {shown?.size === 0 && <p>{say("nothing")}</p>}
        {fieldwork.dimensions.map((dimension) => (
          <Group dimension={dimension} total={totalOf(device, dimension)} shown={shown} key={dimension.id}>
            {(criterion) => (
              <Row
                criterion={criterion}
                content={contentOf(device, criterion.id)}
                there={state.conflicts[criterion.id]}
                past={past.get(criterion.id)}
                evidence={device.evidence}
                photos={device.photos}
                writable={writable}
                give={give}
                choose={choose}
                photograph={photograph}
                key={criterion.id}
              />
            )}
          </Group>
        ))}
        <HandIn device={device} send={send} />
        <Files device={device} send={send} kept={kept} />
      </main>
      <Totals device={device} />
    </>
  );
}

/** A card that is drawn again only when what it shows has changed. */
function Row(props: preact.ComponentProps<typeof Card>) {
  return useMemo(() => <Card {...props} />, Object.values(props));
}

interface GroupProps {
  dimension: Dimension;
  total: string;
  shown: Set<string> | null;
  children: (criterion: Criterion) => ComponentChildren;
}

function Group({ dimension, total, shown, children }: GroupProps) {
  const visible = dimension.indicators
    .map((indicator) => ({ indicator, criteria: indicator.criteria.filter((one) => !shown || shown.has(one.id)) }))
    .filter(({ criteria }) => criteria.length > 0);
  if (!visible.length) return null;
  return (
    <section aria-labelledby={`d-${dimension.id}`}>
      <h2 id={`d-${dimension.id}`}>
        {dimension.name} <span class="total">{total} / {dimension.max}</span>
      </h2>
      {visible.map(({ indicator, criteria }) => (
        <section class="indicator" aria-labelledby={`i-${indicator.id}`} key={indicator.id}>
          <h3 id={`i-${indicator.id}`}>
            {indicator.id} {indicator.name} {indicator.duty && <span class="badge tone-info">{say(`duties.${indicator.duty}`)}</span>}
          </h3>
          <p class="text-body-secondary small">{indicator.focus}</p>
          {criteria.map(children)}
        </section>
      ))}
    </section>
  );
}

/** Return the sum of a dimension's marks: the page adds, the server decides what counts. */
function totalOf(device: Device, ...dimensions: Dimension[]): string {
  const criteria = dimensions.flatMap((dimension) => dimension.indicators.flatMap((one) => one.criteria));
  return sum(criteria.flatMap((criterion) => current(device.state, criterion.id).points ?? []));
}

function Totals({ device }: { device: Device }) {
  const { dimensions } = device.fieldwork;
  const open = criteriaOf(device.fieldwork).filter((criterion) => lacks(criterion, current(device.state, criterion.id))).length;
  return (
    <footer class="totals" aria-label={say("totals.label")}>
      <div class="page">
        <dl>
          {dimensions.map((dimension) => (
            <div class="part" key={dimension.id}><dt>{dimension.name}</dt><dd>{totalOf(device, dimension)} / {dimension.max}</dd></div>
          ))}
          {[false, true].map((bonus) => (
            <div key={String(bonus)}>
              <dt>{say(bonus ? "totals.bonus" : "totals.whole")}</dt>
              <dd>{totalOf(device, ...dimensions.filter((one) => one.bonus === bonus))}</dd>
            </div>
          ))}
        </dl>
        <button type="button" class="btn btn-primary" data-next-open disabled={open === 0}>{say("totals.open", { n: open })}</button>
      </div>
    </footer>
  );
}

async function addPhotos(device: Device, criterion: string, files: File[], worker: string): Promise<void> {
  for (const file of files) { // one at a time: phones have little memory
    const [photo, bytes] = await taken(file, criterion, worker);
    await device.addPhoto(photo, bytes);
    const content = current(device.state, criterion);
    await device.give({ ...content, evidence: [...content.evidence, photo.id] });
  }
}
