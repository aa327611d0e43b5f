import assert from "node:assert/strict";
import { test } from "node:test";

import "./browser.js";

const { mostConfused, mostFrequent, sumOf, worstFirst } = await import("../../dashboard/static/data/class_figures.js");

test("the worst class comes first, one without an image last", () => {
  assert.deepEqual(worstFirst([50, null, 0, 100]), [2, 0, 3, 1]);
  assert.deepEqual(worstFirst([null, null]), [0, 1]);
  assert.deepEqual(worstFirst([]), []);
});

test("the most frequent confusions come first, and where nothing is confused there are none", () => {
  const confusion = [
    [5, 1, 0],
    [3, 5, 0],
    [0, 0, 0],
  ];
  assert.deepEqual(mostFrequent(confusion), [
    [1, 0, 3],
    [0, 1, 1],
  ]);
  assert.equal(mostConfused(confusion), 3);
  const perfect = [
    [5, 0],
    [0, 5],
  ];
  assert.deepEqual(mostFrequent(perfect), []);
  assert.equal(mostConfused(perfect), 1);
  assert.equal(sumOf([0, 0]), 1);
});
