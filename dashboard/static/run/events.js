// What happened, newest first, and what the training printed.

import { Refused, Unreachable, get } from "../base/api.js";
import { element, section } from "../base/dom.js";
import { decimal, duration, isNumber, moment, percent, significant } from "../base/format.js";
import { partsInWords, rateInWords, stageName } from "../data/stage_words.js";
import { hasText, t } from "../base/texts.js";

const MOST_EVENTS = 200; // on the page; all of them are in events.jsonl
const MOST_CHARACTERS = 40_000; // of the log
const PERIOD = 2000; // milliseconds between two looks at the log
const LOUD = ["error", "failed", "warning"];

/** The list of events. */
export class Events {
  /** @param {import("../data/run_store.js").RunStore} run */
  constructor(run) {
    this.run = run;
    this.list = element("ol", { class: "thaw-events", reversed: true });
    this.node = section("events", t("run.events"), this.list);
    this.last = 0;
  }

  update() {
    for (const event of this.run.events.filter((one) => one.seq > this.last)) this.list.prepend(this._row(event));
    this.last = this.run.lastEvent;
    while (this.list.children.length > MOST_EVENTS) this.list.lastChild.remove();
  }

  _row(event) {
    const kind = LOUD.includes(event.kind) || event.values?.done === false ? "loud" : "";
    const where = isNumber(event.iteration) ? t("run.at_iteration", { iteration: decimal(event.iteration) }) : "";
    return element(
      "li",
      { class: kind, "data-kind": event.kind },
      element("time", {}, moment(event.time)),
      element("span", {}, eventText(event, this.run)),
      element("small", {}, where),
    );
  }
}

/** An event in the language of the page; what has no sentence there is told as the trainer wrote it. */
export function eventText(event, run) {
  const values = readable(event, run);
  const variant = variantOf(event);
  const key = `event.${event.kind}${variant}`;
  if (!hasText(key)) return event.text;
  const sentence = t(key, values);
  return /\{\w+\}/.test(sentence) ? event.text : sentence; // a value is missing: an older or newer trainer
}

/**
 * Events of one kind may have several sentences.
 * @param {RunEvent} event
 */
function variantOf({ kind, values = {} }) {
  if (kind === "command") return values.done === false ? ".refused" : ".done";
  return { edit: `.${values.what}`, ended_early: `.${values.why}` }[kind] ?? "";
}

/** What each stage needs, as the rehearsal found. */
function rehearsed({ stage, seconds, memory, ends_in: ends }) {
  const each = `${significant(seconds, 2)} s`;
  return t("event.rehearsed_stage", {
    stage: stage + 1,
    each,
    memory: `${decimal(memory / 2 ** 20)} MiB`,
    ends: duration(ends),
  });
}

function readable(event, run) {
  const told = {};
  if (event.kind === "rehearsed") return { lines: (event.values?.stages ?? []).map(rehearsed).join(" ") };
  if (event.kind === "edit") Object.assign(told, { value: rateInWords(event.values?.value) });
  if (event.kind === "stage_began") {
    const stage = run.stages.findLastIndex(({ begins }) => begins <= event.iteration);
    Object.assign(told, { stage: stage + 1, name: stageName(run, stage) });
  }
  for (const [name, value] of Object.entries(event.values ?? {})) {
    if (name in told) continue;
    if (Array.isArray(value))
      told[name] =
        run.parts.length && ["train", "frozen"].includes(name)
          ? partsInWords(value, run.parts) || t("run.plan.nothing")
          : value.map(keptAs).join(", ");
    else if (name === "learning_rate") told[name] = rateInWords(value);
    else if (name === "top1" && isNumber(value)) told[name] = percent(value);
    else if (name === "command" && hasText(`event.word.${value}`)) told[name] = t(`event.word.${value}`);
    else if (isNumber(value)) told[name] = Number.isInteger(value) ? decimal(value) : significant(value);
    else told[name] = value ?? "";
  }
  return told;
}

function keptAs(word) {
  return hasText(`event.kept.${word}`) ? t(`event.kept.${word}`) : String(word);
}

/** The end of the log; follows while its reader is at the end, asks only while it is open and in view. */
export class Log {
  /** @param {import("../data/run_store.js").RunStore} run */
  constructor(run) {
    this.run = run;
    this.next = 0;
    this.timer = null;
    this.inView = false;
    this.isAsking = false;
    this.known = "";
    this.text = element("pre", { class: "thaw-log", tabindex: 0, "aria-label": t("run.log") });
    this.node = section("log", t("run.log"), this.text);
    this.node.addEventListener("toggle", () => this._look());
    this.sight = new IntersectionObserver((entries) => ((this.inView = entries.at(-1).isIntersecting), this._look()));
    this.sight.observe(this.text);
    this.onVisible = () => this._look();
    document.addEventListener("visibilitychange", this.onVisible);
  }

  remove() {
    clearTimeout(this.timer);
    this.inView = false;
    this.sight.disconnect();
    document.removeEventListener("visibilitychange", this.onVisible);
  }

  async _look() {
    clearTimeout(this.timer);
    if (this.isAsking || !this.inView || !this.node.open || document.hidden) return;
    const { isActive, life, status } = this.run;
    const stands = JSON.stringify([life, status.state, status.updated]);
    if (isActive || stands !== this.known) {
      this.isAsking = true;
      if (await this._ask()) this.known = stands;
      this.isAsking = false;
    }
    this.timer = setTimeout(() => this._look(), PERIOD); // a run that has ended may go on
  }

  /** Read on; returns whether there was an answer. */
  async _ask() {
    try {
      this._add(await get(`runs/${this.run.id}/log`, { after: this.next }));
      return true;
    } catch (error) {
      if (error instanceof Refused || error instanceof Unreachable) return false; // the head of the page says so
      throw error;
    }
  }

  _add({ text, next }) {
    const follows = this.text.scrollHeight - this.text.scrollTop - this.text.clientHeight < 24;
    const before = next < this.next ? "" : this.text.textContent; // rotated: starts again
    this.next = next;
    if (text) this.text.textContent = (before + text).slice(-MOST_CHARACTERS);
    if (follows) this.text.scrollTop = this.text.scrollHeight;
  }
}
