// The freeze plan in words: what thaws or freezes at each stage, and which rate holds.

import { significant } from "../base/format.js";
import { t } from "../base/texts.js";

const MOST_NAMED = 2; // parts named one by one; more become "layer1 to layer4"

/**
 * Parts in words: "layer3, layer4", "layer1 to head", "everything".
 * @param {string[]} parts
 * @param {string[]} all from input to output
 */
export function partsInWords(parts, all) {
  if (parts.length === all.length) return t("run.plan.everything");
  const places = parts.map((part) => all.indexOf(part)).sort((a, b) => a - b);
  const inOrder = places.map((place) => all[place]);
  const unbroken = places.every((place, index) => index === 0 || place === places[index - 1] + 1);
  if (parts.length > MOST_NAMED && unbroken) return t("run.plan.range", { first: inOrder[0], last: inOrder.at(-1) });
  return inOrder.join(", ");
}

/**
 * What a stage is called: its title, else what changes when it begins.
 * @param {Pick<ChartRun, "stages" | "parts">} run
 * @param {number} index
 */
export function stageName(run, index) {
  const stage = run.stages[index];
  if (!stage) return "";
  const titled = stage.name && stage.name !== `stage ${index + 1}`; // the trainer's name for one without a title
  return titled ? stage.name : stageChange(stage, run.stages[index - 1], run.parts);
}

/**
 * What changes when a stage begins, in a few words: what thaws or freezes, and the rate that holds from then on.
 * @param {Stage} stage
 * @param {Stage|undefined} before
 * @param {string[]} all parts of the model
 */
export function stageChange(stage, before, all) {
  const train = stage.train ?? [];
  const thawed = train.filter((part) => before && !before.train.includes(part));
  const frozen = (before?.train ?? []).filter((part) => !train.includes(part));
  const words = [];
  if (!before) words.push(t("run.plan.trains", { parts: partsInWords(train, all) }));
  if (thawed.length) words.push(t("run.plan.thaws", { parts: partsInWords(thawed, all) }));
  if (frozen.length) words.push(t("run.plan.freezes", { parts: partsInWords(frozen, all) }));
  const rate = rateInWords(stage.learning_rate);
  if (rate) words.push(t("run.plan.rate", { rate }));
  return words.join(" · ");
}

/**
 * A rate, or the span of the rates where each part has its own.
 * @param {Stage["learning_rate"]} rate
 */
export function rateInWords(rate) {
  if (typeof rate === "number") return significant(rate, 3);
  const rates = Object.values(rate ?? {}).filter((value) => typeof value === "number");
  if (!rates.length) return "";
  const [low, high] = [Math.min(...rates), Math.max(...rates)];
  return low === high ? significant(low, 3) : `${significant(low, 3)} – ${significant(high, 3)}`;
}
