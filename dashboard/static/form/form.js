// The form while it is edited. It lives here, in the browser: Gradio draws the fields and tells of each keystroke, the
// dashboard says what the form amounts to (faults, YAML) and makes whole forms (presets, plans, another run's config).

import { orSay } from "../base/api.js";
import { confirmThen } from "../base/dialogs.js";
import { drawnNumber, drawnPlan, fieldId, isFormFocused, keep, onDrawn } from "../base/gradio.js";
import { Drawing } from "./gradio_redraw.js";
import { FieldEvents, MenuEvents } from "./field_events.js";
import { nameOf } from "./field_marks.js";
import { listenToForm } from "./form_listeners.js";
import { withoutTotal } from "./form_history.js";
import { Questions } from "./questions.js";
import { leftBehind, replacedBy } from "./replaced_words.js";
import { askDashboard } from "./report.js";
import { Starter } from "./start.js";
import { drawPieces } from "./pieces.js";
import { forgetPlans } from "./timeline.js";
import { Typing } from "./typing.js";
import { Undo } from "./undo.js";
import { Verdict } from "./verdict.js";
import { onKey } from "../base/keys.js";
import { addressOf, onPlace, place, tabOpened } from "../base/router.js";
import { stepCost } from "./step_cost.js";
import { ready, t } from "../base/texts.js";

/** @type {{form: Object, preset: string, open: string[], generation: number, version: number}} */
const state = { form: {}, preset: "", open: [], generation: 0, version: 0 };
let begun = false;
const questions = new Questions(hear);
const drawing = new Drawing();
let isDrawingDue = false; // once nobody types
const verdict = new Verdict(() => state, show, partsFound);
const typing = new Typing();
const events = new FieldEvents();
const menus = new MenuEvents();
const undo = new Undo(
  () => ({ form: withoutTotal(state.form), preset: state.preset }),
  (whole) => takeWhole({ ...whole, anew: true }),
);
const starter = new Starter(
  () => state,
  freshReport,
  (faults) => verdict.refuse(faults),
);

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
  typing.told(path);
  if (!events.isNews(state, path, origin, value)) return snapshot();
  put(path, value);
  if (events.isFormer(state, path, origin)) drawAnew(); // the field that takes its place shows another value
  return snapshot();
}

/** An event of the menu of a section's parts. */
export function partChosen(section, origin, name) {
  typing.told(`${section}.name`);
  if (events.isNews(state, `${section}.name`, origin, name)) choose(section, name);
}

/** An event of the menu of presets or plans: another one may have been chosen, or the one of before again. */
export function menuChosen(what, drawn, name) {
  typing.told(what);
  const pending = questions.pending(what);
  if (!menus.isNews(what, { drawn, number: drawnNumber() }, name, Boolean(pending))) return;
  const now = what === "preset" ? state.preset : (verdict.report?.plan ?? drawn);
  if (name !== (pending?.value ?? now)) return name === now ? questions.withdraw(what) : ask(what, name);
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
  const [whole, changes] = [undo.before(), verdict.report?.changed ?? []];
  put(section, name ? { name } : null);
  undo.remember(leftBehind(section, before, name, changes), whole);
  draw();
}

/**
 * Add an entry to a list: an augmentation by name, or a stage like the last one.
 * @param {number} count of entries when it was asked for: Gradio tells twice of one choice
 */
