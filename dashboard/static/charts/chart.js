// Drawing charts with Plotly under the budget: only in view, adding points while older ones stay as they are.

import { Unreachable, orSay, staticAddress } from "../base/api.js";
import { forgetRedraw, redrawNow, redrawSoon } from "./redraw_budget.js";
import { saveCsv, savePng } from "./chart_export.js";
import { CONFIG, chartLayout, isLogarithmic } from "./chart_layout.js";
import { button, element } from "../base/dom.js";
import { guarded } from "../base/guarded.js";
import { t } from "../base/texts.js";
import { growthsOf } from "./growth.js";
import { hasPart, seriesOf } from "./chart_series.js";
import { summary } from "./chart_summary.js";
import { withZeros } from "./log_zeros.js";

const RETELL = 15_000; // milliseconds between two changes of what a screen reader is told
let loading = null;

/** Load Plotly once, when the first chart comes into view. Raises Unreachable; the next call tries again. */
export function loadPlotly() {
  loading ??= new Promise((resolve, reject) => {
    const fail = () => ((loading = null), script.remove(), reject(new Unreachable(t("run.no_answer"))));
    const script = element("script", { src: staticAddress("plotly.min.js"), onload: resolve, onerror: fail });
    document.head.append(script);
  });
  return loading;
}

/**
 * Put charts on the page, each on its own: one that cannot be made is named in its place. They draw the runs of `view`
 * and keep themselves within the drawing budget.
 * @param {ChartSpec[]} specs
 * @param {(spec: ChartSpec) => HTMLElement} placeOf
 * @param {import("./chart_view.js").View} view
 * @param {{onSight?: () => void, onPick?: (iteration: number) => void}} [hooks] called when the chart comes into view,
 *     and with the iteration that was clicked
 * @returns {Chart[]} with `inView`, `names(run)`, `refresh(now)`, `point()` and `remove()`
 */
export function createCharts(specs, placeOf, view, hooks = {}) {
  return specs.flatMap((spec) => {
    const place = placeOf(spec).appendChild(element("span", {}));
    const chart = guarded(t(spec.title_key), place, () => new Chart(placeOf(spec), spec, view, hooks));
    place.remove();
    return chart ?? [];
  });
}

class Chart {
  constructor(container, spec, view, hooks) {
    this.spec = spec;
    this.view = view;
    this.hooks = hooks;
    this.inView = false;
    this.key = null;
    this.told = 0;
    this.plot = /** @type {PlotElement} */ (
      element("div", {
        class: "thaw-plot",
        role: "img",
        "aria-live": "off",
        "aria-label": t(spec.title_key),
      })
    );
    this.line = element("span", { class: "thaw-moment", "aria-hidden": "true", hidden: true });
    this.note = element("p", { class: "thaw-empty", hidden: true });
    this.frame = element("div", { class: "thaw-plot-frame" }, this.plot, this.line);
    this.figure = element(
      "figure",
      { class: "thaw-chart thaw-card", "data-chart": spec.name },
      this._heading(),
      this.note,
      this.frame,
      element("figcaption", {}, t(spec.help_key)),
    );
    this._guarded(this.line, () => this._stand());
    container.append(this.figure);
    this.sight = new IntersectionObserver((entries) => this._seen(entries.at(-1).isIntersecting), {
      rootMargin: "80px",
    });
    this.sight.observe(this.figure);
    this.size = new ResizeObserver(() => this.drawn && this.plot.clientWidth !== this.drawn.width && this.refresh());
    this.size.observe(this.plot);
  }

  /** The series of a run that must be loaded for this chart to be whole. */
  names(run) {
    return this._guarded(this.note, () => seriesOf(this.spec, run)) ?? [];
  }

  /** Ask for a redraw: when the budget allows, or now because a person did something. */
  refresh(now = false) {
    this._guarded(this.line, () => this._stand());
    if (!this.inView) return;
    if (now) redrawNow(this);
    else redrawSoon(this);
  }

  /** Mark the moment of the view with a line that lies over the drawing: moving it costs no redraw. */
  point() {
    const { moment } = this.view;
    const { xaxis, yaxis } = this.plot._fullLayout ?? {};
    const known = xaxis && moment !== null && this.spec.x !== "sample" && !this.plot.hidden;
    const [from, to] = known ? xaxis.range : [];
    const share = known ? (this.view.axis().at(moment) - from) / (to - from) : NaN;
    this.line.hidden = !(share >= 0 && share <= 1);
    if (this.line.hidden) return;
    const style = { left: xaxis._offset + share * xaxis._length, top: yaxis._offset, height: yaxis._length };
    for (const [name, pixels] of Object.entries(style)) this.line.style[name] = `${pixels}px`;
  }

  /** Charts that most runs have nothing for stand on the page only where there is something. */
  _stand() {
    this.figure.hidden = this.spec.optional && !this.view.runs.some((run) => hasPart(this.spec, run));
  }

  remove() {
    forgetRedraw(this);
    this.sight.disconnect();
    this.size.disconnect();
    if (this.drawn) window.Plotly.purge(this.plot);
    this.figure.remove();
  }

  /** Draw what is known now. Called by the budget. */
  draw() {
    this._guarded(this.frame, () => this._draw());
  }

