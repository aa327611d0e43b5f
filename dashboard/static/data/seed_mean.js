// Several runs that differ by their seed, as one: the mean of their curves and how far they scatter around it.

import { spread } from "./spread.js";

/**
 * Stands for a run where charts read one.
 * @implements {ChartRun}
 */
export class SeedMean {
  /**
   * @param {Array<import("./run_store.js").RunStore>} runs seeds of one recipe in one group
   * @param {number} [left] how many more there are that do not count
   */
  constructor(runs, left = 0) {
    const { group, recipe } = runs[0].info;
    this.runs = runs;
    this.left = left;
    this.group = group;
    this.hue = group; // whose colour it has; of several recipes in a group each has its own
    this.id = `mean ${group} ${recipe}`;
    this.events = [];
    this.label = runs[0].label;
    this.made = new Map();
  }

  get info() {
    const [first, ...others] = this.runs.map((run) => run.info);
    const series = first.series.filter((name) => others.every((other) => other.series.includes(name)));
    return { ...first, series, seed: 1, group: this.hue };
  }

  get longest() {
    return this.runs.reduce((longest, run) => (run.rows > longest.rows ? run : longest));
  }

  get rows() {
    return this.longest.rows;
  }

  get perEpoch() {
    return this.longest.perEpoch;
  }

  get parts() {
    return this.longest.parts;
  }

  get stages() {
    return this.longest.stages;
  }

  get status() {
    return this.longest.status;
  }

  get isActive() {
    return this.runs.some((run) => run.isActive);
  }

  /** Mean rows of the epochs that every run has ended, with `deviation` of each field beside it. */
  get epochs() {
    const common = Math.min(...this.runs.map((run) => run.epochs.length));
    return this.runs[0].epochs.slice(0, common).map((row, index) => {
      /** @type {Epoch} */
      const means = { deviation: {} };
      for (const field of Object.keys(row)) {
        const found = spread(this.runs.map((run) => run.epochs[index][field]));
        if (!found) continue;
        means[field] = found.mean;
        means.deviation[field] = found.deviation;
      }
      return means;
    });
  }

  /** The mean of a series at the rows of the longest run; null before every run has some of it. */
  points(name, zoomed) {
    const each = this.runs.map((run) => run.points(name, zoomed));
    if (each.some((points) => !points)) return null;
    const id = each.map((points) => `${points.id}:${points.row.length}`).join("+");
    const key = `${name} ${zoomed}`;
    if (this.made.get(key)?.id !== id) this.made.set(key, new MeanPoints(id, each));
    return this.made.get(key);
  }
}

class MeanPoints {
  constructor(id, each) {
    this.id = id;
    this.row = each.reduce((longest, { row }) => (row.length > longest.length ? row : longest), []);
    const raw = figures("mean", this.row, each);
    this.mean = raw.mean;
    this.deviation = raw.deviation;
    const smooth = figures("smooth", this.row, each);
    this.smooth = smooth.mean;
    this.smoothDeviation = smooth.deviation;
    this.low = this.mean; // of the mean there is only one value a row
    this.isCoarse = false;
  }

  raw() {
    return { row: this.row, value: this.mean };
  }
}

/**
 * The runs of a mean of seeds, or the one run.
 * @param {import("./run_store.js").RunStore|SeedMean} unit
 * @returns {import("./run_store.js").RunStore[]}
 */
export function runsOf(unit) {
  return unit instanceof SeedMean ? unit.runs : [unit];
}

/** Mean and deviation at each row over the runs that got so far. */
function figures(field, row, each) {
  const columns = each.map((points) => atRows(points.row, points[field], row));
  const found = row.map((_, index) => spread(columns.map((column) => column[index])));
  return { mean: found.map((one) => one?.mean ?? null), deviation: found.map((one) => one?.deviation ?? null) };
}

/** The values of one grid of rows at the rows of another, on the line between neighbours; null outside. */
function atRows(rows, values, wanted) {
  if (rows.length === wanted.length && rows.at(-1) === wanted.at(-1)) return values;
  let at = 0;
  return wanted.map((row) => {
    while (at < rows.length - 1 && rows[at + 1] <= row) at += 1;
    if (row < rows[0] || row > rows.at(-1)) return null;
    const next = Math.min(at + 1, rows.length - 1);
    const part = next > at ? (row - rows[at]) / (rows[next] - rows[at]) : 0;
    return values[at] === null || values[next] === null ? values[at] : values[at] + part * (values[next] - values[at]);
  });
}
