// What is pressed in the form, and what its fields need to be worked with the keyboard.

import { orSay, send } from "../base/api.js";
import { isEmptyWord, isSearchInput } from "../base/gradio.js";
import { goTo } from "../base/router.js";

const BUTTONS = "[data-thaw-action], [data-reset], [data-fold], [data-preset], [data-published-log]";

/**
 * Listen to the buttons of the form.
 * @param {{fold: function, reset: function, preset: function, act: (button: DOMStringMap) => void}} actions
 */
export function listenToForm(actions) {
  document.addEventListener("click", ({ target }) => {
    const button = /** @type {HTMLElement} */ (/** @type {Element} */ (target).closest(BUTTONS));
    if (!button || button.matches(":disabled")) return;
    const { fold, reset, preset, publishedLog } = button.dataset;
    if (fold) actions.fold(fold);
    else if (reset) actions.reset(reset);
    else if (preset) actions.preset(preset);
    else if (publishedLog) openLog(publishedLog);
    else actions.act(button.dataset);
  });
  document.addEventListener("keydown", (event) => isEmptyWord(event) && event.stopPropagation(), true);
  document.addEventListener("focusin", ({ target }) => {
    const field = /** @type {HTMLInputElement} */ (target);
    if (isSearchInput(field)) field.select(); // typing searches the menu
  });
}

/** Open what others published about a preset as a run. */
async function openLog(preset) {
  const answer = await orSay(() => send("POST", "published-log", { preset }));
  if (answer) goTo({ run: answer.id });
}
