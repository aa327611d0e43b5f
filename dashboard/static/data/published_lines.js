// What was published of a run's recipe, as lines for its charts.

import { isNumber } from "../base/format.js";
import { t } from "../base/texts.js";

const WHOLE = 99.5; // percent; an edge up there is the upper border of the chart and tells nothing

/**
 * The dashed lines of a chart: a published log epoch by epoch, a published figure as one level over the whole plan.
 * @param {ChartSpec} spec
 * @param {ChartRun} run
 * @returns {Array<{name: string, row: number[], value: number[]}>} rows and values as of any other line
 */
export function publishedLines(spec, run) {
  return (run.published ?? []).flatMap((published) => {
    const name = t("published.line", { model: published.model });
    if (Array.isArray(published.epochs)) return logLines(spec, run, published).map((line) => ({ name, ...line }));
    const isAccuracy = spec.epochs.includes("val.top1");
    if (!isAccuracy || !isNumber(published.test_error)) return [];
    const end = Math.max(run.status.iterations ?? 0, run.rows);
    return [{ name, row: [-1, end - 1], value: Array(2).fill(100 - published.test_error) }];
  });
}

function logLines(spec, run, { epochs }) {
  const wanted = spec.epochs.includes("val.top1")
    ? ["val.top1", "train.top1"]
    : spec.epochs.includes("val.loss")
      ? ["train.loss"]
      : [];
  const field = wanted.find((name) => epochs.some((epoch) => name in epoch));
  if (!field) return [];
  const within = inPlan(run, epochs);
  return [{ row: endsOf(run, within), value: within.map((epoch) => epoch[field]) }];
}

/**
 * The published shares of the terms that the run has too: as the upper edges of a stack, or each by itself.
 * @param {ChartRun} run
 * @param {string[]} names series of the shares, from the bottom to the top
 * @param {{absolute: boolean, stacked: boolean}} how absolute: in units of the loss instead of percent
 * @returns {Array<{term: string, model: string, row: number[], value: number[], own: number[]}>} own: without what
 *     lies below
 */
export function publishedShares(run, names, { absolute, stacked }) {
  const log = (run.published ?? []).find(({ epochs }) => Array.isArray(epochs));
  const within = log ? inPlan(run, log.epochs) : [];
  const told = within.length ? names.filter((name) => within.every((epoch) => isNumber(epoch[name]))) : [];
  const isWhole = (value) => stacked && !absolute && value.every((edge) => edge > WHOLE);
  let below = within.map(() => 0);
  return told
    .map((term) => {
      const own = within.map((epoch) => (absolute ? (epoch[term] * epoch["train.loss"]) / 100 : epoch[term]));
      const value = stacked ? own.map((part, at) => below[at] + part) : own;
      below = value;
      return { term, model: log.model, row: endsOf(run, within), value, own };
    })
    .filter(({ value }) => !isWhole(value));
}

/** The epochs of a published log that have a place on the run's axis. */
function inPlan(run, epochs) {
  const end = Math.max(run.status.epochs ?? 0, 1);
  return epochs.filter(({ epoch }) => epoch <= end);
}

function endsOf(run, epochs) {
  return epochs.map(({ epoch }) => epoch * run.perEpoch - 1);
}
