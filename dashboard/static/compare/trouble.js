// What cannot be known of compared runs just now, in words.

import { moment } from "../base/format.js";
import { t } from "../base/texts.js";

/**
 * Since when nothing new is known, and which runs are not there any more; empty where all is well.
 * @param {import("../data/run_store.js").RunStore[]} runs
 */
export function troubleInWords(runs) {
  const away = runs.filter((run) => run.trouble === "away").map((run) => run.heard);
  const gone = runs.filter((run) => run.trouble === "gone").map((run) => run.label);
  const words = [
    away.length && t("run.away", { since: moment(Math.min(...away)) }),
    gone.length && t("compare.gone", { names: gone.join(", ") }),
  ];
  return words.filter(Boolean).join(" ");
}
