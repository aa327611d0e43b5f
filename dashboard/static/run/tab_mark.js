// The browser tab while a run is watched: "42 % · 88.1 % · 12 min · label", and a small ring as its icon.

import { themeColour } from "../base/colours.js";
import { decimal, duration, isNumber } from "../base/format.js";
import { BROKEN } from "../data/run_state.js";
import { isUseless } from "../data/weights_words.js";

const SIGNS = {
  gone: "!",
  away: "?",
  refused: "?",
  finished: "✓",
  stopped: "■",
  failed: "!",
  interrupted: "!",
  damaged: "!",
  paused: "❚❚",
};
let plainTitle = null;
let drawn = "";

/**
 * Show how a run stands in the title and icon of the tab.
 * @param {import("../data/run_store.js").RunStore} run
 * @param {number} progress 0 to 1
 */
export function markTab(run, progress) {
  plainTitle ??= document.title;
  const { state, last, seconds_left: left } = run.status;
  // By its sign and colour: nobody is to think all is well.
  const shown = run.trouble || (isUseless(run.status) ? "failed" : state);
  const parts = run.isActive
    ? [`${SIGNS[run.trouble || state] ?? ""}${Math.floor(100 * progress)} %`]
    : [SIGNS[shown] ?? ""];
  if (isNumber(last?.top1)) parts.push(`${decimal(last.top1, 1)} %`);
  if (run.isActive && isNumber(left)) parts.push(duration(left));
  document.title = [...parts, run.label].filter(Boolean).join(" · ");
  drawIcon(shown, progress);
}

/** Give the tab its own name back. */
export function unmarkTab() {
  if (plainTitle) document.title = plainTitle;
}

function drawIcon(state, progress) {
  const ended = SIGNS[state];
  const step = `${state} ${Math.round(progress * 24)}`; // a new picture now and then, not at every tick
  if (step === drawn) return;
  drawn = step;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 32;
  const pen = canvas.getContext("2d");
  const colour = themeColour([...BROKEN, "gone"].includes(state) ? "bad" : state === "finished" ? "good" : "warm");
  pen.lineWidth = 6;
  pen.strokeStyle = "#9aa5b1";
  pen.beginPath();
  pen.arc(16, 16, 12, 0, 2 * Math.PI);
  pen.stroke();
  pen.strokeStyle = colour;
  pen.beginPath();
  pen.arc(
    16,
    16,
    12,
    -Math.PI / 2,
    -Math.PI / 2 + 2 * Math.PI * Math.max(0.02, ended && state !== "paused" ? 1 : progress),
  );
  pen.stroke();
  if (ended) {
    pen.fillStyle = colour;
    pen.font = "bold 16px sans-serif";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(state === "paused" ? "ıı" : ended, 16, 17);
  }
  const link = /** @type {HTMLLinkElement} */ (document.querySelector("link#thaw-icon") ?? newIcon());
  link.href = canvas.toDataURL();
}

/** A link to an icon of our own, in the place of those that the page came with. */
function newIcon() {
  for (const other of document.querySelectorAll("link[rel~='icon']")) other.remove();
  const link = Object.assign(document.createElement("link"), { id: "thaw-icon", rel: "icon" });
  document.head.append(link);
  return link;
}
