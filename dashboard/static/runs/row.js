// One line of the table of runs: a run, or all seeds of a group as one.

import { accuracy, decimal, duration, isNumber, moment, percent } from "../base/format.js";
import { menuButton } from "../base/menu.js";
import { preference } from "../base/preferences.js";
import { addressOf, follow } from "../base/router.js";
import { statePill } from "../base/state_pill.js";
import { swatch } from "../base/swatch.js";
import { icon } from "../base/templates.js";
import { t } from "../base/texts.js";
import { nameOf, startOf } from "../data/run_list.js";
import { seedsOf } from "../data/seeds.js";
import { spread } from "../data/spread.js";
import { BROKEN, damageOf, isActive, reasonOf, shownState } from "../data/run_state.js";
import { isUseless } from "../data/weights_words.js";
import { live } from "../vendor/directives/live.js";
import { html, nothing } from "../vendor/lit-html.js";

/** @typedef {import("../vendor/lit-html.js").TemplateResult} Template */

/**
 * The line of one run.
 * @param {Object} run of /api/runs
 * @param {{selected: boolean, inside: boolean, actions: Object}} how inside: it belongs to the group above it
 * @returns {Template}
 */
export function runRow(run, { selected, inside, actions }) {
  const name = nameOf(run);
  const { parts, status } = run;
  const { last, best, evaluated_on: on } = status;
  return html`
    <tr data-run=${run.id} class=${inside ? "inside" : ""} aria-selected=${selected}>
      ${tick(t("runs.select_one", { name }), selected, (chosen) => actions.select([run], chosen))}
      <td class="state">${statePill(shownState(run), null, isUseless(status))}</td>
      <th scope="row" class="name">${nameCell(run, name, inside, actions)}</th>
      <td class="wide">${parts?.data}</td>
      <td class="wide model">${model(run)}</td>
      ${figure(last, on, "last")} ${figure(best, on, "best")}
      <td class="number wide">${isNumber(status.seconds) ? duration(status.seconds) : ""}</td>
      <td class="number wide">${moment(startOf(run))}</td>
      <td class="menu">${menuButton(t("runs.menu", { name }), () => items(run, actions))}</td>
    </tr>
  `;
}

function nameCell(run, name, inside, actions) {
  const open = (event) => follow(event, () => actions.open(run));
  const link = html`<a class="thaw-run-link" href=${addressOf({ run: run.id })} @click=${open}>${name}</a>`;
  const isPoor = isUseless(run.status);
  const reason = BROKEN.includes(run.status.state) ? reasonOf(run.status) : isPoor ? t("runs.no_better") : "";
  const words = [reason, damageOf(run), ...(run.tags ?? [])].filter(Boolean).join(" · ");
  return [
    html`<div class="thaw-run-name">${swatch(run)}${link}</div>`,
    inside && isNumber(run.seed) ? html`<small>${t("runs.seed", { seed: run.seed })}</small>` : nothing,
    words ? html`<small class="reason">${words}</small>` : nothing,
    html`<small class="narrow">${[run.parts?.model, run.parts?.data].filter(Boolean).join(" · ")}</small>`,
  ];
}

/**
 * The line of a group: of seeds their mean and spread, of other runs how far they lie apart; folds its runs away.
 * @param {{group: string, runs: Object[]}} entry
 * @param {{selected: boolean, unfolded: boolean, actions: Object}} how
 * @returns {Template}
 */
export function groupRow({ group, runs }, { selected, unfolded, actions }) {
  const name = nameOf(runs[0]);
  const started = runs.map(startOf).filter(isNumber);
  const seeds = seedsOf(runs);
  const seconds = spread((seeds ?? runs).map((run) => run.status.seconds));
  const label = t("runs.select_group", { name, count: runs.length });
  return html`
    <tr class="group" data-group=${group} aria-selected=${selected}>
      ${tick(label, selected, (chosen) => actions.select(runs, chosen))}
      <td class="state">${statePills(runs)}</td>
      <th scope="row" class="name">
        ${foldButton(runs[0], name, unfolded, () => actions.fold(group, !unfolded))}
        <small>${groupInWords(runs, seeds)}</small>
      </th>
      <td class="wide">${runs[0].parts?.data}</td>
      <td class="wide model">${model(runs[0])}</td>
      ${groupFigure(runs, seeds, "last")} ${groupFigure(runs, seeds, "best")}
      <td class="number wide">${seconds ? t("runs.each", { time: duration(seconds.mean) }) : ""}</td>
      <td class="number wide">${started.length ? moment(Math.min(...started)) : ""}</td>
      <td class="menu">${menuButton(t("runs.menu", { name }), () => groupItems(runs, actions))}</td>
    </tr>
  `;
}

