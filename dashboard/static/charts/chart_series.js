// Which series of a run a chart draws, and what they are called.

import { preference } from "../base/preferences.js";
import { hasText, t } from "../base/texts.js";

/**
 * Whether a series belongs to one of a chart's patterns: `*` stands for anything.
 * @param {string} name
 * @param {string[]} patterns
 */
export function matches(name, patterns) {
  return patterns.some((pattern) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
}

/**
 * The series of a run that a chart needs to have loaded.
 * @param {ChartSpec} spec
 * @param {ChartRun} run
 */
export function seriesOf(spec, run) {
  if (spec.x === "sample") return [];
  const wanted = (run.info?.series ?? []).filter((name) => matches(name, [...spec.series, ...spec.right]));
  const more = Object.values(spec.ratios).flat();
  if (spec.kind === "stack" && preference("absoluteShares")) more.push("loss");
  if (preference("axis") === "time") more.push("seconds");
  return [...new Set([...wanted, ...more])];
}

/**
 * A name people know for a series: "training", "layer3", "term 'cls'".
 * @param {string} name
 */
export function seriesLabel(name) {
  const key = `chart.series.${name}`;
  return hasText(key) ? t(key) : (name.split(".").slice(1).join(".") || name).replaceAll("_", " ");
}

/**
 * Whether a run has anything for a chart.
 * @param {ChartSpec} spec
 * @param {ChartRun} run
 */
export function hasPart(spec, run) {
  const { series = [] } = run.info ?? {};
  return (
    series.some((name) => matches(name, spec.series)) ||
    run.epochs.some((row) => spec.epochs.some((field) => field in row))
  );
}
