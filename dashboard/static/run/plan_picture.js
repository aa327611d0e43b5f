// The freeze plan as a picture: one row a part, one column a stage, as wide as the stage is long.

import { element, icon } from "../base/dom.js";
import { decimal } from "../base/format.js";
import { stageChange, stageName } from "../data/stage_words.js";
import { t } from "../base/texts.js";

/** The plan of a run with a mark where it stands. */
export class PlanPicture {
  /** @param {import("../data/run_store.js").RunStore} run */
  constructor(run) {
    this.run = run;
    this.grid = element("div", { class: "thaw-plan-grid", role: "table", "aria-label": t("run.plan.title") });
    this.mark = element("div", { class: "thaw-plan-mark", "aria-hidden": "true" });
    const key = element(
      "p",
      { class: "thaw-plan-key" },
      element("span", { class: "frozen" }, icon("snowflake"), t("run.plan.frozen")),
      element("span", { class: "training" }, icon("flame"), t("run.plan.training")),
    );
    this.node = element("div", { class: "thaw-plan" }, this.grid, key);
    this.drawn = "";
  }

  update() {
    const { run } = this;
    this.node.hidden = run.stages.length < 2 || !run.parts.length;
    if (this.node.hidden) return;
    const drawn = JSON.stringify([run.stages, run.parts, run.status.stage, run.isActive]);
    if (drawn !== this.drawn) this._draw();
    this.drawn = drawn;
    const whole = run.stages.at(-1).ends;
    this.mark.style.insetInlineStart = `${(100 * Math.min(run.rows, whole)) / whole}%`;
  }

  _draw() {
    const { run } = this;
    const all = run.parts;
    const columns = run.stages.map((stage) => `minmax(0, ${stage.ends - stage.begins}fr)`).join(" ");
    const head = element(
      "div",
      { class: "thaw-plan-row head", role: "row" },
      element("span", { role: "columnheader" }, ""),
    );
    const names = element("div", { class: "thaw-plan-cells" });
    names.style.gridTemplateColumns = columns;
    run.stages.forEach((stage, index) => {
      const now = run.isActive && run.status.stage === index;
      const words = stageChange(stage, run.stages[index - 1], all);
      const title = `${t("run.plan.stage", { stage: index + 1, words })} · ${span(stage)}`;
      names.append(
        element(
          "span",
          { role: "columnheader", class: now ? "now" : "", title },
          `${index + 1} ${stageName(run, index)}`,
        ),
      );
    });
    head.append(names);
    this.grid.replaceChildren(head, ...all.map((part) => this._row(part, columns)));
    const track = element("div", { class: "thaw-plan-track" }, this.mark);
    this.grid.append(track);
  }

  _row(part, columns) {
    const cells = element("div", { class: "thaw-plan-cells" });
    cells.style.gridTemplateColumns = columns;
    this.run.stages.forEach((stage, index) => {
      const trains = (stage.train ?? []).includes(part);
      const word = t(trains ? "run.plan.training" : "run.plan.frozen");
      const now = this.run.isActive && this.run.status.stage === index;
      cells.append(
        element(
          "span",
          {
            role: "cell",
            class: `${trains ? "training" : "frozen"} ${now ? "now" : ""}`,
            title: `${part}: ${word}`,
            "aria-label": `${part}, ${index + 1}: ${word}`,
          },
          trains ? null : icon("snowflake"),
        ),
      );
    });
    return element("div", { class: "thaw-plan-row", role: "row" }, element("span", { role: "rowheader" }, part), cells);
  }
}

function span(stage) {
  return t("run.plan.iterations", { from: decimal(stage.begins + 1), to: decimal(stage.ends) });
}
