// What the dashboard says about the form: asked after each change, one question at a time, again if there is no answer.

import { Unreachable, send } from "../base/api.js";
import { hasText, language, t, codedText } from "../base/texts.js";

const PAUSE = 60; // milliseconds in which keystrokes are taken together
const RETRY = 2000; // milliseconds until the next try where the dashboard is away

/** Ask for a form: a preset's, a plan's ... Raises Refused or Unreachable. */
export function askDashboard(what, question) {
  return send("POST", `form/${what}`, { language: spoken(), ...question });
}

/** Keeps the newest report about the form. */
export class Reporter {
  /**
   * @param {() => Object} state the form as it stands
   * @param {(report: Object) => void} onReport gets each report
   * @param {(reason: string) => void} onFailure gets the reason where there can be no report about the form
   * @param {() => void} onAway called when the dashboard does not answer
   */
  constructor(state, onReport, onFailure, onAway) {
    this.state = state;
    this.onReport = onReport;
    this.onFailure = onFailure;
    this.onAway = onAway;
    this.isAway = false; // the dashboard
    this.version = -1; // of the form that the newest report is about
    this.isAsking = false;
    this.waiting = [];
  }

  /** The form has changed. */
  async ask() {
    if (this.isAsking) return;
    this.isAsking = true;
    while (this.version !== this.state().version) await this.askOnce();
    this.isAsking = false;
    for (const { resolve } of this.waiting.splice(0)) resolve();
  }

  /** Fulfilled once the newest report is about the form as it stands; rejected with Unreachable where none comes. */
  fresh() {
    if (!this.isAsking) return Promise.resolve();
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  async askOnce() {
    await pause(PAUSE);
    const { version, form, preset } = this.state();
    try {
      const report = await askDashboard("check", { form, preset });
      this.version = version;
      this.isAway = false;
      this.onReport(report);
    } catch (error) {
      if (error instanceof Unreachable) {
        for (const { reject } of this.waiting.splice(0)) reject(error);
        this.isAway = true;
        this.onAway();
        await pause(RETRY);
      } else {
        this.version = version; // asking again would be refused again
        this.isAway = false;
        this.onFailure(error.message);
      }
    }
  }
}

/** A fault in the language of the page. */
export function faultText({ code, values, message }) {
  const key = `fault.${code}`;
  if (!hasText(key)) return codedText({ code, values }, message);
  const near = /'(.+)'/.exec(values.near ?? "");
  return t(key, { ...values, near: near ? t("fault.near", { word: near[1] }) : "" });
}

function spoken() {
  return language().slice(0, 2);
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
