// The table of runs: columns that sort, lines that are kept while nothing about them changed.

import { isDark } from "../base/colours.js";
import { element, icon } from "../base/dom.js";
import { preference, setPreference } from "../base/preferences.js";
import { DESCENDING, grouped, sorted } from "../data/run_list.js";
import { groupRow, runRow } from "./row.js";
import { isStalled } from "../run/head.js";
import { t } from "../base/texts.js";

const COLUMNS = [
  ["state"],
  ["name"],
  ["data", "wide"],
  ["model", "wide"],
  ["last", "number last"],
  ["best", "number best"],
  ["duration", "number wide"],
  ["started", "number wide"],
];

/** The table with its lines. */
export class RunsTable {
  /** @param {Object} actions what the lines can do: open, again, rename, attention, remove, compare, select, fold ... */
  constructor(actions) {
    this.actions = actions;
    this.lines = new Map(); // key -> {drawn, node}
    this.all = element("input", {
      type: "checkbox",
      "aria-label": t("runs.select_all"),
      onchange: () => actions.select(this.shown, this.all.checked),
    });
    this.heads = COLUMNS.map(([column, kind]) => this._head(column, kind ?? column));
    this.body = element("tbody", {});
    const head = element(
      "tr",
      {},
      element("th", { class: "tick", scope: "col" }, this.all),
      ...this.heads.map(({ node }) => node),
      element("th", { class: "menu", scope: "col" }, element("span", { class: "thaw-unseen" }, t("runs.actions"))),
    );
    this.node = element("table", { class: "thaw-runs-table" }, element("thead", {}, head), this.body);
    this.shown = [];
  }

  /**
   * Show these runs.
   * @param {Object[]} runs of /api/runs, those that the filter found
   * @param {Set<string>} selected ids
   */
  draw(runs, selected) {
    this.shown = runs;
    const sort = preference("runsSort");
    for (const { column, node, words } of this.heads) {
      node.setAttribute("aria-sort", column === sort.column ? (sort.descending ? "descending" : "ascending") : "none");
      words.textContent = columnName(column);
    }
    const before = this.lines;
    this.lines = new Map();
    for (const entry of sorted(grouped(runs), sort)) this._entry(entry, selected, before);
    this._place([...this.lines.values()].map(({ node }) => node));
    const count = runs.filter((run) => selected.has(run.id)).length;
    this.all.checked = count > 0 && count === runs.length;
    this.all.indeterminate = count > 0 && count < runs.length;
  }

  /** The links of the lines, from top to bottom: j and k go through them. */
  get links() {
    return [...this.body.querySelectorAll(".thaw-run-link, .thaw-unfold")];
  }

  /** The run, or the runs of the group, in whose line a node is. */
  runsAt(node) {
    const line = node?.closest?.("tr[data-run], tr[data-group]");
    if (!line || !this.body.contains(line)) return [];
    return this.shown.filter((run) =>
      line.dataset.run ? run.id === line.dataset.run : run.group === line.dataset.group,
    );
  }

  _entry(entry, selected, before) {
    const { actions } = this;
    if (entry.group === null) return this._line(entry.key, entry.runs[0], false, selected, before);
    const unfolded = preference("openGroups").includes(entry.group);
    const all = entry.runs.every((run) => selected.has(run.id));
    this._keep(entry.key, [entry.runs, all, unfolded], before, () =>
      groupRow(entry, { selected: all, unfolded, actions }),
    );
    if (unfolded) for (const run of entry.runs) this._line(run.id, run, true, selected, before);
  }

  _line(key, run, inside, selected, before) {
    const chosen = selected.has(run.id);
    this._keep(key, [run, inside, chosen, isStalled(run)], before, () =>
      runRow(run, { selected: chosen, inside, actions: this.actions }),
    );
  }

  _keep(key, about, before, make) {
    const drawn = JSON.stringify([about, preference("error"), isDark()]);
    const known = before.get(key);
    this.lines.set(key, known?.drawn === drawn ? known : { drawn, node: make() });
  }

  /** Put the lines in order without touching those that stand right, so that focus and open fields stay. */
  _place(nodes) {
    const focused = document.activeElement;
    const line = focused?.closest?.("tr");
    const again =
      this.body.contains(focused) && !nodes.includes(line) ? { ...line.dataset, selector: selectorOf(focused) } : null;
    for (const old of [...this.body.children]) if (!nodes.includes(old)) old.remove();
    nodes.forEach(
      (node, index) =>
        this.body.children[index] !== node && this.body.insertBefore(node, this.body.children[index] ?? null),
    );
    if (again) this._refocus(again);
  }

  /** A line that was drawn anew gets the focus back that its old one had. */
  _refocus({ run, group, selector }) {
    const line = [...this.body.children].find((node) =>
      run ? node.dataset.run === run : group && node.dataset.group === group,
    );
    (line?.querySelector(selector) ?? line?.querySelector(".thaw-run-link, .thaw-unfold"))?.focus();
  }

  _head(column, kind) {
    const words = element("span", {}, columnName(column));
    const press = () => {
      const sort = preference("runsSort");
      const descending = column === sort.column ? !sort.descending : DESCENDING.includes(column);
      setPreference("runsSort", { column, descending });
    };
    const sorter = element("button", { type: "button", onclick: press }, words, icon("chevron"));
    return { column, words, node: element("th", { scope: "col", class: kind }, sorter) };
  }
}

/** By which a control of a line is found again in a new drawing of the line. */
function selectorOf(control) {
  return control.type === "checkbox"
    ? "input"
    : control.classList.length
      ? `.${control.classList[0]}`
      : control.tagName;
}

function columnName(column) {
  const asError = preference("error") && ["last", "best"].includes(column);
  return t(`runs.column.${column}${asError ? "_error" : ""}`);
}
