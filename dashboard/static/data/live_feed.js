// Keeping a run's store up to date: asks while the tab is visible and the run active, catches up on return.

import { get } from "../base/api.js";
import { serverTime } from "../base/clock.js";
import { preference } from "../base/preferences.js";
import { shownState } from "./run_state.js";
import { troubleOf } from "./trouble_words.js";

const PERIOD = 400; // milliseconds from an answer to the next question
const PERIOD_ASIDE = 2000; // while another screen of the dashboard is shown
const WAKING = 20000; // milliseconds a resumed run may take until it says that it is active
const PERIOD_INFO = 3000; // milliseconds from one look at the run's files and settings to the next, at least
const RENEWING = ["checkpoint", "edit", "config_edited", "config_lost"]; // events after which they are others
const PATIENCE = [1000, 2000, 4000]; // milliseconds to wait after an answer that did not come

/** Fills the store of one run, as long as it lives. */
export class LiveFeed {
  /**
   * @param {import("./run_store.js").RunStore} run
   * @param {{names: () => string[], shown: () => boolean, system?: () => boolean}} wants the series to keep complete,
   *     whether the screen that wants them is shown, and whether it shows the machine
   * @param {(reborn: boolean) => void} changed called after new data, and when there are none to be had any more
   */
  constructor(run, wants, changed) {
    this.run = run;
    this.wants = wants;
    this.changed = changed;
    this.timer = null;
    this.busy = false;
    this.again = false;
    this.failures = 0;
    this.ended = false;
    this.met = false;
    this.begins = null;
    this.infoAt = 0;
    this.infoDue = Infinity;
    this.onVisible = () => document.hidden || this.lookAgain();
    document.addEventListener("visibilitychange", this.onVisible);
  }

  /** Ask now: something came into view, or a command was sent. */
  kick() {
    clearTimeout(this.timer);
    if (this.busy) this.again = true;
    else this._round();
  }

  /** Somebody is back: also a run that had ended may have been resumed elsewhere meanwhile. */
  lookAgain() {
    this.met = false;
    this.kick();
  }

  /** Poll again although the run had ended: it was resumed. */
  wake() {
    this.met = false;
    this.expectsUntil = Date.now() + WAKING;
    this.kick();
  }

  stop() {
    this.ended = true;
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.onVisible);
  }

  async _round() {
    if (this.ended || document.hidden) return;
    this.busy = true;
    this.again = false;
    try {
      const news = !this.met || this._mayChange() ? await this._poll() : false;
      const informed = await this._inform();
      const filled = await this.run.fill(this.wants.names(), preference("smoothing"));
      const history = this.wants.system?.() && (await this.run.fillSystem());
      this.failures = 0;
      const other = this._heard();
      if ((news || informed || filled || history || other) && !this.ended) this.changed(news === "reborn");
    } catch (error) {
      this._failed(error);
    } finally {
      this.busy = false;
      this._again(); // also where a drawing failed: one panel's fault is no reason to stand still
    }
  }

  /** One question of /live. A run that is not active is asked once; its data no longer change. */
  async _poll() {
    const { run } = this;
    const query = {
      life: run.life,
      after: run.rows,
      event: run.lastEvent,
      epoch: run.lastEpoch,
      system: run.system.rows,
      seen: run.seen,
      names: run.upToDate(this.wants.names()).join(","),
    };
    this.met = true; // before the answer: whoever looks again meanwhile asks once more
    const reply = await get(`runs/${run.id}/live`, query);
    if (!reply) return false;
    const before = { rows: run.rows, isActive: run.isActive };
    const reborn = run.apply(reply);
    const named = run.info?.series?.length;
    const began = reply.events?.findLast((event) => event.kind === "stage_began");
    if (began) this.begins = began.iteration;
    const firstRow = this.begins !== null && run.rows > this.begins; // of a stage, which may have terms of its own
    if (firstRow) this.begins = null;
    const moreNames = reborn || !run.info || (run.rows && (!before.rows || !named)) || firstRow;
    if (moreNames || (before.isActive && !run.isActive)) this.infoDue = 0;
    else if (reply.events?.some(({ kind }) => RENEWING.includes(kind)))
      this.infoDue = Math.min(this.infoDue, this.infoAt + PERIOD_INFO);
    return reborn ? "reborn" : true;
  }

  /** Look again what the run is, where that is due: names of its series, files, settings. Returns whether it did. */
  async _inform() {
    if (Date.now() < this.infoDue) return false;
    await this.run.loadInfo();
    this.infoAt = Date.now();
    this.infoDue = Infinity;
    return true;
  }

  /** Whether it is worth asking: the run is active, or was told to go on and its process is still on its way. */
  _mayChange() {
    return this.run.isActive || Date.now() < (this.expectsUntil ?? 0);
  }

  /** There was an answer: is the run shown otherwise for it? It may have fallen silent. */
  _heard() {
    const { run } = this;
    const before = shownState(run);
    const isBack = run.trouble !== "";
    run.trouble = "";
    run.heard = serverTime();
    return isBack || shownState(run) !== before;
  }

  /** Nobody answers, it is refused, or the run is not there any more; all may change, so it is tried again. */
  _failed(error) {
    if (this.ended) return; // the run was left meanwhile
    this.met = false;
    this.failures += 1;
    const { run } = this;
    const [before, whyBefore] = [run.trouble, run.why];
    run.trouble = troubleOf(error);
    run.why = error.message;
    if (run.trouble !== before || run.why !== whyBefore) this.changed(false);
  }

  _again() {
    if (this.ended || document.hidden) return;
    if (this.failures)
      this.timer = setTimeout(() => this._round(), PATIENCE[Math.min(this.failures, PATIENCE.length) - 1]);
    else if (this.again) this._round();
    else if (this._mayChange())
      this.timer = setTimeout(() => this._round(), this.wants.shown() ? PERIOD : PERIOD_ASIDE);
  }
}
