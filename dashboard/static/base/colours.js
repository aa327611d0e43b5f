// Colours: of runs (from the id, the same on every screen), of terms and parts, and of the page's theme.

import { isDark } from "./gradio.js";
import { changePreference, preference } from "./preferences.js";

const STEPS = 18; // hues that can be told apart
const TERMS = ["#3b6fb6", "#d9772b", "#3f9168", "#b5518f", "#8a6fc9", "#8f7a2e", "#2f97a8", "#c4544a"];
const TERMS_DARK = ["#7fb0ee", "#f0a560", "#74c89c", "#e28fc2", "#b9a2f2", "#cdb65f", "#66c9d9", "#ef8d83"];

/** The fixed scale 0..1 of gate maps, viridis (van der Walt, Smith 2015): even steps, and never grey like the image. */
const GATES = [
  [68, 1, 84],
  [72, 40, 120],
  [62, 73, 137],
  [49, 104, 142],
  [38, 130, 142],
  [31, 158, 137],
  [53, 183, 121],
  [110, 206, 88],
  [181, 222, 43],
  [253, 231, 37],
];

/**
 * The colour of a run, the same on every screen. Runs of one group (seeds) share a hue and differ in lightness.
 * @param {string} id
 * @param {{group?: string|null, seed?: number|null}} [run]
 */
export function runColour(id, { group = null, seed = null } = {}) {
  const hue = hueStep(group ?? id) * (360 / STEPS) + 8;
  const shift = group ? ((seed ?? 0) % 3) * 0.07 - 0.07 : 0;
  return oklch((isDark() ? 0.78 : 0.53) + shift, 0.13, hue);
}

/**
 * Move the hues of runs and groups that would look alike side by side, the later ones first; this browser remembers
 * them, so that they keep the new colour on every screen.
 * @param {string[]} keys ids or groups, the one that keeps its hue first
 */
export function keepApart(keys) {
  const apart = (a, b) => Math.min((a - b + STEPS) % STEPS, (b - a + STEPS) % STEPS);
  const room = Math.max(1, Math.floor(STEPS / keys.length / 2));
  const taken = [];
  const moved = {};
  for (const key of keys) {
    const nearness = (step) => Math.min(STEPS, ...taken.map((other) => apart(step, other)));
    let step = hueStep(key);
    if (nearness(step) < room) {
      const steps = Array.from({ length: STEPS }, (_, index) => index);
      step = steps.reduce((best, one) => (nearness(one) > nearness(best) ? one : best));
      moved[key] = step;
    }
    taken.push(step);
  }
  if (Object.keys(moved).length) changePreference("hues", (hues) => ({ ...hues, ...moved }));
}

function hueStep(key) {
  return preference("hues")[key] ?? hash(key) % STEPS;
}

/**
 * The colour of the nth term, part or reading.
 * @param {number} index
 */
export function termColour(index) {
  const palette = isDark() ? TERMS_DARK : TERMS;
  return palette[index % palette.length];
}

/**
 * The same colour, see-through.
 * @param {string} colour #rrggbb
 * @param {number} opacity
 */
export function faint(colour, opacity) {
  return `rgba(${channels(colour).join()},${opacity})`;
}

/**
 * #rrggbb as [red, green, blue].
 * @param {string} colour
 */
export function channels(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

/**
 * The colour of a gate value in 0..1 as [red, green, blue]; values outside take the end's colour.
 * @param {number} value
 */
export function gateColour(value) {
  return fromStops(GATES, value);
}

/**
 * The colour of a share in 0..1 on a scale of evenly spaced [red, green, blue]; outside, that of the nearer end.
 * @param {number[][]} stops
 * @param {number} share
 */
export function fromStops(stops, share) {
  const place = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(place));
  return stops[low].map((channel, index) => Math.round(channel + (stops[low + 1][index] - channel) * (place - low)));
}

/**
 * A colour of the style sheet, by the name of its variable without the dashes.
 * @param {string} name
 */
export function themeColour(name) {
  return getComputedStyle(document.body).getPropertyValue(`--thaw-${name}`).trim();
}

/**
 * Call `listener` when the page turns dark or light.
 * @param {() => void} listener
 */
export function onTheme(listener) {
  let dark = isDark();
  const look = () => {
    if (isDark() === dark) return;
    dark = isDark();
    listener();
  };
  new MutationObserver(look).observe(document.body, { attributes: true, attributeFilter: ["class"] });
}

function hash(text) {
  let value = 2166136261; // FNV-1a
  for (const character of text) value = Math.imul(value ^ character.codePointAt(0), 16777619) >>> 0;
  return value >>> 0;
}

/** OKLCH to #rrggbb (Ottosson 2020, https://bottosson.github.io/posts/oklab/): equal lightness for every hue. */
function oklch(lightness, chroma, hue) {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
  ];
  return `#${linear.map((value) => hex(value)).join("")}`;
}

function hex(linear) {
  const inside = Math.min(1, Math.max(0, linear));
  const value = inside <= 0.0031308 ? 12.92 * inside : 1.055 * inside ** (1 / 2.4) - 0.055;
  return Math.round(value * 255)
    .toString(16)
    .padStart(2, "0");
}
