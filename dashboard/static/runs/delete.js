// Runs go to the trash, and come back with one press as long as the message is there.

import { Refused, orSay, send } from "../base/api.js";
import { toast, toastWithButton } from "../base/dom.js";
import { t } from "../base/texts.js";

const offers = new Set(); // the messages that hold the way back

/**
 * Move runs to the trash and offer to bring them back.
 * @param {Object[]} runs of /api/runs
 * @param {() => Promise<any>} afterwards called after each change
 */
export async function deleteRuns(runs, afterwards) {
  const gone = [];
  const kept = [];
  for (const run of runs) {
    try {
      await send("DELETE", `runs/${run.id}`);
      gone.push(run.id);
    } catch (error) {
      if (!(error instanceof Refused)) {
        toast(error.message, "error");
        break;
      }
      kept.push(error.message);
    }
  }
  if (kept.length) toast(kept.length === 1 ? kept[0] : t("runs.delete.kept", { count: kept.length }), "error");
  if (gone.length) offerUndo(gone, afterwards);
  await afterwards();
}

/** What was deleted is gone for good: nobody is promised to get it back. */
export function withdrawUndo() {
  for (const note of offers) note.remove();
  offers.clear();
}

function offerUndo(ids, afterwards) {
  const words = ids.length === 1 ? t("runs.delete.done") : t("runs.delete.done_several", { count: ids.length });
  const undo = async () => {
    for (const id of ids) await orSay(() => send("POST", `runs/${id}/restore`));
    await afterwards();
  };
  offers.add(toastWithButton(words, t("runs.delete.undo"), undo));
}
