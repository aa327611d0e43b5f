// What happened in a run, newest first.

import { element, section } from "../base/dom.js";
import { decimal, isNumber, moment } from "../base/format.js";
import { t } from "../base/texts.js";
import { eventText } from "./event_text.js";

const MOST_EVENTS = 200; // on the page; all of them are in events.jsonl
const LOUD = ["failed", "warning", "judged", "never_right"];

/** The list of events. */
export class Events {
  /** @param {import("../data/run_store.js").RunStore} run */
  constructor(run) {
    this.run = run;
    this.list = element("ol", { class: "thaw-events", reversed: true });
    this.node = section("events", t("run.events"), this.list);
    this.last = 0;
  }

  update() {
    for (const event of this.run.events.filter((one) => one.seq > this.last)) this.list.prepend(this._row(event));
    this.last = this.run.lastEvent;
    while (this.list.children.length > MOST_EVENTS) this.list.lastChild.remove();
  }

  _row(event) {
    const kind = LOUD.includes(event.kind) || event.values?.done === false ? "loud" : "";
    const where = isNumber(event.iteration) ? t("run.at_iteration", { iteration: decimal(event.iteration) }) : "";
    return element(
      "li",
      { class: kind, "data-kind": event.kind },
      element("time", {}, moment(event.time)),
      element("span", {}, eventText(event, this.run)),
      element("small", {}, where),
    );
  }
}
