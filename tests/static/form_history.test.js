import assert from "node:assert/strict";
import { test } from "node:test";

import { FormHistory } from "../../dashboard/static/form/form_history.js";

const whole = (form, preset = "") => ({ form, preset });

test("undo brings back what a step replaced, and keeps what was entered elsewhere since", () => {
  const history = new FormHistory();
  const before = whole({ batch_size: 17, data: { name: "mine", path: "/x" } }, "a");
  assert.ok(history.record(before, whole({ batch_size: 17, data: { name: "digits" } }, "b")));
  const now = whole({ batch_size: 32, data: { name: "digits", limit: 5 } }, "b");
  const undone = history.undo(now);
  const mine = whole({ batch_size: 32, data: { name: "mine", path: "/x" } }, "a");
  assert.deepEqual(undone, { ...mine, isMore: true }, "a limit of the part that goes is taken along, and said");
  assert.deepEqual(history.redo(mine), { ...now, isMore: false }, "also what was entered after the step");
});

test("a setting that the step brought goes, and one that it took comes back", () => {
  const history = new FormHistory();
  history.record(whole({ old: 1, same: 2 }), whole({ same: 2, new: 3 }));
  assert.deepEqual(history.undo(whole({ same: 2, new: 3 })).form, { old: 1, same: 2 });
});

test("what replaces nothing is no step; where there is none, nothing is undone", () => {
  const history = new FormHistory();
  assert.equal(history.record(whole({ a: [1] }), whole({ a: [1] }, "named")), false);
  assert.equal(history.undo(whole({})), null);
  assert.equal(history.redo(whole({})), null);
});

test("several steps go back one by one; a new one ends what could be redone", () => {
  const history = new FormHistory();
  history.record(whole({ a: 1 }), whole({ a: 2 }));
  history.record(whole({ a: 2 }), whole({ a: 3 }));
  const second = history.undo(whole({ a: 3 }));
  assert.deepEqual([second.form, history.undo(second).form], [{ a: 2 }, { a: 1 }]);
  history.record(whole({ a: 1 }), whole({ a: 9 }));
  assert.equal(history.redo(whole({ a: 9 })), null);
});

test("a step is a copy: what is edited later does not change it", () => {
  const history = new FormHistory();
  const form = { stages: [{ epochs: 6 }] };
  history.record(whole(form), whole({ stages: [] }));
  form.stages[0].epochs = 1;
  assert.equal(history.undo(whole({ stages: [] })).form.stages[0].epochs, 6);
});

const stage = (id, rate, more = {}) => ({ id, epochs: 5, learning_rate: rate, ...more });
const plan = (...stages) => whole({ stages });

test("a removed stage comes back to its place, and what was entered in the others since stays, there and back", () => {
  const history = new FormHistory();
  history.record(plan(stage(0, 1), stage(1, 2), stage(2, 3)), plan(stage(0, 1), stage(2, 3)));
  const undone = history.undo(plan(stage(0, 0.5), stage(2, 3, { title: "last" }), stage(3, 4)));
  const whole4 = [stage(0, 0.5), stage(1, 2), stage(2, 3, { title: "last" }), stage(3, 4)];
  assert.deepEqual(undone, { ...plan(...whole4), isMore: false });
  const redone = history.redo(plan(...whole4.with(3, stage(3, 9))));
  assert.deepEqual(redone.form.stages, [whole4[0], whole4[2], stage(3, 9)]);
});

test("a stage that comes back takes another number where a newer one has its own", () => {
  const history = new FormHistory();
  history.record(plan(stage(0, 1), stage(1, 2)), plan(stage(0, 1)));
  const { form } = history.undo(plan(stage(0, 1), stage(1, 7)));
  assert.deepEqual(form.stages, [stage(0, 1), stage(2, 2), stage(1, 7)]);
});

test("what was entered in stages that go with a plan is taken along, and said; Redo brings it back", () => {
  const history = new FormHistory();
  history.record(plan(stage(0, 1)), plan(stage(1, 1), stage(2, 1)));
  const undone = history.undo(plan(stage(1, 0.5), stage(2, 1)));
  assert.deepEqual(undone, { ...plan(stage(0, 1)), isMore: true });
  assert.deepEqual(history.redo(plan(stage(0, 1))).form.stages, [stage(1, 0.5), stage(2, 1)]);
});

test("of a setting that the step changed and somebody has changed since, what Undo replaces is said", () => {
  const history = new FormHistory();
  history.record(whole({ optimizer: { name: "sgd", rate: 1 } }), whole({ optimizer: { name: "sgd", rate: 2 } }));
  const undone = history.undo(whole({ optimizer: { name: "sgd", rate: 3, momentum: 0.5 } }));
  assert.deepEqual(undone, { ...whole({ optimizer: { name: "sgd", rate: 1, momentum: 0.5 } }), isMore: true });
});
