// The attention film: the same few images side by side, what every block let through below, epoch by epoch.

import { address, get, orSay } from "../base/api.js";
import { choice, element, icon, section, toggle } from "../base/dom.js";
import { decimal, percent } from "../base/format.js";
import { HeadChoice, MOST_SHARE, tokenMap, tokenRows } from "../maps/transformer_rows.js";
import { drawChannel, drawSpatial, extent, ofImage, scaleLegend, unpack } from "../maps/maps.js";
import { preference, setPreference } from "../base/preferences.js";
import { stageName } from "../data/stage_words.js";
import { t } from "../base/texts.js";

const SIDE = 96; // pixels of one picture
const FRAME = 500; // milliseconds a moment is shown while the film plays
const KEPT = 80; // moments held in memory
const DEAD = 0.05; // a channel gate below is closed, above 1 - DEAD open

/** The strip with its slider. */
export class FilmStrip {
  /**
   * @param {import("../data/run_store.js").RunStore} run
   * @param {function(number|null)} moved called with the iteration that is shown; null while the film follows the newest
   */
  constructor(run, moved) {
    Object.assign(this, {
      run,
      moved,
      overview: null,
      moments: new Map(),
      images: [],
      at: 0,
      follows: true,
      timer: null,
      image: 0,
      inView: false,
    });
    this.empty = element("p", { class: "thaw-empty" }, t("run.maps.none"));
    this.slider = element("input", {
      type: "range",
      min: 0,
      value: 0,
      step: 1,
      "aria-label": t("run.maps.slider"),
      oninput: () => this.go(this.slider.valueAsNumber),
    });
    this.when = element("output", { class: "thaw-film-when" });
    this.playing = element(
      "button",
      {
        type: "button",
        class: "thaw-button small",
        "aria-label": t("run.maps.play"),
        title: t("run.maps.play"),
        onclick: () => this._play(),
      },
      icon("play"),
    );
    this.legend = element("span", {});
    this.head = new HeadChoice(() => this.overview && this.go(this.at));
    this.table = element("table", { class: "thaw-film" });
    this.channels = element("div", { class: "thaw-channels" });
    this.help = element("p", { class: "thaw-help" }, t("run.maps.help"));
    this.content = element(
      "div",
      { hidden: true },
      this._bar(),
      element("div", { class: "thaw-film-scroll", tabindex: 0, "aria-label": t("run.maps.title") }, this.table),
      this.channels,
      this.help,
    );
    this.node = section("maps", t("run.maps.title"), this.empty, this.content);
    this.node.addEventListener("toggle", () => this.update());
    this.sight = new IntersectionObserver((entries) => ((this.inView = entries.at(-1).isIntersecting), this.update()));
    this.sight.observe(this.node);
  }

  /** Look whether maps of a later moment were kept; out of sight the newest can wait, as they are large. */
  async update() {
    if (this.inView || !this.overview) await this._renew();
  }

  /** Know all moments that were kept; who asks while another does waits for the same answer. */
  async _renew() {
    if (!this.node.open || this.run.lastMap === null || this.run.lastMap === this.overview?.iterations.at(-1)) return;
    this.asking ??= this._ask().finally(() => (this.asking = null));
    await this.asking;
  }

  async _ask() {
    const overview = await orSay(() => get(`runs/${this.run.id}/maps`));
    if (!overview?.probes || !overview.iterations.length) return;
    const first = !this.overview;
    this.overview = overview;
    if (first) await this._loadImages();
    this.empty.hidden = true;
    this.content.hidden = false;
    this.slider.max = overview.iterations.length - 1;
    if (this.follows) this.go(overview.iterations.length - 1);
  }

  /** Show the nth moment. */
  async go(index) {
    const { iterations } = this.overview;
    this.at = Math.min(iterations.length - 1, Math.max(0, index));
    this.follows = this.at === iterations.length - 1;
    this.slider.value = this.at;
    const iteration = iterations[this.at];
    this.moved(this.follows ? null : iteration);
    const moment = await orSay(() => this._moment(iteration));
    if (moment && iterations[this.at] === iteration) this._draw(moment, iteration);
  }

