// Maps over a picture: laid where the network looked, with the part that it never saw hatched.

import { fromStops, gateColour, themeColour } from "../base/colours.js";
import { element } from "../base/dom.js";
import { decimal, significant } from "../base/format.js";
import { OPACITY, cells, grey } from "./gate_drawing.js";
import { t } from "../base/texts.js";

const FINENESS = 2; // pixels of a canvas for each on the screen, so that exported pictures are sharp as well
const HATCH = 18; // pixels of a canvas from one stroke to the next

/** Grad-CAM has colours of its own, because it answers another question: black over red to pale yellow. */
const HEAT = [
  [12, 10, 20],
  [74, 20, 52],
  [150, 38, 45],
  [214, 92, 34],
  [246, 165, 66],
  [255, 240, 190],
];

/**
 * The colour of a share in 0..1 of Grad-CAM's scale.
 * @param {number} value
 */
export function heatColour(value) {
  return fromStops(HEAT, value);
}

/**
 * A canvas as large as a picture of that shape in a square of `side` pixels on the screen.
 * @param {number} width
 * @param {number} height
 * @param {number} side
 */
export function canvasFor(width, height, side) {
  const scale = (FINENESS * side) / Math.max(width, height);
  const canvas = Object.assign(document.createElement("canvas"), {
    width: Math.round(width * scale),
    height: Math.round(height * scale),
  });
  canvas.style.aspectRatio = `${width} / ${height}`;
  return canvas;
}

/**
 * Draw a picture, over it a map where the network looked, and hatching where it did not.
 * @param {HTMLCanvasElement} canvas
 * @param {{picture: CanvasImageSource, width: number, box: number[]}} seen width of the upright picture, in whose
 *     pixels the box (left, top, right, bottom) is
 * @param {PackedMap|null} map null leaves the picture as it is
 * @param {{from?: number, to?: number, colour?: (share: number) => number[]}} [scale]
 */
export function drawOver(canvas, { picture, width, box }, map, { from = 0, to = 1, colour = gateColour } = {}) {
  const pen = canvas.getContext("2d");
  const scale = canvas.width / width;
  const [left, top, right, bottom] = box.map((place) => Math.round(place * scale));
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingEnabled = width > canvas.width / 3; // a picture of few pixels shows its pixels
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  if (map) {
    grey(pen);
    pen.globalAlpha = OPACITY;
    pen.imageSmoothingEnabled = true;
    pen.drawImage(cells(map, from, to, colour), left, top, right - left, bottom - top);
    pen.globalAlpha = 1;
  }
  if (right - left < canvas.width || bottom - top < canvas.height) hatchOutside(pen, left, top, right, bottom);
}

/**
 * Draw a map alone, one square for each of its cells.
 * @param {HTMLCanvasElement} canvas
 * @param {PackedMap} map
 * @param {{from?: number, to?: number, colour?: (share: number) => number[]}} [scale]
 */
export function drawGrid(canvas, map, { from = 0, to = 1, colour = gateColour } = {}) {
  const pen = canvas.getContext("2d");
  pen.imageSmoothingEnabled = false;
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(cells(map, from, to, colour), 0, 0, canvas.width, canvas.height);
}

function hatchOutside(pen, left, top, right, bottom) {
  const { width, height } = pen.canvas;
  pen.save();
  const outside = new Path2D();
  outside.rect(0, 0, width, height);
  outside.rect(left, top, right - left, bottom - top);
  pen.clip(outside, "evenodd");
  pen.fillStyle = "rgb(235 238 242 / 72%)";
  pen.fillRect(0, 0, width, height);
  pen.strokeStyle = "rgb(60 70 85 / 75%)";
  pen.lineWidth = 2.5;
  pen.beginPath();
  for (let x = -height; x < width; x += HATCH) {
    pen.moveTo(x, height);
    pen.lineTo(x + height, 0);
  }
  pen.stroke();
  pen.restore();
  pen.strokeStyle = themeColour("accent");
  pen.lineWidth = 4;
  pen.strokeRect(left + 2, top + 2, right - left - 4, bottom - top - 4);
}

/**
 * The scale under a map: its colours from end to end, and a bracket over the stretch that the map really takes.
 * @param {{from: number, to: number, colour?: (share: number) => number[]}} scale
 * @param {{min: number, max: number}} reach
 */
export function scaleBar({ from, to, colour = gateColour }, { min, max }) {
  const stops = Array.from({ length: 13 }, (_, index) => `rgb(${colour(index / 12)})`).join(", ");
  const place = (value) => `${(100 * (value - from)) / (to - from || 1)}%`;
  const bar = element("span", { class: "thaw-range-bar" });
  bar.style.background = `linear-gradient(90deg, ${stops})`;
  const bracket = element("span", { class: "thaw-range-taken" });
  bracket.style.insetInlineStart = place(min);
  bracket.style.width = `max(3px, ${(100 * (max - min)) / (to - from || 1)}%)`;
  return element(
    "span",
    { class: "thaw-range", "aria-hidden": "true" },
    element("span", {}, significant(from, 3)),
    element("span", { class: "thaw-range-track" }, bar, bracket),
    element("span", {}, significant(to, 3)),
  );
}

/**
 * Lowest, highest and mean value in words.
 * @param {{min: number, max: number, mean: number}} reach
 */
export function reachInWords({ min, max, mean }) {
  return t("run.maps.reach", { low: decimal(min, 3), high: decimal(max, 3), mean: decimal(mean, 3) });
}
