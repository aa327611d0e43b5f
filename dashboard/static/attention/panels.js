// The panels of the attention viewer: one for each attention block, and one for Grad-CAM, which asks something else.

import { canvasFor, drawGrid, drawOver, heatColour, reachInWords, scaleBar } from "../maps/map_overlay.js";
import { savePanel } from "./export.js";
import { gateColour } from "../base/colours.js";
import { button, element } from "../base/dom.js";
import { decimal, significant } from "../base/format.js";
import { drawChannel, unpack } from "../maps/gate_drawing.js";
import { preference } from "../base/preferences.js";
import { t } from "../base/texts.js";

const SIDE = 230; // pixels of a picture
const WIDEST = [0.6, 1.8]; // share of the row that a tall or wide picture gets, that of the grid being 1
const DEAD = 0.05; // a channel gate below is closed, above 1 - DEAD open

/**
 * One attention block: its spatial gate over the picture and on its own grid, its channel gate as bars.
 * @param {Object} block of the job's result: path, spatial, channel
 * @param {SeenPicture} seen
 * @param {{provenance: string[], kernel: number|null, name: string}} about what is written on an exported picture;
 *     width of the convolution that makes the spatial gate
 */
export function blockPanel(block, seen, about) {
  const { spatial, channel } = block;
  /** @type {HTMLElement[]} */
  const parts = [];
  const exported = { title: `${t("attention.block", { path: block.path })}`, pictures: [], lines: [], bar: null };
  if (spatial) parts.push(...spatialParts(spatial, seen, about.kernel, exported));
  else parts.push(element("p", { class: "thaw-help" }, t("run.maps.no_gate")));
  if (channel) parts.push(channelPart(channel, block.path, exported));
  return panel("block", t("attention.block", { path: block.path }), parts, t("attention.limit"), exported, about);
}

function spatialParts(spatial, seen, kernel, exported) {
  const words = unpainted(spatial);
  if (words) {
    exported.lines.push(words);
    return [element("h4", {}, t("attention.spatial")), element("p", { class: "thaw-unpainted" }, words)];
  }
  const stretched = preference("pictureStretched");
  const scale = { from: stretched ? spatial.min : 0, to: stretched ? spatial.max : 1, colour: gateColour };
  const reach = reachInWords(spatial);
  exported.lines.push(reach, t(stretched ? "attention.scale_own" : "attention.scale_fixed"));
  return [
    element("h4", {}, t("attention.spatial")),
    pictures(spatial, seen, scale, reach, exported, kernel),
    scaleBar(scale, spatial),
    element(
      "p",
      { class: "thaw-reach" },
      reach,
      stretched ? element("strong", {}, ` · ${t("attention.own_range")}`) : null,
    ),
  ];
}

/**
 * Why a map is told in words instead of painted; empty where it is painted.
 * @param {{word: string, min: number, max: number}} map
 */
export function unpainted({ word, min, max }) {
  if (word === "non_finite") return t("run.maps.not_finite");
  return word === "flat" ? t("run.maps.flat", { low: decimal(min, 3), high: decimal(max, 3) }) : "";
}

/**
 * The map over the picture, and alone on its own grid; both are added to what is exported.
 * @param {{shape: number[], data: string}} packed
 * @param {SeenPicture} seen
 * @param {{from: number, to: number, colour: (share: number) => number[]}} scale
 * @param {string} told what the map shows, for those who do not see it
 * @param {ExportedPanel} exported
 * @param {number|null} [kernel] width of the convolution that made the map
 */
export function pictures(packed, seen, scale, told, exported, kernel = null) {
  const map = unpack(packed);
  const [rows, columns] = map.shape;
  const over = canvasFor(seen.width, seen.height, SIDE);
  drawOver(over, seen, map, scale);
  const grid = canvasFor(columns, rows, SIDE);
  drawGrid(grid, map, scale);
  const frame = element("div", { class: "thaw-grid-frame" }, grid);
  const captions = [t("attention.over"), t("attention.grid", { rows, columns })];
  exported.pictures.push(...[over, grid].map((canvas, index) => ({ canvas, caption: captions[index] })));
  exported.bar = scale;
  const rim = kernel ? (kernel - 1) / 2 : 0;
  if (rim && rows > 2 * rim && columns > 2 * rim) {
    const inner = element("span", { class: "thaw-rim", "aria-hidden": "true" });
    inner.style.inset = `${(100 * rim) / rows}% ${(100 * rim) / columns}%`;
    frame.append(inner);
    captions[1] += ` · ${t("attention.rim")}`;
  } else if (rim) captions[1] += ` · ${t("attention.all_rim")}`;
  const both = element(
    "div",
    { class: "thaw-panel-pictures" },
    ...[over, frame].map((node, index) => {
      const canvas = index ? grid : over;
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `${captions[index]}. ${told}`);
      return element("figure", {}, node, element("figcaption", {}, captions[index]));
    }),
  );
  const [least, most] = WIDEST;
  both.style.setProperty("--wide", `${Math.min(most, Math.max(least, seen.width / seen.height))}fr`);
  return both;
}

