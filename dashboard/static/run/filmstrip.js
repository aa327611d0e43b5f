// The attention film: the same few images side by side, what every block let through below, epoch by epoch.

import { get, orSay } from "../base/api.js";
import { element, icon, preferenceToggle, section } from "../base/dom.js";
import { decimal } from "../base/format.js";
import { onPreference, preference } from "../base/preferences.js";
import { t } from "../base/texts.js";
import { stageName } from "../data/stage_words.js";
import { MapMoments } from "../maps/map_moments.js";
import { scaleLegend } from "../maps/gate_drawing.js";
import { MomentSlider, viewChoice } from "../maps/moment_bar.js";
import { readImages, readMaps } from "../maps/read_maps.js";
import { HeadChoice, MOST_SHARE } from "../maps/transformer_rows.js";
import { render } from "../vendor/lit-html.js";
import { channelGates } from "./channel_gates.js";
import { FilmTable } from "./film_table.js";

const FRAME = 500; // milliseconds a moment is shown while the film plays
const KEPT = 80; // moments held in memory

/** The strip with its slider. */
export class FilmStrip {
  /**
   * @param {import("../data/run_store.js").RunStore} run
   * @param {(iteration: number|null) => void} moved called with the iteration that is shown; null while the film
   *     follows the newest
   */
  constructor(run, moved) {
    this.run = run;
    this.moved = moved;
    this.moments = new MapMoments((iteration) => readMaps(run.id, iteration), KEPT);
    this.probes = null; // the images, what each is, and what the classes are called
    this.chosen = 0; // the image whose channel gates are shown
    this.timer = null; // of a film that plays
    this.inView = false;
    this.isUnfinished = false; // whether moments are known of which the newest could not be drawn
    this._build();
    this.node.addEventListener("toggle", () => this.update());
    this.sight = new IntersectionObserver((entries) => ((this.inView = entries.at(-1).isIntersecting), this.update()));
    this.sight.observe(this.node);
    this.ignorePreferences = onPreference((name) => ["mapView", "mapStretched"].includes(name) && this._show());
  }

  /** Look whether maps of a later moment were kept; out of sight the newest can wait, as they are large. */
  async update() {
    if (this.inView || !this.probes) await this._renew();
  }

  /** Show the nth moment. */
  go(index) {
    this.moments.choose(index);
    return this._show();
  }

  /** Show the moment nearest to an iteration, as when a point of a chart is clicked. */
  async goToIteration(iteration) {
    this.moments.followsNewest = false;
    await this._renew();
    if (!this.probes) return;
    this.moments.chooseNearest(iteration);
    await this._show();
  }

  /** One moment back or on. */
  step(count) {
    if (this.probes) this.go(this.moments.at + count);
  }

  remove() {
    this.moved = () => {};
    this.sight.disconnect();
    this.ignorePreferences();
    clearInterval(this.timer);
  }

  _build() {
    this.empty = element("p", { class: "thaw-empty" }, t("run.maps.none"));
    this.slider = new MomentSlider(t("run.maps.slider"), (index) => this.go(index));
    this.playing = element("button", { type: "button", class: "thaw-button small", onclick: () => this._play() });
    this._tellPlaying();
    this.head = new HeadChoice(() => this._show());
    this.legend = element("span", {});
    this.table = element("table", { class: "thaw-film" });
    this.filmTable = new FilmTable();
    this.channels = element("div", {});
    this.help = element("p", { class: "thaw-help" }, t("run.maps.help"));
    const bar = element(
      "div",
      { class: "thaw-film-bar" },
      this.playing,
      ...this.slider.nodes,
      this.head.node,
      viewChoice(),
      preferenceToggle(t("run.maps.stretched"), "mapStretched"),
      this.legend,
    );
    const scroll = element("div", { class: "thaw-film-scroll", tabindex: 0, "aria-label": t("run.maps.title") });
    scroll.append(this.table);
    this.content = element("div", { hidden: true }, bar, scroll, this.channels, this.help);
    this.node = section("maps", t("run.maps.title"), this.empty, this.content);
  }

  /** Know all moments that were kept; who asks while another does waits for the same answer. */
  async _renew() {
    const { lastMap } = this.run;
    const isKnown = lastMap === null || (lastMap === this.moments.newest && !this.isUnfinished);
    if (!this.node.open || isKnown || this.run.trouble) return; // the head of the page says that nobody answers
    this.asking ??= this._ask().finally(() => (this.asking = null));
    await this.asking;
  }

  async _ask() {
    const overview = await orSay(() => get(`runs/${this.run.id}/maps`));
    if (!overview?.probes || !overview.iterations.length) return;
    const { classes, probes, iterations } = overview;
    this.isUnfinished = true; // what fails is tried again
    this.probes ??= { classes, targets: probes.targets, images: await readImages(this.run.id, probes.count) };
    this.empty.hidden = true;
    this.content.hidden = false;
    this.moments.know(iterations);
    this.slider.place(this.moments.at, iterations.length - 1);
    if (this.moments.followsNewest) await this._show();
    this.isUnfinished = false;
  }

  /** Show the chosen moment as soon as its maps are there. */
  async _show() {
    const { moments } = this;
    if (!this.probes) return;
    this.slider.place(moments.at, moments.iterations.length - 1);
    this.moved(moments.followsNewest ? null : moments.iteration);
    const maps = await orSay(() => moments.load());
    if (maps) this._draw(maps, moments.iteration);
  }

  _draw(maps, iteration) {
    const { probes, chosen } = this;
    this.slider.tell(this._momentInWords(maps, iteration));
    this.help.textContent = t("run.maps.images_and_help", {
      count: probes.images.length,
      help: t(maps.transformer ? `run.maps.help_${maps.asks}` : "run.maps.help"),
    });
    /** @type {[string, string]} */
    const ends = maps.transformer && ["0", t("run.maps.times", { most: MOST_SHARE })];
    this.legend.replaceChildren(scaleLegend(preference("mapStretched"), ends));
    this.head.offer(maps);
    const choose = (index) => ((this.chosen = index), this._show());
    render(this.filmTable.template(maps, probes, { head: this.head.chosen, chosen, choose }), this.table);
    render(channelGates(maps, chosen, probes.classes[probes.targets[chosen]] ?? chosen + 1), this.channels);
  }

  /** When the maps were made: epoch, iteration, of several stages which one, and why then. */
  _momentInWords({ epoch, stage, why }, iteration) {
    const { stages } = this.run;
    const inStage =
      stages.length > 1 &&
      stages[stage] &&
      t("run.maps.in_stage", { stage: stage + 1, name: stageName(this.run, stage) });
    const words = [
      t("run.at_epoch", { epoch }),
      t("run.at_iteration", { iteration: decimal(iteration) }),
      inStage,
      why && t(`run.maps.why.${why}`),
    ];
    return words.filter(Boolean).join(" · ");
  }

  /** Play from the start, or from here; pressed again, and at the end, it stops. */
  _play() {
    const stops = this.timer !== null;
    clearInterval(this.timer);
    this.timer = stops ? null : setInterval(() => (this.moments.followsNewest ? this._play() : this.step(1)), FRAME);
    if (!stops && this.moments.followsNewest) this.go(0);
    this._tellPlaying();
  }

  _tellPlaying() {
    const plays = this.timer !== null;
    const label = t(plays ? "run.maps.pause" : "run.maps.play");
    this.playing.replaceChildren(icon(plays ? "pause" : "play"));
    this.playing.setAttribute("aria-label", label);
    this.playing.title = label;
  }
}
