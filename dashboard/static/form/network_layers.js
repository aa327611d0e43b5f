// Every layer of a network as a table, folded by part: what comes out, parameters, multiply-adds, and when it trains.

import { element, icon } from "../base/dom.js";
import { shapeWords } from "./network_drawing.js";
import { compact, decimal } from "../base/format.js";
import { t } from "../base/texts.js";

const unfolded = new Set(); // parts that stay unfolded when the network changes

/**
 * The table; the rows of a part are made when it is unfolded, as there can be thousands.
 * @param {NetworkSummary} found
 */
export function layerTable(found) {
  const stages = found.trained.length;
  const heads = ["layer", "output", "parameters", "work", "trains"].map((name) =>
    element("th", { scope: "col" }, t(`network.column.${name}`)),
  );
  const groups = found.parts.map((part) =>
    group(
      part,
      found.layers.filter((layer) => layer.part === part.name),
      stages,
    ),
  );
  const total = element(
    "tr",
    {},
    element("th", { scope: "row" }, t("network.total")),
    element("td", {}, ""),
    number(decimal(found.total)),
    number(compact(found.multiply_adds)),
    element(
      "td",
      {},
      stages > 1
        ? found.trained
            .map((count, index) => t("network.in_stage", { number: index + 1, count: compact(count) }))
            .join(", ")
        : "",
    ),
  );
  const table = element(
    "table",
    { class: "thaw-network-layers" },
    element("caption", {}, t("network.layers")),
    element("thead", {}, element("tr", {}, ...heads)),
    ...groups,
    element("tfoot", {}, total),
  );
  return element(
    "div",
    { class: "thaw-scroll", tabindex: "0", role: "region", "aria-label": t("network.layers") },
    table,
  );
}

function group(part, layers, stages) {
  const body = element("tbody", {});
  const fold = element(
    "button",
    {
      type: "button",
      class: "thaw-network-fold",
      "aria-expanded": "false",
      onclick: () => turn(!unfolded.has(part.name)),
    },
    icon("chevron"),
    part.name,
    element("small", {}, t("network.layer_count", { count: decimal(layers.length) })),
  );
  const turn = (open) => {
    unfolded[open ? "add" : "delete"](part.name);
    fold.setAttribute("aria-expanded", String(open));
    body.replaceChildren(body.firstChild, ...(open ? layers.map((layer) => row(layerName(layer), layer, stages)) : []));
  };
  body.append(row(fold, part, stages, "part"));
  if (unfolded.has(part.name)) turn(true);
  return body;
}

function layerName({ name, kind }) {
  return element("span", { class: "thaw-network-layer" }, name, element("small", {}, kind));
}

function row(name, { shape, parameters, multiply_adds: work, trains }, stages, kind = "") {
  return element(
    "tr",
    { class: kind },
    element("th", { scope: "row" }, name),
    element("td", { class: "shape" }, shapeWords(shape)),
    number(parameters ? decimal(parameters) : ""),
    number(work ? compact(work) : ""),
    element("td", {}, parameters ? when(trains, stages) : ""),
  );
}

function number(words) {
  return element("td", { class: "number" }, words);
}

/** In which stages: by word and sign, not by colour alone. */
function when(trains, stages) {
  if (!trains.length) return element("span", { class: "frozen" }, icon("snowflake"), t("network.never"));
  const some = () => t(trains.length > 1 ? "network.stages" : "network.stage", { numbers: trains.join(", ") });
  const words = trains.length < stages ? some() : t(stages > 1 ? "network.always" : "network.trains");
  return element("span", { class: "training" }, icon("flame"), words);
}
