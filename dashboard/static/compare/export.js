// A comparison as a table of numbers: one line a run or mean of seeds, its figures and every setting that differs.

import { table } from "../charts/chart_export.js";
import { figuresForCsv } from "./figures.js";
import { download } from "../base/dom.js";
import { runsOf } from "../data/seed_mean.js";
import { settingRowsOf } from "../data/settings_diff.js";

const EPOCHS = [
  ["last epoch", "last"],
  ["best epoch", "best"],
]; // of which the last and the best weights are

/**
 * Offer the comparison of runs and means of seeds as CSV.
 * @param {Unit[]} units
 */
export function saveComparison(units) {
  const differing = settingRowsOf(units).filter(({ differs }) => differs);
  const { head, lines } = figuresForCsv(units);
  const rows = units.map((unit, index) => {
    const ids = runsOf(unit).map((run) => run.id);
    return [
      ids.join(" "),
      unit.label,
      unit.status.state,
      ...lines[index],
      ...EPOCHS.map(([, which]) =>
        runsOf(unit)
          .map((run) => run.status[which]?.epoch ?? "")
          .join(" "),
      ),
      ...differing.map(({ values }) => values[index]),
    ];
  });
  const csv = table(
    ["run", "label", "state", ...head, ...EPOCHS.map(([name]) => name), ...differing.map(({ field }) => field)],
    rows,
  );
  download("comparison.csv", csv, "text/csv;charset=utf-8");
}
