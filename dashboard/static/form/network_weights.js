// What the chosen starting weights will fill, part by part, what stays random, and what does not fit and why.

import { element, icon } from "../base/dom.js";
import { shapeWords } from "./network_drawing.js";
import { codedText, t } from "../base/texts.js";

const MOST = 200; // names in a list

/** @param {Object} weights `weights` of the engine's answer */
export function weightsNode({ source, parts, unfit, on_start: onStart, error, told }) {
  const title = element("h4", {}, t("network.weights.title", { source }));
  if (error)
    return element(
      "div",
      { class: "thaw-network-weights" },
      title,
      element("p", { class: "thaw-fault-words" }, codedText(told, error)),
    );
  const rows = parts.map((part) => element("li", {}, element("b", {}, part.name), state(part, onStart)));
  return element(
    "div",
    { class: "thaw-network-weights" },
    title,
    element("ul", {}, ...rows),
    unfit.length ? names(t("network.weights.unfit", { count: unfit.length }), unfit.map(reason)) : null,
    element("p", { class: "thaw-help" }, t(onStart ? "network.weights.on_start" : "network.weights.help")),
  );
}

function state({ loaded, random }, onStart) {
  if (!random.length) return sign("check", "loaded", t("network.weights.loaded", { count: loaded }));
  if (onStart) return sign("warning", "random", t("network.weights.incomplete"));
  const words = loaded
    ? t("network.weights.partly", { loaded, random: random.length })
    : t("network.weights.random", { count: random.length });
  return element("span", {}, sign("warning", "random", words), names(t("network.weights.which"), random));
}

function sign(name, kind, words) {
  return element("span", { class: kind }, icon(name), words);
}

function names(title, list) {
  const shown = list.slice(0, MOST).map((name) => element("li", {}, name));
  const more = list.length > MOST ? element("li", {}, t("network.weights.more", { count: list.length - MOST })) : null;
  return element("details", {}, element("summary", {}, title), element("ul", { class: "names" }, ...shown, more));
}

function reason({ name, why, shape, wanted }) {
  return t(`network.weights.why.${why}`, { name, shape: shapeWords(shape), wanted: shapeWords(wanted) });
}
