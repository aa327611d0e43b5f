// The table of runs: columns that sort, and a line for each run or group of seeds.

import { element } from "../base/dom.js";
import { preference, setPreference } from "../base/preferences.js";
import { icon } from "../base/templates.js";
import { t } from "../base/texts.js";
import { DESCENDING, grouped, sorted } from "../data/run_list.js";
import { live } from "../vendor/directives/live.js";
import { repeat } from "../vendor/directives/repeat.js";
import { html, render } from "../vendor/lit-html.js";
import { groupRow, runRow } from "./row.js";

const COLUMNS = [
  ["state", "state"],
  ["name", "name"],
  ["data", "wide"],
  ["model", "wide"],
  ["last", "number last"],
  ["best", "number best"],
  ["duration", "number wide"],
  ["started", "number wide"],
];

/** The table with its lines. */
export class RunsTable {
  /** @param {Object} actions of the lines: open, again, rename, attention, remove, compare, select, fold;
   *     whyNot says why nothing can be changed just now */
  constructor(actions) {
    this.actions = actions;
    this.node = element("table", { class: "thaw-runs-table" });
    this.shown = [];
  }

  /**
   * Show these runs.
   * @param {Object[]} runs of /api/runs, those that the filter found
   * @param {Set<string>} selected ids
   */
  draw(runs, selected) {
    this.shown = runs;
    const focused = /** @type {HTMLElement} */ (document.activeElement);
    render(content(runs, selected, this.actions), this.node);
    const isLost = document.activeElement !== focused && this.node.contains(focused); // as a line that moves loses it
    if (isLost) focused.focus({ preventScroll: true });
  }

  /** The links of the lines, from top to bottom: j and k go through them. */
  get links() {
    return [...this.node.querySelectorAll(".thaw-run-link, .thaw-unfold")];
  }

  /** The link of a run's line. */
  linkOf(run) {
    return this.node.querySelector(`[data-run="${run.id}"] .thaw-run-link`);
  }

  /** The run, or the runs of the group, in whose line a node is. */
  runsAt(node) {
    const line = node?.closest?.("tr[data-run], tr[data-group]");
    if (!line || !this.node.contains(line)) return [];
    return this.shown.filter((run) =>
      line.dataset.run ? run.id === line.dataset.run : run.group === line.dataset.group,
    );
  }
}

function content(runs, selected, actions) {
  return html`
    <thead>
      <tr>
        <th class="tick" scope="col">${selectAll(runs, selected, actions)}</th>
        ${COLUMNS.map(([column, kind]) => heading(column, kind))}
        <th class="menu" scope="col"><span class="thaw-unseen">${t("runs.actions")}</span></th>
      </tr>
    </thead>
    <tbody>
      ${repeat(
        lines(runs, selected, actions),
        ({ key }) => key,
        ({ row }) => row,
      )}
    </tbody>
  `;
}

function selectAll(runs, selected, actions) {
  const count = runs.filter((run) => selected.has(run.id)).length;
  return html`<input
    type="checkbox"
    aria-label=${t("runs.select_all")}
    .checked=${live(count > 0 && count === runs.length)}
    .indeterminate=${live(count > 0 && count < runs.length)}
    @change=${(event) => actions.select(runs, event.target.checked)}
  />`;
}

function heading(column, kind) {
  const sort = preference("runsSort");
  const isSorted = column === sort.column;
  const press = () => {
    const descending = isSorted ? !sort.descending : DESCENDING.includes(column);
    setPreference("runsSort", { column, descending });
  };
  return html`
    <th scope="col" class=${kind} aria-sort=${isSorted ? (sort.descending ? "descending" : "ascending") : "none"}>
      <button type="button" @click=${press}><span>${columnName(column)}</span>${icon("chevron")}</button>
    </th>
  `;
}

function columnName(column) {
  const asError = preference("error") && ["last", "best"].includes(column);
  return t(`runs.column.${column}${asError ? "_error" : ""}`);
}

/** The lines in order: a group stands for its runs, which follow it where it is unfolded. */
function lines(runs, selected, actions) {
  const open = preference("openGroups");
  const runLine = (run, inside) => ({
    key: run.id,
    row: lineOr(run.id, () => runRow(run, { selected: selected.has(run.id), inside, actions })),
  });
  return sorted(grouped(runs), preference("runsSort")).flatMap((entry) => {
    if (entry.group === null) return [runLine(entry.runs[0], false)];
    const unfolded = open.includes(entry.group);
    const all = entry.runs.every((run) => selected.has(run.id));
    const row = lineOr(entry.group, () => groupRow(entry, { selected: all, unfolded, actions }));
    const group = { key: entry.key, row };
    return [group, ...(unfolded ? entry.runs.map((run) => runLine(run, true)) : [])];
  });
}

/** A line, or one that says that it could not be drawn: the others do not depend on it. */
function lineOr(name, draw) {
  try {
    return draw();
  } catch (error) {
    reportError(error);
    const words = t("page.piece_failed", { name, why: error.message });
    return html`<tr><td colspan=${COLUMNS.length + 2} class="thaw-piece-failed">${words}</td></tr>`;
  }
}
