import assert from "node:assert/strict";
import { test } from "node:test";

import { Questions } from "../../dashboard/static/form/questions.js";

const settled = () => new Promise((resolve) => setTimeout(resolve));

/** Questions whose answers come when the test says so: `answer("preset a")`; `taken` are those that counted. */
function held() {
  const waiting = new Map();
  const taken = [];
  const questions = new Questions(async (own) => {
    const name = `${own.what} ${own.value}`;
    await new Promise((resolve) => waiting.set(name, resolve));
    if (!own.isOver) taken.push(name);
  });
  const answer = (name) => (waiting.get(name)(), settled());
  return { questions, taken, answer, asked: () => [...waiting.keys()] };
}

test("another kind of question waits for a preset on its way, and throws nothing away", async () => {
  const { questions, taken, answer, asked } = held();
  questions.ask("preset", "a");
  questions.ask("epochs", null);
  questions.ask("plan", "head");
  await settled();
  assert.deepEqual(asked(), ["preset a"]);
  for (const name of ["preset a", "epochs null", "plan head"]) await answer(name);
  assert.deepEqual(taken, ["preset a", "epochs null", "plan head"]);
});

test("of one kind what was asked last counts, whichever answer comes last", async () => {
  const { questions, taken, answer } = held();
  questions.ask("preset", "a");
  await settled();
  questions.ask("preset", "b");
  assert.equal(questions.pending("preset").value, "b");
  await settled();
  await answer("preset b");
  await answer("preset a");
  assert.deepEqual(taken, ["preset b"]);
  assert.equal(questions.pending("preset"), undefined);
});

test("what is withdrawn is not taken, and not even asked where it still waited", async () => {
  const { questions, taken, answer, asked } = held();
  questions.ask("plan", "head");
  questions.ask("preset", "a");
  await settled();
  questions.withdraw("plan");
  questions.withdraw("preset");
  assert.equal(questions.pending("preset"), undefined);
  await answer("plan head");
  await questions.answered();
  assert.deepEqual([taken, asked()], [[], ["plan head"]]);
});

test("a question that fails is told to who asked it, and holds up no other", async () => {
  const questions = new Questions(async ({ what }) => {
    if (what === "preset") throw new Error("broken");
  });
  const failed = questions.ask("preset", "a");
  const next = questions.ask("plan", "head");
  await assert.rejects(failed, /broken/);
  await next;
  assert.deepEqual(questions.open, []);
});
