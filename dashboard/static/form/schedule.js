// The learning rates of a form before it trains, from the function that trains, and what is in the optimizer's groups.

import { termColour, themeColour } from "../base/colours.js";
import { element } from "../base/dom.js";
import { decimal, significant } from "../base/format.js";
import { Asker } from "./newest_answer.js";
import { Plot } from "./small_chart.js";
import { plain } from "../charts/trace.js";
import { partsInWords } from "../data/stage_words.js";
import { t } from "../base/texts.js";

const POINTS = 400;
const MOST_WIDENED = 3;
/** Settings that rates do not depend on. */
const STILL = ["label", "seed", "seeds", "group", "reference", "augmentations", "device", "threads"];

/** The curve and the groups inside the section of the optimizer. */
export class Schedule {
  /** @param {() => void} again called when the form must be drawn anew */
  constructor(again) {
    this.asker = new Asker("schedule", again);
    this.shown = "";
  }

  draw(container, config, isOpen) {
    if (!container) return;
    if (isOpen && config) this.asker.want({ config: reduced(config), points: POINTS });
    else if (!isOpen) this.asker.want(null);
    if (!isOpen) return;
    const { answer, isFresh } = this.asker;
    const what = JSON.stringify([answer?.key, isFresh, Boolean(config), themeColour("card")]);
    if (what === this.shown && container.firstChild) return;
    this.shown = what;
    container.replaceChildren(this._whole(answer, isFresh, config));
    if (answer?.result) this.plot.show(traces(answer.result), layout(answer.result));
  }

  _whole(answer, isFresh, config) {
    this.plot = new Plot(answer?.result ? summary(answer.result) : t("trial.schedule.title"));
    const node = element(
      "section",
      {
        class: "thaw thaw-rates",
        "aria-busy": String(Boolean(config) && !isFresh),
        "aria-label": t("trial.schedule.title"),
      },
      element("h3", {}, t("trial.schedule.title")),
    );
    if (!answer)
      node.append(element("p", { class: "thaw-empty" }, t(config ? "trial.schedule.waiting" : "trial.blocked")));
    else if (answer.error) node.append(element("p", { class: "thaw-fault" }, answer.error));
    else node.append(this.plot.node, element("p", { class: "thaw-help" }, help(answer.result)), groups(answer.result));
    return node;
  }
}

function reduced(config) {
  return Object.fromEntries(Object.entries(config).filter(([name]) => !STILL.includes(name)));
}

/** Parts with the same rates wherever they train share a line. */
function lines({ rates }) {
  const found = [];
  for (const [part, values] of Object.entries(rates)) {
    const same = found.find((line) => String(line.values) === String(values));
    if (same) same.parts.push(part);
    else if (values.some((value) => value !== null)) found.push({ parts: [part], values });
  }
  return found.map(({ parts, values }) => ({ name: partsInWords(parts, Object.keys(rates)), values }));
}

function traces(result) {
  const x = result.iterations.map((iteration) => iteration / result.steps_per_epoch);
  const found = lines(result);
  // So that a line shows under one that covers it.
  const widen = (index) => Math.min(MOST_WIDENED, found.length - 1 - index);
  return found.map(({ name, values }, index) => ({
    type: "scatter",
    mode: values.filter((value) => value !== null).length > 1 ? "lines" : "markers",
    name: plain(name),
    x,
    y: values,
    line: { color: termColour(index), width: 1.75 + 2 * widen(index) },
    hovertemplate: "%{y:.3~g}",
  }));
}

function layout({ stages, steps_per_epoch: steps, iterations }) {
  const colour = themeColour("line-strong");
  const bounds = stages.slice(1).map((begin) => begin / steps);
  const shapes = bounds.map((x) => ({
    type: "line",
    xref: "x",
    yref: "paper",
    x0: x,
    x1: x,
    y0: 0,
    y1: 1,
    line: { color: colour, width: 1, dash: "dot" },
  }));
  const annotations = bounds.map((x, index) => ({
    xref: "x",
    yref: "paper",
    x,
    y: 1,
    xanchor: "left",
    yanchor: "top",
    showarrow: false,
    text: plain(t("train.stage.number", { number: index + 2 })),
    font: { size: 10.5 },
  }));
  return {
    shapes,
    annotations,
    xaxis: { title: { text: t("chart.axis.epoch"), standoff: 4 }, range: [0, (iterations.at(-1) + 1) / steps] },
    yaxis: { rangemode: "tozero", tickformat: "~g" },
  };
}

function help({ exact, steps_per_epoch: steps }) {
  return t(exact ? "trial.schedule.help" : "trial.schedule.assumed", { steps: decimal(steps) });
}

function summary(result) {
  const sentences = lines(result).map(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    return t("chart.summary", {
      name,
      first: significant(known[0], 3),
      last: significant(known.at(-1), 3),
      low: significant(Math.min(...known), 3),
      high: significant(Math.max(...known), 3),
    });
  });
  return [t("trial.schedule.title"), ...sentences].join(" ");
}

/** The optimizer's groups, stage by stage: whose weights decay, whose do not, and how many they are. */
function groups({ groups: stages }) {
  const one = (rows, index) =>
    element(
      "details",
      { class: "thaw-groups" },
      element("summary", {}, told(rows, stages.length > 1 ? t("train.stage.number", { number: index + 1 }) : "")),
      element("div", { class: "thaw-scroll", tabindex: 0 }, table(rows)),
    );
  return element("div", {}, element("h4", {}, t("trial.groups.title")), ...stages.map(one));
}

function told(rows, stage) {
  const count = (chosen) => decimal(chosen.reduce((sum, { parameters }) => sum + parameters, 0));
  const [decaying, spared] = [rows.filter((row) => row.weight_decay), rows.filter((row) => !row.weight_decay)];
  const key = !spared.length ? "all_decay" : !decaying.length ? "none_decays" : "some_decay";
  const words = t(`trial.groups.${key}`, {
    groups: rows.length,
    decay: significant(decaying[0]?.weight_decay ?? 0, 3),
    on: count(decaying),
    off: count(spared),
  });
  return [stage, words].filter(Boolean).join(" · ");
}

function table(rows) {
  const head = ["part", "rate", "decay", "tensors", "parameters"].map((name) =>
    element("th", { scope: "col" }, t(`trial.groups.${name}`)),
  );
  const body = rows.map((row) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, row.part),
      element("td", {}, significant(row.rate, 3)),
      element("td", {}, row.weight_decay ? significant(row.weight_decay, 3) : t("trial.groups.off")),
      element("td", {}, decimal(row.tensors)),
      element("td", {}, decimal(row.parameters)),
    ),
  );
  return element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...body));
}
