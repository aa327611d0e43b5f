// The plan above the stages: the grid, what can be done with a stage, what is wrong, and what each stage needs.

import { button, element, icon, toast } from "../base/dom.js";
import * as changes from "./plan_changes.js";
import { handle, isBusy } from "./plan_editor.js";
import { costInWords, costLine, costState } from "./plan_cost.js";
import { gridOf } from "./plan_grid.js";
import { History } from "./plan_history.js";
import { t } from "../base/texts.js";

const history = new History();
const view = { selected: 0, focus: null, drawn: "" };
let newest = null; // what was drawn last: {parts, stages, rates, ...}
let restage = () => {};
let redraw = () => {};

/**
 * Draw the plan.
 * @param {Object} report what is known of the form
 * @param {Object} form the form as it stands; its stages may be newer than the report
 * @param {function(Object[])} change called with new stages
 */
export function drawTimeline(report, form, change) {
  const container = document.getElementById("thaw-form-timeline");
  if (!container) return;
  restage = change;
  redraw = () => drawTimeline(report, form, change);
  const { parts, found } = report;
  const total = new Map(report.stages.map((stage) => [stage.id, stage])); // a total that is being typed is shared out
  const stages = form.stages.map((stage) => ({
    ...stage,
    epochs: ("epochs" in form && total.get(stage.id)?.epochs) || stage.epochs || 1,
  }));
  if (!("epochs" in form)) history.see(form.stages);
  view.selected = Math.min(view.selected, stages.length - 1);
  const rates = stages.map(({ id }) => total.get(id)?.rates ?? {});
  const sizes = new Map((found?.parts ?? []).map(({ name, parameters }) => [name, parameters]));
  const plan = {
    parts,
    stages,
    rates,
    sizes,
    faults: faultsOf(report.faults, stages, parts),
    measured: costInWords(report.config),
    selected: view.selected,
  };
  newest = plan;
  const what = JSON.stringify([plan, [...sizes], history.isEmpty, costState(report.config)]);
  if (what === view.drawn && container.firstChild) return;
  if (isBusy() && container.firstChild) return; // it is drawn afterwards
  view.drawn = what;
  const key = container.contains(document.activeElement) ? document.activeElement.dataset.key : view.focus;
  container.replaceChildren(
    element(
      "div",
      { class: "thaw thaw-plan thaw-plan-edit" },
      gridOf(plan),
      keyOf(),
      tools(plan),
      faultList(plan),
      costLine(report.config),
    ),
  );
  const cells = [...container.querySelectorAll("[role=gridcell]")];
  const focused = key && container.querySelector(`[data-key="${CSS.escape(key)}"]`);
  ((focused?.role === "gridcell" && focused) || cells[0])?.setAttribute("tabindex", "0");
  if (focused && (!document.activeElement || document.activeElement === document.body))
    focused.focus({ preventScroll: true });
}

/** A whole other form: its plan has no changes to take back. */
export function forgetPlans() {
  history.forget();
  Object.assign(view, { selected: 0, focus: null });
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

function keyOf() {
  return element(
    "p",
    { class: "thaw-plan-key", id: "thaw-plan-help" },
    element("span", { class: "training" }, icon("flame"), t("train.timeline.training")),
    element("span", { class: "frozen" }, icon("snowflake"), t("train.timeline.frozen")),
    element("small", {}, t("train.timeline.help")),
  );
}

function tools({ stages, selected }) {
  const tool = (word, possible, action) =>
    button(t(`train.timeline.${word}`), {
      kind: "small",
      action,
      disabled: !possible,
      "data-key": `tool/${word}`,
      "data-plan": word,
    });
  const change = (what) => () => apply(what(newest.stages, view.selected));
  return element(
    "div",
    { class: "thaw-plan-tools", role: "toolbar", "aria-label": t("train.timeline.tools") },
    element("span", {}, t("train.timeline.selected", { stage: selected + 1 })),
    tool("add", true, () => (apply(changes.added(newest.stages, view.selected)), select(view.selected + 1))),
    tool("split", stages[selected].epochs > 1, change(changes.split)),
    tool("merge", selected < stages.length - 1, change(changes.merged)),
    tool("remove", stages.length > 1, change(changes.removed)),
    tool("undo", !history.isEmpty, undo),
  );
}

function faultList({ faults }) {
  if (!faults.length) return null;
  const lines = faults.map(({ stage, message }) =>
    element("li", {}, element("b", {}, t("train.timeline.fault_at", { stage: stage + 1 })), ` ${message}`),
  );
  return element("ul", { class: "thaw-plan-faults", "aria-label": t("train.timeline.faults") }, ...lines);
}

/** New stages, shown at once; the form is drawn anew beneath. */
function apply(stages) {
  if (stages !== newest.stages) restage(stages);
}

function select(index) {
  view.selected = index;
  view.drawn = "";
}

function undo() {
  if (history.isEmpty) return;
  const highest = Math.max(...newest.stages.map(({ id }) => id));
  restage(changes.renumbered(history.back(), highest + 1));
  toast(t("train.timeline.undone"));
}

handle({
  plan: () => newest,
  apply,
  undo,
  select: (index) => {
    if (view.selected === index) return;
    select(index);
    for (const node of document.querySelectorAll("#thaw-form-timeline [data-stage]"))
      node.classList.toggle("selected", Number(node.dataset.stage) === index);
    const old = document.querySelector("#thaw-form-timeline .thaw-plan-tools");
    old?.replaceWith(tools(newest));
  },
  focus: (key) => (view.focus = key),
  redraw: () => redraw(),
});
