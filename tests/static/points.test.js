import assert from "node:assert/strict";
import { test } from "node:test";

import cases from "./smoothing_cases.json" with { type: "json" };
import { Points, bucketsFor, halved, thinned } from "../../dashboard/static/data/points.js";

/** The answer of /series for single rows. */
function reply(values, smooth = values, first = 0, weight = 1) {
  return { row: values.map((_, at) => first + at), min: values, max: values, mean: values, smooth, weight };
}

const weightOf = (values, decay) =>
  values.reduce((sum, value, at) => sum + (value === null ? 0 : decay ** (values.length - 1 - at)), 0);

/** The moving average by its definition: weights fall by `decay` with each row, of rows that have a value. */
function average(values, decay) {
  const known = values
    .map((value, at) => [value, decay ** (values.length - 1 - at)])
    .filter(([value]) => value !== null);
  return known.reduce((sum, [value, weight]) => sum + value * weight, 0) / known.reduce((sum, [, one]) => sum + one, 0);
}

const near = (got, expected) => assert.ok(Math.abs(got - expected) < 1e-12, `${got} is not ${expected}`);

test("short series come whole, long ones in 500 buckets", () => {
  assert.deepEqual([0, 1, 1500, 1501, 1e6].map(bucketsFor), [1, 1, 1500, 500, 500]);
});

test("of many epochs the lowest, the highest and the last of neighbours are kept, in order", () => {
  const rows = Array.from({ length: 4000 }, (_, at) => ({ at, value: at === 1234 ? 99 : at === 2345 ? -99 : at % 7 }));
  const kept = thinned(rows, (row) => row.value);
  assert.ok(kept.length <= 2000);
  for (const at of [1234, 2345, 3999]) assert.ok(kept.includes(rows[at]), `row ${at} is missing`);
  assert.deepEqual(
    kept,
    [...kept].sort((a, b) => a.at - b.at),
  );
  const few = rows.slice(0, 1998);
  assert.equal(
    thinned(few, (row) => row.value),
    few,
  );
});

test("a long history of the machine keeps the means of neighbours, live as after a reload", () => {
  assert.deepEqual(halved([1, 3, 90, 10, 5]), [2, 50, 5]);
  assert.deepEqual(halved([null, 4, null, null]), [4, null]);
  assert.deepEqual(halved([]), []);
});

test("the moving average goes on where the server's ended", () => {
  const values = [4, 2, 8, 1, 6];
  for (const decay of [0, 0.9, 1]) {
    const known = values.slice(0, 3);
    const answer = reply(known, [4, 3, average(known, decay)], 0, weightOf(known, decay));
    const points = new Points(answer, 0, 3, decay);
    points.append(3, values.slice(3));
    near(points.smooth[3], average(values.slice(0, 4), decay));
    near(points.smooth[4], average(values, decay));
  }
});

test("a gap stays a gap and weighs nothing in what follows", () => {
  const points = new Points(reply([4, 2], [4, average([4, 2], 0.5)], 0, weightOf([4, 2], 0.5)), 0, 2, 0.5);
  points.append(2, [null, 8]);
  assert.deepEqual(points.mean, [4, 2, null, 8]);
  assert.equal(points.smooth[2], null);
  near(points.smooth[3], average([4, 2, null, 8], 0.5));
});

test("live and reloaded the average is the same, wherever the server's answer ended", () => {
  for (const { title, decay, values, smooth, weights } of cases)
    for (let upto = 1; upto < values.length; upto += 1) {
      const known = reply(values.slice(0, upto), smooth.slice(0, upto), 0, weights[upto - 1]);
      const points = new Points(known, 0, upto, decay);
      points.append(upto, values.slice(upto));
      const close = (got, at) => got === smooth[at] || Math.abs(got - smooth[at]) < 1e-9 * Math.abs(smooth[at]);
      assert.ok(points.smooth.every(close), `${title}, decay ${decay}, from row ${upto}: ${points.smooth}`);
      assert.ok(Math.abs(points.weight - weights.at(-1)) < 1e-12);
    }
});

test("rows that are known already are passed over", () => {
  const points = new Points(reply([1, 2, 3]), 0, 3, 0);
  points.append(1, [20, 30, 4]);
  assert.deepEqual(points.row, [0, 1, 2, 3]);
  assert.deepEqual(points.mean, [1, 2, 3, 4]);
  points.append(0, [10]);
  assert.deepEqual([points.mean.length, points.upto], [4, 4]);
});

test("of a bucket both ends are drawn, of a single row its value", () => {
  const buckets = { row: [9, 19], min: [1, 2], max: [5, 6], mean: [3, 4], smooth: [3, 4] };
  const points = new Points(buckets, 0, 20, 0);
  points.append(20, [7]);
  assert.equal(points.isCoarse, true);
  assert.deepEqual(points.raw(), { row: [9, 9, 19, 19, 20], value: [1, 5, 2, 6, 7] });
  const single = new Points(reply([1, 2]), 0, 2, 0);
  assert.equal(single.isCoarse, false);
  assert.deepEqual(single.raw(), { row: [0, 1], value: [1, 2] });
});

test("one bucket alone is coarse if it stands for several rows of its window", () => {
  const one = { row: [19], min: [1], max: [5], mean: [3], smooth: [3] };
  assert.equal(new Points(one, 10, 20, 0).isCoarse, true);
  assert.equal(new Points(one, 19, 20, 0).isCoarse, false);
});

test("a series is too long once more than 2000 points would be drawn", () => {
  const points = new Points(reply(Array(1999).fill(1)), 0, 1999, 0);
  points.append(1999, [1]);
  assert.equal(points.tooLong, false);
  points.append(2000, [1]);
  assert.equal(points.tooLong, true);
});
