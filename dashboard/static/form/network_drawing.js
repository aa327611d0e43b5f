// The parts of a network in the order in which an image runs through them: each a block whose face is as high as its
// maps and whose depth grows with its channels.

import { element } from "../base/dom.js";
import { compact } from "../base/format.js";
import { t } from "../base/texts.js";

const SVG = "http://www.w3.org/2000/svg";
const BOX = { width: 104, height: 76 }; // of one drawing
const FACE = 46; // side of the face of the largest maps
const DEPTH = 34; // of the widest part
const SLANT = 0.55; // how much of its depth a block rises to the right

/**
 * The drawing, which wraps on narrow screens.
 * @param {NetworkSummary} found
 */
export function drawing({ input, classes, parts }) {
  const shapes = [input, ...parts.map(({ shape }) => shape)].filter(Boolean);
  const scale = { side: Math.max(...shapes.map(side)), channels: Math.max(...shapes.map(channels)) };
  const image = { name: t("network.image"), shape: input, parameters: 0, attention: [] };
  const steps = [image, ...parts.filter(({ shape }) => shape)].map((part) => step(part, scale));
  const words = t("network.drawing", {
    parts: parts.map(({ name, shape }) => `${name} ${shapeWords(shape)}`).join(", "),
    classes,
  });
  return element(
    "figure",
    { class: "thaw-network-drawing" },
    element("ol", { "aria-label": words }, ...steps),
    element("figcaption", {}, t("network.how_drawn")),
  );
}

/**
 * "64 × 8 × 8": channels, height, width; of tokens: how many and how wide.
 * @param {number[]|null} shape
 */
export function shapeWords(shape) {
  return shape ? shape.join(" × ") : "–";
}

function step(part, scale) {
  const { name, shape, parameters, attention } = part;
  return element(
    "li",
    {},
    block(part, scale),
    element("b", { title: name }, name),
    element("span", {}, shapeWords(shape)),
    parameters ? element("small", {}, t("network.parameters_short", { count: compact(parameters) })) : null,
    attention.length
      ? element("small", { class: "attention" }, t("network.attention", { count: attention.length }))
      : null,
  );
}

/** Maps are (channels, height, width), tokens (number, width), a vector (width). */
function side(shape) {
  return shape.length === 3 ? shape[1] : shape.length === 2 ? Math.sqrt(shape[0]) : 1;
}

function channels(shape) {
  return shape.length === 2 ? shape[1] : shape[0];
}

function share(value, most) {
  return Math.log2(1 + value) / Math.log2(1 + most);
}

function block({ shape, attention }, scale) {
  const isVector = side(shape) === 1;
  const face = isVector ? 5 : Math.max(8, FACE * share(side(shape), scale.side));
  const depth = isVector
    ? 8 + DEPTH * share(channels(shape), scale.channels)
    : Math.max(2, DEPTH * share(channels(shape), scale.channels));
  const rise = depth * SLANT;
  const [left, top] = [(BOX.width - face - depth) / 2, (BOX.height - face - rise) / 2 + rise];
  const svg = node("svg", { viewBox: `0 0 ${BOX.width} ${BOX.height}`, "aria-hidden": "true" });
  svg.append(
    node("path", {
      class: "top",
      d: polygon([
        [left, top],
        [left + depth, top - rise],
        [left + depth + face, top - rise],
        [left + face, top],
      ]),
    }),
    node("path", {
      class: "side",
      d: polygon([
        [left + face, top],
        [left + face + depth, top - rise],
        [left + face + depth, top - rise + face],
        [left + face, top + face],
      ]),
    }),
    node("path", {
      class: "face",
      d: polygon([
        [left, top],
        [left + face, top],
        [left + face, top + face],
        [left, top + face],
      ]),
    }),
  );
  if (attention.length) {
    const [x, y] = [left + face + depth, top - rise];
    svg.append(
      node("path", {
        class: "gate",
        d: polygon([
          [x + 3, y - 2],
          [x + 6, y - 4],
          [x + 6, y + face - 4],
          [x + 3, y + face - 2],
        ]),
      }),
    );
  }
  return svg;
}

function polygon(points) {
  return `M${points.map((point) => point.map((value) => value.toFixed(1)).join(" ")).join("L")}Z`;
}

function node(tag, properties) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(properties)) made.setAttribute(name, value);
  return made;
}
