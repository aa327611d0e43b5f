import assert from "node:assert/strict";
import { test } from "node:test";

import { useTexts } from "../../dashboard/static/base/texts.js";
import {
  damageOf,
  hasPlace,
  isActive,
  isStalled,
  isWaiting,
  progressOf,
  reasonOf,
  shownState,
  STATES,
  stopUnanswered,
} from "../../dashboard/static/data/run_state.js";

useTexts("en", {
  "ending.memory": "memory ran out {where}{kept}",
  "ending.kept": ", a checkpoint is kept",
  "ending.where.epoch": "in epoch {epoch}",
  "ending.where.before": "before the first epoch",
  "error.shape": "expected {wanted} channels",
  "error.entry_link": "{file} is a link",
  "state.no_reason": "nobody knows",
});

const run = (status, rows = 0) => ({ status, rows });
const silent = (seconds) => Date.now() / 1000 - seconds;

test("a run claims a process from the queue to its end", () => {
  const active = STATES.filter((state) => isActive(run({ state })));
  assert.deepEqual(active, ["running", "starting", "stopping", "paused", "queued"]);
});

test("a trainer is stalled after a minute without a sign of life", () => {
  assert.equal(isStalled(run({ state: "running", updated: silent(65) })), true);
  assert.equal(isStalled(run({ state: "running", updated: silent(55) })), false);
  assert.equal(shownState(run({ state: "running", updated: silent(65) })), "stalled");
});

test("where steps are long, after the time of twenty", () => {
  const slow = { state: "running", seconds: 1000, iteration: 100 }; // ten seconds each
  assert.equal(isStalled(run({ ...slow, updated: silent(190) })), false);
  assert.equal(isStalled(run({ ...slow, updated: silent(210) })), true);
});

test("who waits for its device or has paused gives signs all the same, however long a step is", () => {
  for (const state of ["queued", "paused"]) {
    const slow = { state, seconds: 1000, iteration: 100 };
    assert.equal(shownState(run({ ...slow, updated: silent(55) })), state);
    assert.equal(shownState(run({ ...slow, updated: silent(65) })), "stalled");
    assert.equal(isWaiting(run({ state })), true);
  }
});

test("who has ended is not stalled", () => {
  for (const state of ["stopped", "interrupted", "finished", "failed", "damaged"])
    assert.equal(shownState(run({ state, updated: silent(1000) })), state);
  assert.equal(shownState(run({ state: "running" })), "running");
  assert.equal(shownState(run({})), "starting");
});

test("a stop is unanswered after twenty seconds, and no other command is", () => {
  const asked = (command, seconds) => ({ orders: [{ number: 1, command, time: silent(seconds) }] });
  assert.equal(stopUnanswered({}), 0);
  assert.equal(stopUnanswered(asked("stop", 10)), 0);
  assert.equal(stopUnanswered(asked("pause", 100)), 0);
  const long = asked("stop", 100);
  assert.equal(stopUnanswered(long), long.orders[0].time, "a time that stands still is told");
});

test("progress is the share of the iterations, from the rows until the status tells it, and one at most", () => {
  assert.equal(progressOf(run({}, 5)), 0);
  assert.equal(progressOf(run({ iterations: 10 }, 5)), 0.5);
  assert.equal(progressOf(run({ iterations: 10, iteration: 7 }, 5)), 0.7);
  assert.equal(progressOf(run({ iterations: 10, iteration: 12 })), 1);
});

test("why a run ended is said in the reader's language, with the place where it is known", () => {
  const ending = { code: "memory", values: { epoch: 3 } };
  assert.equal(reasonOf({ ending, reason: "out of memory" }), "memory ran out in epoch 3");
  const saved = { code: "memory", values: { epoch: 3, checkpoint: true } };
  assert.equal(reasonOf({ ending: saved, reason: "" }), "memory ran out in epoch 3, a checkpoint is kept");
  assert.equal(reasonOf({ ending: { code: "memory" }, reason: "" }), "memory ran out before the first epoch");
  assert.equal(reasonOf({ ending: { code: "shape", values: { wanted: 3 } }, reason: "x" }), "expected 3 channels");
  assert.equal(reasonOf({ ending: { code: "new" }, reason: "as the engine said it" }), "as the engine said it");
  assert.equal(reasonOf({}), "nobody knows");
  assert.equal(reasonOf({ reason: "killed by hand" }), "killed by hand.", "of before there were codes");
  assert.equal(reasonOf({ reason: "Killed." }), "Killed.");
});

test("what is wrong with the files of a run is said in the reader's language, else as the engine said it", () => {
  const link = { code: "entry_link", values: { file: "log.txt" }, message: "said" };
  assert.equal(
    damageOf({ damage: [link, { code: "new", values: {}, message: "something new" }] }),
    "log.txt is a link · something new",
  );
  assert.equal(damageOf({}), "");
});

test("no epoch is told before there is one", () => {
  const told = [{}, { epoch: 0, epochs: 0 }, { epochs: 6 }, { epoch: 1, epochs: 0 }, { epoch: 1, epochs: 6 }];
  assert.deepEqual(told.map(hasPlace), [false, false, false, false, true]);
});

test("who has heard nothing for long knows of no silence of the trainer", () => {
  const status = { state: "running", updated: Date.now() / 1000 - 600 };
  assert.ok(isStalled({ status }));
  assert.equal(isStalled({ status, heard: status.updated + 30 }), false);
  assert.ok(isStalled({ status, heard: status.updated + 90 }));
});

test("a run that is not there any more is gone, and claims no process", () => {
  const gone = { status: { state: "running", updated: 0 }, trouble: "gone" };
  assert.deepEqual([shownState(gone), isActive(gone), isStalled(gone)], ["gone", false, false]);
  assert.equal(shownState({ status: { state: "running" }, heard: 1, trouble: "away" }), "running");
});
