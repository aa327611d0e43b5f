import assert from "node:assert/strict";
import { test } from "node:test";

import { growthsOf } from "../../dashboard/static/charts/growth.js";
import { withZeros } from "../../dashboard/static/charts/log_zeros.js";

const trace = (...y) => ({ x: y.map((_, index) => index), y });

test("only new points are added, only to lines that have some", () => {
  const growths = growthsOf([trace(1), trace(2, 3)], [trace(1, 4, 5), trace(2, 3)]);
  assert.deepEqual(growths, [{ update: { x: [[1, 2]], y: [[4, 5]] }, indices: [0] }]);
  assert.deepEqual(growthsOf([trace(1)], [trace(1)]), []);
});

test("a line with a zero on a logarithmic axis grows by what is drawn and by what is told, beside others", () => {
  const before = withZeros([trace(2, 0), trace(1, 1)]);
  const after = withZeros([trace(2, 0, 0, 3), trace(1, 1, 5)]);
  assert.equal(before.foot, after.foot);
  assert.deepEqual(growthsOf(before.traces, after.traces), [
    { update: { x: [[2]], y: [[5]] }, indices: [1] },
    { update: { x: [[2, 3]], y: [[0.1, 3]], customdata: [[0, 3]] }, indices: [0] },
  ]);
});
