import assert from "node:assert/strict";
import { test } from "node:test";

import { useTexts } from "../../dashboard/static/base/texts.js";
import { publishedLines, publishedShares } from "../../dashboard/static/data/published_lines.js";

useTexts("en", { "published.line": "{model}, published" });

const accuracy = { epochs: ["val.top1"] };
const loss = { epochs: ["val.loss"] };
const run = (...published) => ({ perEpoch: 10, rows: 5, status: { iterations: 30, epochs: 3 }, published });
const log = (fields, count = 3) => ({
  model: "resnet",
  epochs: Array.from({ length: count }, (_, at) => ({ epoch: at + 1, ...fields(at) })),
});

test("a published error is a level accuracy over the whole plan", () => {
  const lines = publishedLines(accuracy, run({ model: "resnet", test_error: 7 }));
  assert.deepEqual(lines, [{ name: "resnet, published", row: [-1, 29], value: [93, 93] }]);
  assert.deepEqual(publishedLines(loss, run({ model: "resnet", test_error: 7 })), []);
});

test("a published log has a point at the end of each epoch of the plan, and no more", () => {
  const published = log((at) => ({ "val.top1": 80 + at }), 9);
  assert.deepEqual(publishedLines(accuracy, run(published)), [
    { name: "resnet, published", row: [9, 19, 29], value: [80, 81, 82] },
  ]);
});

test("a log without accuracies on other images shows those of training, and losses beside losses", () => {
  const published = log((at) => ({ "train.top1": 70 + at, "train.loss": at }));
  assert.deepEqual(publishedLines(accuracy, run(published))[0].value, [70, 71, 72]);
  assert.deepEqual(publishedLines(loss, run(published))[0].value, [0, 1, 2]);
  assert.deepEqual(publishedLines({ epochs: [] }, run(published)), []);
});

test("nothing published, nothing drawn", () => {
  assert.deepEqual(publishedLines(accuracy, { status: {} }), []);
  assert.deepEqual(publishedLines(accuracy, run({ model: "resnet", test_error: null })), []);
  assert.deepEqual(publishedShares(run(), ["share.a"], { absolute: false, stacked: true }), []);
});

const shares = log((at) => ({ "share.a": 60, "share.b": 40 - at, "train.loss": 2 }));
const names = ["share.a", "share.b", "share.of_ours_alone"];

test("stacked shares are edges above each other", () => {
  const [a, b, ...more] = publishedShares(run(shares), names, { absolute: false, stacked: true });
  assert.deepEqual([a.term, a.value, a.own], ["share.a", [60, 60, 60], [60, 60, 60]]);
  assert.deepEqual([b.term, b.value, b.own], ["share.b", [100, 99, 98], [40, 39, 38]]);
  assert.equal(more.length, 0);
});

test("an edge along the upper border of the chart is left out", () => {
  const whole = log(() => ({ "share.a": 60, "share.b": 40 }));
  const drawn = publishedShares(run(whole), names, { absolute: false, stacked: true });
  assert.deepEqual(
    drawn.map(({ term }) => term),
    ["share.a"],
  );
  assert.equal(publishedShares(run(whole), names, { absolute: false, stacked: false }).length, 2);
});

test("absolute shares are in units of the loss", () => {
  const [a, b] = publishedShares(run(shares), names, { absolute: true, stacked: true });
  assert.deepEqual(
    [a.value, b.value],
    [
      [1.2, 1.2, 1.2],
      [2, 1.98, 1.96],
    ],
  );
});
