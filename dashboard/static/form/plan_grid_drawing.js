// The freeze plan as a grid: a row for each part, a column for each stage as wide as the stage is long. What happens
// when it is used is done by plan_grid_input.js.

import { decimal, significant } from "../base/format.js";
import { icon } from "../base/templates.js";
import { t } from "../base/texts.js";
import { repeat } from "../vendor/directives/repeat.js";
import { html, nothing } from "../vendor/lit-html.js";
import { trains } from "./plan_changes.js";

const NARROWEST = 52; // pixels of a column, so that its cells can be hit
const LONGEST = 100_000; // epochs of a stage

/** @typedef {import("../vendor/lit-html.js").TemplateResult} Template */
/**
 * @typedef {Object} Plan
 * @property {string[]} parts of the model
 * @property {FormStage[]} stages
 * @property {Object[]} rates for each stage, by part
 * @property {Map<string, number>} sizes parameters by part, where they are known
 * @property {{stage: number, part: string|null, key: string, message: string}[]} faults of the stages
 * @property {string[]|null} measured what each stage needs
 * @property {number} selected the stage
 * @property {string} tabStop key of the cell that Tab reaches
 */

/**
 * The grid of a plan.
 * @param {Plan} plan
 * @returns {Template}
 */
export function planGrid(plan) {
  const trained = new Set(plan.stages.flatMap(({ train }) => train ?? []));
  const unknown = [...trained].filter((name) => name !== "all" && !plan.parts.includes(name));
  const names = [...plan.parts, ...unknown];
  const keys = names.flatMap((part) => plan.stages.map((_, index) => cellKey(index, part)));
  const tabStop = keys.includes(plan.tabStop) ? plan.tabStop : keys[0];
  const columns = columnsOf(plan.stages);
  const width = `calc(var(--names) + ${plan.stages.length * (NARROWEST + 2)}px + 12px)`;
  return html`
    <div class="thaw-plan-scroll">
      <div
        class="thaw-plan-grid"
        role="grid"
        aria-label=${t("train.section.plan")}
        aria-describedby="thaw-plan-help"
        style="min-width: ${width}"
      >
        ${head(plan, columns)}
        ${repeat(
          names,
          (part) => part,
          (part) => partRow({ ...plan, tabStop }, part, columns, unknown.includes(part)),
        )}
        ${borders(plan, columns)}
      </div>
    </div>
  `;
}

/** The columns' widths as CSS. */
function columnsOf(stages) {
  return stages.map(({ epochs }) => `minmax(${NARROWEST}px, ${Math.max(1, epochs || 1)}fr)`).join(" ");
}

function cellKey(index, part) {
  return `${index}/${part}`;
}

function head(plan, columns) {
  const cells = plan.stages.map((stage, index) => heading(plan, stage, index));
  return row(html`<span role="columnheader"></span>`, cells, columns, "head");
}

function heading(plan, stage, index) {
  const title = stage.title || t("train.stage.number", { number: index + 1 });
  const lines = [inWords(stage), trainable(plan, stage), plan.measured?.[index]].filter(Boolean);
  const isFaulty = plan.faults.some((fault) => fault.stage === index);
  const kind = words(index === plan.selected && "selected", isFaulty && "faulty");
  return html`
    <span role="columnheader" class=${kind} data-stage=${index} title=${[title, ...lines].join(" · ")}>
      <b>${isFaulty ? icon("warning") : nothing}${title}</b>
      ${lines.map((line) => html`<small>${line}</small>`)}
    </span>
  `;
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

function partRow(plan, part, columns, isUnknown) {
  const small = isUnknown ? t("train.timeline.unknown") : plan.sizes.has(part) ? decimal(plan.sizes.get(part)) : "";
  const name = html`
    <span role="rowheader" class=${words(isUnknown && "faulty")} title=${[part, small].filter(Boolean).join(" · ")}>
      <b>${part}</b>
      ${small ? html`<small>${small}</small>` : nothing}
    </span>
  `;
  const cells = plan.stages.map((stage, index) => cell(plan, part, stage, index, isUnknown));
  return row(name, cells, columns);
}

function cell(plan, part, stage, index, isUnknown) {
  const isOn = trains(part, stage) && !(isUnknown && !(stage.train ?? []).includes(part));
  const word = t(isOn ? "train.timeline.training" : "train.timeline.frozen");
  const rate = isOn && !isUnknown ? plan.rates[index]?.[part] : undefined;
  const values = { part, stage: index + 1, word, rate: rate === undefined ? "" : shortRate(rate) };
  const faults = plan.faults.filter(
    (fault) => fault.stage === index && (fault.part === part || (!fault.part && fault.key === "train" && !isOn)),
  );
  const key = cellKey(index, part);
  const label = t(rate === undefined ? "train.timeline.cell" : "train.timeline.cell_rate", values);
  return html`
    <span
      role="gridcell"
      class=${words(isOn ? "training" : "frozen", index === plan.selected && "selected", faults.length && "faulty")}
      tabindex=${key === plan.tabStop ? 0 : -1}
      data-part=${part}
      data-stage=${index}
      data-key=${key}
      aria-selected=${isOn}
      aria-label=${[label, ...faults.map(({ message }) => message)].join(". ")}
      title=${label}
    >
      ${icon(isOn ? "flame" : "snowflake")}${rate === undefined ? nothing : rateButton(values)}
    </span>
  `;
}

/** A rate as people write it: 0.003, 1e-5. */
function shortRate(rate) {
  return significant(rate, 3).replace(/\.?0*e/, "e");
}

function rateButton({ part, stage, rate }) {
  const title = t("train.timeline.rate_edit", { part, stage });
  return html`<button type="button" class="thaw-plan-rate" tabindex="-1" title=${title} aria-hidden="true"
    >${rate}</button
  >`;
}

function row(name, cells, columns, kind = "") {
  return html`
    <div class=${words("thaw-plan-row", kind)} role="row">
      ${name}
      <div class="thaw-plan-cells" role="presentation" style="grid-template-columns: ${columns}">${cells}</div>
    </div>
  `;
}

/** A handle at the end of each stage, over all rows. */
function borders({ stages }, columns) {
  return html`
    <div class="thaw-plan-borders" style="grid-template-columns: ${columns}">
      ${stages.map((stage, index) => html`<i>${border(stage, stages[index + 1], index)}</i>`)}
    </div>
  `;
}

function border(stage, next, index) {
  const [label, now] = next
    ? [
        t("train.timeline.border", { left: index + 1, right: index + 2 }),
        t("train.timeline.border_value", { left: stage.epochs, right: next.epochs }),
      ]
    : [t("train.timeline.end", { stage: index + 1 }), t("train.timeline.end_value", { count: stage.epochs })];
  return html`
    <span
      role="separator"
      tabindex="0"
      aria-orientation="vertical"
      data-border=${index}
      data-key="border/${index}"
      aria-label=${label}
      aria-valuenow=${stage.epochs}
      aria-valuemin="1"
      aria-valuemax=${next ? stage.epochs + next.epochs - 1 : LONGEST}
      aria-valuetext=${now}
      title="${label}: ${now}"
    ></span>
  `;
}

/** The words that are there, as the value of a class. */
function words(...all) {
  return all.filter(Boolean).join(" ");
}
