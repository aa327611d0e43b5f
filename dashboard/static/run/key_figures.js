// The figures that matter, large: accuracy at the last and at the best epoch, loss, speed.

import { element } from "../base/dom.js";
import { accuracy, decimal, significant } from "../base/format.js";
import { preference } from "../base/preferences.js";
import { t } from "../base/texts.js";
import { weightsName } from "../data/weights_words.js";
import { html, nothing, render } from "../vendor/lit-html.js";

/** A row of figures. */
export class KeyFigures {
  /** @param {import("../data/run_store.js").RunStore} run */
  constructor(run) {
    this.run = run;
    this.node = element("dl", { class: "thaw-figures" });
  }

  /** Only figures that changed are written: others may be selected. */
  update() {
    render(this._figures().map(figureTemplate), this.node);
  }

  _figures() {
    const { last, best, test, test_best: testOfBest, evaluated_on: on, chosen_on: chosen } = this.run.status;
    const asError = preference("error");
    const word = asError ? "error" : "accuracy";
    const figures = [];
    const tell = (evaluation) => accuracy(evaluation?.top1, on?.count, asError);
    const at = (evaluation) => t("run.at_epoch", { epoch: evaluation.epoch });
    if (last) {
      const { figure, basis } = tell(last);
      figures.push([
        t(`run.figure.${word}_last`, { on: setName(on) }),
        figure,
        [basis, at(last)].filter(Boolean).join(" · "),
      ]);
    }
    if (best) {
      const { figure, basis } = tell(best);
      const name = t(chosen === "test" ? `run.figure.${word}_best_on_test` : `run.figure.${word}_best`);
      figures.push([name, figure, [basis, at(best)].filter(Boolean).join(" · ")]);
    }
    for (const tested of [test, testOfBest].filter(Boolean)) {
      const { figure, basis } = accuracy(tested.top1, tested.count, asError);
      const name = t(`run.figure.${word}_test`);
      figures.push([name, figure, [basis, weightsName(tested)].filter(Boolean).join(" · ")]);
    }
    if (last) figures.push([t("run.figure.loss", { on: setName(on) }), significant(last.loss), at(last)]);
    const speed = this.run.points("images_per_second", false)?.smooth.at(-1);
    if (speed && this.run.isActive)
      figures.push([t("run.figure.speed"), decimal(speed, speed < 100 ? 1 : 0), t("chart.unit.images_per_second")]);
    return figures;
  }
}

function figureTemplate([name, figure, basis]) {
  return html`<div><dt>${name}</dt><dd>${figure}${basis ? html`<small>${basis}</small>` : nothing}</dd></div>`;
}

/**
 * What the accuracy was measured on.
 * @param {{name: string}|undefined} on
 */
export function setName(on) {
  return t(on?.name === "test" ? "run.set.test" : "run.set.validation");
}
