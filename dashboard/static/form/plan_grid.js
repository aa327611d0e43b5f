// The freeze plan as a grid: a row for each part, a column for each stage as wide as the stage is long. Builds nodes
// only; what happens when they are used is done by plan_editor.js.

import { element, icon } from "../base/dom.js";
import { decimal, significant } from "../base/format.js";
import { trains } from "./plan_changes.js";
import { t } from "../base/texts.js";

const NARROWEST = 52; // pixels of a column, so that its cells can be hit

/**
 * The columns' widths as CSS.
 * @param {FormStage[]} stages
 */
export function columnsOf(stages) {
  return stages.map(({ epochs }) => `minmax(${NARROWEST}px, ${Math.max(1, epochs || 1)}fr)`).join(" ");
}

/**
 * The grid of a plan.
 * @param {{parts: string[], stages: Object[], rates: Object[], sizes: Map, faults: Object[], measured: Object[]|null,
 *     selected: number}} plan sizes: parameters by part, where they are known; faults: {stage, part, key, message}
 */
export function gridOf(plan) {
  const columns = columnsOf(plan.stages);
  const unknown = [...new Set(plan.stages.flatMap(({ train }) => train ?? []))].filter(
    (name) => name !== "all" && !plan.parts.includes(name),
  );
  const rows = [...plan.parts, ...unknown].map((part) => row(plan, part, columns, unknown.includes(part)));
  const grid = element(
    "div",
    {
      class: "thaw-plan-grid",
      role: "grid",
      "aria-label": t("train.section.plan"),
      "aria-describedby": "thaw-plan-help",
    },
    head(plan, columns),
    ...rows,
    borders(plan, columns),
  );
  grid.style.minWidth = `calc(var(--names) + ${plan.stages.length * (NARROWEST + 2)}px + 12px)`;
  return element("div", { class: "thaw-plan-scroll" }, grid);
}

function head(plan, columns) {
  const cells = plan.stages.map((stage, index) => heading(plan, stage, index));
  return line(element("span", { role: "columnheader" }, ""), cells, columns, "head");
}

function heading(plan, stage, index) {
  const title = stage.title || t("train.stage.number", { number: index + 1 });
  const lines = [inWords(stage), trainable(plan, stage), plan.measured?.[index]].filter(Boolean);
  const faulty = plan.faults.some((fault) => fault.stage === index);
  const kind = [index === plan.selected ? "selected" : "", faulty ? "faulty" : ""].join(" ").trim();
  return element(
    "span",
    { role: "columnheader", class: kind, "data-stage": index, title: [title, ...lines].join(" · ") },
    element("b", {}, faulty ? icon("warning") : null, title),
    ...lines.map((words) => element("small", {}, words)),
  );
}

/**
 * How long a stage lasts, in words.
 * @param {{epochs: number}} stage
 */
export function inWords({ epochs }) {
  return t(epochs === 1 ? "train.timeline.epoch" : "train.timeline.epochs", { count: epochs ?? "–" });
}

function trainable(plan, stage) {
  if (!plan.sizes.size) return "";
  const count = plan.parts.reduce((sum, part) => sum + (trains(part, stage) ? (plan.sizes.get(part) ?? 0) : 0), 0);
  return t("train.timeline.trainable", { count: decimal(count) });
}

function row(plan, part, columns, isUnknown) {
  const small = isUnknown ? t("train.timeline.unknown") : plan.sizes.has(part) ? decimal(plan.sizes.get(part)) : "";
  const name = element(
    "span",
    { role: "rowheader", class: isUnknown ? "faulty" : "", title: [part, small].filter(Boolean).join(" · ") },
    element("b", {}, part),
    small ? element("small", {}, small) : null,
  );
  return line(
    name,
    plan.stages.map((stage, index) => cell(plan, part, stage, index, isUnknown)),
    columns,
  );
}

function cell(plan, part, stage, index, isUnknown) {
  const on = trains(part, stage) && !(isUnknown && !(stage.train ?? []).includes(part));
  const word = t(on ? "train.timeline.training" : "train.timeline.frozen");
  const rate = on && !isUnknown ? plan.rates[index]?.[part] : undefined;
  const told = { part, stage: index + 1, word, rate: rate === undefined ? "" : shortRate(rate) };
  const faults = plan.faults.filter(
    (fault) => fault.stage === index && (fault.part === part || (!fault.part && fault.key === "train" && !on)),
  );
  const kind = [on ? "training" : "frozen", index === plan.selected ? "selected" : "", faults.length ? "faulty" : ""]
    .join(" ")
    .trim();
  const label = t(rate === undefined ? "train.timeline.cell" : "train.timeline.cell_rate", told);
  return element(
    "span",
    {
      role: "gridcell",
      class: kind,
      tabindex: -1,
      "data-part": part,
      "data-stage": index,
      "data-key": `${index}/${part}`,
      "aria-selected": String(on),
      "aria-label": [label, ...faults.map(({ message }) => message)].join(". "),
      title: label,
    },
    icon(on ? "flame" : "snowflake"),
    rate === undefined ? null : rateButton(told),
  );
}

/** A rate as people write it: 0.003, 1e-5. */
function shortRate(rate) {
  return significant(rate, 3).replace(/\.?0*e/, "e");
}

function rateButton({ part, stage, rate }) {
  return element(
    "button",
    {
      type: "button",
      class: "thaw-plan-rate",
      tabindex: -1,
      title: t("train.timeline.rate_edit", { part, stage }),
      "aria-hidden": "true",
    },
    rate,
  );
}

function line(name, cells, columns, kind = "") {
  const box = element("div", { class: "thaw-plan-cells", role: "presentation" }, ...cells);
  box.style.gridTemplateColumns = columns;
  return element("div", { class: `thaw-plan-row ${kind}`.trim(), role: "row" }, name, box);
}

/** A handle at the end of each stage, over all rows. */
function borders(plan, columns) {
  const box = element(
    "div",
    { class: "thaw-plan-borders" },
    ...plan.stages.map((stage, index) => {
      const next = plan.stages[index + 1];
      const [label, now] = next
        ? [
            t("train.timeline.border", { left: index + 1, right: index + 2 }),
            t("train.timeline.border_value", { left: stage.epochs, right: next.epochs }),
          ]
        : [t("train.timeline.end", { stage: index + 1 }), t("train.timeline.end_value", { count: stage.epochs })];
      const most = next ? stage.epochs + next.epochs - 1 : 100_000;
      return element(
        "i",
        {},
        element("span", {
          role: "separator",
          tabindex: 0,
          "aria-orientation": "vertical",
          "data-border": index,
          "data-key": `border/${index}`,
          "aria-label": label,
          "aria-valuenow": stage.epochs,
          "aria-valuemin": 1,
          "aria-valuemax": most,
          "aria-valuetext": now,
          title: `${label}: ${now}`,
        }),
      );
    }),
  );
  box.style.gridTemplateColumns = columns;
  return box;
}
