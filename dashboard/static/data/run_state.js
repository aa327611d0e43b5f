// The states of a run, and how it stands: at work, stalled, ended, and why.

import { serverTime } from "../base/clock.js";
import { hasText, t, codedText } from "../base/texts.js";

/** Every state, those that want attention first. */
export const STATES = [
  "running",
  "starting",
  "stopping",
  "paused",
  "queued",
  "failed",
  "interrupted",
  "damaged",
  "stopped",
  "finished",
];
/** States from which a run can be resumed. */
export const RESUMABLE = ["interrupted", "stopped", "failed"];
/** States that come to nothing further by themselves. */
export const ENDED = ["finished", ...RESUMABLE];
/** States that nobody asked for. */
export const BROKEN = ["damaged", "failed", "interrupted"];

const ACTIVE = ["queued", "starting", "running", "paused", "stopping"];
const WAITING = ["paused", "queued"]; // they give a sign every second, however long a step is
const SILENCE = 60; // seconds without a sign of life after which a trainer is called stalled
const STEPS_OF_SILENCE = 20; // and where steps are long, so many of them
const ANSWER = 20; // seconds in which a trainer usually answers a command

/**
 * A run as it was heard of last. heard: when, by the server's clock; trouble: "away" while nobody answers, "refused"
 * while the dashboard answers with an error, "gone" where it has no such run any more.
 * @typedef {{status: Status, heard?: number|null, trouble?: ""|"away"|"refused"|"gone"}} Heard
 */

/**
 * Whether a run claims a living process.
 * @param {Heard} run
 */
export function isActive({ status, trouble }) {
  return ACTIVE.includes(status.state) && trouble !== "gone";
}

/**
 * Whether a trainer had given no sign of life for a minute, and where it is at work for many steps' time, when it was
 * heard of last: who hears nothing knows of no silence.
 * @param {Heard} run
 */
export function isStalled(run) {
  const { state, updated, seconds, iteration } = run.status;
  const steps = WAITING.includes(state) || !iteration ? 0 : STEPS_OF_SILENCE * (seconds / iteration);
  return isActive(run) && updated && heardOf(run) - updated > Math.max(SILENCE, steps || 0);
}

/**
 * Whether it is known which epoch of how many a run is in: not before the first, while stages are rehearsed.
 * @param {Pick<Status, "epoch" | "epochs">} status
 */
export function hasPlace({ epoch, epochs }) {
  return Boolean(epoch && epochs);
}

/** Whether a run waits: for a person or for its device. */
export function isWaiting({ status }) {
  return WAITING.includes(status.state);
}

/**
 * When the stop was asked for that the trainer should have answered by now; 0 where there is none.
 * @param {{orders?: {command: string, time: number}[], heard?: number|null}} run
 */
export function stopUnanswered({ orders = [], heard = null }) {
  const asked = orders.filter((order) => order.command === "stop").map((order) => order.time);
  const first = Math.min(Infinity, ...asked);
  return heardOf({ heard }) - first > ANSWER ? first : 0;
}

/**
 * When a run was heard of last, by the server's clock.
 * @param {{heard?: number|null}} run
 */
export function heardOf(run) {
  return run.heard ?? serverTime();
}

/**
 * The state as it is shown: a trainer that has fallen silent is stalled, a run that is not there any more is gone.
 * @param {Heard} run
 */
export function shownState(run) {
  if (run.trouble === "gone") return "gone";
  return isStalled(run) ? "stalled" : (run.status.state ?? "starting");
}

/**
 * The share of the planned iterations that is done, 0 to 1.
 * @param {Pick<ChartRun, "status" | "rows">} run
 */
export function progressOf(run) {
  const { iterations } = run.status;
  return iterations ? Math.min(1, (run.status.iteration ?? run.rows) / iterations) : 0;
}

/**
 * Why a run ended as it did, in the reader's language where there is one for it.
 * @param {Status} status
 */
export function reasonOf({ reason, ending }) {
  const key = `ending.${ending?.code}`;
  if (!ending && reason) return asSentence(reason);
  if (!hasText(key)) return codedText(ending, reason) || t("state.no_reason");
  const values = ending.values ?? {};
  const where = t(`ending.where.${values.epoch ? "epoch" : "before"}`, values);
  return t(key, { ...values, where, kept: values.checkpoint ? t("ending.kept") : "" });
}

/** With a full stop, which reasons without a code may lack: other sentences follow. */
function asSentence(words) {
  return /[.!?]$/.test(words) ? words : `${words}.`;
}

/**
 * What is wrong with the files of a run, in words; empty where nothing is.
 * @param {{damage?: Array<CodedMessage & {message: string}>}} run
 */
export function damageOf({ damage = [] }) {
  return damage.map((told) => codedText(told, told.message)).join(" · ");
}
