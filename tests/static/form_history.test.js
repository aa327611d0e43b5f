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
  assert.deepEqual(undone, whole({ batch_size: 32, data: { name: "mine", path: "/x" } }, "a"));
  assert.deepEqual(history.redo(undone), now, "also what was entered after the step");
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
