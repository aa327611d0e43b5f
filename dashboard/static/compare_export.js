// A comparison as a table of numbers: one line a run or mean of seeds, its figures and every setting that differs.

import { table } from "./chart_export.js";
import { figuresForCsv } from "./compare_figures.js";
import { download } from "./dom.js";
import { settingRows } from "./settings_diff.js";

/** Offer the comparison of runs and means of seeds as CSV. */
export function saveComparison(units) {
  const runs = units.flatMap((unit) => unit.runs ?? [unit]);
  const differing = settingRows(runs.map((run) => run.info.config)).filter(({ differs }) => differs);
  const { head, lines } = figuresForCsv(units);
  const rows = units.map((unit, index) => {
    const own = (unit.runs ?? [unit]).map((run) => runs.indexOf(run));
    const settings = differing.map(({ values }) => [...new Set(own.map((at) => values[at]))].join(" | "));
    return [(unit.runs ?? [unit]).map((run) => run.id).join(" "), unit.label, unit.status.state, ...lines[index], ...settings];
  });
  const csv = table(["run", "label", "state", ...head, ...differing.map(({ field }) => field)], rows);
  download("comparison.csv", csv, "text/csv;charset=utf-8");
}
