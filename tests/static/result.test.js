import assert from "node:assert/strict";
import { test } from "node:test";

import "./browser.js";

Object.assign(document, { createComment: () => ({}), createTreeWalker: () => ({}) }); // which lit-html makes at once

const { Result } = await import("../../dashboard/static/run/result.js");

/** A result whose drawing is the test's. */
function resultOf(draw) {
  const run = { id: "one", life: 0, hasResult: true, isActive: false };
  return Object.assign(Object.create(Result.prototype), { run, node: {}, draw });
}
let asked = 0;
globalThis.fetch = async () => ((asked += 1), new Response(JSON.stringify({ count: 3 })));

test("a result that cannot be drawn is tried again with the next news, and one that was drawn is not", async () => {
  let isBroken = true;
  const result = resultOf(() => {
    if (isBroken) throw new Error("broken");
  });
  const [first, meanwhile] = [result.update(), result.update()];
  await assert.rejects(first);
  await assert.rejects(meanwhile, "who asks while another does waits for the same answer");
  assert.equal(asked, 1);
  isBroken = false;
  await result.update();
  assert.equal(asked, 2);
  await result.update();
  assert.equal(asked, 2);
});
