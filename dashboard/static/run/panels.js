// The panels of a run's page, each on its own: one that fails is named in its place, and the others go on.

import { element } from "../base/dom.js";
import { guarded } from "../base/guarded.js";
import { t } from "../base/texts.js";
import { Controls } from "./controls.js";
import { Events } from "./events.js";
import { FilmStrip } from "./filmstrip.js";
import { Head } from "./head.js";
import { KeyFigures } from "./key_figures.js";
import { Log } from "./log.js";
import { PlanControls } from "./plan_controls.js";
import { PlanPicture } from "./plan_picture.js";
import { Published } from "./published.js";
import { Result } from "./result.js";
import { SettingsAndFiles } from "./settings_and_files.js";

/** Stands in the place of a panel that could not be made. */
class Missing {
  constructor() {
    this.place = element("span", {});
    this.node = element("div", {}, this.place);
  }

  update() {}
  remove() {}
  step() {}
  goToIteration() {}
}

export class Panels {
  /**
   * @param {import("../data/run_store.js").RunStore} run
   * @param {Object} hooks
   * @param {() => void} hooks.wake called when something was asked of the trainer: news may come at once
   * @param {(iteration: number) => void} hooks.filmed called with the moment that the maps show
   * @param {() => void} hooks.published called when published results have come
   */
  constructor(run, { wake, filmed, published }) {
    this.named = []; // [name, panel]
    this.head = this._make(t("run.piece.head"), () => new Head(run));
    this.controls = this._make(t("run.controls"), () => new Controls(run, wake));
    this.plan = this._make(t("run.plan.title"), () => new PlanPicture(run));
    this.figures = this._make(t("run.piece.figures"), () => new KeyFigures(run));
    this.result = this._make(t("run.result.title"), () => new Result(run));
    this.film = this._make(t("run.maps.title"), () => new FilmStrip(run, filmed));
    this.events = this._make(t("run.events"), () => new Events(run));
    this.log = this._make(t("run.log"), () => new Log(run));
    this.settingsAndFiles = this._make(t("run.settings_and_files"), () => new SettingsAndFiles(run));
    this.published = this._make(t("published.title"), () => new Published(run, published));
    this.planControls = this._make(t("run.plan_controls.title"), () => new PlanControls(run, wake));
  }

  /** Show what is known now. */
  update() {
    this._each((panel) => panel.update?.());
  }

  /** Draw anew: other colours, another ruler. */
  draw() {
    this._each((panel) => panel.draw?.());
  }

  /** The run leaves the page. */
  remove() {
    this._each((panel) => panel.remove?.());
  }

  _each(action) {
    for (const [name, panel] of this.named) guarded(name, panel.node, () => tried(panel, action));
  }

  _make(name, build) {
    const missing = new Missing();
    const panel = guarded(name, missing.place, build) ?? missing;
    this.named.push([name, panel]);
    return panel;
  }
}

/** A panel that failed has drawn nothing: it tries again with the next news. */
function tried(panel, action) {
  try {
    return action(panel);
  } catch (error) {
    panel.drawn = "";
    throw error;
  }
}
