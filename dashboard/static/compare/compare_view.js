// What the charts of a comparison draw: a line for each run, or the mean and band of its seeds, and ticks where stages
// began.

import { faint, runColour } from "../base/colours.js";
import { isNumber } from "../base/format.js";
import { thinned } from "../data/points.js";
import { preference } from "../base/preferences.js";
import { runsOf, SeedMean } from "../data/seed_mean.js";
import { stageChange } from "../data/stage_words.js";
import { t } from "../base/texts.js";
import { matches } from "../charts/chart_series.js";
import { plain } from "../charts/trace.js";
import { buildTraces } from "../charts/traces.js";
import { View } from "../charts/chart_view.js";
import { nameMeans, renewed } from "./means.js";

const SYMBOLS = [
  "circle",
  "square",
  "diamond",
  "triangle-up",
  "cross",
  "x",
  "star",
  "triangle-down",
  "pentagon",
  "hexagram",
];
const LANE = 0.045; // height of one run's ticks, of the chart
const LANES = 0.2; // height of all of them, at most
const BAND = 0.16; // opacity

/** The runs of a comparison and what is drawn of them. */
export class CompareView extends View {
  /** @param {import("../data/run_store.js").RunStore[]} runs */
  constructor(runs) {
    super(runs);
    this.hidden = new Set(); // ids of what was switched off
    this.legend = false; // the comparison has one for all charts
    /** @type {SeedMean[]} */
    this.means = [];
    this.renewMeans();
  }

  /** Settle anew who belongs to a mean: seeds end, and one may fail. Returns whether that is news. */
  renewMeans() {
    const means = renewed(this.means, this.runs);
    const isNews = means.length !== this.means.length || means.some((mean, index) => mean !== this.means[index]);
    this.means = means;
    if (isNews) nameMeans(means);
    return isNews;
  }

  get several() {
    return true;
  }

  /** Runs, and means of seeds in place of theirs where that is wanted, in the order of the address. */
  get units() {
    if (!preference("seedsAsMean")) return this.runs;
    const meanOf = (run) => this.means.find((mean) => mean.runs.includes(run));
    return [...new Set(this.runs.map((run) => meanOf(run) ?? run))];
  }

  get visible() {
    return this.units.filter((unit) => !this.hidden.has(unit.id));
  }

  /** Switch a line on or off. */
  toggle(id) {
    if (!this.hidden.delete(id)) this.hidden.add(id);
    this.keep();
  }

  build(spec) {
    const units = this.visible;
    const parts = units.map((unit) => {
      const shown = {
        runs: [unit],
        several: true,
        isZoomed: this.isZoomed,
        range: () => this.range(),
        axis: (run = unit) => this.axis(run),
      };
      const { traces, key } = buildTraces(spec, shown);
      const symbol = symbolOf(this.units.indexOf(unit));
      for (const trace of traces) if (trace.marker) trace.marker.symbol = symbol;
      return { traces: [...this._bands(spec, unit), ...traces], key: `${namesOf(unit)} ${key}` };
    });
    return { traces: parts.flatMap(({ traces }) => traces), key: parts.map(({ key }) => key).join("|") };
  }

  /** Ticks above the axis, one lane a run, where its stages began. */
  marks(range) {
    const marks = { shapes: [], annotations: [] };
    const height = Math.min(LANE, LANES / this.visible.length);
    this.visible.forEach((unit, lane) => {
      const color = runColour(unit.id, unit.info);
      const axis = this.axis(unit);
      unit.stages.forEach((stage, index) => {
        const x = axis.at(stage.begins);
        if (!index || unit.rows <= stage.begins || x < range[0] || x > range[1]) return;
        const place = { xref: "x", yref: "paper" };
        marks.shapes.push({
          ...place,
          type: "line",
          x0: x,
          x1: x,
          y0: lane * height,
          y1: (lane + 0.85) * height,
          line: { color, width: 3 },
        });
        const words = t("run.plan.stage", {
          stage: index + 1,
          words: stageChange(stage, unit.stages[index - 1], unit.parts),
        });
        marks.annotations.push({
          ...place,
          x,
          y: (lane + 0.4) * height,
          text: " ".repeat(3),
          showarrow: false,
          font: { size: 8 },
          hovertext: plain(`${unit.label}. ${words}`),
        });
      });
    });
    return marks;
  }

  /** One standard deviation above and below the mean of seeds. */
  _bands(spec, unit) {
    if (!(unit instanceof SeedMean)) return [];
    const smooth = spec.smooth && preference("smoothing") > 0;
    const names = unit.info.series.filter((name) => matches(name, spec.series));
    const lines = names.flatMap((name) => {
      const points = unit.points(name, this.isZoomed);
      if (!points) return [];
      const [middle, away] = smooth ? [points.smooth, points.smoothDeviation] : [points.mean, points.deviation];
      return [this._band(spec, unit, points.row, middle, away)];
    });
    const dots = spec.epochs.map((field) => {
      const rows = thinned(
        unit.epochs.filter((row) => isNumber(row[field])),
        (row) => row[field],
      );
      return this._band(
        spec,
        unit,
        rows.map((row) => row.iteration - 1),
        rows.map((row) => row[field]),
        rows.map((row) => row.deviation[field]),
      );
    });
    return [...lines, ...dots].flat();
  }

  _band(spec, unit, row, middle, away) {
    const axis = this.axis(unit);
    const range = this.range();
    const inside = row
      .map((_, index) => index)
      .filter((index) => {
        const x = axis.at(row[index] + 1);
        return middle[index] !== null && away[index] !== null && x >= range[0] && x <= range[1];
      });
    const x = inside.map((index) => axis.at(row[index] + 1));
    const asError = spec.complement && preference("error");
    const edge = (sign) => inside.map((index) => (asError ? 100 - middle[index] : middle[index]) + sign * away[index]);
    const quiet = { type: "scatter", mode: "lines", showlegend: false, hoverinfo: "skip", line: { width: 0 } };
    const fillcolor = faint(runColour(unit.id, unit.info), BAND);
    return [
      { ...quiet, x, y: edge(-1) },
      { ...quiet, x: [...x], y: edge(1), fill: "tonexty", fillcolor },
    ];
  }
}

/**
 * What tells a unit apart from others, and from itself with other runs.
 * @param {import("../data/run_store.js").RunStore|SeedMean} unit
 */
export function namesOf(unit) {
  return [unit.id, ...runsOf(unit).map(({ id }) => id)].join(" ");
}

/**
 * The shape of the points of the nth line.
 * @param {number} index
 */
export function symbolOf(index) {
  return SYMBOLS[index % SYMBOLS.length];
}
