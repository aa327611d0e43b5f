// The end of a run: its final figures, accuracy by class, who is taken for whom, and the surest mistakes.

import { Unreachable, address, get, orSay } from "../base/api.js";
import { channels, faint, themeColour } from "../base/colours.js";
import { isDark } from "../base/gradio.js";
import { element, section } from "../base/dom.js";
import { accuracy, decimal, isNumber, percent, significant } from "../base/format.js";
import { preference } from "../base/preferences.js";
import { t } from "../base/texts.js";
import { mostConfused, mostFrequent, sumOf, worstFirst } from "../data/class_figures.js";
import { isUseless, verdictInWords, weightsName } from "../data/weights_words.js";
import { guard } from "../vendor/directives/guard.js";
import { html, nothing, render } from "../vendor/lit-html.js";
import { setName } from "./key_figures.js";

const MOST_CLASSES_IN_TABLE = 20; // beyond, the confusion matrix is a picture
const MOST_NAMED = 20; // classes that are never recognised

/** The result of a run, once there is one. */
export class Result {
  /** @param {import("../data/run_store.js").RunStore} run */
  constructor(run) {
    this.run = run;
    this.content = element("div", { class: "thaw-result" });
    this.best = false; // whether the best weights are shown in detail, in place of the last ones
    this.node = section("result", t("run.result.title"), this.content);
    this.node.hidden = true;
  }

  /** Show the result of this life once it is there; what fails is tried again. */
  async update() {
    if (!this.run.hasResult || this.run.isActive || this.shown === this.run.life) return;
    this.showing ??= this._show(this.run.life).finally(() => (this.showing = null));
    await this.showing;
  }

  async _show(life) {
    this.result = await orSay(() => this._get());
    this.node.hidden = !this.result;
    this.draw();
    if (this.result !== null) this.shown = life;
  }

  /** The result; null where nobody answers: it is asked for again, and the head of the page says so. */
  async _get() {
    try {
      return await get(`runs/${this.run.id}/result`);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      return null;
    }
  }

  /** Draw it, anew where colours changed or the error is asked for. */
  draw() {
    const { result } = this;
    if (!result) return;
    this.content.dataset.count = result.count;
    const shown = (this.best && result.best) || result;
    const matrix = guard([shown, isDark()], () => confusionCard(shown)); // it may have many thousand cells
    const reports = [result, result.best].filter(Boolean);
    render(
      [
        reports.map((report) => headline(report, result.evaluated_on)),
        reports.length > 1 ? this._choice(shown) : nothing,
        warnings(shown),
        classesCard(shown),
        matrix,
        mistakesCard(shown, this.run.id, shown === result ? "last" : "best"),
      ],
      this.content,
    );
  }

  /** Which weights the details are of. */
  _choice(shown) {
    const press = (report) => {
      this.best = report !== this.result;
      this.draw();
    };
    const entry = (report) => html`
      <button type="button" aria-pressed=${report === shown} @click=${() => press(report)}>
        ${weightsName(report.checkpoint)}
      </button>
    `;
    return html`
      <div class="wide">
        <div class="thaw-choice" role="group" aria-label=${t("run.result.details_of")}>
          ${[this.result, this.result.best].map(entry)}
        </div>
      </div>
    `;
  }
}

/** What there is to warn of: no better than one class, classes that are never recognised. */
function warnings({ classes, never_right: never = [], ...report }) {
  const { class: majority, share } = report.majority ?? {};
  const judged = verdictInWords({ ...report, majority: classes[majority], share });
  const kind = isUseless({ state: "finished", test: report }) ? "bad" : "warning";
  const names = never.slice(0, MOST_NAMED).map((index) => classes[index] ?? index);
  return [
    judged ? html`<p class="thaw-banner wide ${kind}" role="note">${judged}</p>` : nothing,
    names.length
      ? html`<p class="thaw-banner wide warning" role="note">
          ${t("event.never_right", { count: decimal(never.length), names: names.join(", ") })}
        </p>`
      : nothing,
  ];
}

function headline(report, name) {
  const { top1, top5, loss, count, classes, ema_top1: averaged, balanced, majority, chance, checkpoint } = report;
  const asError = preference("error");
  const words = { on: setName({ name }), weights: weightsName(checkpoint) };
  const { figure, basis } = accuracy(top1, count, asError);
  const more = [
    basis,
    top5 && classes.length > 5 && t("run.result.top5", { top5: percent(top5) }),
    isNumber(balanced) && t("run.result.balanced", { figure: percent(asError ? 100 - balanced : balanced) }),
    majority &&
      t("run.result.baseline", {
        name: classes[majority.class],
        share: percent(asError ? 100 - majority.share : majority.share),
        chance: percent(asError ? 100 - chance : chance),
      }),
    t("run.result.loss", { loss: significant(loss) }),
    isNumber(averaged) && t("run.result.ema", { figure: percent(asError ? 100 - averaged : averaged) }),
  ];
  return html`
    <p class="thaw-result-headline">
      <span>${t(asError ? "run.result.error" : "run.result.accuracy", words)}</span>
      <strong>${figure}</strong>
      <span>${more.filter(Boolean).join(" · ")}</span>
    </p>
  `;
}

