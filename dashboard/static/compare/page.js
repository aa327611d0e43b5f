// Runs laid over each other: curves, final figures, settings that differ, attention on the same images.

import { get, orSay } from "../base/api.js";
import { createCharts } from "../charts/chart.js";
import { keepApart, onTheme } from "../base/colours.js";
import { isDark } from "../base/gradio.js";
import { saveComparison } from "./export.js";
import { conclusion } from "./figures.js";
import { figuresTable } from "./figures_table.js";
import { Legend } from "./legend.js";
import { ComparedMaps } from "./maps.js";
import { CompareView, namesOf } from "./compare_view.js";
import { button, element, preferenceToggle, say, section, toast } from "../base/dom.js";
import { LiveFeed } from "../data/live_feed.js";
import { onPreference, preference } from "../base/preferences.js";
import { guarded } from "../base/guarded.js";
import { goTo } from "../base/router.js";
import { MOST_COMPARED, nameOf } from "../data/run_list.js";
import { distinctNames } from "../data/settings_diff.js";
import { partsOf } from "./means.js";
import { settingsTable } from "./settings_table.js";
import { RunStore } from "../data/run_store.js";
import { troublesInWords } from "../data/trouble_words.js";
import { t } from "../base/texts.js";
import { chartToolbar } from "../charts/toolbar.js";

const CHARTS = ["accuracy", "loss"];
const REDRAWN = ["smoothing", "axis", "error", "logarithmic", "seedsAsMean", "allSettings", "hues"];
const OF_MAPS = ["mapView", "differences", "differenceReach"];
let specs = null;
let current = null;

/** A run as it is called beside others. */
class ComparedRun extends RunStore {
  name = null;

  get label() {
    return this.name ?? super.label;
  }
}

/** One comparison in the container of the Runs tab. */
export class Comparison {
  /**
   * @param {HTMLElement} container
   * @param {string[]} ids at least one; those beyond the first MOST_COMPARED are left out, which the page says
   */
  constructor(container, ids) {
    const every = [...new Set(ids)];
    this.container = container;
    this.ids = every.slice(0, MOST_COMPARED);
    this.charts = [];
    this.lives = [];
    this.maps = null;
    this.view = null;
    if (every.length > MOST_COMPARED) toast(t("compare.left_out", { count: every.length, most: MOST_COMPARED }));
    current = this;
  }

  async show() {
    const loading = element("p", { class: "thaw-empty" }, t("compare.loading"));
    this.container.replaceChildren(element("div", { class: "thaw thaw-runs" }, loading));
    specs ??= (await get("charts")).filter((spec) => CHARTS.includes(spec.name));
    const runs = this.ids.map((id) => new ComparedRun(id));
    const loaded = await Promise.all(runs.map((run) => orSay(() => run.loadInfo()).then(() => run.info !== null)));
    if (current !== this) return;
    this.runs = runs.filter((run, index) => loaded[index] && run.info.config);
    if (this.runs.length < 2) return this._tooFew();
    const { common, names } = distinctNames(this.runs.map((run) => ({ ...run.info, parts: partsOf(run.info.config) })));
    this.common = common;
    this.runs.forEach((run, index) => (run.name = names[index]));
    this._build();
  }

  leave() {
    if (current === this) current = null;
    for (const live of this.lives) live.stop();
    for (const chart of this.charts) chart.remove();
    this.maps?.remove();
    this.ended = true;
  }

  /** Attention maps a little earlier or later. */
  step(count) {
    this.maps?.step(count);
  }

  _build() {
    const view = new CompareView(this.runs);
    this._keepApart(view); // before there is a view, which a change of colours would draw anew
    this.view = view;
    this.view.listeners.add(() => this._zoomed());
    this.legend = new Legend(this.view, (gone) => this._go(this.ids.filter((id) => !gone.includes(id))));
    this.figures = element("div", {
      class: "thaw-scroll",
      tabindex: 0,
      role: "region",
      "aria-label": t("compare.figures"),
    });
    this.told = element("p", { class: "thaw-conclusion", role: "status" });
    this.settings = element("div", { class: "thaw-card thaw-runs-card" });
    const all = preferenceToggle(t("compare.all_settings"), "allSettings");
    this.maps = new ComparedMaps(this.runs);
    const charts = element("div", { class: "thaw-charts" });
    this.asMean = preferenceToggle(t("compare.as_mean"), "seedsAsMean");
    this.lost = element("p", { class: "thaw-banner warning", role: "alert", hidden: true });
    this.container.replaceChildren(
      element(
        "div",
        { class: "thaw thaw-runs" },
        this.lost,
        this._head(),
        this.legend.node,
        section(
          "compare_curves",
          t("compare.curves"),
          chartToolbar(this.asMean),
          charts,
          element("p", { class: "thaw-help thaw-ticks-note" }, t("compare.ticks")),
        ),
        section(
          "compare_figures",
          t("compare.figures"),
          this.told,
          element("div", { class: "thaw-card thaw-runs-card" }, this.figures),
        ),
        section(
          "compare_settings",
          t("compare.settings"),
          element("div", { class: "thaw-toolbar" }, all),
          this.settings,
        ),
        this.maps.node,
      ),
    );
    this.charts = createCharts(specs, () => charts, this.view, { onSight: () => this._kick() });
    const wants = { names: () => this._names(), shown: () => this.container.offsetParent !== null };
    this.lives = this.runs.map((run) => new LiveFeed(run, wants, () => this._changed()));
    this._tell();
    this._kick();
  }

