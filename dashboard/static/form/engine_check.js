// What only the engine knows of a form, asked in the background: faults that need the model, its parts and their sizes.

import { Refused, Unreachable } from "../base/api.js";
import { Job } from "../base/job.js";

const PATIENCE = 700; // milliseconds without a change before the worker is asked

/** Asks about one config at a time; what is no longer of interest is cancelled. */
export class EngineCheck {
  /** @param {() => void} onAnswer called when there is an answer */
  constructor(onAnswer) {
    this.onAnswer = onAnswer;
    this.key = this.config = null; // what is, or was, asked about
    this.job = null;
    this.answers = new Map(); // config as text -> {faults, parts, total, error}
    window.addEventListener("focus", () => this.again());
  }

  /** What the engine said about a config; null if nothing yet. */
  answer(config) {
    return (config && this.answers.get(textOf(config))) ?? null;
  }

  /** Ask about a config, unless that was done. */
  ask(config) {
    const key = config && textOf(config);
    if (key === this.key) return;
    this.key = key;
    this.config = config;
    clearTimeout(this.timer);
    this.cancel();
    if (config && !this.answers.has(key)) this.timer = setTimeout(() => this.look(config, key), PATIENCE);
  }

  /** Ask anew where there were faults: somebody who comes back may have put them right outside of the form. */
  again() {
    if (this.answers.get(this.key)?.faults.length && !this.job) this.look(this.config, this.key);
  }

  /** Forget what is being asked; the same config can be asked about again. */
  rest() {
    if (this.key && !this.answers.has(this.key)) this.ask(null);
  }

  async look(config, key) {
    try {
      const { faults, remarks, data } = await this.work("check", config);
      const unbuilt = faults.some(({ field }) => field === "model");
      const model = unbuilt ? {} : await this.work("summary", config);
      this.keep(key, { faults, remarks, data, parts: model.parts ?? null, total: model.total });
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      if (this.key !== key) return;
      this.job = null;
      if (error instanceof Refused) this.keep(key, { faults: [], error: error.message });
      else this.key = null; // after the next change it is asked again
    }
  }

  keep(key, answer) {
    this.answers.clear();
    this.answers.set(key, answer);
    if (key === this.key) this.onAnswer();
  }

  /** The answer of the worker; it never comes where somebody changed the form meanwhile. */
  async work(kind, config) {
    this.job = new Job(kind, { config }, () => {});
    const found = await this.job.answer;
    this.job = null;
    return found;
  }

  cancel() {
    this.job?.cancel();
    this.job = null;
  }
}

function textOf({ label, seed, seeds, group, ...config }) {
  return JSON.stringify(config);
}
