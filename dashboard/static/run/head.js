// The head of the run page: what the run is called, how it stands in one sentence, and how far it is.

import { Refused, Unreachable, orSay, send } from "../base/api.js";
import { element, icon, say, sayEach } from "../base/dom.js";
import { decimal, duration, moment } from "../base/format.js";
import { rename } from "../base/rename.js";
import { pillContent } from "../base/state_pill.js";
import { stageName } from "../data/stage_words.js";
import { hasPlace, heardOf, progressOf, reasonOf, shownState } from "../data/run_state.js";
import { RunStore } from "../data/run_store.js";
import { isUseless, verdictInWords } from "../data/weights_words.js";
import { markTab } from "./tab_mark.js";
import { hasText, t } from "../base/texts.js";
import { render } from "../vendor/lit-html.js";

const BY_YOU = "stopped_by_you";

/** The head of the page, above all sections. */
export class Head {
  /** @param {import("../data/run_store.js").RunStore} run */
  constructor(run) {
    this.run = run;
    this.pill = element("span", { class: "thaw-pill" });
    this.title = element("h1", {});
    this.sentence = element("p", { class: "thaw-sentence", role: "status", "aria-live": "polite" });
    this.bar = element("progress", { class: "thaw-progress", max: 1, "aria-label": t("run.progress") });
    this.figures = element("p", { class: "thaw-progress-figures" });
    this.rename = element(
      "button",
      {
        type: "button",
        class: "thaw-rename",
        title: t("run.rename"),
        "aria-label": t("run.rename"),
        onclick: () => this._edit(),
      },
      icon("pen"),
    );
    this.name = element("div", { class: "thaw-name" }, this.title, this.rename);
    this.node = element("header", { class: "thaw-head" }, this.name, this.pill, this.sentence, this.bar, this.figures);
  }

  /** Say how the run stands now. */
  update() {
    const { run } = this;
    const state = shownState(run);
    const progress = progressOf(run);
    say(this.title, run.label);
    this.node.dataset.state = state;
    const isPoor = isUseless(run.status);
    this.node.dataset.poor = String(isPoor);
    if (this.shown !== `${state} ${isPoor}`) render(pillContent(state, null, isPoor), this.pill);
    this.shown = `${state} ${isPoor}`;
    this._learnWhoIsFirst();
    say(this.sentence, stateSentence(run, state, this.first?.label));
    this.bar.value = progress;
    sayEach(this.figures, this._figures(progress));
    this.rename.disabled = Boolean(run.trouble);
    markTab(run, progress);
  }

  /** Ask what the run is called for which this one waits. */
  async _learnWhoIsFirst() {
    const id = this.run.status.waiting_for;
    if (!id || this.first?.id === id) return;
    this.first = { id, label: "" };
    const first = new RunStore(id);
    try {
      await first.loadInfo();
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error; // gone: its id has to do
    }
    this.first.label = first.label;
    if (this.node.isConnected) this.update();
  }

  _figures(progress) {
    const { run } = this;
    const { seconds, seconds_left: left, iterations, epochs, epoch, iteration } = run.status;
    if (!iterations) return [];
    const words = [
      `${decimal(Math.floor(1000 * progress) / 10, 1)} %`,
      ...(hasPlace(run.status) ? [t("run.epoch_of", { epoch, epochs })] : []),
      t("run.iteration_of", { iteration: decimal(iteration ?? run.rows), iterations: decimal(iterations) }),
      t("run.elapsed", { time: duration(seconds) }),
    ];
    if (run.isActive && left !== null && left !== undefined) words.push(t("run.left", { time: duration(left) }));
    if (!run.isActive && run.status.ended) words.push(t("run.ended", { time: moment(run.status.ended) }));
    if (run.status.device_name) words.push(t("run.on_device", { device: run.status.device_name }));
    return words;
  }

  /** Let the label be typed in place. */
  _edit() {
    this.rename.hidden = true;
    rename(this.title, { value: this.run.info.label, placeholder: this.run.label }, async (label, byKey) => {
      this.rename.hidden = false;
      if (byKey) this.rename.focus();
      const notes = label !== null && (await orSay(() => send("PATCH", `runs/${this.run.id}`, { label })));
      if (notes) this.run.info.label = notes.label;
      this.update();
    });
  }
}

/** How a run stands, in one sentence; `first` names the run that a queued one waits for. */
function stateSentence(run, state = run.status.state, first = "") {
  const { status } = run;
  const values = {
    epoch: status.epoch ?? 0,
    epochs: status.epochs ?? 0,
    iteration: decimal(status.iteration ?? run.rows),
    stage: (status.stage ?? 0) + 1,
    stages: run.stages.length,
    name: stageName(run, status.stage ?? 0),
    reason: reasonOf(status),
    since: moment(run.heard),
    time: duration(
      ["finished", "stopped"].includes(state) ? status.seconds : heardOf(run) - (status.updated ?? heardOf(run)),
    ),
    waiting: first || (status.waiting_for ?? ""),
    left: duration(status.seconds_left),
    doing: status.doing ?? "",
  };
  const busy = status.doing && hasText(`state.${state}.doing`) ? "doing" : null;
  const several = run.stages.length > 1 && hasText(`state.${state}.staged`) ? "staged" : "sentence";
  const variant = busy ?? special(status, state) ?? several;
  const verdict = state === "finished" ? verdictInWords(status.test) : "";
  return [t(`state.${state}.${variant}`, values), verdict].filter(Boolean).join(" ");
}

/**
 * The variant of a sentence for a queue whose first is unknown, for a stop that somebody else asked for, and while the
 * number of epochs is unknown.
 */
function special(status, state) {
  if (!status.epochs && hasText(`state.${state}.unknown`)) return "unknown";
  if (state === "queued" && !status.waiting_for) return "taken";
  if (state === "running" && !hasPlace(status)) return "begins";
  if (state === "stopped" && (status.ending?.code ?? BY_YOU) !== BY_YOU) return "why";
  return null;
}
