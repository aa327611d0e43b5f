// How a chart is laid out: axes, margins, the theme's colours. No data but where the axes begin and end.

import { themeColour } from "../base/colours.js";
import { t } from "../base/texts.js";
import { preference } from "../base/preferences.js";

const MARGIN = { l: 50, r: 10, t: 24, b: 38 };
const RIGHT_AXIS = 44; // pixels that a second axis needs

/** Plotly's settings that are the same for every chart; nothing of Plotly's own toolbar is shown. */
export const CONFIG = { displayModeBar: false, responsive: false, doubleClick: false, showTips: false };

/**
 * Whether the vertical axis of this chart is logarithmic now.
 * @param {ChartSpec} spec
 */
export function isLogarithmic(spec) {
  return spec.logarithmic && preference("logarithmic");
}

/**
 * The layout of a chart.
 * @param {ChartSpec} spec
 * @param {import("./chart_view.js").View} view
 * @param {{width: number, height: number, foot: number|null, second: boolean, negative: boolean}} place size in
 *     pixels; where zero is drawn on a logarithmic axis; whether something is on the right axis; whether a share is
 *     negative, so that the whole is no longer 0 to 100 %
 */
export function chartLayout(spec, view, { width, height, foot, second, negative }) {
  const line = themeColour("line");
  const quiet = { gridcolor: line, zerolinecolor: line, linecolor: line, tickcolor: line, automargin: false };
  const range = view.range();
  const margin = { ...MARGIN, r: second ? RIGHT_AXIS : MARGIN.r };
  const marks = spec.x === "sample" ? { shapes: [], annotations: [] } : view.marks(range, width - margin.l - margin.r);
  return {
    width,
    height,
    margin,
    ...marks,
    annotations: [...marks.annotations, ...(foot === null ? [] : [zeroMark(foot)])],
    uirevision: "kept", // lines switched off in the legend stay off
    paper_bgcolor: themeColour("card"),
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: themeColour("font"), size: 11, color: themeColour("text-muted") },
    separators: ".,",
    hovermode: "x unified",
    hoverlabel: { bgcolor: themeColour("card"), bordercolor: line, font: { color: themeColour("text"), size: 12 } },
    dragmode: "zoom",
    showlegend: view.legend,
    legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom", font: { size: 11 }, bgcolor: "rgba(0,0,0,0)" },
    xaxis: { ...quiet, ...horizontal(spec, view, range), showgrid: false, ticks: "outside", ticklen: 4 },
    yaxis: { ...quiet, ...vertical(spec, view, negative), zeroline: false, nticks: 6 },
    yaxis2: {
      ...quiet,
      overlaying: "y",
      side: "right",
      showgrid: false,
      rangemode: "tozero",
      nticks: 6,
      tickmode: "auto",
      tickformat: spec.right_unit === "%" ? "~g" : "~s",
      visible: second,
      ticksuffix: spec.right_unit === "%" ? " %" : "",
    },
  };
}

function horizontal(spec, view, range) {
  if (spec.x === "sample") {
    return {
      title: axisTitle(t("chart.axis.minutes_on")),
      rangemode: "tozero",
      ...kept(view.heights[`${spec.name} x`]),
    };
  }
  const title = view.axis().title;
  return {
    title: axisTitle(title),
    range,
    autorange: false,
    hoverformat: view.axis().mode === "iteration" ? ",d" : ".2f",
    unifiedhovertitle: { text: `${title} %{x}` },
  };
}

function vertical(spec, view, negative) {
  const logarithmic = isLogarithmic(spec);
  const absolute = spec.kind === "stack" && preference("absoluteShares");
  const whole = spec.kind === "classes" || (spec.kind === "stack" && !absolute && !negative);
  const fromZero = { rangemode: spec.unit && !logarithmic && !view.isZoomed ? "tozero" : "normal" };
  const free = whole ? { range: [0, 100], autorange: false } : { autorange: true, ...fromZero };
  const format = logarithmic ? { type: "log", dtick: "D2", tickformat: "~g" } : { type: "linear", tickformat: "~g" };
  const ticksuffix = spec.unit === "%" && !absolute ? " %" : "";
  return { ...format, ...free, ticksuffix, ...kept(view.heights[spec.name]) };
}

/** The 0 beside the place where zero is drawn. */
function zeroMark(foot) {
  const place = { xref: "paper", x: 0, xanchor: "right", yref: "y", y: Math.log10(foot) };
  return { ...place, text: "0", showarrow: false, font: { size: 11 } };
}

function kept(range) {
  return range ? { range, autorange: false } : {};
}

function axisTitle(text) {
  return { text, standoff: 4, font: { size: 11 } };
}
