// What the charts of one screen look at together: the runs, and the stretch of them that is zoomed into.

import { Axis } from "../data/axis.js";
import { preference } from "../base/preferences.js";
import { stageMarks } from "./stage_marks.js";
import { buildTraces } from "./traces.js";

/** The runs drawn on a screen and their common zoom, which survives a reload of the tab. */
export class View {
  /** @param {import("../data/run_store.js").RunStore[]} runs the first says what a zoom means when the axis changes */
  constructor(runs) {
    this.runs = runs;
    this.place = `thaw.zoom.${runs.map((run) => run.id).join(",")}`;
    const kept = JSON.parse(sessionStorage.getItem(this.place) ?? "{}");
    this.span = kept.span ?? null; // [from, to] in iterations done of the first run; null: everything
    this.heights = kept.heights ?? {}; // vertical zoom of each chart, by name
    this.moment = null; // iteration that the film shows, marked in the charts; null: none
    this.listeners = new Set();
    this.legend = true; // whether each chart has one of its own
  }

  /** Whether lines must say whose they are. */
  get several() {
    return this.runs.length > 1;
  }

  /** The traces of a chart: see buildTraces. */
  build(spec) {
    return buildTraces(spec, this);
  }

  /** Shapes and labels over every chart: the stages of the run. */
  marks(range, width) {
    return stageMarks(this.runs[0], this.axis(), range, width);
  }

  /** The ruler of a run, as the reader likes it. */
  axis(run = /** @type {ChartRun} */ (this.runs[0])) {
    return new Axis(preference("axis"), run);
  }

  /** The range of the axis that is shown: the zoom, else from the start to where the longest run stands. */
  range() {
    if (this.span) return this.span.map((done) => this.axis().at(done));
    const ends = this.runs.map((run) => this.axis(run).at(run.rows));
    return [0, Math.max(...ends) || 1];
  }

  get isZoomed() {
    return this.span !== null;
  }

  /** Zoom all charts to a range of the axis; null shows everything. */
  zoom(range) {
    this.span = range ? range.map((place) => this.axis().done(place)) : null;
    this.keep();
  }

  /** Zoom one chart vertically; null lets it fit what is shown. */
  zoomHeight(chart, range) {
    if (range) this.heights[chart] = range;
    else delete this.heights[chart];
    this.keep();
  }

  unzoom() {
    this.heights = {};
    this.zoom(null);
  }

  /** Ask each run for the points of the window that is shown. */
  aim() {
    const range = this.range();
    for (const run of this.runs) {
      const axis = this.axis(run);
      if (this.span) run.zoom(axis.done(range[0]), axis.done(range[1]));
      else run.unzoom();
    }
  }

  keep() {
    sessionStorage.setItem(this.place, JSON.stringify({ span: this.span, heights: this.heights }));
    this.aim();
    for (const listener of this.listeners) listener();
  }
}
