// Keeping an answer of the worker up to date with a form that changes: one question at a time, the newest one last.

import { Refused, Unreachable } from "../base/api.js";
import { Job } from "../base/job.js";

const PATIENCE = 500; // milliseconds without a change before the worker is asked

/** Knows the newest answer to one kind of question, and whether it still is about what is wanted. */
export class Asker {
  /**
   * @param {string} kind of job
   * @param {() => void} heard called when there is an answer
   */
  constructor(kind, heard) {
    this.kind = kind;
    this.heard = heard;
    this.key = null;
    this.answer = null;
    this.isBusy = false;
    this.timer = 0;
  }

  /** Say what is wanted now; null where nothing is. */
  want(details) {
    const key = details && JSON.stringify(details);
    if (key === this.key) return;
    this.details = details;
    this.key = key;
    clearTimeout(this.timer);
    if (key && key !== this.answer?.key) this.timer = setTimeout(() => this._ask(), PATIENCE);
  }

  /** Ask the same once more: what it is about may have changed elsewhere. */
  again() {
    if (!this.isFresh) return;
    this.answer = { ...this.answer, isOld: true };
    this.heard();
    this._ask();
  }

  /** Whether the answer is about what is wanted. */
  get isFresh() {
    return this.key !== null && this.answer?.key === this.key && !this.answer.isOld;
  }

  async _ask() {
    if (this.isBusy || !this.key || this.isFresh) return;
    const { key, details } = this;
    this.isBusy = true;
    try {
      const result = await new Job(this.kind, details, () => {}).answer;
      this.answer = { key, result };
    } catch (error) {
      if (error instanceof Refused) this.answer = { key, error: error.message };
      else if (error instanceof Unreachable) this.key = null; // after the next change it is asked again
      else throw error;
    } finally {
      this.isBusy = false;
    }
    this.heard();
    this._ask();
  }
}
