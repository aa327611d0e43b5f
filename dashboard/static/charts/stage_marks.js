// The freeze plan on the charts: bands behind the curves, a line at each boundary, words for what thawed.

import { faint, themeColour } from "../base/colours.js";
import { t } from "../base/texts.js";
import { rateInWords, stageChange } from "../data/stage_words.js";
import { plain } from "./trace.js";

const SNOWFLAKE = "\u2744\uFE0E"; // the text form, not the coloured picture

/**
 * Shapes and labels of the stages and resumes for one chart.
 * @param {ChartRun} run
 * @param {import("../data/axis.js").Axis} axis
 * @param {[number, number]} range what the axis shows
 * @param {number} width pixels of the drawing, to leave out labels that have no room
 * @returns {{shapes: Object[], annotations: Object[]}}
 */
export function stageMarks(run, axis, range, width) {
  const marks = { shapes: [], annotations: [] };
  const all = run.parts;
  run.stages.forEach((stage, index) => {
    if (!(run.rows > stage.begins || index === 0)) return; // not begun: nothing to mark yet
    const from = axis.at(stage.begins);
    const to = Math.min(axis.at(Math.min(stage.ends, run.rows)), range[1]);
    if (run.stages.length > 1) marks.shapes.push(band(from, to, stage, all, run, index));
    if (index > 0) marks.shapes.push(boundary(from, "dash", themeColour("text-muted")));
    const room = ((to - Math.max(from, range[0])) / (range[1] - range[0])) * width;
    if (to > range[0] && from < range[1] && run.stages.length > 1) {
      const left = Math.max(from, range[0]);
      const rates = rateAtTheStart(run, index) ?? stage.learning_rate; // it may have been changed since
      const words = stageChange({ ...stage, learning_rate: rates }, run.stages[index - 1], all);
      marks.annotations.push(stageLabel(left, index, words, stage, all, room));
    }
  });
  let free = range[0]; // from where on there is room for a label
  for (const { at, words } of eventsByPlace(run, axis)) {
    marks.shapes.push(boundary(at, "dot", themeColour("accent")));
    if (at < range[0] || at > range[1]) continue;
    const whole = words.join(" · ");
    const short = at < free ? "" : words.length > 1 ? `${words[0]} · …` : words[0];
    marks.annotations.push({ ...label(at, 0.06, short), hovertext: plain(whole) });
    if (short) free = at + ((short.length * 5.6 + 8) / width) * (range[1] - range[0]);
  }
  return marks;
}

/** What happened at each place of the axis, from left to right. */
function eventsByPlace(run, axis) {
  const places = new Map();
  for (const event of run.events) {
    const words = eventMark(event);
    if (words) places.set(event.iteration, [...(places.get(event.iteration) ?? []), words]);
  }
  return [...places].map(([iteration, words]) => ({ at: axis.at(iteration), words })).sort((a, b) => a.at - b.at);
}

/** The rates with which a stage began, by part. */
function rateAtTheStart(run, index) {
  return run.events.findLast(({ kind, values }) => kind === "stage_began" && values?.stage === index)?.values
    .learning_rate;
}

/**
 * What an event is called where it happened in a chart: a resume, or a change of the plan; others have no mark.
 * @param {RunEvent} event
 */
function eventMark({ kind, values = {} }) {
  if (kind === "resumed") return t("chart.resumed");
  if (kind !== "edit") return "";
  if (values.what === "learning_rate")
    return t("run.plan.edited_rate", { stage: values.stage, rate: rateInWords(values.value) });
  return values.what === "epochs" ? t("run.plan.edited_epochs", { stage: values.stage, count: values.value }) : "";
}

function band(from, to, stage, all, run, index) {
  const frozen = (stage.train ?? []).length < all.length;
  const now = run.isActive && run.status.stage === index;
  const fillcolor = faint(themeColour(frozen ? "ice" : "warm"), now ? 0.2 : 0.09);
  return {
    type: "rect",
    layer: "below",
    xref: "x",
    yref: "paper",
    x0: from,
    x1: to,
    y0: 0,
    y1: 1,
    fillcolor,
    line: { width: 0 },
  };
}

function boundary(at, dash, color) {
  return { type: "line", xref: "x", yref: "paper", x0: at, x1: at, y0: 0, y1: 1, line: { color, width: 1, dash } };
}

function stageLabel(at, index, words, stage, all, room) {
  const mark = (stage.train ?? []).length < all.length ? `${SNOWFLAKE} ` : "";
  const whole = `${mark}${words}`;
  const characters = Math.floor((room - 8) / 5.6); // of 10-pixel type
  const short = characters < 3 ? "" : characters >= whole.length ? whole : `${whole.slice(0, characters - 1)}…`;
  return { ...label(at, 1, short), hovertext: plain(t("run.plan.stage", { stage: index + 1, words })) };
}

function label(at, height, words) {
  return {
    x: at,
    y: height,
    xref: "x",
    yref: "paper",
    xanchor: "left",
    yanchor: height === 1 ? "top" : "bottom",
    text: plain(words),
    showarrow: false,
    xshift: 2,
    borderpad: 1,
    bgcolor: words ? faint(themeColour("card"), 0.7) : "rgba(0,0,0,0)",
    font: { size: 10, color: themeColour("text-muted") },
  };
}
