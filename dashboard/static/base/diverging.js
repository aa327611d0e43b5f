// The scale of differences, shared by all pictures: -1 blue, 0 pale, +1 red, even on both sides (after Crameri's vik).

import { element } from "./dom.js";
import { fromStops } from "./colours.js";
import { isDark } from "./gradio.js";
import { decimal } from "./format.js";

const LOWER = [
  [0, 60, 122],
  [71, 137, 184],
  [175, 205, 224],
];
const UPPER = [
  [231, 192, 165],
  [207, 128, 82],
  [130, 38, 16],
];

/**
 * The colour of a difference in -1..1 as [red, green, blue]; values outside take the end's colour.
 * @param {number} value
 */
export function differenceColour(value) {
  return fromStops([...LOWER, isDark() ? [40, 47, 57] : [244, 244, 242], ...UPPER], (value + 1) / 2);
}

/**
 * The legend of the scale: what a difference of -reach, 0 and +reach looks like.
 * @param {number} reach
 * @param {string} less
 * @param {string} more
 */
export function differenceLegend(reach, less, more) {
  const stops = Array.from({ length: 13 }, (_, index) => `rgb(${differenceColour(index / 6 - 1)})`).join(", ");
  const bar = element("span", { class: "thaw-scale-bar", "aria-hidden": "true" });
  bar.style.background = `linear-gradient(90deg, ${stops})`;
  return element(
    "span",
    { class: "thaw-scale" },
    element("span", {}, `−${decimal(reach, 2)} ${less}`),
    bar,
    element("span", {}, `+${decimal(reach, 2)} ${more}`),
  );
}
