// Building the page: elements, icons, closable sections, short messages. Data enters as text only.

import { iconPaths } from "./icons.js";
import { changePreference, onPreference, preference, setPreference } from "./preferences.js";

const SVG = "http://www.w3.org/2000/svg";
const followers = new WeakMap(); // node that shows a preference -> function that makes it show a value

/**
 * Make an element. `on...` properties become listeners; `class`, `data-...`, `aria-...` and the like attributes;
 * children are elements or plain text.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Object} [properties]
 * @param {...(Node|string|null|undefined)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/**
 * Write words into a node, unless they stand there: what is written anew loses a selection, and is spoken once more.
 * @param {Node} node
 * @param {string} words
 */
export function say(node, words) {
  if (node.textContent !== words) node.textContent = words;
}

/**
 * Write words into a node, each into an element of its own; only what changed is touched.
 * @param {Element} node
 * @param {string[]} words
 */
export function sayEach(node, words) {
  while (node.children.length > words.length) node.lastElementChild.remove();
  words.forEach((one, index) => say(node.children[index] ?? node.appendChild(element("span", {})), one));
}

/**
 * A 16-pixel line icon by name; decoration only, hidden from screen readers.
 * @param {string} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "thaw-icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", iconPaths[name]);
  svg.append(path);
  return svg;
}

/**
 * A push button with an icon, a label and, where `hint` is given, a quiet second line under the label.
 * @param {string} label
 * @param {Record<string, any>} [how] name: of the icon; further properties as those of an element
 */
export function button(label, { name = null, hint = "", kind = "", action, ...properties } = {}) {
  const words = element("span", { class: "thaw-button-words" }, label);
  if (hint) words.append(element("small", {}, hint));
  return element(
    "button",
    { type: "button", class: `thaw-button ${kind}`, onclick: action, ...properties },
    name ? icon(name) : null,
    words,
  );
}

/**
 * A section that can be closed and stays closed on the next visit.
 * @param {string} name key under which its being closed is remembered
 * @param {string} title
 * @param {...Node} children
 * @returns {HTMLDetailsElement}
 */
export function section(name, title, ...children) {
  const closed = preference("closed");
  const heading = element("summary", {}, icon("chevron"), element("h2", {}, title));
  const node = element("details", { class: "thaw-section", "data-section": name }, heading, ...children);
  node.open = !closed.includes(name);
  // At the press, by mouse or keys, which comes before the change: "toggle" would come later, lost by a reload.
  heading.addEventListener("click", () => {
    const closes = node.open;
    changePreference("closed", (names) => [...names.filter((other) => other !== name), ...(closes ? [name] : [])]);
  });
  return node;
}

/**
 * A row of buttons of which one is pressed.
 * @param {string} label what is chosen, for screen readers
 * @param {Array<[*, string]>} choices value and label of each
 * @param {*} chosen
 * @param {(value: *) => void} action called with the new value
 */
export function choice(label, choices, chosen, action) {
  const buttons = choices.map(([value, words]) =>
    element("button", { type: "button", onclick: () => (press(buttons, choices, value), action(value)) }, words),
  );
  press(buttons, choices, chosen);
  return element("div", { class: "thaw-choice", role: "group", "aria-label": label }, ...buttons);
}

function press(buttons, choices, chosen) {
  choices.forEach(([value], index) => buttons[index].setAttribute("aria-pressed", String(value === chosen)));
}

/**
 * A check box drawn as a switch, with its label.
 * @param {string} label
 * @param {boolean} on
 * @param {(on: boolean) => void} action
 */
export function toggle(label, on, action) {
  const box = element("input", { type: "checkbox", role: "switch", onchange: () => action(box.checked) });
  box.checked = on;
  return element("label", { class: "thaw-toggle" }, box, element("span", {}, label));
}

/**
 * A row of buttons for a preference; it follows where that is changed elsewhere.
 * @param {string} label
 * @param {Array<[*, string]>} choices value and label of each
 * @param {string} name
 */
export function preferenceChoice(label, choices, name) {
  const node = choice(label, choices, preference(name), (value) => setPreference(name, value));
  return follow(node, name, (value) => press([...node.children], choices, value));
}

/**
 * A switch for a preference; it follows where that is changed elsewhere.
 * @param {string} label
 * @param {string} name
 */
export function preferenceToggle(label, name) {
  const node = toggle(label, preference(name), (on) => setPreference(name, on));
  const box = node.querySelector("input");
  return follow(node, name, (on) => (box.checked = on));
}

/**
 * Call `show(value)` whenever a preference changes, as long as the node is on the page.
 * @param {HTMLElement} node
 * @param {string} name
 * @param {(value: *) => void} show
 */
export function follow(node, name, show) {
  node.dataset.preference = name;
  followers.set(node, show);
  return node;
}

onPreference((name, value) => {
  for (const node of document.querySelectorAll(`[data-preference="${name}"]`)) followers.get(node)?.(value);
});

/**
 * Say something short at the foot of the page for a few seconds; returns the note, so that a button can be added.
 * @param {string} sentence
 * @param {string} [kind]
 * @param {number} [milliseconds]
 */
export function toast(sentence, kind = "note", milliseconds = 4000 + 50 * sentence.length) {
  let tray = document.getElementById("thaw-toasts");
  if (!tray) {
    tray = element("div", { id: "thaw-toasts", class: "thaw", role: "status", "aria-live": "polite" });
    document.body.append(tray);
  }
  const note = element("div", { class: `thaw-toast ${kind}` }, sentence);
  note.addEventListener("click", () => note.remove());
  tray.append(note);
  setTimeout(() => note.remove(), milliseconds);
  return note;
}

/**
 * Say something short with a button, such as the way back.
 * @param {string} sentence
 * @param {string} label of the button
 * @param {() => any} action
 * @param {number} [milliseconds]
 */
export function toastWithButton(sentence, label, action, milliseconds = 12_000) {
  const note = toast(sentence, "note", milliseconds);
  const onclick = () => (note.remove(), action());
  note.append(element("button", { type: "button", class: "thaw-toast-action", onclick }, label));
  return note;
}

/**
 * Offer text or bytes as a download.
 * @param {string} name
 * @param {BlobPart} content
 * @param {string} type
 */
export function download(name, content, type) {
  const link = element("a", { href: URL.createObjectURL(new Blob([content], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
