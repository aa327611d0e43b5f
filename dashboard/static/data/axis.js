// The horizontal axis of a run's charts: iterations, fractional epochs or training time, all of them one ruler.

import { t } from "../base/texts.js";

const UNITS = [
  { seconds: 1, upto: 180, key: "chart.axis.seconds" },
  { seconds: 60, upto: 3 * 3600, key: "chart.axis.minutes" },
  { seconds: 3600, upto: Infinity, key: "chart.axis.hours" },
];

/** Where a run stands after so many iterations, and back. */
export class Axis {
  /**
   * @param {"iteration"|"epoch"|"time"} mode
   * @param {ChartRun} run
   */
  constructor(mode, run) {
    this.mode = mode;
    this.perEpoch = run.perEpoch;
    this.unit = UNITS[0];
    if (mode === "time") this._readClock(run);
  }

  /** The place on the axis of the moment when `done` iterations were complete. */
  at(done) {
    if (this.mode === "epoch") return done / this.perEpoch;
    if (this.mode === "time") return interpolate(this.dones, this.clock, done) / this.unit.seconds;
    return done;
  }

  /** How many iterations are complete at a place on the axis: the inverse of `at`. */
  done(place) {
    if (this.mode === "epoch") return place * this.perEpoch;
    if (this.mode === "time") return interpolate(this.clock, this.dones, place * this.unit.seconds);
    return place;
  }

  /** What stands under the axis. */
  get title() {
    return t(this.mode === "time" ? this.unit.key : `chart.axis.${this.mode}`);
  }

  _readClock(run) {
    this.dones = [0];
    this.clock = [0];
    const points = run.points("seconds", false);
    for (let index = 0; points && index < points.row.length; index += 1) {
      const done = points.row[index] + 1;
      const span = (points.mean[index] ?? 0) * (done - this.dones.at(-1)); // the mean times the rows: exact sums
      this.clock.push(this.clock.at(-1) + span);
      this.dones.push(done);
    }
    this.unit = UNITS.find((unit) => this.clock.at(-1) < unit.upto);
  }
}

/** The value at x of the line through (xs, ys), both rising; beyond its ends the line goes straight on. */
function interpolate(xs, ys, x) {
  if (xs.length < 2) return 0;
  let low = 0;
  let high = xs.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle] <= x) low = middle;
    else high = middle;
  }
  const width = xs[high] - xs[low];
  return width ? ys[low] + ((ys[high] - ys[low]) * (x - xs[low])) / width : ys[high];
}
