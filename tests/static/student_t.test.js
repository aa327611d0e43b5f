import assert from "node:assert/strict";
import { test } from "node:test";

import { studentT } from "../../dashboard/static/data/student_t.js";

/** Degrees of freedom and scipy.stats.t.ppf(0.975, freedom). */
const SCIPY = [
  [1, 12.706204736174694],
  [1.0001, 12.703202820451473],
  [1.5, 6.016663104427929],
  [2, 4.302652729749462],
  [2.37, 3.7189208397974567],
  [3, 3.1824463052837078],
  [4, 2.7764451051977934],
  [7.9, 2.311094927866423],
  [10.3, 2.2193733755158824],
  [29.5, 2.043724966772122],
  [100, 1.9839715185235518],
  [1234.5, 1.9618874833313453],
  [100000.0, 1.9599877075346095],
];

test("the quantile is scipy's, also between whole degrees of freedom", () => {
  for (const [freedom, t] of SCIPY) assert.ok(Math.abs(studentT(0.05, freedom) / t - 1) < 1e-9, `${freedom}`);
});
