import assert from "node:assert/strict";
import { test } from "node:test";

import "./browser.js";

const { LiveFeed } = await import("../../dashboard/static/data/live_feed.js");
const { RunStore } = await import("../../dashboard/static/data/run_store.js");
const { shownState } = await import("../../dashboard/static/data/run_state.js");
const { troubleInWords, troublesInWords } = await import("../../dashboard/static/data/trouble_words.js");
const { useTexts } = await import("../../dashboard/static/base/texts.js");

useTexts("en", { "run.no_news": "no news: {why}", "run.away": "away", "run.no_answer": "nobody answers" });

/** A running run with its feed; `round(answer)` is one question, with the status of the answer and its words. */
function watched(t, status = {}) {
  t.mock.timers.enable({ apis: ["Date"], now: 1_000_000_000 });
  const run = new RunStore("one");
  Object.assign(run, { heard: Date.now() / 1000, info: { series: [] } });
  run.status = { state: "running", updated: Date.now() / 1000, ...status };
  let told = 0;
  const feed = new LiveFeed(run, { names: () => [], shown: () => true }, () => (told += 1));
  const round = async (code, error = "") => {
    globalThis.fetch = async () => new Response(code === 204 ? null : JSON.stringify({ error }), { status: code });
    const before = told;
    await feed._round();
    clearTimeout(feed.timer); // the test alone says when it asks again
    return told - before;
  };
  return { run, round };
}

for (const code of [401, 403, 500])
  test(`an answer of ${code} is no news: it is said once, with its words, until one comes again`, async (t) => {
    const { run, round } = watched(t);
    assert.equal(await round(code, "not you"), 1);
    assert.deepEqual([run.trouble, run.why, troubleInWords(run)], ["refused", "not you", "no news: not you"]);
    assert.equal(await round(code, "not you"), 0);
    t.mock.timers.tick(600_000);
    assert.equal(shownState(run), "running", "nothing is known of a silence");
    assert.equal(await round(204), 1);
    assert.deepEqual([run.trouble, troubleInWords(run)], ["", ""]);
  });

test("where nobody answers it is said with the time since when, and nothing is known of a silence", async (t) => {
  const { run, round } = watched(t);
  assert.equal(await round(502), 1);
  assert.deepEqual([run.trouble, troubleInWords(run)], ["away", "away"]);
  t.mock.timers.tick(600_000);
  assert.equal(await round(502), 0);
  assert.equal(shownState(run), "running");
});

test("a run that the dashboard does not know is gone", async (t) => {
  const { run, round } = watched(t);
  await round(404);
  assert.equal(shownState(run), "gone");
});

test("a trainer that falls silent is told as stalled although nothing new comes", async (t) => {
  const { run, round } = watched(t, { iteration: 10, seconds: 0.5 });
  t.mock.timers.tick(59_000);
  assert.equal(await round(204), 0);
  assert.equal(shownState(run), "running");
  t.mock.timers.tick(2000);
  assert.equal(await round(204), 1);
  assert.equal(shownState(run), "stalled");
});

test("of compared runs each kind of trouble is said once", () => {
  const runs = ["", "away", "away", "refused"].map((trouble) => ({ trouble, heard: 5, why: "not you" }));
  assert.equal(troublesInWords(runs), "away no news: not you");
  assert.equal(troublesInWords(runs.slice(0, 1)), "");
});

test("where nothing was heard yet no time is told", () => {
  assert.equal(troubleInWords({ trouble: "away", heard: null }), "nobody answers");
});
