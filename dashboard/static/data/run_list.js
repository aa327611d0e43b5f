// The list of runs as the table shows it: what each is called, what it is sorted by, which words find it, seeds as one.

import { hasText, t } from "../base/texts.js";
import { STATES } from "./run_state.js";
import { seedsOf } from "./seeds.js";
import { meanOf } from "./spread.js";

/** Runs that one comparison takes at most. */
export const MOST_COMPARED = 10;

/**
 * What to call a run of /api/runs: its label, else what it trains.
 * @param {Pick<Run, "id" | "label" | "parts">} run
 */
export function nameOf(run) {
  return run.label || [run.parts?.model, run.parts?.data].filter(Boolean).join(" · ") || run.id;
}

/** What each column is sorted by; null sorts last in both directions. */
const KEYS = {
  state: (run) => STATES.indexOf(run.status.state),
  name: (run) => nameOf(run).toLowerCase(),
  data: (run) => run.parts?.data ?? null,
  model: (run) => run.parts?.model ?? null,
  last: (run) => run.status.last?.top1 ?? null,
  best: (run) => run.status.best?.top1 ?? null,
  duration: (run) => run.status.seconds ?? null,
  started: (run) => startOf(run),
};
/** Columns of figures: of a group of seeds only those that count have a say. */
const FIGURES = ["last", "best", "duration"];
/** Columns whose largest value is what people look for first. */
export const DESCENDING = ["last", "best", "duration", "started"];

/**
 * When a run began, in unix seconds.
 * @param {Pick<Run, "status">} run
 */
export function startOf(run) {
  return run.status.started ?? run.status.created ?? null;
}

/**
 * The runs that have every word of the filter somewhere: in label, parts, state, tags, notes, group or id.
 * @param {Run[]} runs
 * @param {string} filter
 */
export function matching(runs, filter) {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return runs;
  return runs.filter((run) => {
    const state = `state.${run.status.state}.name`;
    const places = [
      nameOf(run),
      run.id,
      run.group,
      run.status.state,
      hasText(state) ? t(state) : "",
      ...(run.tags ?? []),
      run.notes,
      ...Object.values(run.parts ?? {}),
    ];
    const heap = places.filter(Boolean).join(" ").toLowerCase();
    return words.every((word) => heap.includes(word));
  });
}

/**
 * Runs of one group become one entry; all others stand alone.
 * @returns {Array<{key: string, runs: Object[], group: string|null}>} in the order of the runs
 */
export function grouped(runs) {
  const entries = new Map();
  for (const run of runs) {
    const key = run.group ? `group ${run.group}` : run.id;
    if (!entries.has(key)) entries.set(key, { key, runs: [], group: null });
    entries.get(key).runs.push(run);
  }
  for (const entry of entries.values()) {
    if (entry.runs.length > 1) entry.group = entry.runs[0].group;
    else entry.key = entry.runs[0].id;
  }
  return [...entries.values()];
}

/**
 * Entries by a column, and the runs inside each group by the same.
 * @param {Array<{key: string, runs: Run[], group: string|null}>} entries
 * @param {{column: string, descending: boolean}} order
 */
export function sorted(entries, { column, descending }) {
  const key = KEYS[column];
  const turn = descending ? -1 : 1;
  const of = ({ runs, group }) => {
    const counting = (group && FIGURES.includes(column) && seedsOf(runs)) || runs;
    const values = counting.map(key).filter((value) => value !== null);
    if (!values.length) return null;
    return typeof values[0] === "number" ? meanOf(values) : values[0];
  };
  const compare = (a, b) => {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return turn * (typeof a === "string" ? a.localeCompare(b, undefined, { numeric: true }) : a - b);
  };
  const inside = entries.map((entry) => ({ ...entry, runs: [...entry.runs].sort((a, b) => compare(key(a), key(b))) }));
  return inside.sort((a, b) => compare(of(a), of(b)));
}
