// Which weights of a run a figure is of, and what has to be said of how good they are.

import { isNumber, percent } from "../base/format.js";
import { hasText, t } from "../base/texts.js";

const USELESS = ["no_better", "within_chance"];

/**
 * The weights that a figure is of: "last weights, epoch 20". Older runs say nothing with a test: they tested the last.
 * @param {{kept_as?: string[], epoch?: number}} [checkpoint]
 */
export function weightsName({ kept_as: kept = ["last"], epoch } = {}) {
  const word = ["last", "best"].filter((one) => kept.includes(one)).join("_and_");
  const name = t(`run.weights.${word || "other"}`);
  return isNumber(epoch) ? t("run.weights.at_epoch", { name, epoch }) : name;
}

/**
 * Whether a run ended with a model that is no better than always answering one class.
 * @param {Pick<Status, "state" | "test">} status
 */
export function isUseless({ state, test }) {
  return state === "finished" && USELESS.includes(test?.verdict);
}

/**
 * A test accuracy beside that of always answering one class, where it is no better; "" where it is, or nobody knows.
 * @param {{verdict?: string|null, top1?: number, balanced?: number, majority?: string, share?: number}} [test]
 */
export function verdictInWords({ verdict, top1, balanced, majority, share } = {}) {
  const key = `event.judged.${verdict}`;
  if (!verdict || !hasText(key)) return "";
  return t(key, { top1: percent(top1), balanced: percent(balanced), majority, share: percent(share) });
}
