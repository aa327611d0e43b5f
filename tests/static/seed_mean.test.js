import assert from "node:assert/strict";
import { test } from "node:test";

import "./browser.js";

const { SeedMean, runsOf } = await import("../../dashboard/static/data/seed_mean.js");

let id = 0;

/** A run of a group with one series, and its epochs. */
function run(values, { row = values.map((_, at) => at), epochs = [], series = ["loss"], active = false } = {}) {
  id += 1;
  const points = { id, row, mean: values, smooth: values.map((value) => value && 10 * value) };
  return {
    info: { group: "g", series, seed: id },
    label: "name",
    rows: values.length,
    epochs,
    isActive: active,
    points: (name) => (name === "loss" && values.length ? points : null),
  };
}

test("mean and deviation at each row, raw and smooth", () => {
  const points = new SeedMean([run([1, 2]), run([3, 6])]).points("loss", false);
  assert.deepEqual(points.row, [0, 1]);
  assert.deepEqual(points.mean, [2, 4]);
  assert.deepEqual(points.smooth, [20, 40]);
  assert.deepEqual(points.deviation, [Math.SQRT2, Math.sqrt(8)]);
  assert.deepEqual(points.raw(), { row: [0, 1], value: [2, 4] });
});

test("where one seed is behind, the others go on alone", () => {
  const points = new SeedMean([run([1]), run([3, 6, 9])]).points("loss", false);
  assert.deepEqual(points.row, [0, 1, 2]);
  assert.deepEqual(points.mean, [2, 6, 9]);
  assert.deepEqual(points.deviation.slice(1), [null, null]);
});

test("a gap in one seed is no gap in the mean; a gap in all is one", () => {
  const points = new SeedMean([run([1, null, null]), run([3, 5, null])]).points("loss", false);
  assert.deepEqual(points.mean, [2, 5, null]);
  assert.deepEqual(points.deviation.slice(1), [null, null]);
});

test("seeds in other buckets are read on the line between their points", () => {
  const coarse = run([10, 20], { row: [1, 3] });
  const fine = run([0, 0, 0, 0], { row: [1, 2, 3, 4] });
  assert.deepEqual(new SeedMean([coarse, fine]).points("loss", false).mean, [5, 7.5, 10, 0]);
});

test("there is no mean before every seed has a point", () => {
  assert.equal(new SeedMean([run([1]), run([])]).points("loss", false), null);
});

test("the points stay the same object until a seed has news", () => {
  const growing = run([1]);
  const mean = new SeedMean([growing, run([3, 4])]);
  const before = mean.points("loss", false);
  assert.equal(mean.points("loss", false), before);
  const grown = { id: 99, row: [0, 1], mean: [1, 2], smooth: [1, 2] };
  growing.points = () => grown;
  assert.deepEqual(mean.points("loss", false).mean, [2, 3]);
});

test("epochs are those that all seeds have ended, with the deviation of each field", () => {
  const first = run([1], {
    epochs: [
      { epoch: 1, top1: 80 },
      { epoch: 2, top1: 90 },
    ],
  });
  const second = run([1], { epochs: [{ epoch: 1, top1: 84, extra: null }] });
  const { epochs } = new SeedMean([first, second]);
  assert.deepEqual(epochs, [{ epoch: 1, top1: 82, deviation: { epoch: 0, top1: Math.sqrt(8) } }]);
});

test("series are those that all seeds have, and one seed at work keeps the mean at work", () => {
  const mean = new SeedMean([run([1], { series: ["loss", "a"] }), run([1], { series: ["loss"], active: true })]);
  assert.deepEqual(mean.info.series, ["loss"]);
  assert.equal(mean.isActive, true);
});

test("a run stands for itself, a mean for its runs", () => {
  const runs = [run([1]), run([2])];
  assert.deepEqual(runsOf(new SeedMean(runs)), runs);
  assert.deepEqual(runsOf(runs[0]), [runs[0]]);
});
