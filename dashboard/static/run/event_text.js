// An event of a run as a sentence.

import { decimal, duration, isNumber, percent, significant } from "../base/format.js";
import { hasText, t } from "../base/texts.js";
import { partsInWords, rateInWords, stageName } from "../data/stage_words.js";

const MOST_UNFIT = 8; // names of weights that did not fit
const PERCENT = ["top1", "balanced", "share"];

/**
 * An event in the language of the page; what has no sentence there is told as the trainer wrote it.
 * @param {RunEvent} event
 * @param {ChartRun} run
 */
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
  const said = { edit: values.what, weights_remark: values.what, ended_early: values.why, judged: values.verdict };
  return kind in said ? `.${said[kind]}` : "";
}

/** What a stage needs, as the rehearsal found. */
function rehearsed({ stage, seconds, memory, ends_in: ends }) {
  const each = `${significant(seconds, 2)} s`;
  return t("event.rehearsed_stage", {
    stage: stage + 1,
    each,
    memory: `${decimal(memory / 2 ** 20)} MiB`,
    ends: duration(ends),
  });
}

/** The values of an event as they are read by people. */
function readable(event, run) {
  const told = {};
  if (event.kind === "rehearsed") return { lines: (event.values?.stages ?? []).map(rehearsed).join(" ") };
  if (event.kind === "edit" && event.values?.what === "epochs") told.count = decimal(event.values.value);
  else if (event.kind === "edit") told.value = rateInWords(event.values?.value);
  if (event.kind === "resumed" && isNumber(event.values?.life)) told.life = decimal(event.values.life + 1);
  if (event.kind === "zero_shot" && isNumber(event.values?.stage)) told.stage = decimal(event.values.stage + 1);
  if (event.kind === "weights" && event.values?.partly?.length) {
    const partly = event.values.partly.map((part) => t("event.in_part", { part }));
    told.parts = [...event.values.parts, ...partly].join(", ");
  }
  if (event.kind === "weights" && event.values?.unfit)
    told.unfit = event.values.unfit.slice(0, MOST_UNFIT).join(", ") || t("run.plan.nothing");
  if (event.kind === "stage_began") {
    const stage = run.stages.findLastIndex(({ begins }) => begins <= event.iteration);
    Object.assign(told, { stage: stage + 1, name: stageName(run, stage) });
  }
  const { iteration, epoch } = event;
  for (const [name, value] of Object.entries({ iteration, epoch, ...event.values })) {
    if (name in told || value === undefined) continue;
    if (name === "names" && Array.isArray(value)) told[name] = value.join(", ");
    else if (Array.isArray(value))
      told[name] =
        run.parts.length && ["train", "frozen"].includes(name)
          ? partsInWords(value, run.parts) || t("run.plan.nothing")
          : value.map(keptAs).join(", ") || t("run.plan.nothing");
    else if (name === "learning_rate") told[name] = rateInWords(value);
    else if (PERCENT.includes(name) && isNumber(value)) told[name] = percent(value);
    else if (name === "command" && hasText(`event.word.${value}`)) told[name] = t(`event.word.${value}`);
    else if (isNumber(value)) told[name] = Number.isInteger(value) ? decimal(value) : significant(value);
    else told[name] = value ?? "";
  }
  return told;
}

function keptAs(word) {
  return hasText(`event.kept.${word}`) ? t(`event.kept.${word}`) : String(word);
}
