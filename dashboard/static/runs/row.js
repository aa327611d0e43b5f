// One line of the table of runs: a run, or all seeds of a group as one.

import { runColour } from "../base/colours.js";
import { element, icon } from "../base/dom.js";
import { accuracy, decimal, duration, isNumber, moment, percent } from "../base/format.js";
import { menuButton } from "../base/menu.js";
import { preference } from "../base/preferences.js";
import { addressOf, follow } from "../base/router.js";
import { nameOf, spread, startOf } from "../data/run_list.js";
import { ICONS, isStalled, reasonOf } from "../run/head.js";
import { t } from "../base/texts.js";

const EXPLAINED = ["damaged", "failed", "interrupted"]; // states that nobody asked for

/** The state of a run as word, shape and colour. */
export function statePill(run) {
  const state = isStalled(run) ? "stalled" : run.status.state;
  return element(
    "span",
    { class: "thaw-pill small", "data-state": state },
    icon(ICONS[state] ?? "warning"),
    t(`state.${state}.name`),
  );
}

/** The colour by which a run is known on every screen; decoration only. */
export function swatch(run) {
  const dot = element("span", { class: "thaw-swatch", "aria-hidden": "true" });
  dot.style.background = runColour(run.id, run);
  return dot;
}

/**
 * The line of one run.
 * @param {Object} run of /api/runs
 * @param {{selected: boolean, inside: boolean, actions: Object}} how inside: it belongs to the group above it
 */
export function runRow(run, { selected, inside, actions }) {
  const name = nameOf(run);
  const link = element(
    "a",
    {
      class: "thaw-run-link",
      href: addressOf({ run: run.id }),
      onclick: (event) => follow(event, () => actions.open(run)),
    },
    name,
  );
  const reason = EXPLAINED.includes(run.status.state) ? reasonOf(run.status) : "";
  const words = [reason, ...(run.tags ?? [])].filter(Boolean).join(" · ");
  const { last, best, evaluated_on: on } = run.status;
  return element(
    "tr",
    { "data-run": run.id, class: inside ? "inside" : "", "aria-selected": String(selected) },
    tick(t("runs.select_one", { name }), selected, (chosen) => actions.select([run], chosen)),
    element("td", { class: "state" }, statePill(run)),
    element(
      "th",
      { scope: "row", class: "name" },
      element("div", { class: "thaw-run-name" }, swatch(run), link),
      inside && isNumber(run.seed) ? element("small", {}, t("runs.seed", { seed: run.seed })) : null,
      words ? element("small", { class: "reason" }, words) : null,
      element("small", { class: "narrow" }, [run.parts?.model, run.parts?.data].filter(Boolean).join(" · ")),
    ),
    element("td", { class: "wide" }, run.parts?.data ?? ""),
    element("td", { class: "wide model" }, model(run)),
    figure(last, on, "last"),
    figure(best, on, "best"),
    element("td", { class: "number wide" }, isNumber(run.status.seconds) ? duration(run.status.seconds) : ""),
    element("td", { class: "number wide" }, moment(startOf(run))),
    element(
      "td",
      { class: "menu" },
      menuButton(t("runs.menu", { name }), () => items(run, actions)),
    ),
  );
}

/** The line of a group of seeds: mean and spread; folds its runs away. */
export function groupRow(entry, { selected, unfolded, actions }) {
  const { runs } = entry;
  const name = nameOf(runs[0]);
  const fold = element(
    "button",
    {
      type: "button",
      class: "thaw-unfold",
      "aria-expanded": String(unfolded),
      onclick: () => actions.fold(entry.group, !unfolded),
    },
    icon("chevron"),
    swatch(runs[0]),
    element("span", {}, name),
  );
  const started = runs.map(startOf).filter(isNumber);
  const seconds = spread(runs.map((run) => run.status.seconds));
  return element(
    "tr",
    { class: "group", "data-group": entry.group, "aria-selected": String(selected) },
    tick(t("runs.select_group", { name, count: runs.length }), selected, (chosen) => actions.select(runs, chosen)),
    element("td", { class: "state" }, ...states(runs)),
    element("th", { scope: "row", class: "name" }, fold, element("small", {}, t("runs.seeds", { count: runs.length }))),
    element("td", { class: "wide" }, runs[0].parts?.data ?? ""),
    element("td", { class: "wide model" }, model(runs[0])),
    band(runs, "last"),
    band(runs, "best"),
    element("td", { class: "number wide" }, seconds ? t("runs.each", { time: duration(seconds.mean) }) : ""),
    element("td", { class: "number wide" }, started.length ? moment(Math.min(...started)) : ""),
    element(
      "td",
      { class: "menu" },
      menuButton(t("runs.menu", { name }), () => groupItems(runs, actions)),
    ),
  );
}

function tick(label, on, action) {
  const box = element("input", { type: "checkbox", "aria-label": label, onchange: () => action(box.checked) });
  box.checked = on;
  return element("td", { class: "tick" }, box);
}

function model(run) {
  const { model: name, attention } = run.parts ?? {};
  return [name, attention].filter((part) => part && part !== "none").join(" + ");
}

function figure(evaluation, on, which) {
  if (!isNumber(evaluation?.top1)) return element("td", { class: `number ${which}` }, "–");
  const { figure: value, basis } = accuracy(evaluation.top1, on?.count, preference("error"));
  return element(
    "td",
    { class: `number ${which}` },
    element("b", {}, value),
    basis ? element("small", {}, basis.replace("± ", "±\u00a0")) : null,
  );
}

/** Mean ± standard deviation over seeds, and below it where each seed lies. */
function band(runs, which) {
  const asError = preference("error");
  const values = runs
    .map((run) => run.status[which]?.top1)
    .map((top1) => (isNumber(top1) && asError ? 100 - top1 : top1));
  const found = spread(values);
  if (!found) return element("td", { class: `number ${which}` }, "–");
  const told =
    found.deviation === null
      ? percent(found.mean)
      : t("runs.mean", { mean: decimal(found.mean, 2), deviation: decimal(found.deviation, 2) });
  const range = t("runs.range", { low: decimal(found.low, 1), high: decimal(found.high, 1), count: found.count });
  return element(
    "td",
    { class: `number ${which}` },
    element("b", {}, told),
    found.count > 1 ? element("small", {}, range) : null,
  );
}

function states(runs) {
  const counts = new Map();
  for (const run of runs) counts.set(run.status.state, [...(counts.get(run.status.state) ?? []), run]);
  return [...counts.values()].map((same) => {
    const pill = statePill(same[0]);
    if (counts.size > 1) pill.append(` ${same.length}`);
    return pill;
  });
}

function items(run, actions) {
  const active = actions.isActive(run);
  const broken = run.status.state === "damaged" ? t("runs.action.not_damaged") : null;
  return [
    { words: t("runs.action.open"), name: "compare", action: () => actions.open(run) },
    { words: t("runs.action.again"), name: "plus", why: broken, action: () => actions.again(run) },
    { words: t("runs.action.rename"), name: "pen", action: () => actions.rename(run) },
    { words: t("runs.action.attention"), name: "eye", why: broken, action: () => actions.attention(run) },
    {
      words: t("runs.action.delete"),
      name: "trash",
      kind: "danger",
      why: active ? t("runs.action.not_active") : null,
      action: () => actions.remove([run]),
    },
  ];
}

function groupItems(runs, actions) {
  return [
    { words: t("runs.action.compare_group"), name: "compare", action: () => actions.compare(runs) },
    {
      words: t("runs.action.delete_group", { count: runs.length }),
      name: "trash",
      kind: "danger",
      action: () => actions.remove(runs),
    },
  ];
}
