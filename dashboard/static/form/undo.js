// Undo and Redo of the form: whatever replaces what was entered says so, with the way back in the same note.

import { toast, toastWithButton } from "../base/dom.js";
import { t } from "../base/texts.js";
import { FormHistory } from "./form_history.js";

/** @typedef {import("./form_history.js").Whole} Whole */

export class Undo {
  /**
   * @param {() => Whole} whole the form as it stands
   * @param {(whole: Whole) => void} show takes another one over
   */
  constructor(whole, show) {
    this.whole = whole;
    this.show = show;
    this.history = new FormHistory();
    this.note = null;
  }

  /** The form as it stands, to be handed to `remember` once something has replaced a part of it. */
  before() {
    return structuredClone(this.whole());
  }

  /**
   * Something was replaced: say what, and offer the way back. Returns whether anything was.
   * @param {string} words empty where the page shows well enough what happened
   * @param {Whole} before
   */
  remember(words, before) {
    const isReplaced = this.history.record(before, this.whole());
    if (isReplaced && words) this.say(words, t("train.undo.button"), () => this.undo());
    return isReplaced;
  }

  undo() {
    const whole = this.history.undo(this.whole());
    const words = t(whole?.isMore ? "train.undo.done_more" : "train.undo.done");
    this.take(whole, words, t("train.undo.redo"), () => this.redo());
  }

  redo() {
    const whole = this.history.redo(this.whole());
    const words = t(whole?.isMore ? "train.undo.redone_more" : "train.undo.redone");
    this.take(whole, words, t("train.undo.button"), () => this.undo());
  }

  take(whole, words, label, back) {
    if (!whole) return;
    this.show(whole);
    this.say(words, label, back);
  }

  /** One note at a time: the older one would take back something else than it says. */
  say(words, label = "", back = () => {}) {
    this.note?.remove();
    this.note = label ? toastWithButton(words, label, back) : toast(words);
  }

  get canUndo() {
    return this.history.past.length > 0;
  }

  get canRedo() {
    return this.history.future.length > 0;
  }
}
