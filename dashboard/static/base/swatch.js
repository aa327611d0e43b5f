// The dot of colour by which a run is known on every screen.

import { html } from "../vendor/lit-html.js";
import { runColour } from "./colours.js";

/**
 * The colour of a run; decoration only.
 * @param {{id: string, group?: string|null, seed?: number|null}} run of /api/runs
 * @returns {import("../vendor/lit-html.js").TemplateResult}
 */
export function swatch(run) {
  return html`<span class="thaw-swatch" aria-hidden="true" style="background: ${runColour(run.id, run)}"></span>`;
}
