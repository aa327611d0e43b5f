import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import "./browser.js";

let now = 0;
mock.method(performance, "now", () => now);
mock.timers.enable({ apis: ["setTimeout"] });
const { forgetRedraw, redrawNow, redrawSoon } = await import("../../dashboard/static/charts/redraw_budget.js");

let begin = 0;

/** Let so many milliseconds pass, one by one, as a clock does. */
function pass(milliseconds) {
  for (let step = 0; step < milliseconds; step += 1) {
    now += 1;
    mock.timers.tick(1);
  }
}

/** A chart that remembers how long after the beginning of the test it was drawn. */
function chart() {
  const times = [];
  return { times, draw: () => times.push(now - begin) };
}

/** Somebody looks at another tab of the browser, or comes back. */
function hide(hidden) {
  document.hidden = hidden;
  document.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(() => {
  pass(10_000); // what the test before has spent is paid for
  begin = now;
});

test("charts that wait together are drawn three a second, in turn", () => {
  const charts = [chart(), chart(), chart()];
  charts.forEach(redrawSoon);
  pass(1000);
  assert.deepEqual(
    charts.map(({ times }) => times.map((time) => Math.round((3 * time) / 1000))), // in thirds of a second
    [[0], [1], [2]],
  );
});

test("asking again while a chart waits changes nothing", () => {
  const one = chart();
  for (let times = 0; times < 5; times += 1) redrawSoon(one);
  pass(2000);
  assert.equal(one.times.length, 1);
});

test("a chart that asks all the time is drawn three times a second", () => {
  const one = chart();
  for (let step = 0; step < 3000; step += 1) {
    redrawSoon(one);
    pass(1);
  }
  assert.ok(one.times.length >= 8 && one.times.length <= 10, `${one.times.length} redraws`);
});

test("what a person did is drawn at once and paid for by those who wait", () => {
  const [zoomed, waiting] = [chart(), chart()];
  redrawNow(zoomed);
  redrawSoon(waiting);
  assert.deepEqual(zoomed.times, [0]);
  pass(1000);
  assert.deepEqual(waiting.times, [334]);
});

test("a redraw at once takes the place of the one that was waited for", () => {
  const one = chart();
  redrawSoon(one);
  redrawNow(one);
  pass(1000);
  assert.deepEqual(one.times, [0]);
});

test("a chart that left the page is not drawn", () => {
  const [gone, other] = [chart(), chart()];
  redrawSoon(gone);
  redrawSoon(other);
  forgetRedraw(gone);
  pass(1000);
  assert.deepEqual([gone.times.length, other.times.length], [0, 1]);
});

test("nothing is drawn out of sight, and all that waited when the tab is seen again", () => {
  const [one, other] = [chart(), chart()];
  hide(true);
  redrawSoon(one);
  redrawSoon(other);
  pass(1000);
  assert.deepEqual([one.times, other.times], [[], []]);
  hide(false);
  assert.deepEqual([one.times, other.times], [[1000], []]);
  pass(1000);
  assert.deepEqual(other.times, [1334]);
});
