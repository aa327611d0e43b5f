import assert from "node:assert/strict";
import { test } from "node:test";

import "./browser.js";

const { table } = await import("../../dashboard/static/charts/chart_export.js");

test("numbers stand as they are, and nothing is an empty cell", () => {
  const lines = [
    ["a", 0, 1e-7],
    [null, undefined, -1.5],
  ];
  assert.equal(table(["run", "x", "y"], lines), "run,x,y\na,0,1e-7\n,,-1.5");
});

test("commas, quotes and line breaks are quoted", () => {
  assert.equal(table(['say "hi"'], [["a,b"], ["a\nb"]]), '"say ""hi"""\n"a,b"\n"a\nb"');
});

test("no word begins like a formula", () => {
  assert.equal(table(["=1+1"], [["@x"], ["-x"], ["+x"], ["\tx"]]), "'=1+1\n'@x\n'-x\n'+x\n'\tx");
  const words = ["plain", "=cmd|' /C calc'!A0", "张三", "<b>", -1.5];
  assert.equal(table(["x"], [words]), "x\nplain,'=cmd|' /C calc'!A0,张三,<b>,-1.5");
});

test("what is no finite number is a word", () => {
  assert.equal(table(["x"], [[NaN], [Infinity]]), "x\nNaN\nInfinity");
});
