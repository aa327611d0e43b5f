// The table of the final figures of compared runs, with the best marked.

import { element, icon } from "../base/dom.js";
import { accuracy, decimal } from "../base/format.js";
import { preference } from "../base/preferences.js";
import { t } from "../base/texts.js";
import { SeedMean } from "../data/seed_mean.js";
import { COLUMNS, columnName, comparable, figureOf, leaderOf } from "./figures.js";
import { seedsInWords, unitName } from "./compared_name.js";

/**
 * The table of final figures.
 * @param {Array} units runs and means of seeds, each with `label`
 */
export function figuresTable(units) {
  const columns = Object.keys(COLUMNS).filter((column) => units.some((unit) => figureOf(unit, column)));
  const ranked = comparable(units);
  const best = Object.fromEntries(
    columns.map((column) => [column, ranked && units.length > 1 ? leaderOf(units, column) : null]),
  );
  const head = element(
    "tr",
    {},
    element("th", { scope: "col" }, t("runs.column.name")),
    ...columns.map((column) => element("th", { scope: "col", class: "number" }, columnName(column, units))),
  );
  const lines = units.map((unit) =>
    element(
      "tr",
      {},
      element(
        "th",
        { scope: "row" },
        unitName(unit),
        unit instanceof SeedMean ? element("small", {}, seedsInWords("runs.seeds", unit)) : null,
      ),
      ...columns.map((column) => cell(unit, column, best[column] === unit)),
    ),
  );
  return element("table", { class: "thaw-compare-table" }, element("thead", {}, head), element("tbody", {}, ...lines));
}

function cell(unit, column, isBest) {
  const found = figureOf(unit, column);
  if (!found) return element("td", { class: "number" }, "–");
  const { figure, basis } = words(unit, column, found);
  const mark = isBest
    ? element(
        "span",
        { class: "thaw-best" },
        icon("star"),
        element("span", { class: "thaw-unseen" }, t("compare.best")),
      )
    : null;
  return element(
    "td",
    { class: `number${isBest ? " best" : ""}` },
    element("div", {}, mark, element("b", {}, figure)),
    basis ? element("small", {}, basis) : null,
  );
}

function words(unit, column, { mean, deviation, low, high, count }) {
  const about = COLUMNS[column];
  if (!about.percent) return { figure: about.tell(mean), basis: "" };
  if (count < 2) return accuracy(mean, about.count?.(unit), preference("error"));
  const shown = preference("error") ? 100 - mean : mean;
  const [from, to] = preference("error") ? [100 - high, 100 - low] : [low, high];
  return {
    figure: t("runs.mean", { mean: decimal(shown, 2), deviation: decimal(deviation, 2) }),
    basis: t("runs.range", { low: decimal(from, 1), high: decimal(to, 1) }),
  };
}
