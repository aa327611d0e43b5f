import assert from "node:assert/strict";
import { test } from "node:test";

import "./browser.js";

const { useTexts } = await import("../../dashboard/static/base/texts.js");
const { leftBehind, replacedBy } = await import("../../dashboard/static/form/replaced_words.js");

document.getElementById = () => null; // no field is drawn: each is called by its path
useTexts("en", {
  "train.undo.preset": "The preset.",
  "train.undo.stages": "Now {epochs}.",
  "train.undo.settings": "Dropped with {before}: {settings}.",
  "train.undo.of_stages": "Lost: {settings}.",
  "train.rate_left": "{name} without the {rate} of {before}.",
});

test("with a part goes its rate, and every other setting of it that was changed", () => {
  const adam = { name: "adam", learning_rate: 0.00123 };
  const changed = ["optimizer.name", "optimizer.learning_rate", "optimizer.eps", "optimizer_other", "batch_size"];
  assert.equal(
    leftBehind("optimizer", adam, "sgd", changed),
    "sgd without the 0.00123 of adam. Dropped with adam: optimizer.eps.",
  );
  assert.equal(leftBehind("data", { name: "digits" }, "clothing", changed), "");
  assert.equal(leftBehind("attention", null, "cbam", []), "");
});

test("new lengths of stages are told, and the one length of a single stage is seen", () => {
  const stages = [{ epochs: 18 }, { epochs: 12 }];
  const before = { plan: "own", changed: [] };
  assert.equal(replacedBy("preset", stages, before), "The preset.");
  assert.equal(replacedBy("epochs", stages, before), "Now 18 + 12.");
  assert.equal(replacedBy("epochs", stages.slice(1), before), "");
  assert.equal(replacedBy("plan", stages.slice(1), before), "Now 12.");
});

test("with another plan go the settings of stages that were changed; a new total leaves them", () => {
  const stages = [{ epochs: 10 }];
  const changed = ["batch_size", "stages.0.epochs", "stages.0.title", "stages.1.train", "stages.1.learning_rate"];
  const all = "Now 10. Lost: stages.0.title, stages.1.train, stages.1.learning_rate.";
  assert.equal(replacedBy("plan", stages, { plan: "own", changed }), all);
  const rates = "Now 10. Lost: stages.1.learning_rate.";
  assert.equal(replacedBy("plan", stages, { plan: "head_then_all", changed }), rates);
  assert.equal(replacedBy("epochs", [...stages, ...stages], { plan: "own", changed }), "Now 10 + 10.");
});
