// One gate drawn: a spatial gate over its image or on its own grid, a channel gate as sorted bars. The scale is 0 to 1.

import { gateColour, themeColour } from "../base/colours.js";
import { element } from "../base/dom.js";
import { decimal } from "../base/format.js";
import { t } from "../base/texts.js";

const FLAT = 0.002; // a gate whose values lie closer together than this is told in words
/** How opaque a map lies over its image. */
export const OPACITY = 0.62;

/**
 * A gate out of the answer of /maps/ITERATION.
 * @param {{shape: number[], data: string}} packed base64 of little-endian float32
 * @returns {{shape: number[], values: Float32Array}}
 */
export function unpack({ shape, data }) {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  return { shape, values: new Float32Array(bytes.buffer) };
}

/**
 * The part of a gate that belongs to one image: [images, ...] to the values and shape of one.
 * @param {{shape: number[], values: Float32Array}} gate
 * @param {number} index
 */
export function ofImage({ shape, values }, index) {
  const size = shape.slice(1).reduce((product, length) => product * length, 1);
  return { shape: shape.slice(1), values: values.subarray(index * size, (index + 1) * size) };
}

/**
 * Lowest, highest and mean value, and whether all are finite numbers.
 * @param {Float32Array | number[]} values
 */
export function extent(values) {
  let [low, high, sum, finite] = [Infinity, -Infinity, 0, true];
  for (const value of values) {
    if (!Number.isFinite(value)) finite = false;
    if (value < low) low = value;
    if (value > high) high = value;
    sum += value;
  }
  return { low, high, mean: sum / values.length, finite };
}

/**
 * Why a gate is told in words instead of drawn; empty where it is drawn.
 * @param {{low: number, high: number, finite: boolean}} reach
 */
export function inWords({ low, high, finite }) {
  if (!finite) return t("run.maps.not_finite");
  return high - low < FLAT ? t("run.maps.flat", { low: decimal(low, 3), high: decimal(high, 3) }) : "";
}

/**
 * Draw one spatial gate.
 * @param {HTMLCanvasElement} canvas
 * @param {PackedMap} gate rows first
 * @param {{image?: CanvasImageSource|null, grid?: boolean, stretched?: boolean, most?: number}} how over which image;
 *     its own cells without the image; colours from the gate's lowest to its highest value instead of 0 to `most`
 * @returns {{words: string, low: number, high: number, mean: number}} words instead of a picture, if any
 */
export function drawSpatial(canvas, gate, { image = null, grid = false, stretched = false, most = 1 } = {}) {
  const pen = canvas.getContext("2d");
  const { width, height } = canvas;
  const reach = extent(gate.values);
  const words = inWords(reach);
  pen.clearRect(0, 0, width, height);
  pen.imageSmoothingEnabled = false;
  if (image && !grid) {
    pen.drawImage(image, 0, 0, width, height);
    if (!words) grey(pen);
  }
  if (words) return { words, ...reach };
  const [from, to] = stretched ? [reach.low, reach.high] : [0, most];
  pen.globalAlpha = image && !grid ? OPACITY : 1;
  pen.imageSmoothingEnabled = !grid;
  pen.drawImage(cells(gate, from, to), 0, 0, width, height);
  pen.globalAlpha = 1;
  return { words, ...reach };
}

/**
 * Take the colours out of what is drawn, so that all colours are the gate's.
 * @param {CanvasRenderingContext2D} pen
 */
export function grey(pen) {
  pen.globalCompositeOperation = "saturation";
  pen.fillStyle = "hsl(0, 0%, 50%)";
  pen.fillRect(0, 0, pen.canvas.width, pen.canvas.height);
  pen.globalCompositeOperation = "source-over";
}

/**
 * A canvas with one pixel for each cell of a map.
 * @param {PackedMap} map rows first
 * @param {number} from value that has the first colour of the scale
 * @param {number} to value that has the last
 * @param {(share: number) => number[]} [colour] from 0..1 to [red, green, blue]
 */
export function cells({ shape: [rows, columns], values }, from, to, colour = gateColour) {
  const small = new OffscreenCanvas(columns, rows);
  const pixels = new ImageData(columns, rows);
  for (let at = 0; at < values.length; at += 1) {
    pixels.data.set([...colour((values[at] - from) / (to - from)), 255], 4 * at);
  }
  small.getContext("2d").putImageData(pixels, 0, 0);
  return small;
}

/**
 * Draw a channel gate as bars, the most open channel first.
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} values one for each channel, 0 to 1
 */
export function drawChannel(canvas, values) {
  const pen = canvas.getContext("2d");
  const { width, height } = canvas;
  const sorted = [...values].sort((a, b) => b - a);
  const step = width / sorted.length;
  pen.clearRect(0, 0, width, height);
  sorted.forEach((value, index) => {
    pen.fillStyle = `rgb(${gateColour(value)})`;
    pen.fillRect(index * step, height * (1 - value), Math.max(step - (step > 3 ? 1 : 0), 0.5), height * value);
  });
  pen.fillStyle = themeColour("line-strong");
  pen.fillRect(0, height / 2, width, 1); // one half
}

/**
 * The legend of the colours, 0 on the left and 1 on the right, or the words for both ends.
 * @param {boolean} [stretched]
 * @param {[string, string]} [ends]
 */
export function scaleLegend(stretched = false, ends = [t("run.maps.closed"), t("run.maps.open")]) {
  const stops = Array.from({ length: 11 }, (_, index) => `rgb(${gateColour(index / 10)})`).join(", ");
  const bar = element("span", { class: "thaw-scale-bar", "aria-hidden": "true" });
  bar.style.background = `linear-gradient(90deg, ${stops})`;
  const [from, to] = stretched ? [t("run.maps.lowest"), t("run.maps.highest")] : ends;
  return element("span", { class: "thaw-scale" }, element("span", {}, from), bar, element("span", {}, to));
}
