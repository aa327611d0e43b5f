import assert from "node:assert/strict";
import { test } from "node:test";

import { FieldEvents, MenuEvents } from "../../dashboard/static/form/field_events.js";

const state = () => ({
  generation: 2,
  form: {
    batch_size: 64,
    optimizer: { name: "sgd", learning_rate: 0.1 },
    stages: [{ id: 7, epochs: 5, schedule: null }],
  },
});
const from = (drawn, more = {}) => ({ generation: 2, item: null, part: null, drawn, ...more });
const isNews = (path, origin, value) => new FieldEvents().isNews(state(), path, origin, value);

for (const [words, path, origin, value, expected] of [
  ["another number", "batch_size", from(64), 32, true],
  ["a menu that is left", "batch_size", from(64), 64, false],
  ["the drawn value again after another", "batch_size", from(32), 32, true],
  ["the default of an option that the form leaves out", "optimizer.momentum", from(0.9, { part: "sgd" }), 0.9, false],
  ["another than that default", "optimizer.momentum", from(0.9, { part: "sgd" }), 0.5, true],
  ["an emptied number", "batch_size", from(64), undefined, true],
  ["a field of the part before", "optimizer.learning_rate", from(0.001, { part: "adam" }), 0.001, false],
  ["a field of the stage that stood there", "stages.0.epochs", from(9, { item: 3 }), 9, false],
  ["a field of the stage that stands there", "stages.0.epochs", from(5, { item: 7 }), 9, true],
  ["a stage that is gone", "stages.4.epochs", from(5, { item: 9 }), 5, false],
  ["a part for an empty section", "stages.0.schedule.name", from("", { item: 7 }), "cosine", true],
  ["an empty section that is left", "stages.0.schedule.name", from("", { item: 7 }), "", false],
  ["a menu of the drawing before", "batch_size", from(32, { generation: 1 }), 32, false],
  ["what is typed into a field of the drawing before", "batch_size", from(32, { generation: 1 }), 48, true],
])
  test(`${words} is ${expected ? "" : "no "}news`, () => assert.equal(isNews(path, origin, value), expected));

test("a menu of the drawing before repeats what it told, not only what it showed", () => {
  const events = new FieldEvents();
  const origin = from(32, { generation: 1 });
  assert.ok(events.isNews({ ...state(), generation: 1 }, "batch_size", origin, 48));
  assert.equal(events.isNews(state(), "batch_size", origin, 48), false);
});

test("what is typed into a stage that the picture of the plan is drawing anew is meant for it", () => {
  const events = new FieldEvents();
  const after = { ...state(), form: { stages: [{ id: 8, epochs: 6 }] } };
  const origin = from(5, { item: 7 });
  events.stagesRenewed(state().form.stages, after.form.stages);
  assert.equal(events.isNews(after, "stages.0.epochs", origin, 5), false, "it only repeats what it showed");
  assert.equal(events.isNews(after, "stages.0.epochs", origin, undefined), true);
  assert.ok(events.isFormer(after, "stages.0.epochs", origin));
});

test("a field of a stage that was removed says nothing to the one in its place", () => {
  const events = new FieldEvents();
  const two = [{ id: 3 }, { id: 7 }];
  events.stagesRenewed(two, [{ id: 7 }]);
  assert.equal(events.isNews(state(), "stages.0.epochs", from(5, { item: 3 }), 9), false);
});

test("a menu of presets that is left is no choice, and going back to what it was drawn with is one", () => {
  const menus = new MenuEvents();
  const isChoice = (name, number, isAsked) => menus.isNews("preset", { drawn: "b", number }, name, isAsked);
  assert.equal(isChoice("b", 1, false), false, "left");
  assert.equal(isChoice("a", 1, false), true, "chosen");
  assert.equal(isChoice("a", 2, true), false, "left while the dashboard is asked, after a drawing of something else");
  assert.equal(isChoice("b", 2, true), true, "the one of before again");
  assert.equal(isChoice("a", 2, true), true);
  assert.equal(isChoice("b", 3, false), false, "another menu, drawn with it and left");
  assert.equal(menus.isNews("plan", { drawn: "b", number: 3 }, "a", false), true, "menus do not count together");
});

test("another menu that is left while a preset from elsewhere is asked for is no choice", () => {
  assert.equal(new MenuEvents().isNews("preset", { drawn: "b", number: 1 }, "b", true), false);
});