  /** A chart that fails says so, where that belongs; the others go on. */
  _guarded(place, action) {
    return guarded(t(this.spec.title_key), place, action);
  }

  _draw() {
    if (!this.plot.isConnected || !this.inView) return;
    if (!window.Plotly) return void orSay(() => loadPlotly().then(() => this.refresh()));
    const built = this.view.build(this.spec);
    const { traces, foot } = isLogarithmic(this.spec) ? withZeros(built.traces) : { traces: built.traces, foot: null };
    const note = this._note(traces);
    this.note.hidden = !note;
    this.note.textContent = note;
    this.plot.hidden = Boolean(note);
    this.point();
    if (note || !this.plot.clientWidth) return;
    this.unzoom.hidden = !this.view.isZoomed && !this._ownRange();
    const place = {
      width: this.plot.clientWidth,
      height: this.plot.clientHeight,
      foot,
      second: traces.some((trace) => trace.yaxis === "y2"),
      negative: this.spec.kind === "stack" && traces.some((trace) => !trace.stackgroup),
    };
    const layout = chartLayout(this.spec, this.view, place);
    const whole = [
      built.key,
      foot,
      traces.map(({ customdata }) => Number(Boolean(customdata))).join(""), // a first zero among a line's values
      traces.length,
      place.width,
      place.height,
      isLogarithmic(this.spec),
      this._ownRange(),
    ].join("|");
    if (this.drawn && whole === this.key) this._extend(traces, layout);
    else this._react(traces, layout, whole);
    this._tell();
  }

  _react(traces, layout, key) {
    const first = !this.drawn;
    this.key = key;
    this.drawn = { width: layout.width };
    window.Plotly.react(this.plot, traces, layout, CONFIG);
    if (first) this._listen();
  }

  /** Add the points that are new. Older ones are the same as long as the key is: see buildTraces. */
  _extend(traces, layout) {
    const growths = growthsOf(this.plot.data, traces);
    const moved = JSON.stringify([layout.xaxis.range, layout.shapes]);
    if (!growths.length && moved === this.drawn.moved) return;
    this.drawn.moved = moved;
    const { shapes, annotations, xaxis } = layout;
    // Set in place: extendTraces draws the layout anew as well, so that both cost one redraw.
    Object.assign(this.plot.layout, { shapes, annotations });
    if (xaxis.range) Object.assign(this.plot.layout.xaxis, { range: [...xaxis.range], autorange: false });
    for (const { update, indices } of growths) window.Plotly.extendTraces(this.plot, update, indices);
    if (!growths.length) window.Plotly.redraw(this.plot);
  }

  _listen() {
    this.plot.on("plotly_afterplot", () => this.point());
    this.point();
    this.plot.on("plotly_relayout", (change) => this._zoomed(change));
    this.plot.on("plotly_doubleclick", () => this.view.unzoom());
    this.plot.on("plotly_click", ({ points }) => {
      if (this.spec.x === "iteration") this.hooks.onPick?.(Math.round(this.view.axis().done(points[0].x)));
    });
  }

  /** A person dragged a window: zoom every chart that shares the axis, and this one vertically. */
  _zoomed(change) {
    const range = (axis) =>
      change[`${axis}.range`] ??
      (`${axis}.range[0]` in change ? [change[`${axis}.range[0]`], change[`${axis}.range[1]`]] : null);
    const [across, up] = [range("xaxis"), range("yaxis")];
    if (up) this.view.zoomHeight(this.spec.name, up);
    if (across && this.spec.x === "sample") this.view.zoomHeight(`${this.spec.name} x`, across);
    else if (across) this.view.zoom(across);
  }

  _ownRange() {
    const { heights } = this.view;
    return [heights[this.spec.name], heights[`${this.spec.name} x`]].filter(Boolean).join(" ");
  }

  _seen(inView) {
    this.inView = inView;
    if (!inView) return;
    this.hooks.onSight?.();
    this.refresh();
  }

  /** Why there is nothing to draw, in a sentence; empty if there is. */
  _note(traces) {
    const { spec, view } = this;
    const names = view.runs.flatMap((run) => this.names(run).filter((name) => name.startsWith("share.")));
    if (spec.kind === "stack" && view.runs.some((run) => run.rows) && names.length < 2)
      return t("chart.shares.one_term");
    const least = spec.x === "sample" ? 2 : 1; // one sample is no history
    if (!traces.some((trace) => trace.x.length >= least))
      return t(view.runs.some((run) => run.isActive) ? "chart.waiting" : "chart.empty");
    return "";
  }

  _tell() {
    if (performance.now() - this.told < RETELL && this.told) return;
    this.told = performance.now();
    this.plot.setAttribute("aria-label", `${t(this.spec.title_key)}. ${summary(this.spec, this.view)}`);
  }

  _heading() {
    const small = (label, name, action) =>
      button(label, { name, kind: "quiet small", action, title: t(`chart.save_${label.toLowerCase()}`) });
    this.unzoom = button(t("chart.unzoom"), { name: "zoom", kind: "quiet small", action: () => this.view.unzoom() });
    this.unzoom.hidden = true;
    return element(
      "header",
      {},
      element("h3", {}, t(this.spec.title_key)),
      this.unzoom,
      small("PNG", "image", () => savePng(this)),
      small("CSV", "table", () => saveCsv(this)),
    );
  }
}
