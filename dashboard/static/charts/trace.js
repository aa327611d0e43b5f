// One line of a chart, as Plotly takes it.

import { preference } from "../base/preferences.js";

/**
 * A Plotly trace of the points that are in sight, with one neighbour on each side so that lines run off the edge.
 * @param {Pen} pen
 * @param {{row: number[], value: number[], shown?: number[]}} points shown: what a pointer is told instead of the place
 *     on the y axis
 * @param {Record<string, any>} style of: of what the value is told; all but digits, unit and of goes to Plotly
 */
export function line(pen, { row, value, shown = null }, { digits = null, unit = null, of = "", ...style }) {
  const { axis, range, zoomed, spec } = pen;
  let x = row.map((at) => axis.at(at + 1));
  let y =
    spec.complement && preference("error") ? value.map((right) => (right === null ? null : 100 - right)) : [...value];
  if (zoomed) {
    const first = Math.max(0, x.findIndex((place) => place >= range[0]) - 1);
    const beyond = x.findIndex((place) => place > range[1]);
    const last = beyond < 0 ? x.length : beyond + 1;
    const cut = (points) => (x.at(-1) < range[0] ? [] : points?.slice(first, last));
    [x, y, shown] = [cut(x), cut(y), cut(shown)];
    pen.keys.push(first, beyond);
  }
  const shownUnit = unit ?? (style.yaxis === "y2" ? spec.right_unit : spec.unit);
  const format = `%{${shown ? "customdata" : "y"}:${digits === null ? ".4~g" : `.${digits}f`}}`;
  return {
    type: "scatter",
    mode: "lines",
    x,
    y,
    ...(shown && { customdata: shown }),
    hovertemplate: [format, shownUnit, of && `· ${of}`].filter(Boolean).join(" "),
    ...style,
  };
}

const LONGEST = 40; // characters of a label beside others

/**
 * A run's label for the box under the pointer, which has room for several: its beginning and its end.
 * @param {string} label
 */
export function shortLabel(label) {
  const letters = [...label];
  return letters.length <= LONGEST ? label : `${letters.slice(0, 26).join("")}…${letters.slice(-13).join("")}`;
}

/**
 * Text that Plotly shows as it is: it would read tags and entities.
 * @param {string} words
 */
export function plain(words) {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