  _keepApart({ means }) {
    const keys = [...this.runs.map((run) => run.info.group ?? run.id), ...means.map(({ hue }) => hue)];
    keepApart([...new Set(keys)].sort());
  }

  /** Fill the list of runs that can be added with those that are not compared yet. */
  async _offerOthers(list, ids) {
    const reply = await orSay(() => get("runs"));
    const others = (reply?.runs ?? []).filter((run) => !ids.has(run.id) && run.status.state !== "damaged");
    list.append(
      ...others.map((run) =>
        element("option", { value: run.id }, `${nameOf(run)} · ${t(`state.${run.status.state}.name`)}`),
      ),
    );
    list.hidden = !others.length || ids.size >= MOST_COMPARED;
  }

  _head() {
    const ids = new Set(this.runs.map((run) => run.id));
    const more = element(
      "select",
      {
        class: "thaw-select",
        "aria-label": t("compare.add"),
        onchange: () => more.value && this._go([...this.ids, more.value]),
      },
      element("option", { value: "" }, t("compare.add")),
    );
    void this._offerOthers(more, ids);
    return element(
      "header",
      { class: "thaw-compare-head" },
      button(t("compare.back"), { name: "back", kind: "quiet", action: () => goTo({}, "runs") }),
      element(
        "h1",
        {},
        this.common
          ? t("compare.title_of", { count: this.runs.length, name: this.common })
          : t("compare.title", { count: this.runs.length }),
      ),
      more,
      button("CSV", {
        name: "table",
        kind: "quiet",
        title: t("compare.save"),
        action: () => saveComparison(this.view.units),
      }),
    );
  }

  _go(ids) {
    goTo(ids.length > 1 ? { compare: ids.join(",") } : ids.length ? { run: ids[0] } : {}, ids.length ? null : "runs");
  }

  _tooFew() {
    this.container.replaceChildren(
      element(
        "div",
        { class: "thaw thaw-runs" },
        element(
          "div",
          { class: "thaw-card thaw-start" },
          element("h2", {}, t("compare.few.title")),
          element("p", {}, t("compare.few.words")),
          button(t("compare.few.button"), { name: "back", kind: "primary", action: () => goTo({}, "runs") }),
        ),
      ),
    );
  }

  _names() {
    const names = this.charts
      .filter((chart) => chart.inView)
      .flatMap((chart) => this.runs.flatMap((run) => chart.names(run)));
    return [...new Set(names)];
  }

  _kick() {
    for (const live of this.lives) live.kick();
  }

  _changed() {
    if (this.ended) return;
    this._tell();
    for (const chart of this.charts) chart.refresh();
  }

  _zoomed() {
    this._tell();
    for (const chart of this.charts) chart.refresh(true);
    this._kick();
  }

  /** What words and tables say now. */
  _tell() {
    if (this.view.renewMeans()) this._keepApart(this.view);
    this.asMean.hidden = !this.view.means.length;
    const { units } = this.view;
    guarded(t("compare.legend"), this.legend.node, () => this.legend.update());
    const trouble = troublesInWords(this.runs);
    this.lost.hidden = !trouble;
    say(this.lost, trouble);
    guarded(t("compare.figures"), this.figures, () => this._tellFigures(units));
    guarded(t("compare.settings"), this.settings, () => this._tellSettings(units));
  }

  _tellFigures(units) {
    const figures = this.runs.map(({ status }) => [
      status.state,
      status.best,
      status.last,
      status.test,
      status.test_best,
    ]);
    const drawn = JSON.stringify([units.map(namesOf), figures]);
    if (drawn === this.figuresDrawn) return;
    this.figures.replaceChildren(figuresTable(units));
    say(this.told, conclusion(units));
    this.figuresDrawn = drawn; // last: what fails is tried again
  }

  /** Drawn anew only where it says something else: who reads the table keeps its place. */
  _tellSettings(units) {
    const configs = this.runs.map(({ info }) => info.config);
    const drawn = JSON.stringify([
      units.map(namesOf),
      configs,
      preference("allSettings"),
      preference("hues"),
      isDark(),
    ]);
    if (drawn === this.settingsDrawn) return;
    this.settings.replaceChildren(settingsTable(units));
    this.settingsDrawn = drawn;
  }

  _preferred(name) {
    if (name === "logarithmic") this.view.heights = {};
    this._repaint();
    if (["smoothing", "axis"].includes(name)) this._kick();
  }

  _repaint() {
    this.figuresDrawn = null;
    this._tell();
    guarded(t("compare.maps.title"), this.maps.node, () => this.maps.draw());
    for (const chart of this.charts) chart.refresh(true);
  }
}

onPreference((name) => {
  if (!current?.view) return;
  if (REDRAWN.includes(name)) current._preferred(name);
  if (OF_MAPS.includes(name)) current.maps.draw();
});
onTheme(() => current?.view && current._repaint());
