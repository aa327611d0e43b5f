import assert from "node:assert/strict";
import { test } from "node:test";

import { appendTail, bytesIn } from "../../dashboard/static/run/log_tail.js";
import { Element } from "./small_dom.js";

test("a long text keeps its last characters when a line is added, and what stands there stays", () => {
  const node = new Element();
  appendTail(node, "x".repeat(5) + "0123456789", 10);
  assert.equal(node.textContent, "0123456789");
  const [stays] = node.childNodes;
  appendTail(node, "ab", 10);
  assert.equal(node.textContent, "23456789ab");
  assert.equal(node.firstChild, stays);
  appendTail(node, "", 10);
  appendTail(node, "c".repeat(9), 10);
  assert.equal(node.textContent, `b${"c".repeat(9)}`);
  assert.ok(!node.childNodes.includes(stays));
});

test("how much is shown is counted as the file holds it", () => {
  const node = new Element();
  appendTail(node, "a行", 10);
  assert.equal(bytesIn(node), 4);
});
