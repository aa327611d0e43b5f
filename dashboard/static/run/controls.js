// The buttons of a run: what can be done with it in the state that it is in.

import { get, orSay, send } from "../base/api.js";
import { chosenOf } from "../base/dialogs.js";
import { element, toast } from "../base/dom.js";
import { goTo } from "../base/router.js";
import { buttonContent } from "../base/templates.js";
import { hasText, t } from "../base/texts.js";
import { ENDED, RESUMABLE, isStalled, stopUnanswered } from "../data/run_state.js";
import { editedInWords, isLost } from "../data/settings_diff.js";
import { repeat } from "../vendor/directives/repeat.js";
import { html, render } from "../vendor/lit-html.js";

const STOPPABLE = { queued: "leave_queue", starting: "stop_early", running: "stop", paused: "stop" }; // and its words
const COMMANDS = { continue: "resume", leave_queue: "stop", stop_early: "stop", resume: "" }; // of words that differ
const SURE = 8000; // milliseconds in which a kill can be confirmed
const AWAIT = 20_000; // milliseconds after which the dashboard's word counts whether a command is unanswered

/** The row of buttons under the head. */
export class Controls {
  /**
   * @param {import("../data/run_store.js").RunStore} run
   * @param {() => void} afterwards called when something was asked for: news may come at once
   */
  constructor(run, afterwards) {
    this.run = run;
    this.afterwards = afterwards;
    this.asked = new Map(); // word of a button -> number of the command that it left, until that is answered
    this.isSure = false; // of a kill: it takes a second press
    this.node = element("div", { class: "thaw-controls", role: "group", "aria-label": t("run.controls") });
    this.heard = run.lastEvent;
  }

  /** Show the buttons of the present state. */
  update() {
    this._hear();
    const buttons = repeat(
      this._buttons(),
      ([word]) => word,
      (entry) => this._button(...entry),
    );
    render(buttons, this.node);
  }

  /** [word, icon, kind, action] of each button, most wanted first. */
  _buttons() {
    const { run } = this;
    const { state } = run.status;
    if (run.trouble === "gone") return [];
    const order =
      (command, word = command) =>
      () =>
        this._order(command, word);
    const list = [];
    if (state === "queued") list.push(["start_now", "play", "", order("start_now")]);
    if (state === "running") list.push(["pause", "pause", "", order("pause")]);
    if (state === "paused") list.push(["continue", "play", "primary", order("resume", "continue")]);
    const stop = STOPPABLE[state];
    if (stop) list.push([stop, "stop", "", order("stop", stop)]);
    if (["running", "paused"].includes(state)) {
      list.push(["checkpoint", "save", "quiet", order("checkpoint")], ["inspect", "eye", "quiet", order("inspect")]);
    }
    const last = (run.status.stage ?? 0) >= run.stages.length - 1;
    if (state === "running" && !last) list.push(["next_stage", "skip", "quiet", order("next_stage")]);
    if (RESUMABLE.includes(state)) list.push(["resume", "play", "primary", () => this._resume()]);
    if (ENDED.includes(state)) {
      if (!run.info?.tags?.includes("example")) list.push(["compare", "compare", "", () => this._compare()]);
      list.push(["own_image", "picture", "", () => goTo({ attention: run.id })]);
    }
    if (state && state !== "damaged")
      list.push(["again", "plus", ENDED.includes(state) ? "" : "quiet", () => goTo({ from: run.id }, "train")]);
    if (isStalled(run) || stopUnanswered(run))
      list.push([this.isSure ? "kill_sure" : "kill", "cross", "danger", () => this._kill()]);
    return list;
  }

  _button(word, name, kind, action) {
    const command = COMMANDS[word] ?? word;
    const waits = this.asked.has(word) || this.run.orders.some((order) => order.command === command);
    const about = word === "resume" && !this.run.status.iteration ? "resume_at_zero" : word;
    const hint = hasText(`run.button.${about}_hint`) ? t(`run.button.${about}_hint`) : "";
    const label =
      waits && hasText(`run.button.${word}_asked`) ? t(`run.button.${word}_asked`) : t(`run.button.${word}`);
    return html`<button
      type="button"
      class="thaw-button ${kind}"
      data-command=${word}
      ?disabled=${waits || Boolean(this.run.trouble)}
      @click=${action}
    >${buttonContent(label, { name, hint })}</button>`;
  }

  /** Leave a command for the trainer; its answer comes as an event. */
  async _order(command, word) {
    this._await(word);
    const reply = await orSay(() => send("POST", `runs/${this.run.id}/commands`, { command, arguments: {} }));
    const isAnswer = (event) => event.kind === "command" && event.values?.number === reply.number;
    const wasFaster = reply && this.run.events.some(isAnswer); // the answer came before the reply
    if (reply && !wasFaster) this.asked.set(word, reply.number);
    else this._answered(word);
    this.afterwards();
  }

  /** Where config.yaml was edited by hand, ask which settings are meant. */
  async _resume() {
    this._await("resume");
    const settings = await orSay(() => this._settingsToResume());
    if (settings) await orSay(() => send("POST", `runs/${this.run.id}/resume`, settings));
    this._answered("resume");
    if (settings) this.afterwards();
  }

  /** What a resume is to say of settings; nothing where the question was closed without an answer. */
  async _settingsToResume() {
    await this.run.loadInfo();
    const edited = this.run.info.edited ?? [];
    if (!edited.length) return {};
    if (isLost(edited)) return { settings: "original" }; // the banner says so
    const choices = ["original", "edited"].map((value) => ({ words: t(`run.edited.${value}`), value }));
    const settings = await chosenOf(t("run.edited.question", { fields: editedInWords(edited) }), choices);
    return settings && { settings };
  }

  /** Compare with the example run that comes with Thaw, and with no other. */
  async _compare() {
    const reply = await orSay(() => get("runs", { ids: this.run.id }));
    if (reply?.example) goTo({ compare: `${this.run.id},${reply.example}` });
    else if (reply) toast(t("run.no_example"));
  }

  /** The last resort takes a second press. */
  async _kill() {
    if (!this.isSure) {
      this.isSure = true;
      setTimeout(() => ((this.isSure = false), this.update()), SURE);
      this.update();
      return;
    }
    this.isSure = false;
    await orSay(() => send("POST", `runs/${this.run.id}/kill`));
    this.afterwards();
  }

  _await(word) {
    this.asked.set(word, null);
    setTimeout(() => this._answered(word), AWAIT);
    this.update();
  }

  _answered(word) {
    if (this.asked.delete(word)) this.update();
  }

  /** Read the trainer's answers among the events. */
  _hear() {
    for (const event of this.run.events.filter((one) => one.seq > this.heard)) {
      if (event.kind !== "command") continue;
      for (const [word, number] of this.asked) if (number === event.values?.number) this.asked.delete(word);
      if (event.values?.done === false) toast(t("run.not_done", { why: event.values.why || event.text }), "error");
    }
    this.heard = this.run.lastEvent;
    if (this.run.isActive) return;
    for (const [word, number] of this.asked) if (number !== null) this.asked.delete(word); // nobody is left to answer
  }
}
