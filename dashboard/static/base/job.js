// A question for the worker: asked, watched until it is answered, or given up.

import { Refused, Unreachable, get, send } from "./api.js";
import { codedText } from "./texts.js";

const PERIOD = 300; // milliseconds between two looks
const PATIENCE = 10; // looks in a row that may go unanswered

/** One job. `answer` resolves with its result, or rejects with an Error that holds a sentence. */
export class Job {
  /**
   * @param {string} kind
   * @param {Object} details its arguments
   * @param {(look: {state: string, progress: number, text: string, seconds: number}) => void} tell called at each look
   */
  constructor(kind, details, tell) {
    this.kind = kind;
    this.details = details;
    this.tell = tell;
    this.number = null;
    this.givenUp = false;
    this.cancelled = false;
    this.begun = performance.now();
    this.answer = this._run();
  }

  /** Give up. The answer never comes; the process at work is replaced only if it is not done soon. */
  async cancel() {
    this.givenUp = this.cancelled = true;
    if (this.number !== null) await this._drop(); // else as soon as its number is known
  }

  /** Let the answer go by, however long it takes: what has been loaded for it serves the next question. */
  ignore() {
    this.givenUp = true;
  }

  async _drop() {
    await send("DELETE", `jobs/${this.number}`).catch(() => {}); // it may have ended meanwhile
  }

  async _run() {
    const { id } = await send("POST", "jobs", { kind: this.kind, arguments: this.details });
    this.number = id;
    if (this.cancelled) await this._drop();
    let missed = 0;
    while (true) {
      if (this.givenUp) return new Promise(() => {});
      const job = await get(`jobs/${id}`).catch((error) => {
        if (error instanceof Refused || (missed += 1) > PATIENCE) throw error;
        if (!(error instanceof Unreachable)) throw error;
        return null;
      });
      if (this.givenUp) return new Promise(() => {});
      if (job?.state === "done") return job.result;
      if (job?.state === "failed") throw new Refused(codedText(job.told, job.error), 200);
      if (job?.state === "cancelled") return new Promise(() => {});
      if (job) this.tell({ ...job, seconds: (performance.now() - this.begun) / 1000 });
      await new Promise((resolve) => setTimeout(resolve, PERIOD));
    }
  }
}
