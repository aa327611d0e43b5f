// Changing the plan while it runs: a stage's length and rate, with an answer in words of what came of it.

import { orSay, send } from "../base/api.js";
import { button, element } from "../base/dom.js";
import { eventText } from "./event_text.js";
import { rateInWords, stageName } from "../data/stage_words.js";
import { t } from "../base/texts.js";

const PATIENCE = 15_000; // milliseconds after which the silence is explained

/** Two small forms under the buttons of a run; there while it trains. */
export class PlanControls {
  /**
   * @param {import("../data/run_store.js").RunStore} run
   * @param {() => void} afterwards called when something was asked for: news may come at once
   */
  constructor(run, afterwards) {
    this.run = run;
    this.afterwards = afterwards;
    this.asked = null;
    this.drawn = "";
    this.stage = element("select", { class: "thaw-input", onchange: () => (this.touched.clear(), this._fill()) });
    this.epochs = field({ type: "number", min: 1, step: 1 });
    this.rate = field({ type: "text", inputmode: "decimal", autocomplete: "off" });
    this.touched = new Set(); // fields that somebody has typed into since they were last sent
    for (const input of [this.epochs, this.rate]) input.addEventListener("input", () => this.touched.add(input));
    this.said = element("p", { class: "thaw-plan-controls-said", role: "status" });
    const forms = [
      form(t("run.plan_controls.epochs"), this.epochs, t("run.plan_controls.apply_epochs"), () => this._lengthen()),
      form(
        t("run.plan_controls.rate"),
        this.rate,
        t("run.plan_controls.apply_rate"),
        () => this._change(),
        t("run.plan_controls.rate_help"),
      ),
    ];
    const body = element(
      "div",
      { class: "thaw-plan-controls-body" },
      element("label", {}, element("span", {}, t("run.plan_controls.stage")), this.stage),
      ...forms,
    );
    this.node = element(
      "details",
      { class: "thaw-plan-controls" },
      element("summary", {}, t("run.plan_controls.title")),
      body,
      this.said,
    );
  }

  update() {
    const { run } = this;
    const now = run.status.stage ?? 0;
    this.node.hidden = !["running", "paused"].includes(run.status.state) || !run.stages.length;
    this._hear();
    const drawn = JSON.stringify([now, run.stages]);
    if (this.node.hidden || drawn === this.drawn) return;
    this.drawn = drawn;
    const chosen = Math.max(now, Number(this.stage.value || now));
    this.stage.replaceChildren(
      ...run.stages.slice(now).map((_, place) => {
        const words = `${now + place + 1} ${stageName(run, now + place)}`;
        return element("option", { value: now + place }, place ? words : t("run.plan_controls.now", { stage: words }));
      }),
    );
    this.stage.value = String(chosen);
    this._fill();
  }

  /** What holds for the chosen stage, but for what somebody has typed. */
  _fill() {
    const stage = this.run.stages[Number(this.stage.value)];
    if (!stage) return;
    if (!this.touched.has(this.epochs)) this.epochs.valueAsNumber = stage.epochs;
    if (this.touched.has(this.rate)) return;
    const rates = stage.learning_rate;
    this.rate.value =
      typeof rates === "object" && rates
        ? Object.entries(rates)
            .map((pair) => pair.join(" "))
            .join(", ")
        : (rates ?? "");
    this.rate.title = rateInWords(rates);
  }

  _lengthen() {
    const epochs = Number(this.epochs.value);
    if (!Number.isInteger(epochs) || epochs < 1) return this._say("no_epochs", { input: this.epochs.value || "–" });
    return this._order("epochs", epochs);
  }

  _change() {
    const rates = read(this.rate.value);
    if (rates === null) return this._say("no_rate", { input: this.rate.value || "–" });
    return this._order("learning_rate", rates);
  }

  async _order(key, value) {
    const words = { command: "set", arguments: { field: `stages.${this.stage.value}.${key}`, value } };
    const reply = await orSay(() => send("POST", `runs/${this.run.id}/commands`, words));
    if (!reply) return;
    this.touched.delete(key === "epochs" ? this.epochs : this.rate);
    this.asked = { number: reply.number, after: null };
    this._say("waits");
    setTimeout(() => this.asked?.number === reply.number && this._say("silent"), PATIENCE);
    this.afterwards();
  }

  /** The answer is the first edit or warning after the event that our command was taken. */
  _hear() {
    if (!this.asked) return;
    const taken = this.run.events.find(
      (event) => event.kind === "command" && event.values?.number === this.asked.number,
    );
    if (!taken) return;
    const answer =
      taken.values.done === false
        ? taken
        : this.run.events.find((event) => event.seq > taken.seq && ["edit", "warning"].includes(event.kind));
    if (!answer) return;
    this.asked = null;
    if (answer.kind === "edit") this._say("done", { what: eventText(answer, this.run) });
    else this._say("failed", { why: answer.values?.why || answer.text });
  }

  _say(word, values = {}) {
    this.said.textContent = t(`run.plan_controls.${word}`, values);
    this.said.dataset.said = word;
  }
}

function field(properties) {
  return element("input", { class: "thaw-input", ...properties });
}

function form(label, input, words, action, help = "") {
  const submit = (event) => (event.preventDefault(), action());
  const apply = button(words, { kind: "small" });
  apply.type = "submit";
  return element(
    "form",
    { onsubmit: submit, novalidate: true },
    element("label", {}, element("span", {}, label), input),
    apply,
    help ? element("small", {}, help) : null,
  );
}

/** One rate, or one for each part, as it was written; null where it cannot be read. */
function read(text) {
  const number = Number(text.trim().replace(/^(\d+),(\d+)$/, "$1.$2"));
  if (text.trim() && Number.isFinite(number)) return number > 0 ? number : null;
  const pairs = text.split(",").map((piece) => piece.trim().split(/[\s:=]+/));
  const whole = pairs.every(([part, rate, ...more]) => part && !more.length && Number(rate) > 0);
  return whole ? Object.fromEntries(pairs.map(([part, rate]) => [part, Number(rate)])) : null;
}
