// What cannot be known of a run just now, in words.

import { Refused, Unreachable } from "../base/api.js";
import { moment } from "../base/format.js";
import { t } from "../base/texts.js";

const SENTENCES = { away: "run.away", refused: "run.no_news", gone: "run.gone" };

/**
 * The trouble, as Heard of run_state.js says it, of a question that had no answer. Raises what is a fault of our own.
 * @param {Error} error
 */
export function troubleOf(error) {
  if (error instanceof Unreachable) return "away";
  if (!(error instanceof Refused)) throw error;
  return [404, 410].includes(error.status) ? "gone" : "refused";
}

/**
 * Since when nothing new is known of a run, and why; empty where all is well.
 * @param {{trouble: string, heard?: number|null, why?: string}} run
 */
export function troubleInWords({ trouble, heard, why }) {
  if (!trouble) return "";
  if (!heard) return why || t("run.no_answer");
  return t(SENTENCES[trouble], { since: moment(heard), why });
}

/**
 * The same of compared runs: of several that are away the one that is so for longest, of those that are gone the names.
 * @param {import("./run_store.js").RunStore[]} runs
 */
export function troublesInWords(runs) {
  const longest = ["away", "refused"].map((trouble) =>
    runs.filter((run) => run.trouble === trouble).reduce((a, b) => (a && a.heard < b.heard ? a : b), null),
  );
  const gone = runs.filter((run) => run.trouble === "gone").map((run) => run.label);
  const words = longest.filter(Boolean).map(troubleInWords);
  return [...words, gone.length && t("compare.gone", { names: gone.join(", ") })].filter(Boolean).join(" ");
}