  /** Show the moment nearest to an iteration, as when a point of a chart is clicked. */
  async goToIteration(iteration) {
    this.follows = false;
    await this._renew();
    const distances = (this.overview?.iterations ?? []).map((one) => Math.abs(one - iteration));
    if (distances.length) this.go(distances.indexOf(Math.min(...distances)));
  }

  /** One moment back or on. */
  step(count) {
    if (this.overview) this.go(this.at + count);
  }

  remove() {
    this.moved = () => {};
    this.sight.disconnect();
    clearInterval(this.timer);
  }

  _play() {
    const stop = this.timer !== null;
    clearInterval(this.timer);
    this.timer = stop ? null : setInterval(() => (this.follows ? this._play() : this.step(1)), FRAME);
    if (!stop && this.follows) this.go(0);
    this.playing.replaceChildren(icon(this.timer ? "pause" : "play"));
    const label = t(this.timer ? "run.maps.pause" : "run.maps.play");
    this.playing.setAttribute("aria-label", label);
    this.playing.title = label;
  }

  async _moment(iteration) {
    if (!this.moments.has(iteration)) {
      const reply = await get(`runs/${this.run.id}/maps/${iteration}`);
      const gates = Object.fromEntries(Object.entries(reply.gates).map(([name, packed]) => [name, unpack(packed)]));
      this.moments.set(iteration, { ...reply, gates });
      if (this.moments.size > KEPT) this.moments.delete(this.moments.keys().next().value);
    }
    return this.moments.get(iteration);
  }

  async _loadImages() {
    const { count } = this.overview.probes;
    this.images = await Promise.all(
      Array.from({ length: count }, (_, index) => {
        const image = new Image();
        image.src = address(`runs/${this.run.id}/maps/probes.png?index=${index}`);
        return image.decode().then(
          () => image,
          () => null,
        ); // one that cannot be shown leaves its row without picture
      }),
    );
  }

  _bar() {
    const redraw = () => this.overview && this.go(this.at);
    return element(
      "div",
      { class: "thaw-film-bar" },
      this.playing,
      this.slider,
      this.when,
      this.head.node,
      choice(
        t("run.maps.view"),
        [
          ["overlay", t("run.maps.overlay")],
          ["grid", t("run.maps.grid")],
        ],
        preference("mapView"),
        (view) => (setPreference("mapView", view), redraw()),
      ),
      toggle(
        t("run.maps.stretched"),
        preference("mapStretched"),
        (on) => (setPreference("mapStretched", on), redraw()),
      ),
      this.legend,
    );
  }

  _draw(moment, iteration) {
    const stretched = preference("mapStretched");
    this.when.textContent = this._words(moment, iteration);
    this.slider.setAttribute("aria-valuetext", this.when.textContent);
    const rows = [...moment.blocks, ...tokenRows(moment)];
    const help = t(moment.transformer ? `run.maps.help_${moment.asks}` : "run.maps.help");
    this.help.textContent = t("run.maps.images_and_help", { count: this.overview.probes.count, help });
    this.legend.replaceChildren(
      scaleLegend(stretched, moment.transformer && ["0", t("run.maps.times", { most: MOST_SHARE })]),
    );
    this.head.offer(moment);
    this._frame(rows);
    this.images.forEach((image, index) => {
      rows.forEach((block, row) => this._cell(moment, image, index, block, row, stretched));
      this._prediction(moment, index);
    });
    this._drawChannels(moment);
  }

