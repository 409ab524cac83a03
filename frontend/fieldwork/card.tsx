// A criterion: its levels, guidance, reason, advice, note, evidence and photos.
import { useEffect, useRef, useState } from "preact/hooks";

import { asks, lacks, reasonOf, type Choice } from "./choices";
import { say } from "./texts";
import type { Content, Criterion, Evidence, Level, Mark, PastFact, Photo } from "./types";

interface Props {
  criterion: Criterion;
  content: Content;
  there: Mark | null | undefined; // undefined: no conflict
  past: PastFact | undefined;
  evidence: Evidence[];
  photos: Photo[];
  writable: boolean;
  give: (content: Content) => void;
  choose: (id: string, own: boolean) => void;
  photograph: (id: string, files: File[]) => void;
}

const TEXTS = ["reason", "advice", "note"] as const;
const SAVED_AFTER = 1_500; // ms without a key pressed

export function Card(props: Props) {
  const { criterion, content, there, writable, give } = props;
  const missing = lacks(criterion, content);
  const change = (part: Partial<Content>) => give({ ...content, ...part });
  const frozen = !writable || there !== undefined;
  return (
    <article class={`criterion ${missing ? "" : "complete"}`} data-criterion={criterion.id} data-open={missing || undefined} aria-labelledby={`c-${criterion.id}`}>
      <h4 id={`c-${criterion.id}`}>
        <span class="number">{criterion.id}</span> {criterion.title} <span class="max">{say("points", { n: criterion.max })}</span>
      </h4>
      {criterion.text !== criterion.title && <p>{criterion.text}</p>}
      {criterion.guidance && <p class="guidance"><strong>{say("guidance")}</strong> {criterion.guidance}</p>}
      {props.past && <Past {...props.past} />}
      {there !== undefined && <Conflict {...props} there={there} />}
      <fieldset disabled={frozen}>
        <legend class="visually-hidden">{say("levels", { id: criterion.id })}</legend>
        {criterion.levels.map((level, place) => <LevelChoice {...props} level={level} place={place} change={change} key={level.text} />)}
        {criterion.zero && <Option criterion={criterion} content={content} choice={{ points: "0", level: null }} label={say("unearned")} change={change} />}
        <label class="no-level">
          <input type="checkbox" class="form-check-input" checked={content.no_level} onChange={() => change({ no_level: !content.no_level })} /> {say("no_level")}
        </label>
        {content.points !== null && (
          <button type="button" class="btn btn-sm btn-link" onClick={() => change({ points: null })} aria-label={say("clear", { id: criterion.id })}>{say("clear_short")}</button>
        )}
      </fieldset>
      {missing === "reason" && <p class="missing">{say(content.no_level ? "missing.no_level" : criterion.bonus ? "missing.bonus" : "missing.reason")}</p>}
      <More {...props} frozen={frozen} change={change} />
    </article>
  );
}

/** What the panel of the last evaluation stated about a criterion, and the operator's answer: never a mark. */
function Past({ year, fact, answer, reply }: PastFact) {
  return (
    <details class="past">
      <summary>{say("past.title", { year })}</summary>
      <p>{fact}</p>
      {answer && <p>{say(`past.${answer}`)} {reply}</p>}
    </details>
  );
}

type Change = (part: Partial<Content>) => void;

function LevelChoice({ criterion, content, level, place, change }: Props & { level: Level; place: number; change: Change }) {
  const [only] = level.marks;
  if (level.marks.length === 1) {
    return <Option criterion={criterion} content={content} choice={{ points: only!, level }} label={level.text} change={change} />;
  }
  const name = `l-${criterion.id}-${place}`;
  return (
    <div class="range" role="group" aria-labelledby={name}>
      <span id={name}>{level.text}</span>
      <div class="numbers">
        {level.marks.map((points) => <Option criterion={criterion} content={content} choice={{ points, level }} label="" change={change} key={points} />)}
      </div>
    </div>
  );
}

function Option({ criterion, content, choice, label, change }: { criterion: Criterion; content: Content; choice: Choice; label: string; change: Change }) {
  const { points } = choice;
  return (
    <label class="choice">
      <input type="radio" name={`m-${criterion.id}`} value={points} checked={content.points === points} onChange={() => change({ points })} />
      <span class="points">{points}</span> {label && <span>{label}</span>}
    </label>
  );
}

