// The state of a run as word, shape and colour.

import { html } from "../vendor/lit-html.js";
import { icon } from "./templates.js";
import { t } from "./texts.js";

const ICONS = {
  queued: "clock",
  starting: "clock",
  running: "flame",
  paused: "pause",
  stopping: "save",
  finished: "check",
  stopped: "stop",
  failed: "warning",
  interrupted: "warning",
  damaged: "warning",
  stalled: "warning",
  gone: "warning",
};

/** @typedef {import("../vendor/lit-html.js").TemplateResult} Template */

/**
 * What stands in a pill.
 * @param {string} state
 * @param {number|null} [count] of runs in this state, where the pill stands for several
 * @param {boolean} [isPoor] whether it ended well and yet with a model of no use
 * @returns {Template}
 */
export function pillContent(state, count = null, isPoor = false) {
  const words = [t(`state.${state}.name`), count].filter(Boolean).join(" ");
  return html`${icon(isPoor ? "warning" : (ICONS[state] ?? "warning"))}${words}`;
}

/**
 * A pill that fits into a line of text.
 * @param {string} state
 * @param {number|null} [count]
 * @param {boolean} [isPoor]
 * @returns {Template}
 */
export function statePill(state, count = null, isPoor = false) {
  return html`<span class="thaw-pill small" data-state=${state} data-poor=${isPoor}
    >${pillContent(state, count, isPoor)}</span
  >`;
}
