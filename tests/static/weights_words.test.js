import assert from "node:assert/strict";
import { test } from "node:test";

import "./browser.js";

const { isUseless, verdictInWords, weightsName } = await import("../../dashboard/static/data/weights_words.js");
const { useTexts } = await import("../../dashboard/static/base/texts.js");

useTexts("en", {
  "run.weights.last": "last weights",
  "run.weights.last_and_best": "last and best weights",
  "run.weights.other": "weights",
  "run.weights.at_epoch": "{name}, epoch {epoch}",
  "event.judged.no_better": "{top1} is no better than always “{majority}” ({share}); mean over classes {balanced}",
});

test("a figure says which weights it is of; of an older run they are the last", () => {
  assert.equal(weightsName({ kept_as: ["last", "best"], epoch: 7 }), "last and best weights, epoch 7");
  assert.equal(weightsName({ kept_as: ["last"], epoch: 20 }), "last weights, epoch 20");
  assert.equal(weightsName({ kept_as: ["best", "epoch", "last"] }), "last and best weights");
  assert.equal(weightsName({ kept_as: ["stage_end"], epoch: 3 }), "weights, epoch 3");
  assert.equal(weightsName({}), "last weights");
  assert.equal(weightsName(undefined), "last weights");
});

test("only a run that ended with a model no better than one class is useless", () => {
  for (const verdict of ["no_better", "within_chance"]) {
    assert.equal(isUseless({ state: "finished", test: { verdict } }), true);
    assert.equal(isUseless({ state: "running", test: { verdict } }), false);
  }
  for (const found of [{ verdict: "unbalanced" }, { verdict: null }, {}, undefined])
    assert.equal(isUseless({ state: "finished", test: found }), false);
});

test("what it is no better than is said with figures", () => {
  const found = { verdict: "no_better", top1: 49.2, balanced: 10, majority: "cat", share: 49.6 };
  assert.equal(verdictInWords(found), "49.20 % is no better than always “cat” (49.60 %); mean over classes 10.00 %");
  for (const other of [{ verdict: null }, { verdict: "of a newer version" }, {}, undefined])
    assert.equal(verdictInWords(other), "");
});
