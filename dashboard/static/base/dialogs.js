// Short questions of the form: is it meant, and what should it be called.

import { button, element } from "./dom.js";
import { t } from "./texts.js";

/**
 * Ask whether something is meant; `action` runs if it is.
 * @param {string} question
 * @param {string} yes what the button says
 * @param {() => void} action
 */
export function confirmThen(question, yes, action) {
  show(element("p", {}, question), yes, "danger", action);
}

/**
 * Ask for a name; `action` gets it.
 * @param {string} question
 * @param {string} suggestion
 * @param {string} yes what the button says
 * @param {(name: string) => void} action
 */
export function nameThen(question, suggestion, yes, action) {
  const input = element("input", {
    type: "text",
    value: suggestion,
    maxlength: 60,
    required: true,
    class: "thaw-input",
  });
  show(element("label", {}, element("span", {}, question), input), yes, "primary", () => action(input.value));
}

/**
 * Ask which of several things is meant; the first one is suggested.
 * @template T
 * @param {string} question
 * @param {{words: string, value: T}[]} choices
 * @returns {Promise<T|null>} null where the dialog was closed without a choice
 */
export function chosenOf(question, choices) {
  return new Promise((answer) => {
    const [first, ...others] = choices.map(({ words, value }) => ({ words, action: () => answer(value) }));
    const dialog = show(element("p", {}, question), first.words, "primary", first.action, others);
    dialog.addEventListener("close", () => answer(null)); // comes after the choice, if there is one
  });
}

function show(content, yes, kind, action, others = []) {
  const close = () => dialog.close();
  const form = element(
    "form",
    { method: "dialog", onsubmit: () => action() },
    content,
    element(
      "div",
      { class: "thaw-dialog-buttons" },
      button(t("train.cancel"), { action: close }),
      ...others.map((other) => button(other.words, { action: () => (close(), other.action()) })),
      button(yes, { kind, type: "submit" }),
    ),
  );
  const dialog = element("dialog", { class: "thaw thaw-dialog", onclose: () => dialog.remove() }, form);
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
