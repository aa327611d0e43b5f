// The form while it is edited. It lives here, in the browser: Gradio draws the fields and tells of each keystroke, the
// dashboard says what the form amounts to (faults, YAML) and makes whole forms (presets, plans, another run's config).

import { orSay, send } from "../base/api.js";
import { confirmThen } from "../base/dialogs.js";
import {
  drawnPlan,
  fieldId,
  isEmptyWord,
  isFormFocused,
  isSearchInput,
  keep,
  onDrawn,
  pathAround,
} from "../base/gradio.js";
import { Drawing } from "./gradio_redraw.js";
import { EngineCheck } from "./engine_check.js";
import { FieldEvents } from "./field_events.js";
import { mark, nameOf } from "./field_marks.js";
import { drawNetwork } from "./network.js";
import { leftBehind, replacedBy } from "./replaced_words.js";
import { Reporter, askDashboard, faultText } from "./report.js";
import { Starter } from "./start.js";
import { drawSummary } from "./summary.js";
import { drawTimeline, forgetPlans } from "./timeline.js";
import { drawTrials } from "./trials.js";
import { Undo } from "./undo.js";
import { onKey } from "../base/keys.js";
import { addressOf, goTo, onPlace, place, tabOpened } from "../base/router.js";
import { stepCost } from "./step_cost.js";
import { ready, t } from "../base/texts.js";

/** @type {{form: Object, preset: string, open: string[], generation: number, version: number}} */
const state = { form: {}, preset: "", open: [], generation: 0, version: 0 };
let report = null; // the dashboard's newest about the form
let begun = false;
let question = null; // what the dashboard is being asked for: only the newest one's answer counts
const drawing = new Drawing();
const engine = new EngineCheck(engineAnswered);
const reporter = new Reporter(() => state, takeReport, reportFailed);
let isDrawingDue = false; // once nobody types
const typed = new Map(); // path -> when it was typed into, until Gradio has told of it
const events = new FieldEvents();
const undo = new Undo(
  () => ({ form: withoutTotal(state.form), preset: state.preset }),
  (whole) => takeWhole({ ...whole, anew: true }),
);
const starter = new Starter(() => state, freshReport, refused);

/**
 * The page is there: draw the form as this browser kept it, or the one that newcomers find. Not before its tab is open:
 * who only looks at runs waits for no form, and no process of the engine is made ready for it.
 */
export async function begin(kept) {
  await ready;
  await tabOpened("train");
  await ask("begin", null, kept ?? undefined);
  begun = true;
  if (place().from) await ask("run", place().from);
}

/** An event of a field; where it tells of something new, the form takes it. Returns what the browser keeps. */
export function entered(path, origin, value) {
  typed.delete(path);
  return events.isNews(state, path, origin, value) ? put(path, value) : snapshot();
}

/** An event of the menu of a section's parts. */
export function partChosen(section, origin, name) {
  typed.delete(`${section}.name`);
  if (events.isNews(state, `${section}.name`, origin, name)) choose(section, name);
}

/** An event of the menu of presets or plans: only another one than it was drawn with was chosen. */
export function menuChosen(what, drawn, name) {
  typed.delete(what);
  const isAsked = question?.what === what && question.value === name; // Gradio tells twice of one choice
  if (name !== drawn && name !== state[what] && !isAsked) return ask(what, name);
}

/** Put a value into the form. Returns what the browser keeps. */
export function put(path, value) {
  const keys = path.split(".");
  const last = keys.pop();
  let target = state.form;
  for (const key of keys) target = target?.[key];
  if (!target) return snapshot(); // a keystroke that came late: its item or part was removed
  target[last] = value ?? null; // an emptied number field gives undefined, which JSON would leave out
  if (keys[0] === "stages" && last === "epochs") delete state.form.epochs;
  if (["model", "attention"].includes(keys[0] ?? last)) delete state.form.parts;
  changed();
  if (keys[0] === "stages") show(); // the plan above is what its next change begins from
  return snapshot();
}

/** The sum of the epochs of all stages. */
export function total() {
  return state.form.stages.reduce((sum, { epochs = 10 }) => sum + (epochs ?? 0), 0);
}

/** Take a part for a section; an empty name takes the part away. Another one begins with its own settings. */
export function choose(section, name) {
  const before = section.split(".").reduce((node, key) => node?.[key], state.form);
  if ((before?.name ?? "") === name) return;
  const whole = undo.before();
  const words = leftBehind(section, before, name, report?.changed ?? []);
  put(section, name ? { name } : null);
  undo.remember(words, whole);
  draw();
}

