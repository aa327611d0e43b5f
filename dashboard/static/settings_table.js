// The settings of compared runs: only those that differ, or all of them.

import { element } from "./dom.js";
import { preference } from "./preferences.js";
import { swatch } from "./run_row.js";
import { settingRows } from "./settings_diff.js";
import { t } from "./texts.js";

/** A table with a line for each setting and a column for each run. */
export function settingsTable(runs) {
  const rows = settingRows(runs.map((run) => run.info.config));
  const all = preference("allSettings");
  const shown = all ? rows : rows.filter(({ differs }) => differs);
  if (!shown.length) return element("p", { class: "thaw-empty" }, t("compare.same_settings"));
  const named = (run) => element("div", { class: "thaw-run-name" }, swatch({ id: run.id, ...run.info }), element("span", {}, run.label));
  const head = element("tr", {}, element("th", { scope: "col" }, t("compare.setting")),
    ...runs.map((run) => element("th", { scope: "col" }, named(run)))); // prettier-ignore
  const lines = shown.map(({ field, values, differs }) => element("tr", { class: differs && all ? "differs" : "" },
    element("th", { scope: "row" }, element("code", {}, field.replaceAll(".", ".\u200b"))),
    ...values.map((value) => element("td", { class: value === "" ? "thaw-missing" : "" }, value === "" ? t("compare.unset") : value)))); // prettier-ignore
  const table = element("table", { class: "thaw-compare-table settings" }, element("thead", {}, head), element("tbody", {}, ...lines));
  return element("div", { class: "thaw-scroll", tabindex: 0, role: "region", "aria-label": t("compare.settings") }, table);
}