  /** When the maps were made: epoch, iteration, of several stages which one, and why then. */
  _words({ epoch, stage, why }, iteration) {
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

  /** The table itself, made once for a list of blocks: a column an image, a row a block. */
  _frame(blocks) {
    if (this.blocks?.join() === blocks.join()) return;
    this.blocks = blocks;
    const scale = window.devicePixelRatio || 1;
    const canvas = () => Object.assign(document.createElement("canvas"), { width: SIDE * scale, height: SIDE * scale });
    this.heads = this.images.map((image, index) => {
      if (image) Object.assign(image, { className: "thaw-probe", alt: "" });
      const told = element("span", { class: "thaw-probe-told" });
      const choose = () => ((this.image = index), this.go(this.at));
      const press = element(
        "button",
        { type: "button", title: t("run.maps.choose"), onclick: choose },
        image ?? t("run.maps.no_image"),
        told,
      );
      return { told, press, node: element("th", { scope: "col" }, press) };
    });
    this.cells = blocks.map(() =>
      this.images.map(() => {
        const picture = canvas();
        const words = element("span", { class: "thaw-gate-words" });
        return { picture, words, node: element("td", {}, picture, words) };
      }),
    );
    const rows = blocks.map((block, row) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, breakable(block === "rollout" ? t("run.maps.rollout") : block)),
        ...this.cells[row].map(({ node }) => node),
      ),
    );
    const head = element("tr", {}, element("td", {}), ...this.heads.map(({ node }) => node));
    this.table.replaceChildren(element("thead", {}, head), element("tbody", {}, ...rows));
  }

  _cell(moment, image, index, block, row, stretched) {
    const { picture, words, node } = this.cells[row][index];
    const tokens = tokenMap(moment, block, index, this.head.chosen);
    const gate = tokens ?? (moment.gates[`${block}/spatial`] && ofImage(moment.gates[`${block}/spatial`], index));
    if (!gate) {
      words.textContent = t("run.maps.no_gate");
      return;
    }
    const grid = preference("mapView") === "grid";
    const drawn = drawSpatial(picture, gate, { image, grid, stretched, most: tokens ? MOST_SHARE : 1 });
    words.textContent = drawn.words;
    node.title =
      drawn.words ||
      t("run.maps.reach", { low: decimal(drawn.low, 3), high: decimal(drawn.high, 3), mean: decimal(drawn.mean, 3) });
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", `${block}: ${node.title}`);
  }

  /** What the image is, and what the network says it is. */
  _prediction(moment, index) {
    const names = this.overview.classes;
    const name = (at) => names[at] ?? String(at);
    const target = this.overview.probes.targets[index];
    const { told } = this.heads[index];
    told.replaceChildren(element("b", {}, name(target)));
    const probabilities = moment.gates.probabilities && ofImage(moment.gates.probabilities, index).values;
    if (!probabilities) return;
    const best = probabilities.indexOf(Math.max(...probabilities));
    const right = best === target;
    const words = [right ? "✓" : "✗", percent(100 * probabilities[best], 0), right ? "" : name(best)]
      .filter(Boolean)
      .join(" ");
    told.append(element("span", { class: right ? "right" : "wrong", title: words }, words));
  }

  /** The channel gates of the chosen image, one small chart a block. */
  _drawChannels(moment) {
    const scale = window.devicePixelRatio || 1;
    this.heads.forEach(({ press }, index) => press.setAttribute("aria-pressed", String(index === this.image)));
    const charts = moment.blocks
      .filter((block) => moment.gates[`${block}/channel`])
      .map((block) => {
        const { values } = ofImage(moment.gates[`${block}/channel`], this.image);
        const { low, high, finite } = extent(values);
        const canvas = Object.assign(document.createElement("canvas"), { width: 220 * scale, height: 56 * scale });
        const counts = {
          count: values.length,
          closed: values.filter((value) => value < DEAD).length,
          open: values.filter((value) => value > 1 - DEAD).length,
        };
        const words = finite
          ? t("run.maps.channels_told", { ...counts, low: decimal(low, 3), high: decimal(high, 3) })
          : t("run.maps.not_finite");
        if (finite) drawChannel(canvas, values);
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", `${block}: ${words}`);
        return element(
          "figure",
          {},
          element("figcaption", {}, element("b", {}, block), element("span", {}, words)),
          finite ? canvas : null,
        );
      });
    this.channels.hidden = !charts.length;
    const title = t("run.maps.channels", {
      image: this.overview.classes[this.overview.probes.targets[this.image]] ?? this.image + 1,
    });
    this.channels.replaceChildren(element("h3", {}, title), element("div", { class: "thaw-channel-row" }, ...charts));
  }
}

/** A dotted path that may be broken after its dots. */
function breakable(path) {
  return path.replaceAll(".", ".\u200b");
}
