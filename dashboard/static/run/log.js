// What the training printed.

import { Refused, Unreachable, get } from "../base/api.js";
import { element, say, section } from "../base/dom.js";
import { decimal } from "../base/format.js";
import { t } from "../base/texts.js";
import { appendTail, bytesIn } from "./log_tail.js";

const MOST_CHARACTERS = 40_000;
const PERIOD = 2000; // milliseconds between two looks

/** The end of the log; follows while its reader is at the end, asks only while it is open and in view. */
export class Log {
  /** @param {import("../data/run_store.js").RunStore} run */
  constructor(run) {
    this.run = run;
    this.next = 0;
    this.timer = null;
    this.inView = false;
    this.isAsking = false;
    this.known = "";
    this.notice = element("span", {});
    this.end = element("span", {});
    const words = { class: "thaw-log", tabindex: 0, "aria-label": t("run.log") };
    this.text = element("pre", words, this.notice, this.end);
    this.node = section("log", t("run.log"), this.text);
    this.node.addEventListener("toggle", () => this._look());
    this.sight = new IntersectionObserver((entries) => ((this.inView = entries.at(-1).isIntersecting), this._look()));
    this.sight.observe(this.text);
    this.onVisible = () => this._look();
    document.addEventListener("visibilitychange", this.onVisible);
  }

  remove() {
    clearTimeout(this.timer);
    this.inView = false;
    this.sight.disconnect();
    document.removeEventListener("visibilitychange", this.onVisible);
  }

  async _look() {
    clearTimeout(this.timer);
    if (this.isAsking || !this.inView || !this.node.open || document.hidden) return;
    const { isActive, life, status } = this.run;
    const stands = JSON.stringify([life, status.state, status.updated]);
    if (isActive || stands !== this.known) {
      this.isAsking = true;
      if (await this._ask()) this.known = stands;
      this.isAsking = false;
    }
    this.timer = setTimeout(() => this._look(), PERIOD); // a run that has ended may go on
  }

  /** Read on; returns whether there was an answer. */
  async _ask() {
    try {
      this._add(await get(`runs/${this.run.id}/log`, { after: this.next }));
      return true;
    } catch (error) {
      if (error instanceof Refused || error instanceof Unreachable) return false; // the head of the page says so
      throw error;
    }
  }

  _add({ text, next, left_out: leftOut }) {
    const follows = this.text.scrollHeight - this.text.scrollTop - this.text.clientHeight < 24;
    if (next < this.next || leftOut) this.end.replaceChildren(); // rotated, or too much came at once: starts again
    this.next = next;
    appendTail(this.end, text, MOST_CHARACTERS);
    const unseen = next - bytesIn(this.end);
    say(this.notice, unseen > 0 ? `${t("run.log_left_out", { size: decimal(unseen) })}\n` : "");
    if (follows) this.text.scrollTop = this.text.scrollHeight;
  }
}
