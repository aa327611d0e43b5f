// A small chart inside the form. Unlike those of a run it is drawn once, and again when something changes.

import { orSay } from "../base/api.js";
import { loadPlotly } from "../charts/chart.js";
import { CONFIG } from "../charts/chart_layout.js";
import { themeColour } from "../base/colours.js";
import { element } from "../base/dom.js";

/** A chart in a node of its own, `node`, which may be put on the page before there is anything to draw. */
export class Plot {
  /** @param {string} words what it shows, for those who do not see it */
  constructor(words) {
    this.node = /** @type {PlotElement} */ (
      element("div", { class: "thaw-plot thaw-form-plot", role: "img", "aria-label": words })
    );
    this.watch = new ResizeObserver(() => this.width !== this.node.clientWidth && this._draw());
    this.watch.observe(this.node);
  }

  /** Draw these traces of Plotly; layout holds what is not common to all charts of the form. */
  show(traces, layout) {
    this.traces = traces;
    this.layout = layout;
    return this._draw();
  }

  async _draw() {
    if (!this.traces || !this.node.clientWidth) return;
    if (!(await orSay(loadPlotly))) return;
    this.width = this.node.clientWidth;
    const line = themeColour("line");
    const axis = { gridcolor: line, zerolinecolor: line, linecolor: line, tickcolor: line, automargin: true };
    const { xaxis, yaxis, ...more } = this.layout;
    window.Plotly.react(
      this.node,
      this.traces.map((trace) => ({ ...trace })),
      {
        width: this.width,
        height: this.node.clientHeight,
        margin: { l: 54, r: 12, t: 26, b: 38 },
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)",
        hovermode: "x unified",
        dragmode: false,
        font: { family: themeColour("font"), size: 11, color: themeColour("text-muted") },
        hoverlabel: { bgcolor: themeColour("card"), bordercolor: line, font: { color: themeColour("text"), size: 12 } },
        legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom", font: { size: 11 } },
        showlegend: true,
        xaxis: { ...axis, showgrid: false, ticks: "outside", ticklen: 4, fixedrange: true, ...xaxis },
        yaxis: { ...axis, zeroline: false, nticks: 6, fixedrange: true, ...yaxis },
        ...more,
      },
      CONFIG,
    );
  }
}
