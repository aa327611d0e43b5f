// A chart as a picture or as a table of numbers.

import { get, orSay } from "../base/api.js";
import { download } from "../base/dom.js";
import { isNumber } from "../base/format.js";
import { seriesOf } from "./chart_series.js";

/** @typedef {ReturnType<typeof import("./chart.js").createCharts>[number]} Chart */

const MOST_ROWS = 100_000; // of a table; longer runs come in buckets, with the lowest and highest of each
const ROWS_AT_ONCE = 10_000; // the most that one answer holds

/**
 * Save a chart as it is drawn, at twice its size, and with a legend, which a picture alone needs.
 * @param {Chart} chart
 */
export function savePng(chart) {
  if (!chart.drawn) return;
  const { width, height } = chart.plot.layout;
  const filename = fileName(chart);
  const figure = { data: chart.plot.data, layout: { ...chart.plot.layout, showlegend: true } };
  window.Plotly.downloadImage(figure, { format: "png", scale: 2, width, height, filename });
}

/**
 * Save the numbers behind a chart: one line an iteration, epoch by epoch, or one line a sample.
 * @param {Chart} chart
 */
export async function saveCsv(chart) {
  const parts = [];
  for (const run of chart.view.runs) {
    const rows = await orSay(() => (chart.spec.x === "sample" ? sampleRows(run) : iterationRows(chart, run)));
    if (!rows) return;
    parts.push(rows);
  }
  download(`${fileName(chart)}.csv`, parts.join("\n"), "text/csv;charset=utf-8");
}

async function iterationRows(chart, run) {
  const names = seriesOf(chart.spec, run);
  const step = Math.max(1, Math.ceil(run.rows / MOST_ROWS));
  const series = await wholeSeries(run, names, step * ROWS_AT_ONCE);
  const there = names.filter((name) => series[name]);
  const row = series[there[0]]?.row ?? [];
  const coarse = step > 1;
  const fields = coarse ? ["mean", "min", "max"] : ["mean"];
  const columns = there.flatMap((name) =>
    fields.map((field) => [field === "mean" ? name : `${name} ${field}`, series[name][field]]),
  );
  const byIteration = new Map(run.epochs.map((epoch) => [epoch.iteration, epoch]));
  const head = ["run", "iteration", "epoch", ...columns.map(([name]) => name), ...chart.spec.epochs];
  const lines = row.map((at, index) => [
    run.id,
    at + 1,
    (at + 1) / run.perEpoch,
    ...columns.map(([, values]) => values[index]),
    ...chart.spec.epochs.map((field) => byIteration.get(at + 1)?.[field]),
  ]);
  return table(head, lines);
}

/** Series from first to last, so many rows with each question. */
async function wholeSeries(run, names, stride) {
  const whole = {};
  for (let start = 0; start < run.rows; start += stride) {
    const query = { names: names.join(","), start, stop: Math.min(run.rows, start + stride), points: ROWS_AT_ONCE };
    const { series } = await get(`runs/${run.id}/series`, query);
    for (const [name, fields] of Object.entries(series)) {
      whole[name] ??= {};
      for (const [field, values] of Object.entries(fields))
        whole[name][field] = (whole[name][field] ?? []).concat(values);
    }
  }
  return whole;
}

/** Every sample of the machine; of more than one answer holds, the means of as many as belong together. */
async function sampleRows(run) {
  const { series } = await get(`runs/${run.id}/system`, { points: ROWS_AT_ONCE });
  const names = Object.keys(series);
  const lines = (series[names[0]]?.row ?? []).map((_, index) => [
    run.id,
    ...names.map((name) => series[name].mean[index]),
  ]);
  return table(["run", ...names], lines);
}

/**
 * Lines of numbers and words as CSV. No word begins like a formula: spreadsheets would work it out, or run it.
 * @param {string[]} head
 * @param {Array<Array<number|string|null|undefined>>} lines
 */
export function table(head, lines) {
  const cell = (value) =>
    isNumber(value) ? String(value) : value === null || value === undefined ? "" : quoted(value);
  return [head, ...lines].map((line) => line.map(cell).join(",")).join("\n");
}

function quoted(value) {
  const word = String(value).replace(/^(?=[=+\-@\t\r])/, "'");
  return /[",\r\n]/.test(word) ? `"${word.replaceAll('"', '""')}"` : word;
}

function fileName(chart) {
  return `${chart.view.runs.map((run) => run.id).join("+")} ${chart.spec.name}`;
}