/**
 * Add an entry to a list: an augmentation by name, or a stage like the last one.
 * @param {number} count of entries when it was asked for: Gradio tells twice of one choice
 */
export async function add(list, count, name = null) {
  if (list === "augmentations" && !name) return;
  await settled();
  const items = (state.form[list] ??= []);
  if (items.length !== count) return;
  const id = 1 + Math.max(-1, ...items.map((item) => item.id));
  const copied = list === "stages" ? { ...structuredClone(items.at(-1)), title: "" } : { name };
  items.push({ ...copied, id });
  delete state.form.epochs;
  draw(list === "stages" ? fieldId(`stages.${items.length - 1}.title`) : null);
}

/** What the browser keeps. */
export function snapshot() {
  return structuredClone(state);
}

/** Open or close a section. */
function fold(name) {
  state.open = state.open.includes(name) ? state.open.filter((other) => other !== name) : [...state.open, name];
  keep();
  show();
}

/** Ask the dashboard for a preset, a plan, shares of a new total, another run's config ... and show what it answers. */
export async function ask(what, value, from = state) {
  const own = (question = { what, value, answered: null });
  own.answered = hear(own, from);
  await own.answered;
  if (question === own) question = null;
}

async function hear(own, from) {
  const { what, value } = own;
  await settled();
  if (what === "epochs" && !("epochs" in state.form)) return;
  const { version } = state;
  const found = await orSay(() => askDashboard(what, { state: from, value }));
  if (what === "run" && place().from === value) history.replaceState({}, "", addressOf({}, "train"));
  await settled();
  if (question !== own) return;
  if (!found) return showAgain(); // the menu goes back to what the form is
  if (found.stages && version !== state.version) return hear(own, state); // they were made for stages of before
  if (found.exists) askToOverwrite(found.exists);
  else takeAnswer(what, found);
}

function askToOverwrite(title) {
  const save = () => ask("save", { title, overwrite: true });
  confirmThen(t("train.preset.exists", { title }), t("train.overwrite"), save);
}

function takeAnswer(what, found) {
  const before = undo.before();
  if (found.stages) state.form = { ...withoutTotal(state.form), stages: found.stages };
  takeWhole(found);
  const isReplaced = what !== "begin" && undo.remember(found.notice ?? replacedBy(what, state.form.stages), before);
  if (found.notice && !isReplaced) undo.say(found.notice);
}

/** Take over what another form says. anew: every field has a new value. */
function takeWhole(found) {
  for (const name of ["form", "preset", "open"]) state[name] = found[name] ?? state[name];
  if (found.anew) forgetPlans();
  if (found.anew) state.generation = Date.now(); // never one of before: fields of a drawing on its way are not these
  draw();
}

function showAgain() {
  state.generation = Date.now();
  draw();
}

/** What the hidden button hands to Gradio: the form to draw, and what the browser keeps. */
export function order() {
  return [{ ...snapshot(), number: drawing.begin() }, snapshot()];
}

function changed() {
  state.version += 1;
  reporter.ask();
}

/** Draw the form anew. focus: the id of what gets the focus then. */
function draw(focus = null) {
  changed();
  drawing.ask(focus);
}

function withoutTotal({ epochs, ...form }) {
  return form;
}

/** Gradio tells of a keystroke a moment later: wait until it has, or until there was clearly nothing to tell. */
async function settled() {
  const isRecent = (at) => performance.now() - at < 1000;
  while ([...typed.values()].some(isRecent)) await new Promise((resolve) => setTimeout(resolve, 30));
}

/** Put a field back to its default. */
async function reset(path) {
  await settled();
  const [before, name] = [undo.before(), nameOf(path)];
  const keys = path.split(".");
  const last = keys.pop();
  const target = keys.reduce((node, key) => node?.[key], state.form) ?? {};
  if (last !== "name") delete target[last];
  else if (keys.length === 1) state.form[keys[0]] = { name: report.defaults[keys[0]] };
  else put(keys.join("."), null);
  undo.remember(t("train.undo.reset", { name }), before);
  state.generation = Date.now();
  draw(fieldId(path));
}

/** Put what was found elsewhere on the page into a field, and go there. */
function fill(path, value) {
  const before = undo.before();
  put(path, value);
  undo.remember(t("train.undo.filled", { name: nameOf(path), value }), before);
  state.generation = Date.now();
  draw(fieldId(path));
}

/** Other stages, from the picture of the plan. */
function restage(stages) {
  state.form = { ...withoutTotal(state.form), stages };
  draw();
  show();
}

/**
 * The buttons of stages and augmentations.
 * @param {DOMStringMap} button
 */
