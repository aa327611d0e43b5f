import assert from "node:assert/strict";
import { test } from "node:test";

import { useTexts } from "../../dashboard/static/base/texts.js";
import { grouped, matching, nameOf, sorted, startOf } from "../../dashboard/static/data/run_list.js";

useTexts("zh", { "state.failed.name": "失败" });

/** A run of /api/runs. */
function run(id, { state = "finished", label = "", model, data, top1, ...more } = {}) {
  const status = { state, ...(top1 !== undefined && { last: { top1 }, best: { top1 } }), ...more.status };
  return { id, label, parts: model && { model, data }, group: null, ...more, status };
}

const ids = (runs) => runs.map(({ id }) => id).join("");
const keys = (entries) => entries.map(({ key }) => key).join(" ");
const order = (runs, column, descending = false) => keys(sorted(grouped(runs), { column, descending }));

test("a run is called by its label, else by what it trains, else by its id", () => {
  assert.equal(nameOf(run("1", { label: "mine", model: "resnet", data: "digits" })), "mine");
  assert.equal(nameOf(run("1", { model: "resnet", data: "digits" })), "resnet · digits");
  assert.equal(nameOf(run("1")), "1");
});

test("a run of the queue began when it was created", () => {
  assert.equal(startOf(run("1", { status: { started: 5, created: 3 } })), 5);
  assert.equal(startOf(run("1", { status: { created: 3 } })), 3);
  assert.equal(startOf(run("1")), null);
});

test("every word must stand somewhere, in any case and place", () => {
  const runs = [
    run("a", { label: "Long one", model: "resnet", data: "digits", tags: ["baseline"] }),
    run("b", { model: "vit", data: "digits", notes: "too long", state: "failed" }),
  ];
  assert.equal(ids(matching(runs, "")), "ab");
  assert.equal(ids(matching(runs, "  DIGITS long ")), "ab");
  assert.equal(ids(matching(runs, "digits base")), "a");
  assert.equal(ids(matching(runs, "vit digits")), "b");
  assert.equal(ids(matching(runs, "failed")), "b");
  assert.equal(ids(matching(runs, "失败")), "b");
  assert.equal(ids(matching(runs, "vit base")), "");
});

test("runs of one group are one entry where the first stands; a group of one is a run", () => {
  const runs = [run("a", { group: "g" }), run("b"), run("c", { group: "g" }), run("d", { group: "h" })];
  const entries = grouped(runs);
  assert.deepEqual(
    entries.map(({ key, group, runs: own }) => [key, group, ids(own)]),
    [
      ["group g", "g", "ac"],
      ["b", null, "b"],
      ["d", null, "d"],
    ],
  );
});

test("what is not known stands last in both directions", () => {
  const runs = [run("a"), run("b", { top1: 80 }), run("c", { top1: 90 })];
  assert.equal(order(runs, "best"), "b c a");
  assert.equal(order(runs, "best", true), "c b a");
});

test("a group is sorted by its mean, and its runs among themselves", () => {
  const runs = [run("a", { top1: 85 }), run("b", { top1: 70, group: "g" }), run("c", { top1: 90, group: "g" })];
  assert.equal(order(runs, "last"), "group g a");
  const [first] = sorted(grouped(runs), { column: "last", descending: false });
  assert.equal(ids(first.runs), "bc");
  const [, last] = sorted(grouped(runs), { column: "last", descending: true });
  assert.equal(ids(last.runs), "cb");
});

test("a seed that failed has no say in where its group stands by a figure", () => {
  const seed = (id, number, more) => run(id, { group: "g", recipe: "r", seed: number, ...more });
  const failed = { state: "failed", status: { seconds: 1 } };
  const runs = [seed("a", 0, { top1: 90, status: { seconds: 100 } }), seed("b", 1, { ...failed, top1: 10 })];
  const beside = run("c", { top1: 80, status: { seconds: 60 } });
  for (const column of ["last", "best", "duration"]) assert.equal(order([...runs, beside], column, true), "group g c");
  assert.equal(order([...runs, beside], "state"), "group g c", "of a state each run is asked");
});

test("names are sorted as people count, and equal entries keep their order", () => {
  const runs = [run("a", { label: "run 10" }), run("b", { label: "Run 9" }), run("c", { label: "run 10" })];
  assert.equal(order(runs, "name"), "b a c");
});

test("states that want attention stand before those that are over", () => {
  const states = ["finished", "failed", "running", "queued", "stopped", "paused"];
  const runs = states.map((state) => run(state, { state }));
  assert.equal(order(runs, "state"), "running paused queued failed stopped finished");
});
