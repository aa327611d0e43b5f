// The page of one run, the same while it is queued, running, finished or failed: layout and wiring.

import { Refused, Unreachable, get } from "../base/api.js";
import { createCharts } from "../charts/chart.js";
import { onTheme } from "../base/colours.js";
import { button, element, say, section } from "../base/dom.js";
import { moment } from "../base/format.js";
import { onKey } from "../base/keys.js";
import { LiveFeed } from "../data/live_feed.js";
import { Panels } from "./panels.js";
import { onPreference } from "../base/preferences.js";
import { goTo } from "../base/router.js";
import { damageOf, isStalled, isWaiting, stopUnanswered } from "../data/run_state.js";
import { editedInWords, isLost } from "../data/settings_diff.js";
import { RunStore } from "../data/run_store.js";
import { troubleInWords } from "../data/trouble_words.js";
import { unmarkTab } from "./tab_mark.js";
import { t } from "../base/texts.js";
import { absoluteSwitch, chartToolbar } from "../charts/toolbar.js";
import { View } from "../charts/chart_view.js";

const CLOCK = 5000; // milliseconds between two looks at the clock: time passes without news too
const FIRST = ["accuracy", "loss"]; // charts above the maps

let specs = null; // what charts there are

/** The run page in its container. One run at a time. */
export class RunPage {
  /** @param {HTMLElement} container */
  constructor(container) {
    this.container = container;
    this.run = null;
    this.charts = [];
    onPreference((name) => this._preferred(name));
    onTheme(() => this._repaint());
    setInterval(() => this.run && !document.hidden && this._tell(), CLOCK);
    onKey("Escape", "keys.unzoom", () => this.isShown && this.view?.unzoom());
    onKey("ArrowLeft", "keys.map_back", () => this.isShown && this.panels?.film.step(-1));
    onKey("ArrowRight", "keys.map_on", () => this.isShown && this.panels?.film.step(1));
  }

  get isShown() {
    return this.container.offsetParent !== null;
  }

  /** Show a run. Showing the same one again changes nothing. */
  async show(address) {
    const id = address.replace(/[^\w-]/g, "_"); // whatever an address says stays below the route of runs
    if (this.run?.id === id) return this._shownAgain();
    this.leave();
    const run = new RunStore(id);
    this.run = run;
    try {
      specs ??= await get("charts");
      await run.loadInfo();
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      if (this.run === run) this._clear(error); // so that choosing it again tries again
      return;
    }
    if (this.run !== run) return; // somebody went on meanwhile
    this._build();
    this.live.kick();
  }

  /** Take the run off the page. */
  leave() {
    this.live?.stop();
    this.panels?.remove();
    for (const chart of this.charts) chart.remove();
    this.run = null;
    this.view = null;
    this.live = null;
    this.panels = null;
    this.charts = [];
    unmarkTab();
  }

  /** The run could not be loaded: it was deleted, or the dashboard is gone for a moment. */
  _clear(error) {
    this.leave();
    const runs = button(t("run.to_runs"), { name: "compare", action: () => goTo({}, "runs") });
    this.container.replaceChildren(
      element("div", { class: "thaw thaw-empty" }, element("p", { role: "alert" }, error.message), runs),
    );
  }

