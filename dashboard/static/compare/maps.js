// Attention of compared runs: the same images, one row a run, moved through the training together, and the differences.

import { address, get, orSay } from "../base/api.js";
import { element, preferenceChoice, preferenceToggle, section } from "../base/dom.js";
import { differenceColour, differenceLegend } from "../base/diverging.js";
import { decimal, significant } from "../base/format.js";
import { cells, drawSpatial, inWords, extent, ofImage, scaleLegend, unpack } from "../maps/maps.js";
import { preference } from "../base/preferences.js";
import { swatch } from "../base/swatch.js";
import { nodesOf } from "../base/templates.js";
import { t } from "../base/texts.js";

const SIDE = 96; // pixels of a picture
const STEPS = 100; // of the slider, from the first moment of a training to its last
const REACHES = [0.2, 0.5, 1];
const DECODED = 120; // moments held in memory

/** The section of maps. Runs whose probe images differ stand in tables of their own. */
export class ComparedMaps {
  /** @param {import("../data/run_store.js").RunStore[]} runs with `label` */
  constructor(runs) {
    Object.assign(this, { runs, sets: null, moments: new Map(), at: STEPS, turn: 0, block: null, reference: null });
    this.slider = element("input", {
      type: "range",
      min: 0,
      max: STEPS,
      value: STEPS,
      step: 1,
      "aria-label": t("compare.maps.slider"),
      oninput: () => this.go(this.slider.valueAsNumber),
    });
    this.when = element("output", { class: "thaw-film-when" });
    this.bar = element("div", { class: "thaw-film-bar" });
    this.tables = element("div", { class: "thaw-compare-maps" });
    this.note = element("p", { class: "thaw-help", hidden: true });
    this.empty = element("p", { class: "thaw-empty" }, t("compare.maps.loading"));
    this.content = element(
      "div",
      { hidden: true },
      this.bar,
      this.note,
      this.tables,
      element("p", { class: "thaw-help" }, t("compare.maps.help")),
    );
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
    const filmed = this.runs
      .map((run, index) => ({ run, overview: overviews[index] }))
      .filter(({ overview }) => overview?.probes && overview.iterations.length);
    if (!filmed.length) {
      this.asked = overviews.every(Boolean);
      return void (this.empty.textContent = t(this.asked ? "compare.maps.none" : "compare.maps.failed"));
    }
    this.blocks = [...new Set(filmed.flatMap(({ overview }) => overview.about.flatMap((about) => about.blocks ?? [])))];
    if (!this.blocks.length) return void (this.empty.textContent = t("compare.maps.tokens_only"));
    this.block = this.blocks.at(-1);
    const keys = [...new Set(filmed.map(probesKey))];
    const sets = keys.map((key) => filmed.filter((film) => probesKey(film) === key));
    await Promise.all(sets.map((set) => this._images(set)));
    this.sets = sets; // only now: until it is whole, nothing is drawn
    this.note.hidden = sets.length < 2;
    this.note.textContent = t("compare.maps.other_probes");
    this._bar();
    this.empty.hidden = true;
    this.content.hidden = false;
    await this.go(STEPS);
  }

  /** Show every run at this share of its training, in percent. */
  async go(at) {
    this.at = Math.min(STEPS, Math.max(0, at));
    const turn = (this.turn += 1);
    this.slider.value = this.at;
    this.when.textContent = t("compare.maps.share", { share: this.at });
    this.slider.setAttribute("aria-valuetext", this.when.textContent);
    const shown = await orSay(() =>
      Promise.all(this.sets.map((set) => Promise.all(set.map((film) => this._moment(film))))),
    );
    if (shown && turn === this.turn) this._draw(shown); // else something newer was asked for meanwhile
  }

  /** A few percent back or on. */
  step(count) {
    if (this.sets) this.go(this.at + count * 5);
  }

  /** Draw again, as in other colours. */
  draw() {
    if (this.sets) this.go(this.at);
  }

