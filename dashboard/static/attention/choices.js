// The two lists above the attention viewer: the runs there are, and the checkpoints of one.

import { element } from "../base/dom.js";
import { isNumber, moment, percent } from "../base/format.js";
import { nameOf, startOf } from "../data/run_list.js";
import { hasText, t } from "../base/texts.js";

/**
 * Fill a list with the runs of /api/runs that can be read.
 * @param {HTMLSelectElement} list
 * @param {Run[]} runs
 * @param {string|null} chosen id
 */
export function listRuns(list, runs, chosen) {
  const named = (run) => [nameOf(run), t(`state.${run.status.state}.name`), moment(startOf(run))].join(" · ");
  const readable = runs.filter((run) => run.status.state !== "damaged");
  list.replaceChildren(
    ...readable.map((run) => element("option", { value: run.id, selected: run.id === chosen }, named(run))),
  );
}

/**
 * Fill a list with checkpoints, the newest first: epoch, accuracy, why each was kept.
 * @param {HTMLSelectElement} list
 * @param {Checkpoint[]} checkpoints
 * @param {Checkpoint|undefined} chosen
 */
export function listCheckpoints(list, checkpoints, chosen) {
  list.disabled = !checkpoints.length;
  list.replaceChildren(
    ...[...checkpoints]
      .reverse()
      .map((one) => element("option", { value: one.name, selected: one === chosen }, words(one))),
  );
}

/** @param {Pick<Checkpoint, "epoch" | "top1" | "kept_as">} checkpoint */
function words({ epoch, top1, kept_as: kept }) {
  const reasons = (kept ?? []).map((why) => (hasText(`event.kept.${why}`) ? t(`event.kept.${why}`) : why));
  return [t("run.at_epoch", { epoch }), isNumber(top1) ? percent(top1, 1) : "", reasons.join(", ")]
    .filter(Boolean)
    .join(" · ");
}
