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
  assert.equal(replacedBy("preset", stages), "The preset.");
  assert.equal(replacedBy("epochs", stages), "Now 18 + 12.");
  assert.equal(replacedBy("epochs", stages.slice(1)), "");
  assert.equal(replacedBy("plan", stages.slice(1)), "Now 12.");
});
