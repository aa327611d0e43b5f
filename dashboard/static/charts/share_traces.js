// The shares that the terms have in the loss: stacked, or as single lines, and beside them the published ones.

import { faint, termColour, themeColour } from "../base/colours.js";
import { preference } from "../base/preferences.js";
import { t } from "../base/texts.js";
import { publishedShares } from "../data/published_lines.js";
import { seriesLabel, seriesOf } from "./chart_series.js";
import { line, plain } from "./trace.js";

/**
 * The shares of the loss: stacked in percent or in the loss's units; single lines where one is negative.
 * @param {Pen} pen
 */
export function shareTraces(pen) {
  const { run } = pen;
  const names = seriesOf(pen.spec, run).filter((name) => name.startsWith("share."));
  const absolute = preference("absoluteShares");
  const loss = absolute ? run.points("loss", pen.zoomed) : null;
  const negative = hasNegative(run, names);
  const layers = names.flatMap((name, index) => {
    const points = run.points(name, pen.zoomed);
    if (!points || (absolute && !loss)) return [];
    pen.keys.push(points.id, absolute ? loss.id : "", negative);
    const count = absolute ? Math.min(points.row.length, loss.row.length) : points.row.length;
    const share = preference("smoothing") > 0 ? points.smooth : points.mean;
    const total = preference("smoothing") > 0 ? loss?.smooth : loss?.mean;
    const value = share
      .slice(0, count)
      .map((part, at) => (absolute && part !== null ? (part * total[at]) / 100 : part));
    const color = termColour(index);
    const style = negative
      ? { line: { color, width: 1.75 } }
      : { stackgroup: "shares", line: { color, width: 0.75 }, fillcolor: faint(color, 0.45) };
    return [
      line(
        pen,
        { row: points.row.slice(0, count), value },
        { name: plain(seriesLabel(name)), ...style, ...units({ absolute }) },
      ),
    ];
  });
  return layers.length && !pen.several
    ? [...layers, ...publishedEdges(pen, names, { absolute, stacked: !negative })]
    : layers;
}

/** How a share is told: in percent, or in the loss's own units, which have no name. */
function units({ absolute }) {
  return absolute ? { unit: "" } : { digits: 1 };
}

/** The published shares, dashed: where the layers of the published run had their upper edges, or its single lines. */
function publishedEdges(pen, names, how) {
  return publishedShares(pen.run, names, how).map(({ term, model, row, value, own }, index) => {
    pen.keys.push(term, own.length);
    const words = plain(t("published.line", { model }));
    const color = how.stacked ? themeColour("text") : termColour(names.indexOf(term));
    const style = {
      name: words,
      legendgroup: "published",
      showlegend: index === 0,
      line: { color, width: 1.5, dash: "8px,5px" },
    };
    return line(pen, { row, value, shown: own }, { ...style, ...units(how), of: plain(seriesLabel(term)) });
  });
}

/** Whether a share was ever negative: then areas cannot be stacked. */
function hasNegative(run, names) {
  return names.some((name) => run.points(name, false)?.low.some((value) => value !== null && value < 0));
}
