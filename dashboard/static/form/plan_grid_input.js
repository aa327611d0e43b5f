// Mouse and keyboard on the plan: cells are frozen and thawed, rates typed, borders moved.

import { element, toast } from "../base/dom.js";
import { moved, rated, toggled } from "./plan_changes.js";
import { t } from "../base/texts.js";

const INSIDE = "#thaw-form-timeline";
const LEAP = 5; // epochs that a border moves with Shift
/** @type {PlanActions} */
let does = null;
let drag = null;

/**
 * Listen to whatever is drawn inside the plan, now and later.
 * @param {PlanActions} actions
 */
export function handle(actions) {
  does = actions;
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  document.addEventListener("pointerdown", onDown);
  document.addEventListener("focusin", onFocus);
}

function at(event, selector) {
  return event.target.closest?.(`${INSIDE} ${selector}`);
}

function onFocus(event) {
  const node = at(event, "[data-key]");
  does.focus(node ? event.target : null);
  const index = node?.dataset.stage ?? node?.dataset.border;
  if (index !== undefined) does.select(Number(index));
}

function onClick(event) {
  const head = at(event, "[role=columnheader][data-stage]");
  if (head) return does.select(Number(head.dataset.stage));
  const cell = at(event, "[role=gridcell]");
  if (!cell || event.target.closest("input")) return;
  if (event.target.closest(".thaw-plan-rate")) return typeRate(cell);
  cell.focus({ preventScroll: true });
  toggle(cell);
}

function toggle({ dataset }) {
  const { stages, parts, rates } = does.plan();
  const index = Number(dataset.stage);
  does.apply(toggled(stages, index, dataset.part, parts, rates[index]));
}

function onKey(event) {
  if (!event.target.closest?.(INSIDE) || event.target.tagName === "INPUT") return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
    event.preventDefault();
    does.undo();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const cell = at(event, "[role=gridcell]");
  const border = at(event, "[role=separator]");
  if (cell) cellKey(event, cell);
  else if (border) borderKey(event, border);
}

function cellKey(event, cell) {
  const { stages } = does.plan();
  const rows = [...document.querySelectorAll(`${INSIDE} .thaw-plan-row:not(.head)`)];
  const row = rows.findIndex((one) => one.contains(cell));
  const index = Number(cell.dataset.stage);
  const steps = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    Home: [0, -index],
    End: [0, stages.length - 1 - index],
  };
  if (event.key in steps) {
    const [down, right] = steps[event.key];
    rows[row + down]?.querySelectorAll("[role=gridcell]")[index + right]?.focus();
  } else if (event.key === " " || event.key === "Enter") toggle(cell);
  else if (event.key === "F2") typeRate(cell);
  else return;
  event.preventDefault();
}

/** A field in the place of the rate: Enter and leaving take it, Escape does not. */
function typeRate(cell) {
  const { stages, parts, rates } = does.plan();
  const { part } = cell.dataset;
  const index = Number(cell.dataset.stage);
  const before = rates[index]?.[part];
  if (before === undefined || !cell.classList.contains("training")) return;
  let done = false;
  const input = element("input", {
    class: "thaw-plan-input",
    inputmode: "decimal",
    value: String(before),
    "aria-label": t("train.timeline.rate", { part, stage: index + 1 }),
  });
  const leave = (keep) => {
    if (done) return;
    done = true;
    const rate = Number(input.value.trim().replace(",", "."));
    input.remove();
    cell.focus({ preventScroll: true });
    // Also what is not allowed, such as a negative rate: the check says so beside the cell.
    if (keep && input.value.trim() && Number.isFinite(rate) && rate !== before)
      return does.apply(rated(stages, index, part, rate, parts, rates[index]));
    if (keep && Number.isNaN(rate))
      toast(t("train.timeline.no_number", { typed: input.value.trim().slice(0, 20) }), "error");
  };
  input.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.isComposing) return; // the key is for an input method
    if (event.key === "Enter") leave(true);
    if (event.key === "Escape") leave(false);
    if (["Enter", "Escape"].includes(event.key)) event.preventDefault();
  });
  input.addEventListener("blur", () => leave(true));
  cell.append(input);
  input.select();
}

function borderKey(event, border) {
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -LEAP, PageUp: LEAP }[event.key];
  if (!by) return;
  event.preventDefault();
  does.apply(moved(does.plan().stages, Number(border.dataset.border), event.shiftKey ? by * LEAP : by));
}

/** Drag a border: shown while it moves, taken when it is let go. */
function onDown(event) {
  const border = at(event, "[role=separator]");
  if (!border || event.button) return;
  event.preventDefault();
  border.focus({ preventScroll: true });
  const { stages } = does.plan();
  const index = Number(border.dataset.border);
  const heads = [...document.querySelectorAll(`${INSIDE} [role=columnheader][data-stage]`)];
  const widths = heads.map((head) => head.getBoundingClientRect().width);
  const pair = index + 1 < stages.length ? [index, index + 1] : stages.map((_, place) => place);
  const sum = (values) => pair.reduce((whole, place) => whole + values[place], 0);
  drag = {
    index,
    from: event.clientX,
    perEpoch: sum(widths) / sum(stages.map(({ epochs }) => epochs)),
    stages,
    now: stages,
  };
  document.addEventListener("pointermove", onMove);
  document.addEventListener("pointerup", onUp);
  document.addEventListener("pointercancel", onUp);
}

function onMove({ clientX }) {
  if (!drag) return;
  drag.now = moved(drag.stages, drag.index, Math.round((clientX - drag.from) / drag.perEpoch));
  does.drag(drag.now);
}

function onUp({ type }) {
  const { now, stages } = drag;
  drag = null;
  document.removeEventListener("pointermove", onMove);
  document.removeEventListener("pointerup", onUp);
  document.removeEventListener("pointercancel", onUp);
  does.drag(null);
  if (type === "pointerup" && now !== stages) does.apply(now);
}
