// What stands for one of the compared: its colour and its name.

import { swatch } from "../base/swatch.js";
import { nodesOf } from "../base/templates.js";
import { t } from "../base/texts.js";
import { html } from "../vendor/lit-html.js";

/**
 * The colour and the name of a run or a mean of seeds.
 * @param {ChartRun} unit
 */
export function unitName(unit) {
  const dot = swatch({ id: unit.id, ...unit.info });
  return nodesOf(html`<div class="thaw-run-name">${dot}<span>${unit.label}</span></div>`);
}

/**
 * How many seeds a mean is of, and how many were left out.
 * @param {string} key of the words for the seeds
 * @param {import("../data/seed_mean.js").SeedMean} mean
 */
export function seedsInWords(key, { runs, left }) {
  return [t(key, { count: runs.length }), left && t("runs.left_out", { count: left })].filter(Boolean).join(" · ");
}
