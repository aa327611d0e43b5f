// What the tokens of a transformer attend to: every block and head at a glance, the chosen one large, and the rollout.

import { canvasFor, drawGrid, reachInWords, scaleBar } from "../maps/map_overlay.js";
import { panel, pictures, unpainted } from "./panels.js";
import { gateColour } from "../base/colours.js";
import { element } from "../base/dom.js";
import { MOST_SHARE } from "../maps/transformer_rows.js";
import { decimal } from "../base/format.js";
import { unpack } from "../maps/gate_drawing.js";
import { preference } from "../base/preferences.js";
import { t } from "../base/texts.js";

const SIDE = 40; // pixels of a map in the overview

/**
 * Two panels: attention by block and head, and rolled out over all blocks.
 * @param {{token: string, blocks: Object[], rollout: Object|null}} transformer of the job's result
 * @param {Object} seen the picture and the box that the network saw
 * @param {{provenance: string[], name: string}} about what is written on an exported picture
 */
export function tokenPanels({ token, blocks, rollout }, seen, about) {
  const heads = new HeadsPanel(token, blocks, seen, about).node;
  if (!rollout) return [heads];
  const exported = { title: t("attention.rollout.title"), pictures: [], lines: [], bar: null };
  return [
    heads,
    panel("rollout", exported.title, mapParts(rollout, seen, exported), t("attention.rollout.limit"), exported, about),
  ];
}

/** A map in multiples of an even share: its pictures, scale and figures, or why it is not painted. */
function mapParts(map, seen, exported) {
  Object.assign(exported, { pictures: [], lines: [], bar: null });
  const words = unpainted(map);
  if (words) {
    exported.lines.push(words);
    return [element("p", { class: "thaw-unpainted" }, words)];
  }
  const stretched = preference("pictureStretched");
  const scale = scaleOf(map);
  const reach = t("attention.tokens.reach", { low: decimal(map.min, 2), high: decimal(map.max, 2) });
  exported.lines.push(
    reach,
    t(stretched ? "attention.scale_own" : "attention.tokens.scale_fixed", { most: MOST_SHARE }),
  );
  const taken = { min: Math.min(map.min, scale.to), max: Math.min(map.max, scale.to) };
  return [
    pictures(map, seen, scale, reach, exported),
    scaleBar(scale, taken),
    element(
      "p",
      { class: "thaw-reach" },
      reach,
      stretched ? element("strong", {}, ` · ${t("attention.own_range")}`) : null,
    ),
  ];
}

function scaleOf({ min, max }) {
  return preference("pictureStretched")
    ? { from: min, to: max, colour: gateColour }
    : { from: 0, to: MOST_SHARE, colour: gateColour };
}

let chosen = null; // {block, head} that was last looked at: another picture shows the same one

class HeadsPanel {
  constructor(token, blocks, seen, about) {
    this.token = token;
    this.blocks = blocks;
    this.seen = seen;
    this.exported = { title: "", pictures: [], lines: [], bar: null };
    this.title = element("h4", {});
    this.large = element("div", {});
    this.buttons = [];
    const overview = element(
      "div",
      { class: "thaw-heads-scroll", tabindex: 0, "aria-label": t("attention.tokens.overview") },
      this._table(),
    );
    const kept = this.buttons.find(({ block, head }) => block.path === chosen?.block && head === chosen?.head);
    this._choose(kept ?? this.buttons.find(({ block, head }) => block === blocks.at(-1) && head === null));
    const parts = [
      this.title,
      this.large,
      element("h4", { class: "thaw-heads-title" }, t("attention.tokens.overview")),
      overview,
    ];
    this.node = panel(
      "heads",
      t(`attention.tokens.${token}`),
      parts,
      t("attention.tokens.limit"),
      this.exported,
      about,
    );
  }

  _table() {
    const count = Math.max(...this.blocks.map(({ heads }) => heads.length));
    const names = [t("attention.tokens.mean"), ...Array.from({ length: count }, (_, head) => String(head + 1))];
    const head = element("tr", {}, element("td", {}), ...names.map((name) => element("th", { scope: "col" }, name)));
    const rows = this.blocks.map((block, number) => {
      const cells = [[null, block.mean], ...block.heads.map((map, index) => [index, map])];
      return element(
        "tr",
        {},
        element("th", { scope: "row", title: block.path }, String(number + 1)),
        ...cells.map(([index, map]) => element("td", {}, this._button(block, number, index, map))),
      );
    });
    return element("table", { class: "thaw-heads" }, element("thead", {}, head), element("tbody", {}, ...rows));
  }

  _button(block, number, head, map) {
    const name =
      head === null
        ? t("attention.tokens.of_mean", { block: number + 1 })
        : t("attention.tokens.of_head", { block: number + 1, head: head + 1 });
    const button = { block, head, map, name };
    const canvas = canvasFor(map.shape[1], map.shape[0], SIDE);
    if (!unpainted(map)) drawGrid(canvas, unpack(map), scaleOf(map));
    button.node = element(
      "button",
      {
        type: "button",
        "aria-label": `${name}: ${unpainted(map) || reachInWords(map)}`,
        title: name,
        onclick: () => this._choose(button),
      },
      canvas,
    );
    this.buttons.push(button);
    return button.node;
  }

  _choose(button) {
    chosen = { block: button.block.path, head: button.head };
    for (const other of this.buttons) other.node.setAttribute("aria-pressed", String(other === button));
    this.title.textContent = `${button.name} · ${button.block.path}`;
    this.large.replaceChildren(...mapParts(button.map, this.seen, this.exported));
    this.exported.title = `${t(`attention.tokens.${this.token}`)}: ${this.title.textContent}`;
  }
}
