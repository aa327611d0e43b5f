import assert from "node:assert/strict";
import { test } from "node:test";

import "./browser.js";
import { Element } from "./small_dom.js";

Object.assign(document, { createElement: () => new Element() });
const reported = [];
globalThis.reportError = (error) => reported.push(error.message);

const { guarded } = await import("../../dashboard/static/base/guarded.js");
const { useTexts } = await import("../../dashboard/static/base/texts.js");

useTexts("en", { "page.piece_failed": "{name}: {why}" });

function piece() {
  const [page, node] = [new Element(), new Element()];
  node.append("the piece");
  page.append(node);
  return { page, draw: (action) => guarded("Loss", node, action) };
}
function fail() {
  throw new Error("broken");
}
const later = (action) => Promise.resolve().then(action);

test("a piece that throws is named before its place, once, until it succeeds", () => {
  const { page, draw } = piece();
  reported.length = 0;
  assert.equal(draw(fail), undefined);
  draw(fail);
  assert.equal(page.textContent, "Loss: brokenthe piece");
  assert.deepEqual(reported, ["broken", "broken"]);
  assert.equal(
    draw(() => 5),
    5,
  );
  assert.equal(page.textContent, "the piece");
});

test("of an asynchronous piece the note stays until an answer has come that can be drawn", async () => {
  const { page, draw } = piece();
  await assert.rejects(draw(() => later(fail)));
  assert.equal(page.textContent, "Loss: brokenthe piece");
  const drawn = draw(() => later(() => {}));
  assert.equal(page.textContent, "Loss: brokenthe piece", "nothing is drawn yet");
  await drawn;
  assert.equal(page.textContent, "the piece");
});
