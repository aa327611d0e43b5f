// How the classes share what an epoch tells of, stacked to the whole.

import { t } from "../base/texts.js";
import { thinned } from "../data/points.js";
import { line, plain } from "./trace.js";

const MOST_CLASSES = 10; // drawn one by one

/**
 * The classes of one run; of several runs none.
 * @param {Pen} pen
 */
export function classTraces(pen) {
  const { spec, run, several } = pen;
  const [field] = spec.epochs;
  const all = run.epochs.filter((row) => Array.isArray(row[field]));
  if (!all.length || several) return [];
  const rows = thinned(all, (row) => row.iteration);
  if (rows.length < all.length) pen.keys.push(all.length);
  const classes = balanced(
    rows.map((row) => row[field]),
    run.info?.class_names ?? [],
  );
  pen.keys.push(...classes.map(({ name }) => name)); // of many, others may become the most frequent
  return classes.map(({ name, value }, index) => {
    const points = { row: rows.map((row) => row.iteration - 1), value };
    const hue = Math.round((360 * index) / classes.length); // more classes than there are colours of terms
    const color = `hsl(${hue}, 45%, 52%)`;
    const style = {
      name: plain(name),
      stackgroup: "classes",
      mode: "lines+markers",
      cliponaxis: false,
      marker: { size: 4, color },
      line: { color, width: 0.75 },
      fillcolor: `hsla(${hue}, 45%, 52%, 0.45)`,
    };
    return line(pen, points, { ...style, digits: 1 });
  });
}

/** The share of each class over the epochs; of many classes the most frequent ones, and the others together. */
function balanced(shares, names) {
  const classes = shares.at(-1).map((now, index) => ({
    name: names[index] ?? String(index + 1),
    value: shares.map((row) => row[index] ?? null),
    now,
  }));
  if (classes.length <= MOST_CLASSES) return classes;
  const most = [...classes].sort((a, b) => b.now - a.now).slice(0, MOST_CLASSES - 1);
  const rest = classes.filter((one) => !most.includes(one));
  const sum = (at) => rest.reduce((total, { value }) => total + value[at], 0);
  return [
    ...most,
    { name: t("chart.class_balance.others", { count: rest.length }), value: shares.map((_, at) => sum(at)) },
  ];
}
