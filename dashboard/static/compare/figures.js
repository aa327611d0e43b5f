// The final figures of compared runs: which is best, and a sentence on whether its lead means anything.

import { decimal, duration, isNumber, significant } from "../base/format.js";
import { preference } from "../base/preferences.js";
import { scoreInterval } from "../base/score_interval.js";
import { spread } from "../data/spread.js";
import { runsOf } from "../data/seed_mean.js";
import { studentT } from "../data/student_t.js";
import { t } from "../base/texts.js";

/** The columns, and what each is of a run. */
export const COLUMNS = {
  best: { of: (run) => run.status.best?.top1, percent: true, count: (run) => run.status.evaluated_on?.count },
  last: { of: (run) => run.status.last?.top1, percent: true, count: (run) => run.status.evaluated_on?.count },
  test: { of: (run) => run.status.test?.top1, percent: true, count: (run) => run.status.test?.count },
  test_best: { of: (run) => testOfBest(run.status)?.top1, percent: true, count: (run) => run.status.test?.count },
  balanced: { of: (run) => run.status.test?.balanced, percent: true },
  loss: { of: (run) => run.status.last?.loss, smaller: true, tell: (value) => significant(value) },
  time: { of: (run) => run.status.seconds, smaller: true, unranked: true, tell: duration },
  iterations: { of: (run) => run.status.iteration, unranked: true, tell: (value) => decimal(value) },
};

/** The figures on the test images of the best weights, which may be those of the last. */
function testOfBest({ test, test_best: best }) {
  return best ?? (test?.kept_as?.includes("best") ? test : null);
}

/**
 * What a unit says in a column, as mean and deviation over its seeds; null where it says nothing.
 * @param {Unit} unit
 * @param {string} column
 */
export function figureOf(unit, column) {
  return spread(
    runsOf(unit)
      .map((run) => COLUMNS[column].of(run))
      .map((value) => (isNumber(value) ? value : NaN)),
  );
}

/**
 * Whether figures may be ranked: all were measured on the same images.
 * @param {Unit[]} units
 */
export function comparable(units) {
  const runs = units.flatMap(runsOf);
  const areKnown = runs.every(({ info }) => info.data?.train && info.data.test); // not of runs of long ago
  const images = ({ info }) => (areKnown ? imagesOf(info.data) : info.config?.data);
  return new Set(runs.map((run) => JSON.stringify([images(run), run.status.evaluated_on]))).size === 1;
}

/** What tells the images of two runs apart, whatever the settings call them and wherever they lie. */
function imagesOf({ classes, train, test }) {
  return [classes, ...[train, test].map(({ files, pixels }) => files ?? pixels)];
}

/**
 * The head of a column, which names the images that it was measured on; those of all units, if they are not the same.
 * @param {string} column
 * @param {Unit[]} units
 */
export function columnName(column, units) {
  const names = units.map(({ status }) => (status.evaluated_on?.name === "test" ? "test" : "validation"));
  const on = [...new Set(names)].map((name) => t(`run.set.${name}`)).join(" / ");
  return t(`compare.column.${column}${COLUMNS[column].percent && preference("error") ? "_error" : ""}`, { on });
}

/**
 * The unit with the best figure of a column; null where none is better than all others.
 * @param {Unit[]} units
 * @param {string} column
 * @returns {Unit|null}
 */
export function bestOf(units, column) {
  if (COLUMNS[column].unranked) return null;
  const order = bestFirst(units, column);
  return order.length > 1 && figureOf(order[0], column).mean !== figureOf(order[1], column).mean ? order[0] : null;
}

/** The units that have a figure in a column, the best first. */
function bestFirst(units, column) {
  const sign = COLUMNS[column].smaller ? -1 : 1;
  const known = units.filter((unit) => figureOf(unit, column));
  return known.sort((a, b) => sign * (figureOf(b, column).mean - figureOf(a, column).mean));
}

/**
 * The unit whose lead over the next in a column is beyond chance, which deserves a star; null where none is known to.
 * @param {Unit[]} units
 * @param {string} column
 * @returns {Unit|null}
 */
export function leaderOf(units, column) {
  const first = bestOf(units, column);
  const second = first && bestFirst(units, column)[1];
  const margin = first && marginOf(first, second, column);
  const lead = first && Math.abs(figureOf(first, column).mean - figureOf(second, column).mean);
  return margin && lead > margin.half ? first : null;
}

/**
 * Whether the lead of the best over the next is more than chance, in a sentence: on the test images, once all runs
 * ended; the best epoch was chosen by the figure that it has, which flatters and spreads it.
 * @param {Unit[]} units each with `label`
 */
export function conclusion(units) {
  const known = units.filter((unit) => figureOf(unit, "best"));
  if (known.length < 2) return "";
  if (!comparable(known)) return t("compare.not_comparable");
  const column = known.every((unit) => runsOf(unit).every((run) => isNumber(COLUMNS.test.of(run)))) ? "test" : "best";
  const [first, second] = [...known].sort((a, b) => figureOf(b, column).mean - figureOf(a, column).mean);
  const lead = figureOf(first, column).mean - figureOf(second, column).mean;
  const margin = marginOf(first, second, column);
  const on = columnName(column, [first, second]);
  const values = {
    on,
    first: first.label,
    second: second.label,
    lead: decimal(lead, 2),
    margin: margin === null ? "" : decimal(margin.half, 2),
  };
  if (lead === 0) return t("compare.tie", values);
  if (margin === null) return t("compare.mixed", values);
  const kind = margin.seeds ? "seeds" : "images";
  return t(`compare.${lead > margin.half ? "ahead" : "within"}_${kind}`, values);
}

/**
 * Half the width of the 95 % interval of the difference: between seeds as Welch 1947 has it; between single runs
 * from the score intervals over the images (method 10 of Newcombe 1998), as if those were not the same for both, which
 * is careful.
 */
function marginOf(first, second, column) {
  const [a, b] = [first, second].map((unit) => figureOf(unit, column));
  if (a.count > 1 && b.count > 1) {
    const [va, vb] = [a, b].map(({ deviation, count }) => deviation ** 2 / count);
    const freedom = (va + vb) ** 2 / (va ** 2 / (a.count - 1) + vb ** 2 / (b.count - 1));
    return { seeds: true, half: va + vb ? studentT(0.05, freedom) * Math.sqrt(va + vb) : 0 };
  }
  const count = COLUMNS[column].count?.(first);
  if (a.count > 1 || b.count > 1 || !count) return null;
  const [high, low] = a.mean > b.mean ? [a.mean / 100, b.mean / 100] : [b.mean / 100, a.mean / 100];
  const half = 100 * Math.hypot(high - scoreInterval(high, count)[0], scoreInterval(low, count)[1] - low);
  return { seeds: false, half };
}

/**
 * The figures as rows of a table of numbers: one line a unit.
 * @param {Unit[]} units
 */
export function figuresForCsv(units) {
  const names = Object.keys(COLUMNS);
  const head = names.flatMap((column) => [column, `${column} deviation`]);
  return {
    head,
    lines: units.map((unit) =>
      names.flatMap((column) => {
        const found = figureOf(unit, column);
        return [found?.mean ?? null, found?.deviation ?? null];
      }),
    ),
  };
}
