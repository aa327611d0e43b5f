// Attention of compared runs: the same images, one row a run, moved through the training together, and the differences.

import { get, orSay } from "../base/api.js";
import { element, preferenceChoice, preferenceToggle, section } from "../base/dom.js";
import { t } from "../base/texts.js";
import { MapMoments } from "../maps/map_moments.js";
import { scaleLegend } from "../maps/gate_drawing.js";
import { MomentSlider, viewChoice } from "../maps/moment_bar.js";
import { readImages, readMaps } from "../maps/read_maps.js";
import { render } from "../vendor/lit-html.js";
import { mapTable } from "./map_tables.js";

const STEPS = 100; // of the slider, from the first moment of a training to its last
const REACHES = [0.2, 0.5, 1];
const KEPT = 120; // moments held in memory, of all runs together

/** The section of maps. Runs whose probe images differ stand in tables of their own. */
export class ComparedMaps {
  /** @param {import("../data/run_store.js").RunStore[]} runs with `label` */
  constructor(runs) {
    this.runs = runs;
    this.sets = null; // of runs with the same images: their films, and the images
    this.at = STEPS;
    this.block = null;
    this.reference = null; // id of the run from which the others differ
    this.slider = new MomentSlider(t("compare.maps.slider"), (at) => this.go(at));
    this.bar = element("div", { class: "thaw-film-bar" });
    this.tables = element("div", { class: "thaw-compare-maps" });
    this.note = element("p", { class: "thaw-help", hidden: true });
    this.empty = element("p", { class: "thaw-empty" }, t("compare.maps.loading"));
    const help = element("p", { class: "thaw-help" }, t("compare.maps.help"));
    this.content = element("div", { hidden: true }, this.bar, this.note, this.tables, help);
    this.node = section("compare_maps", t("compare.maps.title"), this.empty, this.content);
    this.node.addEventListener("toggle", () => this.load());
    this.sight = new IntersectionObserver(([entry]) => entry.isIntersecting && this.load(), { rootMargin: "200px" });
    this.sight.observe(this.node);
  }

  remove() {
    this.sight.disconnect();
  }

  /** Read what moments there are, when the section is looked at; once, unless something did not come. */
  async load() {
    if (!this.node.open || this.asked) return;
    this.asked = true;
    const overviews = await Promise.all(this.runs.map((run) => orSay(() => get(`runs/${run.id}/maps`))));
    const films = this.runs
      .map((run, index) => ({ run, overview: overviews[index] }))
      .filter(({ overview }) => overview?.probes && overview.iterations.length);
    if (!films.length) {
      this.asked = overviews.every(Boolean);
      return void (this.empty.textContent = t(this.asked ? "compare.maps.none" : "compare.maps.failed"));
    }
    this.blocks = [...new Set(films.flatMap(({ overview }) => overview.about.flatMap((about) => about.blocks ?? [])))];
    if (!this.blocks.length) return void (this.empty.textContent = t("compare.maps.tokens_only"));
    this.block = this.blocks.at(-1);
    this.sets = await setsOf(films); // only now: until it is whole, nothing is drawn
    this.note.hidden = this.sets.length < 2;
    this.note.textContent = t("compare.maps.other_probes");
    this._fillBar();
    this.empty.hidden = true;
    this.content.hidden = false;
    await this.go(STEPS);
  }

  /** Show every run at this share of its training, in percent. */
  async go(at) {
    this.at = Math.min(STEPS, Math.max(0, at));
    this.slider.place(this.at, STEPS);
    this.slider.tell(t("compare.maps.share", { share: this.at }));
    const films = this.sets.flatMap((set) => set.films);
    for (const film of films) film.moments.chooseNearest((this.at / STEPS) * film.total);
    const maps = await orSay(() => Promise.all(films.map((film) => film.moments.load())));
    if (!maps?.every(Boolean)) return; // something newer was asked for meanwhile
    this._draw(new Map(films.map((film, index) => [film, maps[index]])));
  }

  /** A few percent back or on. */
  step(count) {
    if (this.sets) this.go(this.at + count * 5);
  }

  /** Draw again, as in other colours. */
  draw() {
    if (this.sets) this.go(this.at);
  }

  _fillBar() {
    const list = element(
      "select",
      {
        class: "thaw-select",
        "aria-label": t("compare.maps.block"),
        onchange: () => ((this.block = list.value), this.draw()),
      },
      ...this.blocks.map((block) => element("option", { value: block, selected: block === this.block }, block)),
    );
    const isPaired = this.sets.some(({ films }) => films.length > 1);
    /** @type {[number, string][]} */
    const reaches = REACHES.map((reach) => [reach, `± ${reach}`]);
    const differences = [
      preferenceToggle(t("compare.maps.differences"), "differences"),
      preferenceChoice(t("compare.maps.reach"), reaches, "differenceReach"),
    ];
    this.bar.replaceChildren(list, ...this.slider.nodes, viewChoice(), ...(isPaired ? differences : []), scaleLegend());
  }

  _draw(maps) {
    const refer = (reference) => ((this.reference = reference), this.draw());
    const { block, reference } = this;
    const table = ({ films, probes }) =>
      mapTable(
        films.map((film) => ({ run: film.run, maps: maps.get(film) })),
        probes,
        { block, reference, refer },
      );
    render(this.sets.map(table), this.tables);
  }
}

/** Runs with the same images together, each with its moments. */
async function setsOf(filmed) {
  const keys = [...new Set(filmed.map(probesKey))];
  const kept = Math.ceil(KEPT / filmed.length);
  const filmOf = ({ run, overview }) => {
    const moments = new MapMoments((iteration) => readMaps(run.id, iteration), kept);
    moments.know(overview.iterations);
    return { run, moments, total: run.status.iterations || moments.newest };
  };
  return Promise.all(
    keys.map(async (key) => {
      const same = filmed.filter((one) => probesKey(one) === key);
      const [{ run, overview }] = same;
      const { classes, probes } = overview;
      const images = await readImages(run.id, probes.count);
      return { films: same.map(filmOf), probes: { classes, targets: probes.targets, images } };
    }),
  );
}

/** Two runs have the same probes where the images are the same to the pixel and are normalised alike. */
function probesKey({ run, overview }) {
  const { mean, std } = run.info.environment?.data ?? {};
  return JSON.stringify([overview.probes.digest, mean, std]);
}
