// What is known of the form as it stands: the dashboard's report, and what the engine found where it can be trained.

import { Unreachable } from "../base/api.js";
import { place } from "../base/router.js";
import { EngineCheck } from "./engine_check.js";
import { Reporter, faultText } from "./report.js";

/** Keeps both up to date with the form. */
export class Verdict {
  /**
   * @param {() => Object} state the form as it stands
   * @param {() => void} changed called when more is known
   * @param {(parts: string[]) => void} partsFound called when the model's parts are others than were assumed
   */
  constructor(state, changed, partsFound) {
    this.state = state;
    this.changed = changed;
    this.partsFound = partsFound;
    this.report = null; // the dashboard's newest
    this.reporter = new Reporter(
      state,
      (newest) => this._take(newest),
      (message) => this._fail(message),
      changed,
    );
    this.engine = new EngineCheck(() => this._engineAnswered());
  }

  /** The form has changed. */
  ask() {
    this.reporter.ask();
  }

  /** The form is, or is not, what somebody looks at. */
  look(isOpen) {
    if (isOpen) this.engine.ask(this.report?.config ?? null);
    else this.engine.rest();
  }

  /** Whether the report is about the form as it stands. */
  get isFresh() {
    return this.reporter.version === this.state().version;
  }

  /**
   * The report with what the engine found. check: "faults", "away" (nobody answers), "failed" (`why`), "running" or
   * "passed".
   */
  get whole() {
    const { report } = this;
    const found = this.engine.answer(report.config);
    const faults = [...report.faults, ...told(found?.faults ?? [])];
    const check = faults.length ? "faults" : this._check(found);
    const why = this.engine.error?.message;
    return { ...report, faults, config: faults.length ? null : report.config, found, check, why };
  }

  /**
   * The whole report once it is about the form as it stands, checked by the engine. isOther: somebody changed the form
   * meanwhile. Rejected with Unreachable where the dashboard is away.
   */
  async fresh() {
    await this.reporter.fresh();
    const asked = JSON.stringify(this.report.config);
    await this.engine.answered(this.report.config);
    await this.reporter.fresh();
    return { ...this.whole, isOther: JSON.stringify(this.report.config) !== asked };
  }

  /** The dashboard did not start it: these faults stand until something is changed. */
  refuse(faults) {
    this.report = { ...this.report, faults: told(faults), config: null };
    this.changed();
  }

  _check(found) {
    const { error } = this.engine;
    if (this.reporter.isAway || error instanceof Unreachable) return "away";
    if (error) return "failed";
    return found ? "passed" : "running";
  }

  _take(newest) {
    this.report = newest;
    this.changed();
    if (place().tab === "train") this.engine.ask(newest.config);
  }

  /** The dashboard could not say what the form amounts to: nothing can start until something is changed. */
  _fail(message) {
    const { stages } = this.state().form;
    const before = this.report ?? { changed: [], parts: [], stages, defaults: {} };
    this._take({ ...before, faults: [{ field: "", message }], config: null });
  }

  _engineAnswered() {
    const parts = this.engine.answer(this.report.config)?.parts?.map(({ name }) => name);
    if (parts && JSON.stringify(parts) !== JSON.stringify(this.report.parts)) this.partsFound(parts);
    this.changed();
  }
}

function told(faults) {
  return faults.map((fault) => ({ field: fault.field, message: faultText(fault) }));
}
