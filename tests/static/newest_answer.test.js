import assert from "node:assert/strict";
import { test } from "node:test";

import "./browser.js";

const { Asker } = await import("../../dashboard/static/form/newest_answer.js");

/** A dashboard whose jobs are done at once: the first answers 1, the next 2 ... */
function dashboard() {
  let number = 0;
  globalThis.fetch = async (address, { method }) => {
    if (method === "POST") number += 1;
    const job = { id: number, state: "done", result: number };
    return new Response(JSON.stringify(job), { headers: { Date: new Date().toUTCString() } });
  };
}

test("the same question is asked once, and once more where what it is about may have changed", async () => {
  dashboard();
  const heard = [];
  let tell = () => {};
  const asker = new Asker("preview", () => {
    heard.push([asker.answer.result, asker.isFresh]);
    if (asker.isFresh) tell();
  });
  const answered = () => new Promise((resolve) => (tell = resolve));
  const first = answered();
  asker.want({ config: { data: "pets" } });
  await first;
  asker.want({ config: { data: "pets" } });
  const second = answered();
  asker.again();
  await second;
  assert.deepEqual(heard, [
    [1, true],
    [1, false],
    [2, true],
  ]);
});
