// What the stages of the plan cost, in its columns, and the line beneath from which that is tried out.

import { duration, significant } from "../base/format.js";
import { buttonContent } from "../base/templates.js";
import { t } from "../base/texts.js";
import { html } from "../vendor/lit-html.js";
import { gigabytes, secondsOf, stepCost } from "./step_cost.js";

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
 * @returns {import("../vendor/lit-html.js").TemplateResult}
 */
export function costLine(config) {
  const isBusy = stepCost.job !== null;
  const [words, name] = isBusy ? ["network.cost.cancel", "cross"] : ["train.timeline.measure", "clock"];
  return html`
    <p class="thaw-plan-measure">
      <button
        type="button"
        class="thaw-button small"
        data-key="tool/measure"
        ?disabled=${!isBusy && !config}
        @click=${() => (isBusy ? stepCost.cancel() : stepCost.measure(config))}
      >${buttonContent(t(words), { name })}</button>
      <small role="status">${said(config)}</small>
    </p>
  `;
}

function said(config) {
  if (stepCost.job) return stepCost.doing.words;
  if (stepCost.error) return t("train.timeline.measure_failed", { why: stepCost.error });
  return t(stepCost.found && config && !stepCost.isAbout(config) ? "network.cost.outdated" : "network.cost.help");
}
