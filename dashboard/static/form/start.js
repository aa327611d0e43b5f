// Pressing Start: one intention gives one run, however often the button is pressed.

import { Refused, Unreachable, send } from "../base/api.js";
import { toast } from "../base/dom.js";
import { showField } from "./field_marks.js";
import { goTo } from "../base/router.js";
import { t } from "../base/texts.js";

/** Starts what the form says, and moves to the run at once. */
export class Starter {
  /**
   * @param {() => Object} state the form as it stands
   * @param {() => Promise<Object>} freshReport the whole report about exactly this form
   * @param {(faults: Fault[]) => void} onRefused gets the faults for which it was not started
   */
  constructor(state, freshReport, onRefused) {
    this.state = state;
    this.freshReport = freshReport;
    this.onRefused = onRefused;
    this.busy = false;
    this.key = null; // kept where no answer came: trying again must not start a second run
    this.keyVersion = -1;
  }

  async start() {
    if (this.busy) return;
    this.busy = true;
    document.getElementById("thaw-start")?.setAttribute("aria-busy", "true");
    try {
      const report = await this.freshReport();
      if (report.isOther) toast(t("train.start_other"), "error");
      else if (report.config) await this.send(report.config);
      else show(report.faults[0]);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      toast(t("train.unreached"), "error");
    } finally {
      this.busy = false;
      document.getElementById("thaw-start")?.removeAttribute("aria-busy");
    }
  }

  async send(config) {
    const { version } = this.state();
    if (this.keyVersion !== version) this.key = randomKey();
    this.keyVersion = version;
    try {
      const { id } = await send("POST", "runs", { config, request: this.key });
      this.key = null;
      this.keyVersion = -1;
      goTo({ run: id });
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      const faults = error instanceof Refused ? error.faults : [];
      if (error instanceof Refused) this.keyVersion = -1;
      if (faults.length) this.onRefused(faults);
      toast(faults.length ? t("train.refused") : error.message, "error");
    }
  }
}

/** Go to the field of a fault; one that is about no field is only said. */
function show({ field, message }) {
  if (field) showField(field);
  else toast(message, "error");
}

/** A random key in the shape of a UUID; crypto.randomUUID is missing where the page is not served over a safe line. */
function randomKey() {
  const digits = [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