function channelPart(channel, path, exported) {
  const title = element("h4", {}, t("attention.channel"));
  const words = unpainted(channel);
  if (words)
    return element("div", { class: "thaw-channel-part" }, title, element("p", { class: "thaw-unpainted" }, words));
  const values = Float32Array.from(channel.values);
  const canvas = Object.assign(document.createElement("canvas"), {
    width: 2 * 460,
    height: 2 * 64,
    className: "thaw-channel-bars",
  });
  drawChannel(canvas, values);
  const counts = {
    count: values.length,
    closed: values.filter((value) => value < DEAD).length,
    open: values.filter((value) => value > 1 - DEAD).length,
    low: decimal(channel.min, 3),
    high: decimal(channel.max, 3),
  };
  const told = t("run.maps.channels_told", counts);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${path}: ${told}`);
  exported.pictures.push({ canvas, caption: `${t("attention.channel")}: ${told}`, wide: true });
  return element("div", { class: "thaw-channel-part" }, title, canvas, element("p", { class: "thaw-reach" }, told));
}

/** Why a Grad-CAM is told in words instead of painted; empty where it is painted. */
function camInWords({ word, max }) {
  if (word === "no_places") return t("attention.cam.no_places");
  if (word === "non_finite") return t("run.maps.not_finite");
  if (max <= 0) return t("attention.cam.nothing");
  return word === "flat" ? t("attention.cam.flat") : "";
}

/**
 * Grad-CAM of one class. Nothing of it is a gate, and the panel says so.
 * @param {Object} cam grad_cam of the job's result
 * @param {string[]} classes
 * @param {(index: number) => void} choose called with another class
 */
export function gradCamPanel(cam, classes, seen, about, choose) {
  const name = classes[cam.class] ?? String(cam.class);
  const list = element(
    "select",
    { class: "thaw-select", "aria-label": t("attention.cam.choose"), onchange: () => choose(Number(list.value)) },
    ...classes.map((word, index) => element("option", { value: index, selected: index === cam.class }, word)),
  );
  const exported = { title: t("attention.cam.title", { name }), pictures: [], lines: [], bar: null };
  const words = camInWords(cam);
  /** @type {HTMLElement[]} */
  const parts = [
    element(
      "p",
      { class: "thaw-cam-choice" },
      element("span", {}, t("attention.cam.question")),
      classes.length ? list : element("b", {}, name),
    ),
  ];
  if (words) {
    parts.push(element("p", { class: "thaw-unpainted" }, words));
    exported.lines.push(words);
  } else {
    const scale = { from: 0, to: cam.max, colour: heatColour };
    const reach = t("attention.cam.reach", { high: significant(cam.max, 3), layer: cam.layer });
    exported.lines.push(reach);
    parts.push(
      pictures(cam, seen, scale, reach, exported),
      scaleBar(scale, cam),
      element("p", { class: "thaw-reach" }, reach),
    );
  }
  return panel("cam", t("attention.cam.heading"), parts, t("attention.cam.limit"), exported, about);
}

/**
 * A card with its title, a button that saves it, its parts, and what it does not prove (gates: see their heading).
 * @param {string} kind
 * @param {string} title
 * @param {HTMLElement[]} parts
 * @param {string} limit what it does not prove
 * @param {ExportedPanel} exported
 * @param {{provenance: string[], name: string}} about
 */
export function panel(kind, title, parts, limit, exported, about) {
  const save = button("PNG", {
    name: "image",
    kind: "quiet small",
    title: t("attention.save"),
    action: () => savePanel(`${about.name} ${title}`, { ...exported, limit, provenance: about.provenance }),
  });
  return element(
    "section",
    { class: `thaw-card thaw-panel ${kind}` },
    element("header", {}, element("h3", {}, title), save),
    ...parts,
    kind === "block" ? null : element("p", { class: "thaw-help" }, limit),
  );
}
