import assert from "node:assert/strict";
import { test } from "node:test";

import "./browser.js";

const { areSeeds, counted, seedsOf } = await import("../../dashboard/static/data/seeds.js");

const run = (seed, recipe = "r", state = "finished") => ({ seed, recipe, status: { state } });

test("seeds are runs of one recipe whose seeds differ", () => {
  assert.ok(areSeeds([run(0), run(1), run(2)]));
  assert.ok(!areSeeds([run(0), run(1, "another rate")]));
  assert.ok(!areSeeds([run(0), run(0)])); // one run twice scatters around nothing
  assert.ok(!areSeeds([run(0)]));
  assert.ok(!areSeeds([]));
  assert.ok(!areSeeds([run(0, null), run(1, null)])); // nobody knows what they trained with
  assert.ok(!areSeeds([{ seed: 0 }, { seed: 1 }]));
});

test("once a seed has finished only those count that have; before, those at work; never one that failed", () => {
  const states = (...all) => counted(all.map((state, seed) => run(seed, "r", state))).map(({ status }) => status.state);
  assert.deepEqual(states("finished", "failed", "running", "stopped"), ["finished"]);
  assert.deepEqual(states("running", "failed", "queued"), ["running", "queued"]);
  assert.deepEqual(states("failed", "interrupted"), []);
});

test("a seed that failed and was tried again is no other recipe; a rate of its own is one", () => {
  const again = [run(0), run(1, "r", "failed"), run(1)];
  assert.deepEqual(seedsOf(again), [again[0], again[2]]);
  assert.equal(seedsOf([...again, run(2, "another rate", "failed")]), null);
  assert.equal(seedsOf([run(0), run(0)]), null);
  assert.deepEqual(seedsOf([run(0, "r", "failed"), run(1, "r", "failed")]), []);
});
