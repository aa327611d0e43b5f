// The end of a run: its final figures, accuracy by class, who is taken for whom, and the surest mistakes.

import { Unreachable, address, get, orSay } from "../base/api.js";
import { channels, faint, isDark, themeColour } from "../base/colours.js";
import { element, section } from "../base/dom.js";
import { setName } from "./key_figures.js";
import { accuracy, decimal, isNumber, percent, significant } from "../base/format.js";
import { preference } from "../base/preferences.js";
import { t } from "../base/texts.js";

const MOST_CLASSES_IN_TABLE = 20; // beyond, the confusion matrix is a picture
const MOST_PAIRS = 10;

/** The result of a run, once there is one. */
export class Result {
  /** @param {import("../data/run_store.js").RunStore} run */
  constructor(run) {
    this.run = run;
    this.content = element("div", { class: "thaw-result" });
    this.node = section("result", t("run.result.title"), this.content);
    this.node.hidden = true;
  }

  async update() {
    if (!this.run.hasResult || this.run.isActive || this.shown === this.run.life) return;
    this.shown = this.run.life;
    this.result = await orSay(() => this._get());
    this.node.hidden = !this.result;
    this.drawn = "";
    this.draw();
  }

  /** The result; null where nobody answers: it is asked for again. */
  async _get() {
    try {
      return await get(`runs/${this.run.id}/result`);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      this.shown = null; // the head of the page says so
      return null;
    }
  }

  /** Draw again where it would look another way: in other colours, or as error. */
  draw() {
    const drawn = JSON.stringify([isDark(), preference("error")]);
    if (!this.result || drawn === this.drawn) return;
    this.drawn = drawn;
    const { result } = this;
    this.content.replaceChildren(
      ...[this._headline(), this._classes(), this._confusion(), this._mistakes()].filter(Boolean),
    );
    this.content.dataset.count = result.count;
  }

  _headline() {
    const { top1, top5, loss, count, classes, evaluated_on: name, ema_top1: averaged } = this.result;
    const right = (value) => percent(preference("error") ? 100 - value : value);
    const { figure, basis } = accuracy(top1, count, preference("error"));
    const word = t(preference("error") ? "run.result.error" : "run.result.accuracy", { on: setName({ name }) });
    return element(
      "p",
      { class: "thaw-result-headline" },
      element("span", {}, word),
      element("strong", {}, figure),
      element(
        "span",
        {},
        [
          basis,
          top5 && classes.length > 5 && t("run.result.top5", { top5: percent(top5) }),
          t("run.result.loss", { loss: significant(loss) }),
          isNumber(averaged) && t("run.result.ema", { figure: right(averaged) }),
        ]
          .filter(Boolean)
          .join(" · "),
      ),
    );
  }

  _classes() {
    const { classes, per_class: values } = this.result;
    if (!values?.length) return null;
    const order = [...values.keys()].sort((a, b) => values[a] - values[b]);
    const rows = order.map((index) => {
      const bar = element("span", { class: "thaw-bar", "aria-hidden": "true" });
      bar.style.setProperty("--share", `${values[index]}%`);
      return element(
        "li",
        {},
        element("span", {}, classes[index] ?? String(index)),
        bar,
        element("span", {}, percent(values[index], 1)),
      );
    });
    return element(
      "div",
      { class: "thaw-card" },
      element("h3", {}, t("run.result.classes")),
      element("ol", { class: "thaw-classes" }, ...rows),
    );
  }

  _confusion() {
    const { classes, confusion } = this.result;
    if (!confusion?.length) return null;
    const picture = classes.length <= MOST_CLASSES_IN_TABLE ? this._table() : this._picture();
    const pairs = confusion
      .flatMap((row, truth) => row.map((count, said) => [count, truth, said]))
      .filter(([count, truth, said]) => count && truth !== said)
      .sort((a, b) => b[0] - a[0])
      .slice(0, MOST_PAIRS);
    const list = pairs.map(([count, truth, said]) =>
      element("li", {}, t("run.result.pair", { truth: classes[truth], said: classes[said], count: decimal(count) })),
    );
    return element(
      "div",
      { class: "thaw-card thaw-confusion" },
      element("h3", {}, t("run.result.confusion")),
      element("p", { class: "thaw-help" }, t("run.result.confusion_help")),
      element("div", { class: "thaw-scroll", tabindex: 0 }, picture),
      element("details", {}, element("summary", {}, t("run.result.pairs")), element("ol", {}, ...list)),
    );
  }

