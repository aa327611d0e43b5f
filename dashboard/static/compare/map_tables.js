// The tables of compared maps: a column for each image, a row for each run, and their differences from one of the runs.

import { differenceColour, differenceLegend } from "../base/diverging.js";
import { decimal, significant } from "../base/format.js";
import { preference } from "../base/preferences.js";
import { swatch } from "../base/swatch.js";
import { t } from "../base/texts.js";
import { gateCell, mapCanvas, mapCell } from "../maps/map_cell.js";
import { cells, extent, inWords, ofImage } from "../maps/gate_drawing.js";
import { html, nothing } from "../vendor/lit-html.js";

/** @typedef {import("../vendor/lit-html.js").TemplateResult} Template */
/** @typedef {{run: ChartRun, maps: MapMoment}} ShownRun a run with its maps at the moment that is shown */
/** @typedef {{images: (HTMLImageElement|null)[], targets: number[], classes: string[]}} Probes */

/**
 * The table of runs that keep maps of the same images.
 * @param {ShownRun[]} shown
 * @param {Probes} probes
 * @param {{block: string, reference: string|null, refer: (id: string) => void}} how reference: id of the run that the
 *     others are compared with, the first where it is not here; refer: called with another
 * @returns {Template}
 */
export function mapTable(shown, probes, { block, reference, refer }) {
  const gates = shown.map(({ run, maps }) => ({ run, epoch: maps.epoch, gate: maps.gates[`${block}/spatial`] }));
  const hasDifferences = preference("differences") && shown.length > 1;
  return html`
    <div class="thaw-scroll" tabindex="0" role="region" aria-label=${t("compare.maps.title")}>
      <table class="thaw-film">
        <thead>
          <tr>
            <td></td>
            ${probes.images.map((image, index) => imageHead(image, index, probes))}
          </tr>
        </thead>
        <tbody>
          ${gates.map((one) => gateRow(one, probes.images))}
          ${hasDifferences ? differences(gates, probes.images.length, reference, refer) : nothing}
        </tbody>
      </table>
    </div>
  `;
}

function imageHead(image, index, { targets, classes }) {
  return html`
    <th scope="col">
      ${image ?? t("run.maps.no_image")}
      <span class="thaw-probe-told"><b>${classes[targets[index]] ?? index + 1}</b></span>
    </th>
  `;
}

function gateRow({ run, epoch, gate }, images) {
  const caption = [t("run.at_epoch", { epoch }), gate && gate.shape.slice(1).join(" × ")].filter(Boolean).join(" · ");
  const grid = preference("mapView") === "grid";
  const cell = (image, index) =>
    gate
      ? gateCell(mapCanvas(), ofImage(gate, index), { image, grid }, run.label)
      : html`<td class="thaw-missing">${t("compare.maps.no_block")}</td>`;
  return html`
    <tr>
      ${rowHead(run, caption)} ${images.map(cell)}
    </tr>
  `;
}

function rowHead(run, caption) {
  return html`
    <th scope="row">
      <div class="thaw-run-name">${swatch({ id: run.id, ...run.info })}<span>${run.label}</span></div>
      ${caption ? html`<small>${caption}</small>` : nothing}
    </th>
  `;
}

/** Every run minus the reference, on one scale for all pictures. */
function differences(gates, count, reference, refer) {
  const base = gates.find(({ run }) => run.id === reference) ?? gates[0];
  const legend = differenceLegend(preference("differenceReach"), t("compare.maps.less"), t("compare.maps.more"));
  const option = ({ run }) => html`<option value=${run.id} ?selected=${run === base.run}>${run.label}</option>`;
  const others = gates.filter((one) => one !== base);
  return html`
    <tr class="between">
      <th scope="rowgroup" colspan=${count + 1}>
        <span>${t("compare.maps.minus")}</span>
        <select
          class="thaw-select"
          aria-label=${t("compare.maps.reference")}
          @change=${(event) => refer(event.target.value)}
        >
          ${gates.map(option)}
        </select>
        ${legend}
      </th>
    </tr>
    ${others.map(({ run, gate }) => differenceRow(run, gate, base.gate, count))}
  `;
}

function differenceRow(run, gate, base, count) {
  const why = incomparable(gate, base);
  if (why)
    return html`
      <tr>
        ${rowHead(run, "")}
        <td colspan=${count} class="thaw-missing">${why}</td>
      </tr>
    `;
  const values = gate.values.map((value, index) => value - base.values[index]);
  const mean = values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
  const cell = (_, index) => differenceCell(ofImage({ shape: gate.shape, values }, index), run.label);
  return html`
    <tr>
      ${rowHead(run, t("compare.maps.mean", { mean: significant(mean, 2) }))} ${Array.from({ length: count }, cell)}
    </tr>
  `;
}

/** Why two gates have no difference; empty where they have one. */
function incomparable(gate, base) {
  if (!gate || !base) return t("compare.maps.no_block");
  return gate.shape.join() === base.shape.join() ? "" : t("compare.maps.other_grid");
}

function differenceCell(difference, label) {
  const { low, high, finite } = extent(difference.values);
  const canvas = mapCanvas();
  if (!finite) {
    const words = inWords({ low, high, finite });
    return mapCell(canvas, { words, description: words, label });
  }
  const reach = preference("differenceReach");
  const pen = canvas.getContext("2d");
  const picture = cells(difference, -reach, reach, (share) => differenceColour(2 * share - 1));
  pen.imageSmoothingEnabled = false;
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const description = t("compare.maps.between", { low: decimal(low, 3), high: decimal(high, 3) });
  return mapCell(canvas, { description, label });
}
