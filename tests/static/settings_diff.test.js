import assert from "node:assert/strict";
import { test } from "node:test";

import "./browser.js";

const { distinctNames, editedInWords, isLost, settingRowsOf } =
  await import("../../dashboard/static/data/settings_diff.js");
const { SeedMean } = await import("../../dashboard/static/data/seed_mean.js");

const run = (config) => ({ info: { group: "g", series: [], config } });
const rows = (...configs) => settingRowsOf(configs.map(run));
const row = (field, ...configs) => rows(...configs).find((one) => one.field === field);

test("nested settings are fields with dots, and labels are no settings", () => {
  const fields = rows({ label: "x", seeds: 3, optimizer: { name: "sgd", momentum: 0.9 }, epochs: 5 });
  assert.deepEqual(
    fields.map(({ field, values }) => [field, values[0]]),
    [
      ["optimizer.name", "sgd"],
      ["optimizer.momentum", "0.9"],
      ["epochs", "5"],
    ],
  );
});

test("parts in a list go by their name, wherever they stand", () => {
  const [cutout, mixup] = [
    { name: "cutout", size: 8 },
    { name: "mixup", alpha: 0.2 },
  ];
  const both = rows({ augmentations: [cutout, mixup] }, { augmentations: [mixup, cutout] });
  assert.deepEqual(
    both.map(({ field, differs }) => [field, differs]),
    [
      ["augmentations.cutout.size", false],
      ["augmentations.mixup.alpha", false],
    ],
  );
});

test("a part without options leaves a trace", () => {
  assert.deepEqual(row("augmentations.flip.used", { augmentations: [{ name: "flip" }] }, {}), {
    field: "augmentations.flip.used",
    values: ["true", ""],
    differs: true,
  });
});

test("stages go by their place, plain lists are one value, nothing is a dash", () => {
  const config = { stages: [{ epochs: 1, train: ["head", "stem"] }], path: null };
  assert.equal(row("stages.0.train", config).values[0], "head, stem");
  assert.equal(row("path", config).values[0], "–");
});

test("a further stage that goes on as the one before is no difference", () => {
  const [one, two] = [{ stages: [{ rate: 0.1 }] }, { stages: [{ rate: 0.1 }, { rate: 0.1 }] }];
  assert.equal(row("stages.1.rate", one, two).differs, false);
  const other = { stages: [{ rate: 0.1 }, { rate: 0.01 }] };
  assert.equal(row("stages.1.rate", one, other).differs, true);
  assert.equal(row("stages.0.rate", { stages: [{ rate: 0.1 }] }, { stages: [{ rate: 0.2 }] }).differs, true);
});

test("of a mean of seeds every value is told once", () => {
  const mean = new SeedMean([run({ seed: 1, epochs: 5 }), run({ seed: 2, epochs: 5 })]);
  assert.deepEqual(settingRowsOf([mean, run({ seed: 3, epochs: 5 })]), [
    { field: "seed", values: ["1 | 2", "3"], differs: true },
    { field: "epochs", values: ["5", "5"], differs: false },
  ]);
});

const named = (label, config) => ({ id: label, label, config, status: { started: 0 } });

test("runs with different names need nothing more", () => {
  assert.deepEqual(distinctNames([named("a", {}), named("b", {})]), { common: "", names: ["a", "b"] });
});

test("runs of one name are told apart by the setting that no other has", () => {
  const names = distinctNames([1, 2, 3].map((size) => named("same", { epochs: 5, model: { width: size } })));
  assert.deepEqual(names, { common: "same", names: ["width 1", "width 2", "width 3"] });
});

test("a name of a part says what kind of part it is", () => {
  const names = distinctNames(["sgd", "adam"].map((name) => named("same", { optimizer: { name } })));
  assert.deepEqual(names.names, ["optimizer sgd", "optimizer adam"]);
});

test("where only some share a name, they keep it", () => {
  const names = distinctNames([named("a", { seed: 1 }), named("a", { seed: 2 }), named("b", { seed: 1 })]);
  assert.deepEqual(names, { common: "", names: ["a · seed 1", "a · seed 2", "b"] });
});

test("where no setting tells a run from all others, several do, and the time", () => {
  const configs = [
    { x: 1, y: 1 },
    { x: 1, y: 2 },
    { x: 2, y: 1 },
    { x: 2, y: 2 },
  ];
  const { names } = distinctNames(configs.map((config) => named("same", config)));
  assert.match(names[1], /^x 1 · y 2 · .*\d\d:\d\d:\d\d$/);
});

test("what was edited in config.yaml is said field by field, and where there is more", () => {
  const edited = (field) => ({ field, trained: 64, written: null });
  assert.ok(isLost([edited("config.yaml")]) && !isLost([edited("batch_size")]) && !isLost([]));
  assert.equal(editedInWords([edited("batch_size"), edited("seed")]), "batch_size 64 → –, seed 64 → –");
  assert.match(editedInWords(Array(20).fill(edited("a"))), /a 64 → –, …$/);
});
