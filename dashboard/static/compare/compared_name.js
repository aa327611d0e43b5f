// What stands for one of the compared: its colour and its name.

import { swatch } from "../base/swatch.js";
import { nodesOf } from "../base/templates.js";
import { html } from "../vendor/lit-html.js";

/**
 * The colour and the name of a run or a mean of seeds.
 * @param {ChartRun} unit
 */
export function unitName(unit) {
  const dot = swatch({ id: unit.id, ...unit.info });
  return nodesOf(html`<div class="thaw-run-name">${dot}<span>${unit.label}</span></div>`);
}