  _bar() {
    const list = element(
      "select",
      {
        class: "thaw-select",
        "aria-label": t("compare.maps.block"),
        onchange: () => ((this.block = list.value), this.draw()),
      },
      ...this.blocks.map((block) => element("option", { value: block, selected: block === this.block }, block)),
    );
    const paired = this.sets.some((set) => set.length > 1);
    this.bar.replaceChildren(
      list,
      this.slider,
      this.when,
      preferenceChoice(
        t("run.maps.view"),
        [
          ["overlay", t("run.maps.overlay")],
          ["grid", t("run.maps.grid")],
        ],
        "mapView",
      ),
      ...(paired
        ? [
            preferenceToggle(t("compare.maps.differences"), "differences"),
            preferenceChoice(
              t("compare.maps.reach"),
              REACHES.map((reach) => [reach, `± ${reach}`]),
              "differenceReach",
            ),
          ]
        : []),
      scaleLegend(),
    );
  }

  async _images(set) {
    const [{ run, overview }] = set;
    const pictures = await Promise.all(
      Array.from({ length: overview.probes.count }, (_, index) => {
        const image = new Image();
        image.src = address(`runs/${run.id}/maps/probes.png?index=${index}`);
        return image.decode().then(
          () => image,
          () => null,
        );
      }),
    );
    set.images = pictures;
  }

  /** The kept moment of a run that is nearest to the share of its training. */
  async _moment({ run, overview }) {
    const wanted = (this.at / STEPS) * (run.status.iterations || overview.iterations.at(-1));
    const iteration = overview.iterations.reduce((best, one) =>
      Math.abs(one - wanted) < Math.abs(best - wanted) ? one : best,
    );
    const key = `${run.id} ${iteration}`;
    if (!this.moments.has(key)) {
      const reply = await get(`runs/${run.id}/maps/${iteration}`);
      const gates = Object.fromEntries(Object.entries(reply.gates).map(([name, packed]) => [name, unpack(packed)]));
      this.moments.set(key, { ...reply, gates });
      if (this.moments.size > DECODED) this.moments.delete(this.moments.keys().next().value);
    }
    return this.moments.get(key);
  }

  _draw(shown) {
    const chosen = this.tables.contains(document.activeElement) && document.activeElement.value;
    this.tables.replaceChildren(...this.sets.map((set, index) => this._table(set, shown[index])));
    if (chosen) [...this.tables.querySelectorAll("select")].find((list) => list.value === chosen)?.focus();
  }

  _table(set, moments) {
    const { classes, probes } = set[0].overview;
    const head = element(
      "tr",
      {},
      element("td", {}),
      ...set.images.map((image, index) =>
        element(
          "th",
          { scope: "col" },
          image ? Object.assign(image, { className: "thaw-probe", alt: "" }) : t("run.maps.no_image"),
          element(
            "span",
            { class: "thaw-probe-told" },
            element("b", {}, classes[probes.targets[index]] ?? String(index + 1)),
          ),
        ),
      ),
    );
    const rows = set.map(({ run }, index) => this._gates(run, moments[index], set.images));
    const body = element("tbody", {}, ...rows, ...(preference("differences") ? this._differences(set, moments) : []));
    return element(
      "div",
      { class: "thaw-scroll", tabindex: 0, role: "region", "aria-label": t("compare.maps.title") },
      element("table", { class: "thaw-film" }, element("thead", {}, head), body),
    );
  }

  _gates(run, moment, images) {
    const gate = moment.gates[`${this.block}/spatial`];
    const told = [t("run.at_epoch", { epoch: moment.epoch }), gate && gate.shape.slice(1).join(" × ")]
      .filter(Boolean)
      .join(" · ");
    const grid = preference("mapView") === "grid";
    const pictures = images.map((image, index) => {
      if (!gate) return element("td", { class: "thaw-missing" }, t("compare.maps.no_block"));
      const canvas = newCanvas();
      const drawn = drawSpatial(canvas, ofImage(gate, index), { image, grid });
      const reach = t("run.maps.reach", {
        low: decimal(drawn.low, 3),
        high: decimal(drawn.high, 3),
        mean: decimal(drawn.mean, 3),
      });
      return picture(canvas, drawn.words, drawn.words || reach, run.label);
    });
    return element("tr", {}, rowHead(run, run.label, told), ...pictures);
  }

