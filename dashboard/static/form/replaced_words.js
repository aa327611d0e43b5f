// What a choice has replaced, in words.

import { isNumber, significant } from "../base/format.js";
import { t } from "../base/texts.js";
import { nameOf } from "./field_marks.js";

/**
 * What is lost with the part of a section: its learning rate, and every other setting that was changed.
 * @param {string} section
 * @param {{name: string, learning_rate?: number}|null} part
 * @param {string} name of the part that takes its place
 * @param {string[]} changed the paths of the fields that do not stand at their default
 */
export function leftBehind(section, part, name, changed) {
  const rate = part?.learning_rate;
  const told = isNumber(rate) ? `${section}.learning_rate` : "";
  const own = changed.filter((path) => path.startsWith(`${section}.`) && !path.endsWith(".name") && path !== told);
  return [
    told && t("train.rate_left", { rate: significant(rate, 3), before: part.name, name }),
    own.length && t("train.undo.settings", { before: part.name, settings: own.map(nameOf).join(", ") }),
  ]
    .filter(Boolean)
    .join(" ");
}

/**
 * What an answer of the dashboard has replaced; nothing where the page shows it: one stage has one length.
 * @param {string} what was asked for
 * @param {FormStage[]} stages
 * @param {{plan: string, changed: string[]}} before the report about the form of before
 */
export function replacedBy(what, stages, before) {
  if (what === "preset") return t("train.undo.preset");
  if (what === "epochs" && stages.length < 2) return "";
  const lengths = t("train.undo.stages", { epochs: stages.map(({ epochs }) => epochs).join(" + ") });
  const lost = what === "plan" ? ownOfStages(before) : [];
  return lost.length ? `${lengths} ${t("train.undo.of_stages", { settings: lost.map(nameOf).join(", ") })}` : lengths;
}

/** The settings of stages that were changed. Trained parts and titles are a ready plan's own. */
function ownOfStages({ plan, changed }) {
  const setting = plan === "own" ? /^stages\.\d+\.(?!epochs$)/ : /^stages\.\d+\.(?!(epochs|train|title)$)/;
  return changed.filter((path) => setting.test(path));
}
