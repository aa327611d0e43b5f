// The seam to Gradio in the browser: all that the page assumes about the document that Gradio draws stands here.
// Its other half is dashboard/form/gradio_internals.py; tests/page/test_gradio_contract.py checks both.

const FIELD = "field.";
const SECTION = "section.";
const INPUTS = "input, textarea";

// --- the frame

/** Whether the page is dark: Gradio says so by a class, and follows the system. */
export function isDark() {
  return document.body.classList.contains("dark");
}

/**
 * Wait until Gradio has put an element on the page.
 * @param {string} id
 */
export function appeared(id) {
  return new Promise((resolve) => {
    const look = () => {
      const node = document.getElementById(id);
      if (!node) return;
      watcher.disconnect();
      resolve(node);
    };
    const watcher = new MutationObserver(look);
    watcher.observe(document.documentElement, { childList: true, subtree: true });
    look();
  });
}

/** Wait for the header and the tabs. */
export function frameAppeared() {
  return Promise.all(["thaw-header", tabId("run")].map(appeared));
}

/**
 * End the clock of the sign that Gradio's page loads: it counts on at every frame once the sign is gone, which costs an
 * open page 5 % of a core. It reads the time and then asks for its next frame; that frame is taken back.
 */
export function endLoadingClock() {
  const frame = () => requestAnimationFrame(() => {}); // the numbers of frames follow each other
  const now = () => {
    const callers = new Error().stack.split("\n", 3).join(); // who asks for the time, without who asked before that
    if (callers.includes("/statustracker-")) {
      const before = frame();
      queueMicrotask(() => frame() === before + 2 && cancelAnimationFrame(before + 1));
    }
    return Performance.prototype.now.call(performance);
  };
  requestAnimationFrame(() => {
    performance.now = now; // until the next frame, before which the clock has looked once
    requestAnimationFrame(() => delete performance.now);
  });
}

/**
 * The button that opens a tab; null before Gradio has drawn it.
 * @param {string} name
 */
export function tabButton(name) {
  return document.getElementById(tabId(name));
}

/**
 * Whether a tab is the open one.
 * @param {string} name
 */
export function isOpenTab(name) {
  return tabButton(name)?.getAttribute("aria-selected") === "true";
}

function tabId(name) {
  return `thaw-tab-${name}-button`;
}

// --- drawing the form

/** The column in which Gradio draws the form. */
export function formNode() {
  return document.getElementById("thaw-form");
}

/** The number of the drawing on the page; 0 before the first. */
export function drawnNumber() {
  return Number(document.getElementById("thaw-form-drawn")?.dataset.number ?? 0);
}

/** The name of the plan that the drawing on the page shows; undefined before the first. */
export function drawnPlan() {
  return document.getElementById("thaw-form-drawn")?.dataset.plan;
}

/** Have Gradio fetch the form by `order` of form.js and draw it. */
export function redraw() {
  document.getElementById("thaw-form-redraw").click();
}

/** Have Gradio fetch the form by `snapshot` of form.js and keep it in this browser. */
export function keep() {
  document.getElementById("thaw-form-keep").click();
}

/**
 * Call `listener` whenever Gradio has drawn fields anew.
 * @param {() => void} listener
 */
export function onDrawn(listener) {
  let planned = 0;
  new MutationObserver((records) => {
    const isForm = records.some(({ target }) => formNode()?.contains(target));
    if (isForm && !planned) planned = requestAnimationFrame(() => ((planned = 0), listener()));
  }).observe(document.documentElement, { childList: true, subtree: true });
}

// --- fields. Gradio uses a node for another field when the form is drawn anew: nothing may stay bound to a path.

/**
 * The id of a field's node.
 * @param {string} path
 */
export function fieldId(path) {
  return FIELD + path;
}

/**
 * The node of a field; null where there is none.
 * @param {string} path
 */
export function fieldNode(path) {
  return document.getElementById(fieldId(path));
}

/**
 * Every field's node with its path.
 * @returns {Array<[HTMLElement, string]>}
 */
export function fieldNodes() {
  const nodes = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`[id^="${FIELD}"]`))];
  return nodes.map((node) => [node, node.id.slice(FIELD.length)]);
}

/**
 * The path of the field that a node lies in; null outside of fields.
 * @param {Element} node
 */
export function pathAround(node) {
  return node.closest?.(`[id^="${FIELD}"]`)?.id.slice(FIELD.length) ?? null;
}

/**
 * Whether a field's node is one component, rather than a column of several fields.
 * @param {Element} node
 */
export function isComponent(node) {
  return node.classList.contains("block");
}

/**
 * What can be typed into in a component; nothing in a column of fields.
 * @param {Element} node
 * @returns {HTMLElement[]}
 */
export function inputsOf(node) {
  return isComponent(node) ? [.../** @type {NodeListOf<HTMLElement>} */ (node.querySelectorAll(INPUTS))] : [];
}

/**
 * The label of a field.
 * @param {Element} node
 */
export function labelOf(node) {
  const label = node.querySelector("[data-testid=block-info]") ?? node.querySelector("label, h4");
  return label?.textContent.trim() ?? "";
}

/**
 * Give a field the focus; any other node takes it itself.
 * @param {HTMLElement} node
 * @param {FocusOptions} [options]
 */
export function focusInside(node, options = {}) {
  /** @type {HTMLElement} */ (node.querySelector(INPUTS) ?? node).focus(options);
}

/** Whether the focus is in a component of the form. */
export function isFormFocused() {
  return Boolean(document.activeElement?.closest("#thaw-form .block"));
}

/**
 * Whether a node is the input of a menu of the form in which typing searches.
 * @param {Element} node
 */
export function isSearchInput(node) {
  return node.matches?.("#thaw-form input[role=combobox]:not([readonly])") ?? false;
}

/**
 * Whether an event is Enter in a menu of several words in which none is typed or marked: Gradio would add an empty one.
 * @param {KeyboardEvent} event
 */
export function isEmptyWord({ key, target }) {
  const input = /** @type {HTMLInputElement} */ (target);
  const isOfSeveral = key === "Enter" && input.matches?.(".thaw-words input[role=combobox]");
  return isOfSeveral && !input.value.trim() && !input.hasAttribute("aria-activedescendant");
}

// --- sections

/** The node of every section. */
export function sectionNodes() {
  return document.querySelectorAll(`[id^="${SECTION}"]`);
}

/**
 * The sections that a node lies in, from the inside out.
 * @param {Element} node
 * @returns {Element[]}
 */
export function sectionsAround(node) {
  const section = node.closest(`[id^="${SECTION}"]`);
  return section ? [section, ...sectionsAround(section.parentElement)] : [];
}