  /** Every run minus the reference, on one scale for all pictures. */
  _differences(set, moments) {
    if (set.length < 2) return [];
    const at = Math.max(
      0,
      set.findIndex(({ run }) => run.id === this.reference),
    );
    const base = moments[at].gates[`${this.block}/spatial`];
    const change = () => ((this.reference = choose.value), this.go(this.at));
    const choose = element(
      "select",
      { class: "thaw-select", "aria-label": t("compare.maps.reference"), onchange: change },
      ...set.map(({ run }) => element("option", { value: run.id, selected: run.id === set[at].run.id }, run.label)),
    );
    const legend = differenceLegend(preference("differenceReach"), t("compare.maps.less"), t("compare.maps.more"));
    const title = element(
      "tr",
      { class: "between" },
      element(
        "th",
        { scope: "rowgroup", colspan: set.images.length + 1 },
        element("span", {}, t("compare.maps.minus")),
        choose,
        legend,
      ),
    );
    const others = set
      .map(({ run }, index) => [run, moments[index].gates[`${this.block}/spatial`]])
      .filter((_, index) => index !== at);
    return [title, ...others.map(([run, gate]) => this._difference(run, gate, base, set.images))];
  }

  _difference(run, gate, base, images) {
    const words =
      !gate || !base
        ? t("compare.maps.no_block")
        : gate.shape.join() !== base.shape.join()
          ? t("compare.maps.other_grid")
          : "";
    if (words)
      return element(
        "tr",
        {},
        rowHead(run, run.label, ""),
        element("td", { colspan: images.length, class: "thaw-missing" }, words),
      );
    const reach = preference("differenceReach");
    const values = gate.values.map((value, index) => value - base.values[index]);
    const mean = values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
    const pictures = images.map((_, index) => {
      const one = ofImage({ shape: gate.shape, values }, index);
      const { low, high, finite } = extent(one.values);
      const canvas = newCanvas();
      const pen = canvas.getContext("2d");
      pen.imageSmoothingEnabled = false;
      if (finite)
        pen.drawImage(
          cells(one, -reach, reach, (share) => differenceColour(2 * share - 1)),
          0,
          0,
          canvas.width,
          canvas.height,
        );
      const told = finite
        ? t("compare.maps.between", { low: decimal(low, 3), high: decimal(high, 3) })
        : inWords({ low, high, finite });
      return picture(canvas, finite ? "" : told, told, run.label);
    });
    return element(
      "tr",
      {},
      rowHead(run, run.label, t("compare.maps.mean", { mean: significant(mean, 2) })),
      ...pictures,
    );
  }
}

/** Two runs have the same probes where the images are the same to the pixel and are normalised alike. */
function probesKey({ run, overview }) {
  const { mean, std } = run.info.environment?.data ?? {};
  return JSON.stringify([overview.probes.digest, mean, std]);
}

function newCanvas() {
  const scale = window.devicePixelRatio || 1;
  return Object.assign(document.createElement("canvas"), { width: SIDE * scale, height: SIDE * scale });
}

function picture(canvas, words, told, label) {
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${label}: ${told}`);
  return element("td", { title: told }, canvas, words ? element("span", { class: "thaw-gate-words" }, words) : null);
}

function rowHead(run, label, told) {
  return element(
    "th",
    { scope: "row" },
    element(
      "div",
      { class: "thaw-run-name" },
      nodesOf(swatch({ id: run.id, ...run.info })),
      element("span", {}, label),
    ),
    told ? element("small", {}, told) : null,
  );
}
