// One cell of a table of maps: a canvas, and words over it where there is nothing to draw.

import { decimal } from "../base/format.js";
import { t } from "../base/texts.js";
import { html } from "../vendor/lit-html.js";
import { drawSpatial } from "./gate_drawing.js";

const SIDE = 96; // pixels of one picture on the screen

/** @typedef {import("../vendor/lit-html.js").TemplateResult} Template */

/** A canvas for one map. */
export function mapCanvas() {
  const side = SIDE * (window.devicePixelRatio || 1);
  return Object.assign(document.createElement("canvas"), { width: side, height: side });
}

/**
 * A cell with what is drawn on a canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {{words?: string, description: string, label: string}} about words: over the canvas; label: whose map it is
 * @returns {Template}
 */
export function mapCell(canvas, { words = "", description, label }) {
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${label}: ${description}`);
  return html`<td title=${description}>${canvas}<span class="thaw-gate-words">${words}</span></td>`;
}

/**
 * A cell with a spatial gate.
 * @param {HTMLCanvasElement} canvas
 * @param {PackedMap} gate of one image
 * @param {Object} how it is drawn, as drawSpatial takes it
 * @param {string} label whose gate it is
 * @returns {Template}
 */
export function gateCell(canvas, gate, how, label) {
  const { words, low, high, mean } = drawSpatial(canvas, gate, how);
  const figures = { low: decimal(low, 3), high: decimal(high, 3), mean: decimal(mean, 3) };
  return mapCell(canvas, { words, description: words || t("run.maps.reach", figures), label });
}
