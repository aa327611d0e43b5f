// Under the network: seconds and memory of a real step of each stage as a table, and how long the plan will take.

import { button, element } from "../base/dom.js";
import { decimal, duration, significant } from "../base/format.js";
import { gigabytes, secondsOf, stepCost } from "./step_cost.js";
import { t } from "../base/texts.js";

export class StepCostTable {
  constructor() {
    this.config = null;
    this.drawn = null; // the answer, or the error, that is shown
    this.start = button(t("network.cost.start"), {
      name: "clock",
      kind: "quiet",
      action: () => stepCost.measure(this.config),
    });
    this.stop = button(t("network.cost.cancel"), { name: "cross", kind: "quiet small", action: () => this.cancel() });
    this.progress = element("progress", { max: 1, value: 0, "aria-label": t("network.cost.title") });
    this.words = element("span", { role: "status" });
    this.bar = element("div", { class: "thaw-network-progress", hidden: true }, this.progress, this.words, this.stop);
    this.outdated = element("p", { class: "thaw-help", hidden: true }, t("network.cost.outdated"));
    this.answer = element("div", {});
    this.node = element(
      "div",
      { class: "thaw-network-cost" },
      element("h4", {}, t("network.cost.title")),
      element("p", { class: "thaw-help" }, t("network.cost.help")),
      this.start,
      this.bar,
      this.outdated,
      this.answer,
    );
  }

  /** Bring it up to date: the form now says this; null where it has faults. */
  follow(config) {
    this.config = config;
    const { job, found, error, doing } = stepCost;
    this.start.disabled = !config;
    this.start.hidden = Boolean(job);
    this.bar.hidden = !job;
    this.outdated.hidden = !found || stepCost.isAbout(config);
    Object.assign(this.progress, { value: doing.progress });
    if (this.words.textContent !== doing.words) this.words.textContent = doing.words;
    if (this.drawn === (found ?? error)) return;
    this.drawn = found ?? error;
    const failed = error ? [element("p", { class: "thaw-fault-words", role: "alert" }, error)] : [];
    this.answer.replaceChildren(...(found ? result(found) : failed));
  }

  cancel() {
    stepCost.cancel();
    this.start.focus();
  }
}

function result(found) {
  const { device, threads, images, stages, scoring, seconds, memory, memory_free: free } = found;
  const where = device === "cpu" ? t("network.cost.threads", { count: threads }) : device;
  const sentence = t("network.cost.result", {
    time: duration(seconds),
    memory: gigabytes(memory),
    free: gigabytes(free),
    where,
  });
  const heads = ["stage", "step", "rate", "memory", "time"].map((name) =>
    element("th", { scope: "col" }, t(`network.cost.column.${name}`)),
  );
  const rows = stages.map((stage, index) => {
    const cells = [
      t("network.cost.seconds", { seconds: significant(stage.seconds, 3) }),
      decimal(images / stage.seconds),
      gigabytes(stage.memory),
      duration(secondsOf(stage, scoring)),
    ];
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, String(index + 1)),
      ...cells.map((words) => element("td", { class: "number" }, words)),
    );
  });
  const table = element(
    "table",
    { class: "thaw-network-layers" },
    element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...rows),
  );
  const tight = memory > free ? element("p", { class: "thaw-fault-words" }, t("network.cost.tight")) : null;
  return [
    element("p", {}, element("b", {}, sentence)),
    tight,
    element("div", { class: "thaw-scroll" }, table),
    element(
      "p",
      { class: "thaw-help" },
      t("network.cost.basis", {
        images: decimal(images),
        scoring: scoring < 10 ? t("network.cost.seconds", { seconds: significant(scoring, 2) }) : duration(scoring),
      }),
    ),
  ].filter(Boolean);
}
