// Reading what a run kept of its attention: the maps of a moment, and the images that they were made for.

import { address, get } from "../base/api.js";
import { unpack } from "./gate_drawing.js";

/**
 * The maps of one moment, their gates unpacked.
 * @param {string} run its id
 * @param {number} iteration
 * @returns {Promise<MapMoment>}
 */
export async function readMaps(run, iteration) {
  const reply = await get(`runs/${run}/maps/${iteration}`);
  const gates = Object.fromEntries(Object.entries(reply.gates).map(([name, packed]) => [name, unpack(packed)]));
  return { ...reply, gates };
}

/**
 * The images for which a run keeps maps; null in the place of one that cannot be shown.
 * @param {string} run its id
 * @param {number} count
 * @returns {Promise<(HTMLImageElement|null)[]>}
 */
export function readImages(run, count) {
  const images = Array.from({ length: count }, async (_, index) => {
    const image = new Image();
    image.className = "thaw-probe";
    image.alt = "";
    image.src = address(`runs/${run}/maps/probes.png?index=${index}`);
    return image.decode().then(
      () => image,
      () => null,
    );
  });
  return Promise.all(images);
}
