// What only the engine knows of a form, asked in the background: faults that need the model, its parts and their sizes.

import { Refused, Unreachable } from "../base/api.js";
import { Job } from "../base/job.js";

const PATIENCE = 700; // milliseconds without a change before the worker is asked
const RETRY = 2000; // milliseconds until the next try where there was no answer
const LONGEST = 60_000; // and after many checks that failed: each may have kept the engine busy

/** Asks about one config at a time; what is no longer of interest is cancelled. */
export class EngineCheck {
  /** @param {() => void} onAnswer called when there is an answer */
  constructor(onAnswer) {
    this.onAnswer = onAnswer;
    this.key = this.config = null; // what is, or was, asked about
    this.job = null;
    this.timer = 0; // until the worker is asked
    this.error = null; // why there is no answer: Unreachable, or Refused where the check failed
    this.retry = RETRY;
    this.waiting = []; // those who want to know when there is an answer
    this.answers = new Map(); // config as text -> {faults, parts, total}
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
    this.error = null;
    this.retry = RETRY;
    this.cancel();
    this.tell();
    if (config && !this.answers.has(key)) this.plan(PATIENCE);
  }

  /**
   * Fulfilled once there is an answer about a config, its check failed, or another one is asked about; rejected with
   * Unreachable where the dashboard is away.
   */
  answered(config) {
    if (!config || this.answer(config)) return Promise.resolve();
    this.ask(config);
    if (this.timer) this.plan(0); // no patience: somebody waits
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  plan(milliseconds) {
    clearTimeout(this.timer);
    const { config, key } = this;
    this.timer = setTimeout(() => ((this.timer = 0), this.look(config, key)), milliseconds);
  }

  /** Tell those who wait: there is an answer, or, with an error, none can be had. */
  tell(error = null) {
    for (const { resolve, reject } of this.waiting.splice(0)) {
      if (error) reject(error);
      else resolve();
    }
  }

  /** Ask anew where there were faults, or data of one's own: whoever comes back may have changed them elsewhere. */
  again() {
    const { faults, data } = this.answers.get(this.key) ?? {};
    if ((faults?.length || data?.length) && !this.job) this.look(this.config, this.key);
  }

  /** Forget what is being asked; the same config can be asked about again. */
  rest() {
    if (this.key && !this.answers.has(this.key) && !this.waiting.length) this.ask(null);
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
      this.lose(error);
    }
  }

  keep(key, answer) {
    this.answers.clear();
    this.answers.set(key, answer);
    if (key !== this.key) return;
    this.error = null;
    this.onAnswer();
    this.tell();
  }

  /** No answer: try again, and say so meanwhile. Who waits for a check that failed goes on without. */
  lose(error) {
    const isAway = error instanceof Unreachable;
    this.error = error;
    this.plan(isAway ? RETRY : this.retry);
    if (!isAway) this.retry = Math.min(2 * this.retry, LONGEST);
    this.tell(isAway ? error : null);
    this.onAnswer();
  }

  /** The answer of the worker; it never comes where somebody changed the form meanwhile. */
  async work(kind, config) {
    this.job = new Job(kind, { config }, () => {});
    const found = await this.job.answer;
    this.job = null;
    return found;
  }

  cancel() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.job?.cancel();
    this.job = null;
  }
}

function textOf({ label, seed, seeds, group, ...config }) {
  return JSON.stringify(config);
}
