// What a step of each stage costs, tried out once on request for all who show it: the plan in its columns, the network
// in a table.

import { Refused, Unreachable } from "../base/api.js";
import { decimal, duration } from "../base/format.js";
import { Job } from "../base/job.js";
import { t } from "../base/texts.js";

const UNTOLD = ["label", "seed", "seeds", "group"]; // what changes neither time nor memory

class StepCost {
  constructor() {
    this.about = null; // the config, as text, that is or was tried out
    this.found = null; // what the engine answered: stages, scoring, seconds, memory ...
    this.error = "";
    this.job = null; // while it is tried out
    this.doing = { progress: 0, words: "" };
    this.watchers = [];
  }

  watch(watcher) {
    this.watchers.push(watcher);
  }

  /** Whether what was found is about this config; null where the form has faults. */
  isAbout(config) {
    return config !== null && textOf(config) === this.about;
  }

  async measure(config) {
    this.job?.cancel();
    this.about = textOf(config);
    this.found = null;
    this.error = "";
    const job = (this.job = new Job("step_cost", { config }, (look) => this.tell(look)));
    this.tell({ state: "waiting", progress: 0, text: "", seconds: 0 });
    try {
      this.found = await job.answer;
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      if (this.job === job) this.error = error.message;
    } finally {
      if (this.job === job) this.end();
    }
  }

  cancel() {
    this.job?.cancel();
    this.about = null;
    this.end();
  }

  end() {
    this.job = null;
    for (const watcher of this.watchers) watcher();
  }

  tell({ state, progress, text, seconds }) {
    const stage = /^stage (\d+) of (\d+)$/.exec(text);
    const words = stage
      ? t("network.cost.stage", { number: stage[1], count: stage[2] })
      : t(state === "waiting" ? "network.cost.waiting" : "network.cost.preparing");
    this.doing = { progress, words: `${words} · ${duration(seconds)}` };
    for (const watcher of this.watchers) watcher();
  }
}

export const stepCost = new StepCost();

/**
 * Seconds that a stage takes, with the validation after each of its epochs.
 * @param {{epochs: number, steps: number, seconds: number}} stage
 * @param {number} scoring seconds to score an epoch
 */
export function secondsOf(stage, scoring) {
  return stage.epochs * (stage.steps * stage.seconds + scoring);
}

/**
 * @param {number} bytes
 */
export function gigabytes(bytes) {
  const count = bytes / 2 ** 30;
  return t("network.cost.gigabytes", { count: decimal(count, count < 10 ? 2 : 0) });
}

function textOf(config) {
  return JSON.stringify(config, (key, value) => (UNTOLD.includes(key) ? undefined : value));
}
