import assert from "node:assert/strict";
import { test } from "node:test";

import "./browser.js";

const { line, plain, shortLabel } = await import("../../dashboard/static/charts/trace.js");
const { setPreference } = await import("../../dashboard/static/base/preferences.js");

const pen = (more = {}) => ({ spec: { unit: "%" }, axis: { at: (done) => done }, range: [0, 9], keys: [], ...more });
const points = { row: [0, 1, 2, 3, 4], value: [10, 20, null, 40, 50] };

test("a row is drawn where it is complete, and a gap stays one", () => {
  const { x, y, hovertemplate } = line(pen(), points, {});
  assert.deepEqual(x, [1, 2, 3, 4, 5]);
  assert.deepEqual(y, [10, 20, null, 40, 50]);
  assert.equal(hovertemplate, "%{y:.4~g} %");
});

test("a zoom keeps one neighbour on each side, so that the line runs off the edge", () => {
  const zoomed = pen({ zoomed: true, range: [2.5, 3.5] });
  const { x, y } = line(zoomed, points, {});
  assert.deepEqual(
    [x, y],
    [
      [2, 3, 4],
      [20, null, 40],
    ],
  );
  assert.deepEqual(zoomed.keys, [1, 3]);
});

test("a zoom behind the last point shows nothing, one before the first the way to it", () => {
  assert.deepEqual(line(pen({ zoomed: true, range: [6, 7] }), points, {}).x, []);
  assert.deepEqual(line(pen({ zoomed: true, range: [0, 0.5] }), points, {}).x, [1]);
});

test("what is told may differ from where it is drawn, and says of what it is", () => {
  const shown = [1, 2, 3, 4, 5];
  const trace = line(pen(), { ...points, shown }, { digits: 1, unit: "", of: "loss", name: "n" });
  assert.deepEqual([trace.customdata, trace.name], [shown, "n"]);
  assert.equal(trace.hovertemplate, "%{customdata:.1f} · loss");
});

test("accuracies are errors where that is preferred, of charts that know the difference", () => {
  setPreference("error", true);
  assert.deepEqual(line(pen({ spec: { complement: true } }), points, {}).y, [90, 80, null, 60, 50]);
  assert.deepEqual(line(pen(), points, {}).y, points.value);
  setPreference("error", false);
});

test("the arrays are copies, as Plotly adds to them", () => {
  assert.notEqual(line(pen(), points, {}).y, points.value);
});

test("a name cannot be a tag", () => {
  assert.equal(plain("<b>R&D</b>"), "&lt;b&gt;R&amp;D&lt;/b&gt;");
});

test("a label as long as a line leaves room for the other runs' values: its beginning and its end are told", () => {
  const label = `${"a".repeat(100)}😀${"b".repeat(99)}`;
  assert.equal([...shortLabel(label)].length, 40);
  assert.ok(shortLabel(label).startsWith("aaaa") && shortLabel(label).endsWith("bbbb"));
  assert.equal(shortLabel("as it is"), "as it is");
});
