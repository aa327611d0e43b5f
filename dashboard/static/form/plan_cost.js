// What the stages of the plan cost, in its columns, and the line beneath from which that is tried out.

import { button, element } from "../base/dom.js";
import { duration, significant } from "../base/format.js";
import { gigabytes, secondsOf, stepCost } from "./step_cost.js";
import { t } from "../base/texts.js";

/**
 * For each stage what it needs, in words; null where that is not known.
 * @param {Config} config
 */
export function costInWords(config) {
  if (!stepCost.found || !stepCost.isAbout(config)) return null;
  const { stages, scoring } = stepCost.found;
  let ends = 0;
  return stages.map((stage) => {
    ends += secondsOf(stage, scoring);
    return t("train.timeline.measured", {
      memory: gigabytes(stage.memory),
      each: `${significant(stage.seconds, 2)} s`,
      ends: duration(ends),
    });
  });
}

/**
 * The button under the plan, and what came of it.
 * @param {Config} config
 */
export function costLine(config) {
  const isBusy = stepCost.job !== null;
  const tool = isBusy
    ? button(t("network.cost.cancel"), {
        name: "cross",
        kind: "small",
        action: () => stepCost.cancel(),
        "data-key": "tool/measure",
      })
    : button(t("train.timeline.measure"), {
        name: "clock",
        kind: "small",
        disabled: !config,
        action: () => stepCost.measure(config),
        "data-key": "tool/measure",
      });
  return element("p", { class: "thaw-plan-measure" }, tool, element("small", { role: "status" }, said(config)));
}

/**
 * A word that changes whenever the line or the columns would be drawn otherwise.
 * @param {Config} config
 */
export function costState(config) {
  return [Boolean(config), Boolean(stepCost.found), said(config)];
}

function said(config) {
  if (stepCost.job) return stepCost.doing.words;
  if (stepCost.error) return t("train.timeline.measure_failed", { why: stepCost.error });
  return t(stepCost.found && config && !stepCost.isAbout(config) ? "network.cost.outdated" : "network.cost.help");
}
