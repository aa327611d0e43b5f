import assert from "node:assert/strict";
import { test } from "node:test";

import { withZeros } from "../../dashboard/static/charts/log_zeros.js";

const trace = (...y) => ({ y, hovertemplate: "%{y:.4~g}" });

test("a loss of zero has a place below every other value, and is told as zero", () => {
  const { traces, foot } = withZeros([trace(2, 0, null, 0.03), trace(0.5)]);
  assert.equal(foot, 0.001);
  assert.deepEqual(traces[0].y, [2, 0.001, null, 0.03]);
  assert.deepEqual(traces[0].customdata, [2, 0, null, 0.03]);
  assert.equal(traces[0].hovertemplate, "%{customdata:.4~g}");
  assert.deepEqual(traces[1], trace(0.5), "others stay as they are");
});

test("what a pointer is told already stays, and what is below zero is at the foot too", () => {
  const { traces } = withZeros([{ ...trace(-1, 10), customdata: [7, 8] }]);
  assert.deepEqual(
    [traces[0].y, traces[0].customdata],
    [
      [1, 10],
      [7, 8],
    ],
  );
});

test("zeros alone have a place; without any, and with gaps, nothing changes", () => {
  assert.deepEqual(withZeros([trace(0, 0)]).traces[0].y, [1, 1]);
  const plain = [trace(3, null, NaN)];
  assert.equal(withZeros(plain).traces, plain);
  assert.equal(withZeros([]).foot, null);
});
