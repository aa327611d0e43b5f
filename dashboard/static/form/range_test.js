// Searching for a learning rate: a short training whose rate rises, its curve, and the rate that it suggests.

import { Refused, Unreachable } from "../base/api.js";
import { faint, termColour, themeColour } from "../base/colours.js";
import { button, element, toast } from "../base/dom.js";
import { duration, significant } from "../base/format.js";
import { Plot } from "./small_chart.js";
import { Job } from "../base/job.js";
import { t } from "../base/texts.js";

/** The range test inside the section of the optimizer. */
export class RangeTest {
  /**
   * @param {() => void} again called when the form must be drawn anew
   * @param {(name: string, value: *) => void} fill puts a value into a field of the form
   */
  constructor(again, fill) {
    this.again = again;
    this.fill = fill;
    this.job = null;
    this.look = null;
    this.result = null;
    this.about = null;
    this.shown = "";
  }

  draw(container, config, isOpen) {
    if (!container || !isOpen) return;
    this.config = config;
    const isSame = this.result && config && aboutOf(config) === this.about;
    const what = JSON.stringify([
      Boolean(this.job),
      this.result?.rates.length,
      this.result?.suggested,
      isSame,
      Boolean(config),
      themeColour("card"),
    ]);
    if (what !== this.shown || !container.firstChild) {
      this.shown = what;
      const focused = document.activeElement?.id;
      container.replaceChildren(this._whole(isSame));
      if (this.result) this.plot.show(traces(this.result), layout(this.result));
      if (focused?.startsWith("thaw-range"))
        (document.getElementById(focused) ?? container.querySelector("button"))?.focus();
    }
    if (this.job) this._progress();
  }

  _whole(isSame) {
    const node = element(
      "section",
      { class: "thaw thaw-range", "aria-label": t("trial.range.title") },
      element("h3", {}, t("trial.range.title")),
      element("p", { class: "thaw-help" }, t("trial.range.help")),
    );
    if (this.job) node.append(this._running());
    else {
      const start = button(t(this.result ? "trial.range.again" : "trial.range.start"), {
        id: "thaw-range-start",
        kind: "small",
        name: "search",
        disabled: !this.config,
        action: () => this.start(),
      });
      node.append(
        element(
          "div",
          { class: "thaw-range-work" },
          start,
          this.config ? null : element("p", { class: "thaw-help" }, t("trial.blocked")),
        ),
      );
    }
    if (this.result && !this.job) node.append(...this._found(isSame));
    return node;
  }

  _running() {
    this.bar = element("progress", { class: "thaw-progress", max: 1, "aria-label": t("trial.range.title") });
    this.told = element("span", { class: "thaw-help", role: "status" });
    const cancel = button(t("trial.range.cancel"), {
      id: "thaw-range-cancel",
      kind: "small",
      name: "cross",
      action: () => this.cancel(),
    });
    return element("div", { class: "thaw-range-work" }, this.bar, this.told, cancel);
  }

  _progress() {
    const { state, progress = 0, text, seconds = 0 } = this.look ?? {};
    if (progress) this.bar.value = progress;
    const [, step, steps] = /^step (\d+) of (\d+)$/.exec(text ?? "") ?? [];
    this.told.textContent = step
      ? t("trial.range.step", { step, steps, time: duration(seconds) })
      : t(state === "waiting" ? "trial.range.waits" : "trial.range.loads");
  }

  _found(isSame) {
    const { suggested } = this.result;
    this.plot = new Plot(t("trial.range.curve"));
    const words =
      suggested === null ? t("trial.range.none") : t("trial.range.suggested", { rate: significant(suggested, 2) });
    const put =
      suggested !== null &&
      button(t("trial.range.put", { rate: significant(suggested, 2) }), {
        id: "thaw-range-put",
        kind: isSame ? "primary small" : "small",
        name: "check",
        disabled: !this.config || !isSame,
        action: () => this._put(),
      });
    return [
      this.plot.node,
      element("div", { class: "thaw-range-work" }, put || null, element("p", { role: "status" }, words)),
      isSame ? null : element("p", { class: "thaw-help" }, t("trial.range.outdated")),
    ].filter(Boolean);
  }

  async start() {
    const { config } = this;
    this.job = new Job("range_test", { config }, (look) => {
      this.look = look;
      this.again();
    });
    this.look = null;
    this.about = aboutOf(config);
    const job = this.job;
    this.again();
    try {
      const result = await job.answer;
      if (this.job === job) this.result = result;
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      toast(error.message, "error");
    } finally {
      if (this.job === job) this.job = null;
    }
    this.again();
  }

  async cancel() {
    const { job } = this;
    this.job = null;
    this.again();
    await job?.cancel();
  }

  /** The rate goes where the first stage takes it from: a rate of its own, one for each part, or the optimizer's. */
  _put() {
    const { suggested } = this.result;
    const own = this.config.stages?.[0]?.learning_rate ?? null;
    if (own === null) this.fill("optimizer.learning_rate", suggested);
    else if (typeof own === "number") this.fill("stages.0.learning_rate", String(suggested));
    else {
      const fastest = Math.max(...Object.values(own));
      const scaled = Object.entries(own).map(
        ([part, rate]) => `${part}: ${Number(((rate * suggested) / fastest).toPrecision(3))}`,
      );
      this.fill("stages.0.learning_rate", scaled.join(", "));
    }
    toast(t("trial.range.is_put"));
  }
}

/** What the curve depends on: everything but the rate itself and what a run is called. */
function aboutOf({ label, seeds, group, reference, schedule, warmup, warmup_epochs: rise, ...config }) {
  const { learning_rate: rate, ...optimizer } = config.optimizer ?? {};
  const stage = { ...config.stages?.[0] };
  if (typeof stage.learning_rate === "number") delete stage.learning_rate;
  return JSON.stringify({ ...config, optimizer, stages: [stage] });
}

function traces({ rates, losses, smoothed }) {
  const colour = termColour(0);
  const common = { type: "scatter", mode: "lines", x: rates, hovertemplate: "%{y:.3~g}" };
  return [
    { ...common, y: losses, name: t("trial.range.raw"), line: { color: faint(colour, 0.35), width: 1 } },
    { ...common, y: smoothed, name: t("trial.range.smoothed"), line: { color: colour, width: 2 } },
  ];
}

function layout({ suggested }) {
  const colour = themeColour("warm");
  const mark =
    suggested === null
      ? {}
      : {
          shapes: [
            {
              type: "line",
              xref: "x",
              yref: "paper",
              x0: suggested,
              x1: suggested,
              y0: 0,
              y1: 1,
              line: { color: colour, width: 1.5, dash: "dash" },
            },
          ],
          annotations: [
            {
              xref: "x",
              yref: "paper",
              x: Math.log10(suggested),
              y: 1,
              xanchor: "left",
              yanchor: "top",
              showarrow: false,
              font: { color: colour, size: 11 },
              text: ` ${significant(suggested, 2)}`,
            },
          ],
        };
  return {
    ...mark,
    xaxis: { type: "log", title: { text: t("trial.range.axis"), standoff: 4 }, tickformat: "~g", dtick: 1 },
    yaxis: { tickformat: "~g" },
  };
}
