// The channel gates of one image: for each block the gates of its channels as bars, the most open first.

import { decimal } from "../base/format.js";
import { t } from "../base/texts.js";
import { drawChannel, extent, ofImage } from "../maps/gate_drawing.js";
import { html, nothing } from "../vendor/lit-html.js";

const [WIDTH, HEIGHT] = [220, 56]; // pixels of a chart
const DEAD = 0.05; // a channel gate below is closed, above 1 - DEAD open

/**
 * The charts under the film; nothing where no block has channel gates.
 * @param {MapMoment} maps
 * @param {number} index of the image
 * @param {string} name of what the image shows
 */
export function channelGates({ blocks, gates }, index, name) {
  const charted = blocks.filter((block) => gates[`${block}/channel`]);
  if (!charted.length) return nothing;
  return html`
    <div class="thaw-channels">
      <h3>${t("run.maps.channels", { image: name })}</h3>
      <div class="thaw-channel-row">
        ${charted.map((block) => chart(block, ofImage(gates[`${block}/channel`], index).values))}
      </div>
    </div>
  `;
}

function chart(block, values) {
  const { low, high, finite } = extent(values);
  const counts = {
    count: values.length,
    closed: values.filter((value) => value < DEAD).length,
    open: values.filter((value) => value > 1 - DEAD).length,
  };
  const words = finite
    ? t("run.maps.channels_told", { ...counts, low: decimal(low, 3), high: decimal(high, 3) })
    : t("run.maps.not_finite");
  return html`
    <figure>
      <figcaption><b>${block}</b><span>${words}</span></figcaption>
      ${finite ? canvasOf(values, `${block}: ${words}`) : nothing}
    </figure>
  `;
}

function canvasOf(values, label) {
  const scale = window.devicePixelRatio || 1;
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH * scale, height: HEIGHT * scale });
  drawChannel(canvas, values);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  return canvas;
}