async function act({ thawAction: action, list, index: written }) {
  await settled();
  await question?.answered; // such as the shares of a new total
  if (action === "add") return add(list, state.form[list].length);
  const before = undo.before();
  const items = state.form[list];
  const index = Number(written);
  const name = document.getElementById(fieldId(`${list}.${index}`))?.querySelector("h4")?.textContent ?? list;
  const [item] = items.splice(index, 1);
  const target = { up: index - 1, down: index + 1 }[action];
  if (target !== undefined) items.splice(target, 0, item);
  else delete state.form.epochs;
  if (action === "remove") undo.remember(t("train.undo.removed", { name }), before);
  draw(`${list}.${target ?? Math.min(index, items.length - 1)}.${action}`);
}

function takeReport(newest) {
  report = newest;
  show();
  if (place().tab === "train") engine.ask(report.config);
}

/** The dashboard could not say what the form amounts to: nothing can start until something is changed. */
function reportFailed(message) {
  report ??= { changed: [], parts: [], stages: state.form.stages, defaults: {}, plan: drawnPlan() };
  takeReport({ ...report, faults: [{ field: "", message }], config: null });
}

/** The engine has looked at the form: its model's parts may be others than were assumed. */
function engineAnswered() {
  const parts = engine.answer(report.config)?.parts?.map(({ name }) => name);
  if (parts && JSON.stringify(parts) !== JSON.stringify(report.parts)) {
    state.form.parts = parts;
    drawWhenNobodyTypes();
  } else show();
}

/** Drawing would close a menu that somebody has just opened. */
function drawWhenNobodyTypes() {
  isDrawingDue = isFormFocused();
  if (!isDrawingDue) draw();
}

/** The report, with what the engine found. */
function wholeReport() {
  const found = engine.answer(report.config);
  const faults = [
    ...report.faults,
    ...(found?.faults ?? []).map((fault) => ({ field: fault.field, message: faultText(fault) })),
  ];
  return { ...report, faults, config: faults.length ? null : report.config, found };
}

/** The whole report about the form as it stands now. */
async function freshReport() {
  await settled();
  await question?.answered;
  await reporter.fresh();
  return wholeReport();
}

/** Open what others published about a preset as a run. */
async function openLog(preset) {
  const answer = await orSay(() => send("POST", "published-log", { preset }));
  if (answer) goTo({ run: answer.id });
}

/** The dashboard did not start it: these faults stand until something is changed. */
function refused(faults) {
  report = {
    ...report,
    faults: faults.map((fault) => ({ field: fault.field, message: faultText(fault) })),
    config: null,
  };
  show();
}

/** A plan that was changed by hand is another one by name: its menu is drawn with that. */
function drawOtherPlan() {
  const isKnown = reporter.version === state.version && !drawing.isBusy;
  if (isKnown && report.plan !== drawnPlan()) drawWhenNobodyTypes();
}

function show() {
  drawing.look();
  if (!report) return;
  const whole = wholeReport();
  mark(whole, state.open);
  drawTimeline(whole, state.form, restage);
  drawNetwork(whole, state.open);
  drawTrials(report, state.open, fill);
  drawOtherPlan();
  drawSummary(whole, state, { start: () => starter.start(), ask, undo });
}

document.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest(
    "[data-thaw-action], [data-reset], [data-fold], [data-preset], [data-published-log]",
  );
  if (!button || button.matches(":disabled")) return;
  if (button.dataset.fold) fold(button.dataset.fold);
  else if (button.dataset.reset) reset(button.dataset.reset);
  else if (button.dataset.preset) ask("preset", button.dataset.preset);
  else if (button.dataset.publishedLog) openLog(button.dataset.publishedLog);
  else act(button.dataset);
});
document.addEventListener(
  "input",
  ({ target }) => {
    const path = pathAround(/** @type {Element} */ (target));
    if (path) typed.set(path, performance.now());
  },
  true,
);
document.addEventListener("keydown", (event) => isEmptyWord(event) && event.stopPropagation(), true);
document.addEventListener("focusout", () => setTimeout(() => isDrawingDue && drawWhenNobodyTypes(), 0));
document.addEventListener("focusin", ({ target }) => {
  const field = /** @type {HTMLInputElement} */ (target);
  if (isSearchInput(field)) field.select(); // typing searches the menu
});
onKey("Control+Enter", "train.key", () => place().tab === "train" && starter.start());
onPlace(({ from, tab }) => {
  if (from && begun) ask("run", from); // else `begin` does
  if (tab === "train") engine.ask(report?.config ?? null);
  else engine.rest();
});
stepCost.watch(show);
onDrawn(show);
