// The table of the attention film: a column for each image with what the network says it is, a row for each block.

import { percent } from "../base/format.js";
import { preference } from "../base/preferences.js";
import { t } from "../base/texts.js";
import { gateCell, mapCanvas } from "../maps/map_cell.js";
import { ofImage } from "../maps/gate_drawing.js";
import { MOST_SHARE, tokenMap, tokenRows } from "../maps/transformer_rows.js";
import { html, nothing } from "../vendor/lit-html.js";

/** @typedef {import("../vendor/lit-html.js").TemplateResult} Template */

/** Draws the table; keeps its canvases from moment to moment. */
export class FilmTable {
  constructor() {
    this.canvases = new Map(); // by block and image
  }

  /**
   * The table at one moment.
   * @param {MapMoment} maps
   * @param {{images: (HTMLImageElement|null)[], targets: number[], classes: string[]}} probes
   * @param {{head: string, chosen: number, choose: (index: number) => void}} how head: of a transformer; chosen: which
   *     image
   * @returns {Template}
   */
  template(maps, probes, { head, chosen, choose }) {
    const { images } = probes;
    const heading = (image, index) => html`
      <th scope="col">
        <button
          type="button"
          title=${t("run.maps.choose")}
          aria-pressed=${index === chosen}
          @click=${() => choose(index)}
        >
          ${image ?? t("run.maps.no_image")}
          <span class="thaw-probe-told">${prediction(maps, probes, index)}</span>
        </button>
      </th>
    `;
    const row = (block) => html`
      <tr>
        <th scope="row">${breakable(block === "rollout" ? t("run.maps.rollout") : block)}</th>
        ${images.map((image, index) => this._cell(maps, image, index, block, head))}
      </tr>
    `;
    return html`
      <thead>
        <tr>
          <td></td>
          ${images.map(heading)}
        </tr>
      </thead>
      <tbody>
        ${[...maps.blocks, ...tokenRows(maps)].map(row)}
      </tbody>
    `;
  }

  _cell(maps, image, index, block, head) {
    const tokens = tokenMap(maps, block, index, head);
    const gates = maps.gates[`${block}/spatial`];
    const gate = tokens ?? (gates && ofImage(gates, index));
    if (!gate) return html`<td>${mapCanvas()}<span class="thaw-gate-words">${t("run.maps.no_gate")}</span></td>`;
    const how = {
      image,
      grid: preference("mapView") === "grid",
      stretched: preference("mapStretched"),
      most: tokens ? MOST_SHARE : 1,
    };
    return gateCell(this._canvas(`${block} ${index}`), gate, how, block);
  }

  _canvas(key) {
    if (!this.canvases.has(key)) this.canvases.set(key, mapCanvas());
    return this.canvases.get(key);
  }
}

/** What an image is, and what the network says it is. */
function prediction({ gates }, { targets, classes }, index) {
  const name = (at) => classes[at] ?? String(at);
  const target = html`<b>${name(targets[index])}</b>`;
  const probabilities = gates.probabilities && ofImage(gates.probabilities, index).values;
  if (!probabilities) return [target, nothing];
  const best = probabilities.indexOf(Math.max(...probabilities));
  const isRight = best === targets[index];
  const words = [isRight ? "✓" : "✗", percent(100 * probabilities[best], 0), isRight ? "" : name(best)]
    .filter(Boolean)
    .join(" ");
  return [target, html`<span class=${isRight ? "right" : "wrong"} title=${words}>${words}</span>`];
}

/** A dotted path that may be broken after its dots. */
function breakable(path) {
  return path.replaceAll(".", ".\u200b");
}
