// The rows of a transformer in the attention film: what each block attends to, by the chosen head, and the rollout.

import { element } from "../base/dom.js";
import { ofImage } from "./gate_drawing.js";
import { t } from "../base/texts.js";

/** Times an even share at which the fixed scale ends; what lies beyond takes the end's colour. */
export const MOST_SHARE = 4;
const MEAN = ""; // the choice of no single head

/**
 * What rows a moment has: its blocks of self-attention, and the rollout where there is one.
 * @param {MapMoment} moment
 */
export function tokenRows({ transformer = [], gates }) {
  return [...transformer, ...(gates.rollout ? ["rollout"] : [])];
}

/**
 * The map of one row and image in multiples of an even share; null where the row is none of a transformer.
 * @param {Object} moment of the answer of /maps/ITERATION, its gates unpacked
 * @param {string} row a block's path, or rollout
 * @param {number} index of the image
 * @param {string} head its number from 0, or empty for the mean of all
 */
export function tokenMap({ gates }, row, index, head) {
  const packed = row === "rollout" ? gates.rollout : gates[`${row}/heads`];
  if (!packed) return null;
  const { shape, values } = ofImage(packed, index);
  const [heads, rows, columns] = row === "rollout" ? [1, ...shape] : shape;
  const size = rows * columns;
  const taken =
    head !== MEAN && Number(head) < heads ? [Number(head)] : Array.from({ length: heads }, (_, each) => each);
  const shares = Float32Array.from(
    { length: size },
    (_, at) => (size * taken.reduce((sum, each) => sum + values[each * size + at], 0)) / taken.length,
  );
  return { shape: [rows, columns], values: shares };
}

/** A list of heads; hidden where there is no choice. */
export class HeadChoice {
  constructor(choose) {
    this.list = element("select", { class: "thaw-select", "aria-label": t("run.maps.head"), onchange: choose });
    this.node = element(
      "label",
      { class: "thaw-film-head", hidden: true },
      element("span", {}, t("run.maps.head")),
      this.list,
    );
    this.count = 0;
  }

  get chosen() {
    return this.list.value;
  }

  /** Offer the heads that a moment has maps of. */
  offer({ transformer = [], gates }) {
    const count = Math.max(0, ...transformer.map((block) => gates[`${block}/heads`]?.shape[1] ?? 0));
    if (count === this.count) return;
    this.count = count;
    this.node.hidden = count < 2;
    const heads = Array.from({ length: count }, (_, head) =>
      element("option", { value: String(head) }, String(head + 1)),
    );
    this.list.replaceChildren(element("option", { value: MEAN }, t("run.maps.mean_head")), ...heads);
  }
}
