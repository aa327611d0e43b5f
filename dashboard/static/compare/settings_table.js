// The settings of compared runs: only those that differ, or all of them.

import { element } from "../base/dom.js";
import { preference } from "../base/preferences.js";
import { settingRowsOf } from "../data/settings_diff.js";
import { t } from "../base/texts.js";
import { unitName } from "./compared_name.js";

/**
 * A table with a line for each setting and a column for each run or mean of seeds.
 * @param {Unit[]} units each with `label`
 */
export function settingsTable(units) {
  const rows = settingRowsOf(units);
  const all = preference("allSettings");
  const shown = all ? rows : rows.filter(({ differs }) => differs);
  if (!shown.length) return element("p", { class: "thaw-empty" }, t("compare.same_settings"));
  const head = element(
    "tr",
    {},
    element("th", { scope: "col" }, t("compare.setting")),
    ...units.map((unit) => element("th", { scope: "col" }, unitName(unit))),
  );
  const lines = shown.map(({ field, values, differs }) =>
    element(
      "tr",
      { class: differs && all ? "differs" : "" },
      element("th", { scope: "row" }, element("code", {}, field.replaceAll(".", ".\u200b"))),
      ...values.map((value) =>
        element("td", { class: value === "" ? "thaw-missing" : "" }, value === "" ? t("compare.unset") : value),
      ),
    ),
  );
  const table = element(
    "table",
    { class: "thaw-compare-table settings" },
    element("thead", {}, head),
    element("tbody", {}, ...lines),
  );
  return element(
    "div",
    { class: "thaw-scroll", tabindex: 0, role: "region", "aria-label": t("compare.settings") },
    table,
  );
}