/** Both values of a criterion that was marked on two devices; nothing of it is sent until the person chooses. */
function Conflict({ criterion, content, there, choose, writable }: Props & { there: Mark | null }) {
  return (
    <div class="alert alert-warning" role="alert">
      <p>{say("conflict.about")}</p>
      <dl>
        <dt>{say("conflict.own")}</dt><dd>{described(criterion, content)}</dd>
        <dt>{say("conflict.there")}</dt><dd>{there ? described(criterion, there) : say("conflict.nothing")}</dd>
      </dl>
      <button type="button" class="btn btn-primary" disabled={!writable} onClick={() => choose(criterion.id, true)}>{say("conflict.keep_own")}</button>{" "}
      <button type="button" class="btn btn-outline-primary" onClick={() => choose(criterion.id, false)}>{say("conflict.take_there")}</button>
    </div>
  );
}

function described(criterion: Criterion, content: Content): string {
  const points = content.points === null ? say("conflict.no_mark") : say("points", { n: content.points });
  return [points, content.no_level ? say("no_level") : "", reasonOf(criterion, content), content.advice, content.note].filter(Boolean).join(" · ");
}

function More(props: Props & { frozen: boolean; change: Change }) {
  const { criterion, content, evidence, photos, frozen, photograph, change } = props;
  const own = evidence.filter((one) => !one.withdrawn && one.criteria.includes(criterion.id));
  const coming = photos.filter((one) => one.criterion === criterion.id);
  const filled = TEXTS.filter((name) => content[name]).length + content.evidence.length;
  const needed = asks(criterion, content);
  const [open, setOpen] = useState(false);
  return (
    <details class="more" open={open || needed} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{say("more")}{filled > 0 && ` (${filled})`}</summary>
      {(open || needed) && (
        <fieldset disabled={frozen}>
          <legend class="visually-hidden">{say("more_of", { id: criterion.id })}</legend>
          {TEXTS.map((name) => (
            <Text id={`${name}-${criterion.id}`} label={say(`texts.${name}`)} value={content[name]} placeholder={name === "reason" ? reasonOf(criterion, { ...content, reason: "" }) : ""} save={(text) => change({ [name]: text })} key={name} />
          ))}
          <Photos criterion={criterion} coming={coming} photograph={photograph} />
          {own.length > 0 && (
            <fieldset>
              <legend>{say("evidence")}</legend>
              {own.map((one) => <EvidenceChoice one={one} content={content} change={change} key={one.id} />)}
            </fieldset>
          )}
        </fieldset>
      )}
    </details>
  );
}

function Photos({ criterion, coming, photograph }: { criterion: Criterion; coming: Photo[]; photograph: Props["photograph"] }) {
  const take = (input: HTMLInputElement) => {
    photograph(criterion.id, [...(input.files ?? [])]);
    input.value = "";
  };
  return (
    <p>
      <label class="btn btn-outline-primary photo">
        {say("photo")}
        <input type="file" accept="image/*" capture="environment" multiple class="visually-hidden" onChange={(event) => take(event.currentTarget)} />
      </label>{" "}
      {coming.length > 0 && <span>{say("photos_waiting", { n: coming.length })}</span>}
    </p>
  );
}

function EvidenceChoice({ one, content, change }: { one: Evidence; content: Content; change: Change }) {
  const rests = content.evidence.includes(one.id);
  const evidence = rests ? content.evidence.filter((id) => id !== one.id) : [...content.evidence, one.id];
  return (
    <label class="d-block">
      <input type="checkbox" class="form-check-input" checked={rests} onChange={() => change({ evidence })} /> {one.caption} {one.date}
    </label>
  );
}

/** A text that is saved when the person pauses or leaves it. */
function Text({ id, label, value, placeholder, save }: { id: string; label: string; value: string; placeholder: string; save: (text: string) => void }) {
  const [text, setText] = useState(value);
  const saving = useRef(save);
  saving.current = save;
  const typed = useRef(false);
  const saved = () => {
    if (typed.current) saving.current(text);
    typed.current = false;
  };
  useEffect(() => {
    if (!typed.current) setText(value);
  }, [value]);
  useEffect(() => {
    const timer = setTimeout(saved, SAVED_AFTER);
    return () => clearTimeout(timer);
  }, [text]);
  const type = (now: string) => {
    typed.current = true;
    setText(now);
  };
  return (
    <div class="mb-2">
      <label class="form-label" for={id}>{label}</label>
      <textarea class="form-control" id={id} rows={2} maxLength={2000} value={text} placeholder={placeholder} onInput={(event) => type(event.currentTarget.value)} onBlur={saved} />
    </div>
  );
}

