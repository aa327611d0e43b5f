import assert from "node:assert/strict";
import { test } from "node:test";

import * as change from "../../dashboard/static/form/plan_changes.js";

const PARTS = ["stem", "layer1", "layer2", "head"];
const plan = () => [
  { id: 0, title: "first", epochs: 5, train: ["head"], learning_rate: 0.1 },
  { id: 1, title: "", epochs: 2, train: ["all"], learning_rate: "stem: 0.01, head: 0.1" },
];

test("a part trains where it is named, where all are, and where nothing is said", () => {
  const [first, second] = plan();
  assert.deepEqual(
    PARTS.map((part) => change.trains(part, first)),
    [false, false, false, true],
  );
  assert.ok(PARTS.every((part) => change.trains(part, second)) && change.trains("stem", {}));
});

test("thawing keeps the order of the parts, and the last one makes it all", () => {
  const thawed = change.toggled(plan(), 0, "stem", PARTS)[0];
  assert.deepEqual(thawed.train, ["stem", "head"]);
  const almost = [{ id: 0, epochs: 1, train: ["stem", "layer1", "head"] }];
  assert.deepEqual(change.toggled(almost, 0, "layer2", PARTS)[0].train, ["all"]);
});

test("freezing one of all names the others", () => {
  assert.deepEqual(change.toggled(plan(), 1, "layer1", PARTS)[1].train, ["stem", "layer2", "head"]);
});

test("names that the model does not have stay as they were written", () => {
  const odd = [{ id: 0, epochs: 1, train: ["head", "layer9"] }];
  assert.deepEqual(change.toggled(odd, 0, "stem", PARTS)[0].train, ["stem", "head", "layer9"]);
});

test("a thawed part takes the rate of its nearest neighbour where the stage has rates by part", () => {
  const stages = [{ id: 0, epochs: 1, train: ["stem", "head"], learning_rate: "stem: 0.01, head: 0.1" }];
  assert.equal(change.toggled(stages, 0, "layer1", PARTS)[0].learning_rate, "stem: 0.01, head: 0.1, layer1: 0.01");
  assert.equal(change.toggled(stages, 0, "layer2", PARTS)[0].learning_rate, "stem: 0.01, head: 0.1, layer2: 0.1");
  assert.equal(change.toggled(plan(), 0, "stem", PARTS)[0].learning_rate, 0.1);
});

test("a rate of its own writes down all rates of the stage; equal ones become one number", () => {
  const rates = { stem: 0.1, layer1: 0.1, layer2: 0.1, head: 0.1 };
  const [, rated] = change.rated(plan(), 1, "stem", 0.01, PARTS, rates);
  assert.equal(rated.learning_rate, "stem: 0.01, layer1: 0.1, layer2: 0.1, head: 0.1");
  assert.deepEqual([rated.rate_factors, rated.layer_decay], ["", 1]);
  assert.equal(change.rated(plan(), 1, "stem", 0.1, PARTS, rates)[1].learning_rate, "0.1");
  assert.equal(change.rated(plan(), 0, "head", 0.3, PARTS, rates)[0].learning_rate, "0.3");
});

test("tiny rates are written so that YAML reads a number", () => {
  assert.equal(change.rated(plan(), 0, "head", 1e-7, PARTS, {})[0].learning_rate, "1.0e-7");
  assert.equal(change.rated(plan(), 0, "head", 2.5e-7, PARTS, {})[0].learning_rate, "2.5e-7");
});

test("a border moves until a stage has one epoch left; behind the last stage the plan grows", () => {
  const epochs = (stages) => stages.map((stage) => stage.epochs);
  assert.deepEqual(epochs(change.moved(plan(), 0, 1)), [6, 1]);
  assert.deepEqual(epochs(change.moved(plan(), 0, 9)), [6, 1]);
  assert.deepEqual(epochs(change.moved(plan(), 0, -9)), [1, 6]);
  assert.deepEqual(epochs(change.moved(plan(), 1, 9)), [5, 11]);
  assert.deepEqual(epochs(change.moved(plan(), 1, -9)), [5, 1]);
});

test("a border that cannot move leaves the very same plan", () => {
  const stages = plan();
  assert.equal(change.moved(stages, 0, 0), stages);
  const short = [{ id: 0, epochs: 1 }];
  assert.equal(change.moved(short, 0, -1), short);
});

test("a stage is copied behind itself, without its title and with an id of its own", () => {
  const stages = change.added(plan(), 0);
  assert.deepEqual(
    stages.map(({ id }) => id),
    [0, 2, 1],
  );
  assert.deepEqual(stages[1], { ...plan()[0], id: 2, title: "" });
  stages[1].train.push("stem");
  assert.deepEqual(stages[0].train, ["head"]);
});

test("a split stage lasts as long as before; one of a single epoch stays", () => {
  const stages = change.split(plan(), 0);
  assert.deepEqual(
    stages.map(({ epochs }) => epochs),
    [3, 2, 2],
  );
  assert.equal(new Set(stages.map(({ id }) => id)).size, 3);
  const short = [{ id: 0, epochs: 1 }];
  assert.equal(change.split(short, 0), short);
});

test("merged stages last as long as both and train what the first said; the last has none to merge with", () => {
  const [only, ...rest] = change.merged(plan(), 0);
  assert.deepEqual([only.epochs, only.train, rest.length], [7, ["head"], 0]);
  assert.equal(change.merged(plan(), 1).length, 2);
});

test("every stage but the last that is left can be taken away", () => {
  assert.deepEqual(
    change.removed(plan(), 0).map(({ id }) => id),
    [1],
  );
  assert.equal(change.removed(plan().slice(1), 0).length, 1);
});

test("a changed stage gets an id that no other has had, the others keep theirs", () => {
  assert.deepEqual(
    change.toggled(plan(), 0, "stem", PARTS).map(({ id }) => id),
    [2, 1],
  );
  assert.deepEqual(
    change.renumbered(plan(), 7).map(({ id }) => id),
    [7, 8],
  );
});

test("no change touches the plan that it was given", () => {
  const stages = plan();
  for (const changed of [
    change.toggled(stages, 0, "stem", PARTS),
    change.rated(stages, 1, "stem", 0.5, PARTS, {}),
    change.moved(stages, 0, 1),
    change.added(stages, 0),
    change.split(stages, 0),
    change.merged(stages, 0),
    change.removed(stages, 0),
    change.renumbered(stages, 5),
  ])
    assert.notDeepEqual(changed, plan());
  assert.deepEqual(stages, plan());
});
