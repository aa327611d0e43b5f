// What can be seen of a form before it trains, each in the section that it belongs to, and only while that is open.

import { onTheme } from "../base/colours.js";
import { Preview } from "./preview.js";
import { guarded } from "../base/guarded.js";
import { t } from "../base/texts.js";
import { RangeTest } from "./range_test.js";
import { Schedule } from "./schedule.js";

const PIECES = [
  ["preview", "preview", "augmentations"],
  ["schedule", "schedule", "optimizer"],
  ["range", "range-test", "optimizer"],
];
let trials = null;
/** @type {Parameters<typeof drawTrials>} */
let last = null;

/**
 * Bring preview, schedule and range test up to date.
 * @param {Object} report what the server says about the form
 * @param {string[]} open the sections that are open
 * @param {(name: string, value: *) => void} fill puts a value into a field of the form
 */
export function drawTrials(report, open, fill) {
  last = [report, open, fill];
  trials ??= begin(fill);
  const at = (name) => document.getElementById(`thaw-form-${name}`);
  const isOpen = (section) => open.includes(section);
  for (const [name, id, section] of PIECES) {
    guarded(t(`trial.${name}.title`), at(id), () => trials[name].draw(at(id), report.config, isOpen(section)));
  }
}

function begin(fill) {
  const again = () => drawTrials(...last);
  onTheme(again);
  return { preview: new Preview(again), schedule: new Schedule(again), range: new RangeTest(again, fill) };
}