  _table() {
    const { classes, confusion } = this.result;
    const right = themeColour("good");
    const wrong = themeColour("warm");
    const worst = mostConfused(confusion);
    const head = element(
      "tr",
      {},
      element("td", {}),
      ...classes.map((name) => element("th", { scope: "col" }, element("span", {}, name))),
    );
    const rows = confusion.map((row, truth) => {
      const sum = row.reduce((a, b) => a + b, 0) || 1;
      const cells = row.map((count, said) => {
        const cell = element(
          "td",
          { title: t("run.result.pair", { truth: classes[truth], said: classes[said], count: decimal(count) }) },
          count ? decimal(count) : "",
        );
        const strength = truth === said ? 0.12 + (0.4 * count) / sum : count ? 0.04 + (0.42 * count) / worst : 0;
        cell.style.background = faint(truth === said ? right : wrong, strength);
        return cell;
      });
      return element("tr", {}, element("th", { scope: "row" }, classes[truth]), ...cells);
    });
    return element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows));
  }

  /** Many classes: one pixel a pair, darker for more, the diagonal left out of the scale. */
  _picture() {
    const { confusion, classes } = this.result;
    const count = confusion.length;
    const canvas = Object.assign(document.createElement("canvas"), {
      width: count,
      height: count,
      className: "thaw-confusion-picture",
    });
    const pen = canvas.getContext("2d");
    const worst = mostConfused(confusion);
    const [right, wrong] = ["good", "warm"].map((name) => channels(themeColour(name)));
    const pixels = confusion.flatMap((row, truth) => {
      const sum = row.reduce((a, b) => a + b, 0) || 1;
      return row.flatMap((cases, said) =>
        truth === said ? [...right, (255 * cases) / sum] : [...wrong, 255 * Math.sqrt(cases / worst)],
      );
    });
    pen.putImageData(new ImageData(new Uint8ClampedArray(pixels), count), 0, 0);
    canvas.addEventListener("mousemove", (event) => {
      const [said, truth] = [event.offsetX / canvas.clientWidth, event.offsetY / canvas.clientHeight].map((part) =>
        Math.min(count - 1, Math.floor(part * count)),
      );
      canvas.title = t("run.result.pair", {
        truth: classes[truth],
        said: classes[said],
        count: decimal(confusion[truth][said]),
      });
    });
    return canvas;
  }

  _mistakes() {
    const { mistakes, classes } = this.result;
    if (!mistakes?.length) return null;
    const cards = mistakes.map((mistake, index) => {
      const [truth, said] = [classes[mistake.target], classes[mistake.predicted]];
      const words = t("run.result.mistake", { truth, said, sure: percent(100 * mistake.probability, 0) });
      const source = address(`runs/${this.run.id}/maps/mistakes.png?index=${index}`);
      const image = element("img", { src: source, alt: words, loading: "lazy", width: 72, height: 72 });
      return element(
        "li",
        { title: words },
        image,
        element("b", {}, said),
        element("small", {}, t("run.result.is", { truth })),
        element("small", {}, percent(100 * mistake.probability, 0)),
      );
    });
    return element(
      "div",
      { class: "thaw-card wide" },
      element("h3", {}, t("run.result.mistakes")),
      element("p", { class: "thaw-help" }, t("run.result.mistakes_help")),
      element("ol", { class: "thaw-mistakes" }, ...cards),
    );
  }
}

/** The largest count off the diagonal, at least 1. Row by row: a call takes only so many arguments. */
function mostConfused(confusion) {
  return confusion.reduce((most, row, truth) => Math.max(most, ...row.filter((_, said) => said !== truth)), 1);
}
