// What is drawn of the form beside its fields, each piece on its own: one that fails is named, and the others go on.

import { guarded } from "../base/guarded.js";
import { t } from "../base/texts.js";
import { mark } from "./field_marks.js";
import { drawNetwork } from "./network.js";
import { drawSummary } from "./summary.js";
import { drawTimeline } from "./timeline.js";
import { drawTrials } from "./trials.js";

/**
 * Draw every piece.
 * @param {import("./verdict.js").Verdict} verdict
 * @param {Object} state the form
 * @param {Object} actions those of the summary; restage: called with other stages; fill: puts a value into a field
 */
export function drawPieces(verdict, state, { restage, fill, ...actions }) {
  const { whole, report } = verdict;
  piece("train.changed", "thaw-form-more", () => mark(whole, state.open));
  piece("train.section.plan", "thaw-form-timeline", () => drawTimeline(whole, state.form, restage));
  piece("train.section.model", "thaw-form-network", () => drawNetwork(whole, state.open));
  drawTrials(report, state.open, fill);
  piece("train.start", "thaw-form-summary", () => drawSummary(whole, state, actions));
}

function piece(name, id, draw) {
  guarded(t(name), document.getElementById(id), draw);
}
