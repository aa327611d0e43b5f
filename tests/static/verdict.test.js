import assert from "node:assert/strict";
import { test } from "node:test";

import "./browser.js";

const { useTexts } = await import("../../dashboard/static/base/texts.js");
const { Verdict } = await import("../../dashboard/static/form/verdict.js");

globalThis.location = { search: "?tab=train" };
const wait = setTimeout;
globalThis.setTimeout = (action) => wait(action); // no pause between two tries
useTexts("en", { "run.refused": "refused with {status}" });

const BUSY = [429, { error: "eight jobs wait" }];
const DONE = { id: 1, state: "done", result: { faults: [], parts: [{ name: "stem" }, { name: "blocks" }] } };

/** A verdict on a form, its dashboard's answers about jobs given one after the other, the last one for good. */
function verdictWith(answers, parts) {
  globalThis.fetch = async (address) => {
    const report = { config: { data: "digits" }, faults: [], parts };
    const isJob = String(address).includes("/jobs");
    const [status, value] = !isJob ? [200, report] : answers.length > 1 ? answers.shift() : answers[0];
    return new Response(JSON.stringify(value), { status, headers: { Date: new Date().toUTCString() } });
  };
  const shown = [];
  const found = [];
  return new Promise((resolve) => {
    const verdict = new Verdict(
      () => ({ form: {}, preset: "", version: 1 }),
      () => {
        const { check, why } = verdict.whole;
        shown.push(why ? `${check}: ${why}` : check);
        if (check === "passed") resolve({ shown, found });
      },
      (names) => found.push(names),
    );
    verdict.ask();
  });
}

for (const [words, answers, why] of [
  ["a queue that is full", [BUSY], "eight jobs wait"],
  [
    "a dashboard that was restarted meanwhile",
    [
      [200, { id: 1 }],
      [404, {}],
    ],
    "refused with 404",
  ],
  [
    "a check over its limit",
    [
      [200, { id: 1 }],
      [200, { state: "failed", error: "took too long" }],
    ],
    "took too long",
  ],
])
  test(`${words} passes no form: it is not checked, and checked again`, async () => {
    const { shown } = await verdictWith([...answers, [200, DONE]], ["stem", "blocks"]);
    assert.deepEqual(shown, ["running", `failed: ${why}`, "passed"]);
  });

test("a form whose model has other parts than were assumed is shown as checked all the same", async () => {
  const { shown, found } = await verdictWith([[200, DONE]], ["stem"]);
  assert.deepEqual(shown, ["running", "passed"]);
  assert.deepEqual(found, [["stem", "blocks"]]);
});
