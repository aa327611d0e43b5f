import assert from "node:assert/strict";
import { test } from "node:test";

import { meanOf, spread } from "../../dashboard/static/data/spread.js";

test("the deviation is that of a sample", () => {
  assert.deepEqual(spread([90, 92, 94]), { mean: 92, deviation: 2, low: 90, high: 94, count: 3 });
});

test("one value has no deviation, equal values have none to speak of", () => {
  assert.deepEqual(spread([5]), { mean: 5, deviation: null, low: 5, high: 5, count: 1 });
  assert.equal(spread([5, 5]).deviation, 0);
});

test("what is no number is left out; where none is left, nothing is said", () => {
  assert.deepEqual(spread([1, null, undefined, NaN, Infinity, 3]), spread([1, 3]));
  assert.equal(spread([]), null);
  assert.equal(spread([null, NaN]), null);
});

test("the mean of numbers", () => {
  assert.equal(meanOf([1, 2, 6]), 3);
});