function foldButton(run, name, unfolded, press) {
  return html`<button type="button" class="thaw-unfold" aria-expanded=${unfolded} @click=${press}>
    ${icon("chevron")}${swatch(run)}<span>${name}</span>
  </button>`;
}

function tick(label, isOn, press) {
  const change = (event) => press(event.target.checked);
  return html`
    <td class="tick">
      <input type="checkbox" aria-label=${label} .checked=${live(isOn)} @change=${change} />
    </td>
  `;
}

function model(run) {
  const { model: name, attention } = run.parts ?? {};
  return [name, attention].filter((part) => part && part !== "none").join(" + ");
}

function figure(evaluation, on, which) {
  if (!isNumber(evaluation?.top1)) return figureCell(which, "–");
  const { figure: value, basis } = accuracy(evaluation.top1, on?.count, preference("error"));
  return figureCell(which, html`<b>${value}</b>`, basis.replace("± ", "±\u00a0"));
}

function figureCell(which, value, basis = "") {
  return html`<td class="number ${which}">${value}${basis ? html`<small>${basis}</small>` : nothing}</td>`;
}

/** How many seeds count and how many are left out; of runs that differ in more, only how many they are. */
function groupInWords(runs, seeds) {
  if (!seeds) return t("runs.together", { count: runs.length });
  const left = runs.length - seeds.length;
  const words = [t("runs.seeds", { count: seeds.length }), left && t("runs.left_out", { count: left })];
  return words.filter(Boolean).join(" · ");
}

/** Mean ± standard deviation over seeds, and below it where they lie; of runs that differ in more, only the latter. */
function groupFigure(runs, seeds, which) {
  const asError = preference("error");
  const values = (seeds ?? runs)
    .map((run) => run.status[which]?.top1)
    .map((top1) => (isNumber(top1) && asError ? 100 - top1 : top1));
  const found = spread(values);
  if (!found) return figureCell(which, "–");
  if (!seeds) return figureCell(which, t("runs.range", { low: decimal(found.low, 1), high: decimal(found.high, 1) }));
  const mean =
    found.deviation === null
      ? percent(found.mean)
      : t("runs.mean", { mean: decimal(found.mean, 2), deviation: decimal(found.deviation, 2) });
  const range = t("runs.range", { low: decimal(found.low, 1), high: decimal(found.high, 1), count: found.count });
  return figureCell(which, html`<b>${mean}</b>`, found.count > 1 ? range : "");
}

function statePills(runs) {
  const counts = new Map();
  for (const run of runs) {
    const kind = `${run.status.state} ${isUseless(run.status)}`;
    counts.set(kind, [...(counts.get(kind) ?? []), run]);
  }
  return [...counts.values()].map((same) =>
    statePill(shownState(same[0]), counts.size > 1 ? same.length : null, isUseless(same[0].status)),
  );
}

function items(run, actions) {
  const broken = run.status.state === "damaged" ? t("runs.action.not_damaged") : null;
  return [
    { words: t("runs.action.open"), name: "compare", action: () => actions.open(run) },
    { words: t("runs.action.again"), name: "plus", why: broken, action: () => actions.again(run) },
    { words: t("runs.action.rename"), name: "pen", why: actions.whyNot(), action: () => actions.rename(run) },
    { words: t("runs.action.attention"), name: "eye", why: broken, action: () => actions.attention(run) },
    {
      words: t("runs.action.delete"),
      name: "trash",
      kind: "danger",
      why: actions.whyNot() ?? (isActive(run) ? t("runs.action.not_active") : null),
      action: () => actions.remove([run]),
    },
  ];
}

function groupItems(runs, actions) {
  return [
    {
      words: t(seedsOf(runs) ? "runs.action.compare_group" : "runs.action.compare_runs"),
      name: "compare",
      action: () => actions.compare(runs),
    },
    {
      words: t("runs.action.delete_group", { count: runs.length }),
      name: "trash",
      kind: "danger",
      why: actions.whyNot(),
      action: () => actions.remove(runs),
    },
  ];
}
