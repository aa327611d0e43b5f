import assert from "node:assert/strict";
import { test } from "node:test";

import { useTexts } from "../../dashboard/static/base/texts.js";
import { partsInWords, rateInWords, stageChange, stageName } from "../../dashboard/static/data/stage_words.js";

useTexts("en", {
  "run.plan.everything": "everything",
  "run.plan.range": "{first} to {last}",
  "run.plan.trains": "train {parts}",
  "run.plan.thaws": "thaw {parts}",
  "run.plan.freezes": "freeze {parts}",
  "run.plan.rate": "rate {rate}",
});

const ALL = ["stem", "layer1", "layer2", "layer3", "head"];
const stage = (train, learning_rate, name = "") => ({ name, train, learning_rate, begins: 0, ends: 1, epochs: 1 });

test("two parts are named one by one, more in a row by their ends, in the order of the network", () => {
  assert.equal(partsInWords(["head", "layer3"], ALL), "layer3, head");
  assert.equal(partsInWords(["head", "layer3", "layer2"], ALL), "layer2 to head");
  assert.equal(partsInWords(["head", "stem", "layer2"], ALL), "stem, layer2, head");
  assert.equal(partsInWords(ALL, ALL), "everything");
});

test("one rate for all, or the span of the rates by part", () => {
  assert.equal(rateInWords(0.1), "0.1");
  assert.equal(rateInWords({ stem: 0.001, head: 0.1 }), "0.001 – 0.1");
  assert.equal(rateInWords({ stem: 0.1, head: 0.1 }), "0.1");
  assert.deepEqual([rateInWords({}), rateInWords(undefined), rateInWords(0)], ["", "", "0"]);
});

test("the first stage says what trains, the next ones what changes", () => {
  const [first, second, third] = [stage(["head"], 0.1), stage(["layer3", "head"], 0.01), stage(["layer3"], undefined)];
  assert.equal(stageChange(first, undefined, ALL), "train head · rate 0.1");
  assert.equal(stageChange(second, first, ALL), "thaw layer3 · rate 0.01");
  assert.equal(stageChange(third, second, ALL), "freeze head");
});

test("a stage is called by its title; one that the trainer has numbered by what it changes", () => {
  const run = { parts: ALL, stages: [stage(["head"], 0.1, "warm up"), stage(ALL, 0.1, "stage 2")] };
  assert.equal(stageName(run, 0), "warm up");
  assert.equal(stageName(run, 1), "thaw stem to layer3 · rate 0.1");
  assert.equal(stageName(run, 2), "");
});
