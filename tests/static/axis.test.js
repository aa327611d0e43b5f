import assert from "node:assert/strict";
import { test } from "node:test";

import { Axis } from "../../dashboard/static/data/axis.js";

/** A run whose steps took so many seconds; `row` the last row of each bucket. */
function run(mean, row = mean.map((_, at) => at)) {
  return { perEpoch: 4, points: (name, zoomed) => (name === "seconds" && !zoomed ? { row, mean } : null) };
}

test("iterations and epochs are one ruler", () => {
  assert.deepEqual([new Axis("iteration", run([])).at(6), new Axis("epoch", run([])).at(6)], [6, 1.5]);
  assert.deepEqual([new Axis("iteration", run([])).done(6), new Axis("epoch", run([])).done(1.5)], [6, 6]);
});

test("time is the sum of the steps, and between them a straight line", () => {
  const axis = new Axis("time", run([2, 2, 4]));
  assert.deepEqual(
    [0, 1, 2, 2.5, 3].map((done) => axis.at(done)),
    [0, 2, 4, 6, 8],
  );
  assert.deepEqual(
    [0, 2, 4, 6, 8].map((place) => axis.done(place)),
    [0, 1, 2, 2.5, 3],
  );
  assert.equal(axis.at(4), 12); // beyond the end as fast as at the end
});

test("the mean of a bucket counts for all its rows", () => {
  const axis = new Axis("time", run([1, 2], [9, 19]));
  assert.deepEqual([axis.at(10), axis.at(15), axis.at(20)], [10, 20, 30]);
});

test("a step without a time takes none", () => {
  const axis = new Axis("time", run([3, null, 3]));
  assert.deepEqual([axis.at(1), axis.at(2), axis.at(3)], [3, 3, 6]);
});

test("the unit grows with the run, at three minutes and at three hours", () => {
  const unit = (seconds) => new Axis("time", run([seconds])).unit.seconds;
  assert.deepEqual([179, 180, 10_799, 10_800].map(unit), [1, 60, 60, 3600]);
  assert.equal(new Axis("time", run([240])).at(1), 4);
});

test("before the first step everything is at zero", () => {
  for (const nothing of [run([]), { perEpoch: 4, points: () => null }]) {
    const axis = new Axis("time", nothing);
    assert.deepEqual([axis.at(0), axis.at(5), axis.done(5)], [0, 0, 0]);
  }
});