function classesCard({ classes, per_class: values }) {
  if (!values?.length) return nothing;
  const line = (index) => html`
    <li>
      <span>${classes[index] ?? index}</span>
      <span class="thaw-bar" aria-hidden="true" style="--share: ${values[index] ?? 0}%"></span>
      <span>${isNumber(values[index]) ? percent(values[index], 1) : t("run.result.no_image")}</span>
    </li>
  `;
  return html`
    <div class="thaw-card">
      <h3>${t("run.result.classes")}</h3>
      <ol class="thaw-classes">
        ${worstFirst(values).map(line)}
      </ol>
    </div>
  `;
}

function confusionCard(result) {
  const { classes, confusion } = result;
  if (!confusion?.length) return nothing;
  const pairs = mostFrequent(confusion);
  return html`
    <div class="thaw-card thaw-confusion">
      <h3>${t("run.result.confusion")}</h3>
      <p class="thaw-help">${t("run.result.confusion_help")}</p>
      <div class="thaw-scroll" tabindex="0">
        ${classes.length <= MOST_CLASSES_IN_TABLE ? confusionTable(result) : confusionPicture(result)}
      </div>
      <details>
        <summary>${t("run.result.pairs")}</summary>
        <ol>
          ${pairs.map(([truth, said]) => html`<li>${pairInWords(result, truth, said)}</li>`)}
        </ol>
        ${pairs.length ? nothing : html`<p>${t("run.result.no_mistake")}</p>`}
      </details>
    </div>
  `;
}

function pairInWords({ classes, confusion }, truth, said) {
  return t("run.result.pair", {
    truth: classes[truth],
    said: classes[said],
    count: decimal(confusion[truth][said]),
  });
}

function confusionTable(result) {
  const { classes, confusion } = result;
  const [right, wrong] = [themeColour("good"), themeColour("warm")];
  const worst = mostConfused(confusion);
  const line = (row, truth) => {
    const sum = sumOf(row);
    const cell = (count, said) => {
      const strength = truth === said ? 0.12 + (0.4 * count) / sum : count ? 0.04 + (0.42 * count) / worst : 0;
      const colour = faint(truth === said ? right : wrong, strength);
      const words = count ? decimal(count) : "";
      return html`<td title=${pairInWords(result, truth, said)} style="background: ${colour}">${words}</td>`;
    };
    return html`
      <tr>
        <th scope="row">${classes[truth]}</th>
        ${row.map(cell)}
      </tr>
    `;
  };
  return html`
    <table>
      <thead>
        <tr>
          <td></td>
          ${classes.map((name) => html`<th scope="col"><span>${name}</span></th>`)}
        </tr>
      </thead>
      <tbody>
        ${confusion.map(line)}
      </tbody>
    </table>
  `;
}

/** Many classes: one pixel a pair, darker for more, the diagonal left out of the scale. */
function confusionPicture(result) {
  const { confusion } = result;
  const count = confusion.length;
  const canvas = Object.assign(document.createElement("canvas"), {
    width: count,
    height: count,
    className: "thaw-confusion-picture",
  });
  const worst = mostConfused(confusion);
  const [right, wrong] = ["good", "warm"].map((name) => channels(themeColour(name)));
  const pixels = confusion.flatMap((row, truth) => {
    const sum = sumOf(row);
    return row.flatMap((cases, said) =>
      truth === said ? [...right, (255 * cases) / sum] : [...wrong, 255 * Math.sqrt(cases / worst)],
    );
  });
  canvas.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(pixels), count), 0, 0);
  canvas.addEventListener("mousemove", (event) => {
    const [said, truth] = [event.offsetX / canvas.clientWidth, event.offsetY / canvas.clientHeight].map((part) =>
      Math.min(count - 1, Math.floor(part * count)),
    );
    canvas.title = pairInWords(result, truth, said);
  });
  return canvas;
}

function mistakesCard({ mistakes, classes }, run, weights) {
  if (!mistakes?.length) return nothing;
  const card = ({ target, predicted, probability }, index) => {
    const [truth, said, sure] = [classes[target], classes[predicted], percent(100 * probability, 0)];
    const words = t("run.result.mistake", { truth, said, sure });
    const source = address(`runs/${run}/maps/mistakes.png?index=${index}&weights=${weights}`);
    return html`
      <li title=${words}>
        <img src=${source} alt=${words} loading="lazy" width="72" height="72" />
        <b>${said}</b>
        <small>${t("run.result.is", { truth })}</small>
        <small>${sure}</small>
      </li>
    `;
  };
  return html`
    <div class="thaw-card wide">
      <h3>${t("run.result.mistakes")}</h3>
      <p class="thaw-help">${t("run.result.mistakes_help")}</p>
      <ol class="thaw-mistakes">
        ${mistakes.map(card)}
      </ol>
    </div>
  `;
}