export async function add(list, count, name = null) {
  if (list === "augmentations" && !name) return;
  await typing.settled();
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
export function ask(what, value, from = state) {
  return questions.ask(what, value, from);
}

async function hear(own) {
  const { what, value, from } = own;
  await typing.settled();
  if (what === "epochs" && !("epochs" in state.form)) return;
  const { version } = state;
  const found = await orSay(() => askDashboard(what, { state: from, value }));
  if (what === "run" && place().from === value) history.replaceState({}, "", addressOf({}, "train"));
  await typing.settled();
  if (own.isOver) return;
  if (!found) return takeWhole({ anew: true }); // the menu goes back to what the form is
  if (found.stages && version !== state.version) return hear(own); // they were made for stages of before
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
  const words = found.notice ?? replacedBy(what, state.form.stages, verdict.report);
  const isReplaced = what !== "begin" && undo.remember(words, before);
  if (found.notice && !isReplaced) undo.say(found.notice);
}

/** Take over what another form says. anew: every field has a new value. */
function takeWhole(found) {
  for (const name of ["form", "preset", "open"]) state[name] = found[name] ?? state[name];
  if (!found.anew) return draw();
  forgetPlans();
  drawAnew();
}

/** What the hidden button hands to Gradio: the form to draw, and what the browser keeps. */
export const order = () => [{ ...snapshot(), number: drawing.begin() }, snapshot()];

function changed() {
  state.version += 1;
  verdict.ask();
}

/** Draw the form anew. focus: the id of what gets the focus then. */
function draw(focus = null) {
  changed();
  drawing.ask(focus);
}

/** Draw every field anew, with the value of the form. */
function drawAnew(focus = null) {
  state.generation = Date.now(); // never one of before: fields of a drawing on its way are not these
  draw(focus);
}

/** Put a field back to its default. */
async function reset(path) {
  await typing.settled();
  const [before, name] = [undo.before(), nameOf(path)];
  const keys = path.split(".");
  const last = keys.pop();
  const target = keys.reduce((node, key) => node?.[key], state.form) ?? {};
  if (last !== "name") delete target[last];
  else if (keys.length === 1) state.form[keys[0]] = { name: verdict.report.defaults[keys[0]] };
  else put(keys.join("."), null);
  undo.remember(t("train.undo.reset", { name }), before);
  drawAnew(fieldId(path));
}

/** Put what was found elsewhere on the page into a field, and go there. */
function fill(path, value) {
  const before = undo.before();
  put(path, value);
  undo.remember(t("train.undo.filled", { name: nameOf(path), value }), before);
  drawAnew(fieldId(path));
}

/** Other stages, from the picture of the plan. */
function restage(stages) {
  events.stagesRenewed(state.form.stages, stages);
  state.form = { ...withoutTotal(state.form), stages };
  draw();
  show();
}

/**
 * The buttons of stages and augmentations.
 * @param {DOMStringMap} button
 */
async function act({ thawAction: action, list, index: written }) {
  await typing.settled();
  await questions.answered(); // such as the shares of a new total
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

/** The engine has built the model: its parts are others than were assumed. */
function partsFound(parts) {
  put("parts", parts);
  drawWhenNobodyTypes();
}

/** Drawing would close a menu that somebody has just opened. */
function drawWhenNobodyTypes() {
  isDrawingDue = isFormFocused();
  if (!isDrawingDue) draw();
}

/** The whole report about the form as it stands now, once the engine has looked at it as well. */
async function freshReport() {
  await typing.settled();
  await questions.answered();
  return verdict.fresh();
}

/** A plan that was changed by hand is another one by name: its menu is drawn with that. */
function drawOtherPlan() {
  const isOther = ![undefined, drawnPlan()].includes(verdict.report.plan);
  if (isOther && verdict.isFresh && !drawing.isBusy) drawWhenNobodyTypes();
}

function show() {
  drawing.look();
  if (!verdict.report) return;
  drawPieces(verdict, state, { restage, fill, start, isStarting: starter.busy, ask, undo });
  drawOtherPlan();
}

/** Start, which waits for the check: the page says so. */
async function start() {
  if (!verdict.report) return;
  const started = starter.start();
  show();
  await started.finally(show);
}

listenToForm({ fold, reset, preset: (name) => ask("preset", name), act });
document.addEventListener("focusout", () => setTimeout(() => isDrawingDue && drawWhenNobodyTypes(), 0));
onKey("Control+Enter", "train.key", () => place().tab === "train" && start());
onPlace(({ from, tab }) => {
  if (from && begun) ask("run", from); // else `begin` does
  verdict.look(tab === "train");
});
stepCost.watch(show);
onDrawn(show);
