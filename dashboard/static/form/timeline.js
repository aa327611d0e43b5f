// The plan above the stages: the grid, what can be done with a stage, what is wrong, and what each stage needs.

import { element, toast } from "../base/dom.js";
import { buttonContent, icon } from "../base/templates.js";
import { t } from "../base/texts.js";
import { html, nothing, render } from "../vendor/lit-html.js";
import * as changes from "./plan_changes.js";
import { costInWords, costLine } from "./plan_cost.js";
import { handle } from "./plan_grid_input.js";
import { planGrid } from "./plan_grid_drawing.js";
import { History } from "./plan_history.js";

const history = new History();
const view = { selected: 0, tabStop: "", focused: null, dragged: null }; // dragged: the stages while a border moves
const node = element("div", { class: "thaw thaw-plan thaw-plan-edit" });
let plan = null; // what is drawn
let config = null; // that it is part of
/** @type {(stages: Object[]) => void} */
let restage;

/**
 * Draw the plan.
 * @param {Object} report what is known of the form
 * @param {Object} form the form as it stands; its stages may be newer than the report
 * @param {(stages: Object[]) => void} change called with new stages
 */
export function drawTimeline(report, form, change) {
  const container = document.getElementById("thaw-form-timeline");
  if (!container) return;
  if (!("epochs" in form)) history.see(form.stages);
  restage = change;
  config = report.config;
  plan = planOf(report, form);
  draw();
  if (!container.contains(node)) place(container);
}

/** Gradio has drawn a new place for the plan; what had the focus lost it with the old one. */
function place(container) {
  container.replaceChildren(node);
  if (document.activeElement === document.body) view.focused?.focus({ preventScroll: true });
}

/** A whole other form: its plan has no changes to take back. */
export function forgetPlans() {
  history.forget();
  Object.assign(view, { selected: 0, tabStop: "", focused: null });
}

function planOf({ parts, found, faults, stages: reported }, form) {
  const known = new Map(reported.map((stage) => [stage.id, stage])); // a total that is being typed is shared out
  const stages = form.stages.map((stage) => ({
    ...stage,
    epochs: ("epochs" in form && known.get(stage.id)?.epochs) || stage.epochs || 1,
  }));
  return {
    parts,
    stages,
    rates: stages.map(({ id }) => known.get(id)?.rates ?? {}),
    sizes: new Map((found?.parts ?? []).map(({ name, parameters }) => [name, parameters])),
    faults: faultsOf(faults, stages, parts),
    measured: costInWords(config),
  };
}

/** What is wrong, and where: the stage, the part where one is named, the setting. */
function faultsOf(faults, stages, parts) {
  return faults.flatMap(({ field, message }) => {
    const found = /^stages\.(\d+)(?:\.(\w+))?/.exec(field);
    if (!found) return [];
    const stage = Number(found[1]);
    const part =
      (stages[stage]?.train ?? []).find((name) => name !== "all" && !parts.includes(name) && message.includes(name)) ??
      null;
    return [{ stage, part, key: found[2] ?? "", message }];
  });
}

function draw() {
  view.selected = Math.min(view.selected, plan.stages.length - 1);
  const { selected, tabStop, dragged } = view;
  const shown = { ...plan, stages: dragged ?? plan.stages, selected, tabStop };
  render([planGrid(shown), key(), tools(), faultList(plan.faults), costLine(config)], node);
}

function key() {
  return html`
    <p class="thaw-plan-key" id="thaw-plan-help">
      <span class="training">${icon("flame")}${t("train.timeline.training")}</span>
      <span class="frozen">${icon("snowflake")}${t("train.timeline.frozen")}</span>
      <small>${t("train.timeline.help")}</small>
    </p>
  `;
}

function tools() {
  const { stages } = plan;
  const { selected } = view;
  const change = (what) => () => apply(what(plan.stages, view.selected));
  const add = () => (apply(changes.added(plan.stages, view.selected)), select(view.selected + 1));
  return html`
    <div class="thaw-plan-tools" role="toolbar" aria-label=${t("train.timeline.tools")}>
      <span>${t("train.timeline.selected", { stage: selected + 1 })}</span>
      ${tool("add", true, add)} ${tool("split", stages[selected].epochs > 1, change(changes.split))}
      ${tool("merge", selected < stages.length - 1, change(changes.merged))}
      ${tool("remove", stages.length > 1, change(changes.removed))} ${tool("undo", !history.isEmpty, undo)}
    </div>
  `;
}

function tool(word, isPossible, action) {
  return html`<button
    type="button"
    class="thaw-button small"
    ?disabled=${!isPossible}
    data-key="tool/${word}"
    data-plan=${word}
    @click=${action}
  >${buttonContent(t(`train.timeline.${word}`))}</button>`;
}

function faultList(faults) {
  if (!faults.length) return nothing;
  const line = ({ stage, message }) =>
    html`<li><b>${t("train.timeline.fault_at", { stage: stage + 1 })}</b> ${message}</li>`;
  return html`
    <ul class="thaw-plan-faults" aria-label=${t("train.timeline.faults")}>
      ${faults.map(line)}
    </ul>
  `;
}

/** New stages, shown at once; the form is drawn anew beneath. */
function apply(stages) {
  if (stages !== plan.stages) restage(stages);
}

function select(index) {
  view.selected = index;
  draw();
}

function undo() {
  if (history.isEmpty) return;
  const highest = Math.max(...plan.stages.map(({ id }) => id));
  restage(changes.renumbered(history.back(), highest + 1));
  toast(t("train.timeline.undone"));
}

handle({
  plan: () => plan,
  apply,
  undo,
  select,
  focus: (focused) => {
    view.focused = focused;
    const cell = focused?.closest("[role=gridcell]");
    if (cell) view.tabStop = cell.dataset.key;
  },
  drag: (stages) => {
    view.dragged = stages;
    draw();
  },
});