  _build() {
    const { run } = this;
    this.view = new View([run]);
    this.view.aim();
    this.view.listeners.add(() => this._zoomed());
    const system = () => this.charts.some((chart) => chart.inView && chart.spec.x === "sample");
    this.live = new LiveFeed(run, { names: () => this._names(), shown: () => this.isShown, system }, (reborn) =>
      this._changed(reborn),
    );
    const wake = () => this.live.wake();
    const panels = new Panels(run, {
      wake,
      filmed: (iteration) => this._filmed(iteration),
      published: () => this._changed(false),
    });
    this.panels = panels;
    this.lost = element("p", { class: "thaw-banner warning", role: "alert", hidden: true });
    this.stalled = element("p", { class: "thaw-banner warning", role: "alert", hidden: true });
    this.edited = element("p", { class: "thaw-banner warning", role: "note", hidden: true });
    this.damaged = element("p", { class: "thaw-banner warning", role: "note", hidden: true });
    this.newer = element("p", { class: "thaw-banner warning", role: "note", hidden: true }, t("run.newer"));
    const glance = element("div", { class: "thaw-glance" }, panels.figures.node, panels.plan.node);
    const top = element(
      "div",
      { class: "thaw-card thaw-top" },
      panels.head.node,
      panels.controls.node,
      panels.planControls.node,
      glance,
    );
    const [first, rest] = [element("div", { class: "thaw-charts" }), element("div", { class: "thaw-charts" })];
    this.container.replaceChildren(
      element(
        "div",
        { class: "thaw thaw-run" },
        this.lost,
        this.stalled,
        this.edited,
        this.damaged,
        this.newer,
        top,
        section("curves", t("run.curves"), chartToolbar(absoluteSwitch()), first),
        panels.published.node,
        panels.result.node,
        panels.film.node,
        section("more", t("run.more_curves"), rest),
        panels.events.node,
        panels.log.node,
        panels.settingsAndFiles.node,
      ),
    );
    const hooks = { onSight: () => this.live.kick(), onPick: (iteration) => panels.film.goToIteration(iteration) };
    const placeOf = ({ name }) => (FIRST.includes(name) ? first : rest);
    this.charts = createCharts(specs, placeOf, this.view, hooks);
    this._tell();
  }

  /** The series that the charts in view are made of; nothing is asked for what nobody sees. */
  _names() {
    if (!this.run?.info || !this.isShown) return []; // a last round may end after the run was left
    const names = this.charts.filter((chart) => chart.inView).flatMap((chart) => chart.names(this.run));
    return [...new Set([...names, "images_per_second"])].filter((name) => this.run.info.series.includes(name));
  }

  _changed(reborn) {
    if (reborn) this.view.unzoom();
    this._tell();
    for (const chart of this.charts) chart.refresh();
  }

  _tell() {
    if (!this.panels) return;
    this.panels.update();
    this._tellStalled();
    this._tellTrouble();
    this._tellEdited();
    this._tellDamage();
    this.newer.hidden = !this.run.status.newer;
  }

  /** That the trainer gives no sign of life, or no answer to a stop. */
  _tellStalled() {
    const unanswered = stopUnanswered(this.run);
    const key = isWaiting(this.run) ? "run.stalled_waiting" : "run.stalled";
    const words = unanswered ? t("run.unanswered", { time: moment(unanswered) }) : isStalled(this.run) ? t(key) : "";
    say(this.stalled, words);
    this.stalled.hidden = !words;
  }

  /** Since when nothing new is known; what would reach nobody is switched off. */
  _tellTrouble() {
    const { trouble } = this.run;
    this.lost.hidden = !trouble;
    say(this.lost, troubleInWords(this.run));
    this.panels.planControls.node.inert = Boolean(trouble);
  }

  /** What config.yaml says otherwise than the run trains with. */
  _tellEdited() {
    const edited = this.run.info.edited ?? [];
    const key = isLost(edited) ? "run.edited.lost" : "run.edited.banner";
    const words = edited.length ? t(key, { fields: editedInWords(edited) }) : "";
    say(this.edited, words);
    this.edited.hidden = !words;
  }

  /** What is wrong with the run's files, and what is left out of them. */
  _tellDamage() {
    const words = damageOf(this.run.info);
    say(this.damaged, words);
    this.damaged.hidden = !words;
  }

  _zoomed() {
    for (const chart of this.charts) chart.refresh(true);
    this.live.kick(); // finer points of the window, if there are any
  }

  /** The film shows another moment: mark it in the charts. */
  _filmed(iteration) {
    this.view.moment = iteration;
    for (const chart of this.charts) chart.point();
  }

  _preferred(name) {
    if (!this.view) return;
    if (name === "logarithmic") this.view.heights = {};
    if (["smoothing", "axis", "absoluteShares"].includes(name)) this.live.kick();
    if (["axis", "logarithmic", "error", "absoluteShares", "smoothing"].includes(name)) this._repaint();
  }

  /** Everything anew: other colours, another ruler. */
  _repaint() {
    if (!this.view) return;
    this.panels.draw();
    this._tell();
    for (const chart of this.charts) chart.refresh(true);
  }

  _shownAgain() {
    this._tell();
    this.live?.lookAgain();
  }
}
