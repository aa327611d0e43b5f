import assert from "node:assert/strict";
import { test } from "node:test";

import "./browser.js";

const { meansOf, nameMeans, renewed } = await import("../../dashboard/static/compare/means.js");

function run(id, seed, { recipe = "r", group = "g", state = "finished", rate = 0.1 } = {}) {
  const config = { model: { name: "resnet" }, optimizer: { learning_rate: rate }, seed };
  return { id, label: id, status: { state }, info: { id, group, recipe, seed, config, label: "name", series: [] } };
}
const told = (means) => means.map(({ runs, left }) => [runs.map(({ id }) => id).join(""), left]);

test("there is a mean for each recipe of a group, over the seeds that finished", () => {
  const runs = [run("a", 0), run("b", 1), run("c", 0, { recipe: "s" }), run("d", 1, { recipe: "s" })];
  assert.deepEqual(told(meansOf(runs)), [
    ["ab", 0],
    ["cd", 0],
  ]);
  const failed = run("f", 2, { state: "failed" });
  assert.deepEqual(told(meansOf([...runs.slice(0, 2), failed])), [["ab", 1]]);
  assert.deepEqual(told(meansOf([runs[0], failed])), []);
  assert.deepEqual(told(meansOf([failed, run("e", 3, { state: "failed" })])), [], "no run of a group counts");
  assert.deepEqual(told(meansOf([run("a", 0, { group: null }), run("b", 1, { group: null })])), []);
  assert.deepEqual(told(meansOf([run("a", 0), run("b", 1, { group: "h" })])), []);
});

test("who belongs to a mean follows the state of now; where that stays, the mean stays", () => {
  const runs = [0, 1, 2].map((seed) => run("abc"[seed], seed, { state: "running" }));
  let means = renewed([], runs);
  assert.deepEqual(told(means), [["abc", 0]]);
  assert.equal(renewed(means, runs)[0], means[0]);
  runs[2].status = { state: "failed" };
  means = renewed(means, runs);
  assert.deepEqual(told(means), [["ab", 1]]);
  runs[0].status = { state: "finished" };
  assert.deepEqual(told(renewed(means, runs)), [], "one that has finished and one at work are no mean");
  runs[1].status = { state: "finished" };
  assert.deepEqual(told(renewed([], runs)), [["ab", 1]]);
});

test("means that are called alike are told apart by what differs but the seed, and have their own colours", () => {
  const slow = [run("a", 3), run("b", 4)];
  const fast = [5, 6].map((seed) => run(`c${seed}`, seed, { recipe: "s", rate: 0.2 }));
  const means = meansOf([...slow, ...fast]);
  nameMeans(means);
  assert.deepEqual(
    means.map(({ label }) => label),
    ["name · learning rate 0.1", "name · learning rate 0.2"],
  );
  assert.notEqual(means[0].info.group, means[1].info.group);
  const [alone] = meansOf(slow);
  nameMeans([alone]);
  assert.equal(alone.label, "name");
  assert.equal(alone.info.group, "g");
});
