import assert from "node:assert/strict";
import { test } from "node:test";

import "./browser.js";

const { SeedMean } = await import("../../dashboard/static/data/seed_mean.js");
const { useTexts } = await import("../../dashboard/static/base/texts.js");
const { bestOf, columnName, comparable, conclusion, figureOf, figuresForCsv, leaderOf } =
  await import("../../dashboard/static/compare/figures.js");

const kinds = ["ahead_seeds", "within_seeds", "ahead_images", "within_images", "mixed", "tie"];
useTexts(
  "en",
  Object.fromEntries(
    kinds.map((kind) => [`compare.${kind}`, `${kind}: {first} over {second} by {lead}, margin {margin}`]),
  ),
);

/** A run with a best accuracy, and where `test` is given an accuracy on the test images. */
function run(
  label,
  best,
  { group = label, count = 100, test: right = null, data = "digits", loss = null, images = undefined } = {},
) {
  const record = images && { classes: ["cat", "dog"], train: { files: images }, test: { pixels: images } };
  return {
    label,
    info: { group, series: [], config: { data }, data: record },
    status: {
      best: { top1: best },
      last: { top1: best, loss },
      evaluated_on: { name: "val", count },
      test: right === null ? null : { top1: right, count },
    },
  };
}

const seeds = (label, values, more) => new SeedMean(values.map((best) => run(label, best, { ...more, group: label })));

test("the margin between means of seeds is Welch's", () => {
  // Variances 1 and 1 over three seeds: 4 degrees of freedom, 2.78 * sqrt(2 / 3) = 2.27.
  assert.equal(
    conclusion([seeds("a", [90, 91, 92]), seeds("b", [88, 89, 90])]),
    "within_seeds: a over b by 2.00, margin 2.27",
  );
  assert.equal(
    conclusion([seeds("b", [88, 89, 90]), seeds("a", [91, 92, 93])]),
    "ahead_seeds: a over b by 3.00, margin 2.27",
  );
});

test("degrees of freedom are not rounded: the margin is that of scipy's Welch test", () => {
  // scipy.stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95): half its width, at 2.985 degrees of freedom
  assert.equal(
    conclusion([seeds("a", [90, 92]), seeds("b", [80, 85, 81])]),
    "ahead_seeds: a over b by 9.00, margin 5.83",
  );

  // Variances 2 and 0 over two seeds: 1 degree of freedom, 12.71 * sqrt(2 / 2) = 12.71.
  const words = conclusion([seeds("a", [89, 91]), seeds("b", [80, 80])]);
  assert.equal(words, "within_seeds: a over b by 10.00, margin 12.71");
});

test("seeds that all agree leave no margin", () => {
  assert.equal(conclusion([seeds("a", [90, 90]), seeds("b", [80, 80])]), "ahead_seeds: a over b by 10.00, margin 0.00");
});

test("the margin between single runs is that of Newcombe's score intervals over the images", () => {
  assert.equal(conclusion([run("a", 90), run("b", 80)]), "ahead_images: a over b by 10.00, margin 9.99");
  const close = [run("a", 90, { count: 25 }), run("b", 80, { count: 25 })];
  assert.equal(conclusion(close), "within_images: a over b by 10.00, margin 20.75");
});

test("a model without a mistake leads one of four in a thousand by chance, and one of none right is no surer", () => {
  const [all, most] = [run("all", 100, { count: 1000 }), run("most", 99.6, { count: 1000 })];
  assert.equal(leaderOf([all, most], "best"), null); // Fisher's exact test: p = 0.12
  assert.equal(conclusion([all, most]), "within_images: all over most by 0.40, margin 0.45");
  const [none, few] = [run("none", 0, { count: 1000 }), run("few", 0.4, { count: 1000 })];
  assert.equal(leaderOf([none, few], "best"), null);
  assert.equal(leaderOf([all, run("some", 98, { count: 1000 })], "best"), all);
});

test("one run beside a mean of seeds, and runs without a count, have no margin", () => {
  assert.match(conclusion([seeds("a", [90, 91]), run("b", 80)]), /^mixed: a over b by 10\.50/);
  assert.match(conclusion([run("a", 90, { count: null }), run("b", 80, { count: null })]), /^mixed/);
});

test("equal figures are a tie, and one run alone leads nobody", () => {
  assert.match(conclusion([run("a", 90), run("b", 90)]), /^tie/);
  assert.equal(conclusion([run("a", 90), run("b", null)]), "");
});

test("the test images decide once every run has them", () => {
  const [a, b] = [run("a", 90, { test: 70 }), run("b", 80, { test: 85 })];
  assert.match(conclusion([a, b]), /^ahead_images: b over a by 15\.00/);
  b.status.test = null;
  assert.match(conclusion([a, b]), /: a over b by 10\.00/);
});

test("figures of other data, or of other images, are not ranked", () => {
  const others = [run("a", 90), run("b", 80, { data: "cifar" })];
  assert.equal(comparable(others), false);
  assert.equal(conclusion(others), "compare.not_comparable");
  assert.equal(comparable([run("a", 90), run("b", 80, { count: 99 })]), false);
  assert.equal(comparable([run("a", 90), run("b", 80)]), true);
});

test("the best accuracy is the highest, the best loss the lowest, and times are not ranked", () => {
  const [a, b] = [run("a", 90, { loss: 0.5 }), run("b", 80, { loss: 0.4 })];
  assert.equal(bestOf([b, a], "best"), a);
  assert.equal(bestOf([a, b], "loss"), b);
  a.status.seconds = 1;
  b.status.seconds = 2;
  assert.equal(bestOf([a, b], "time"), null);
});

test("there is no best among equals, nor where only one has a figure", () => {
  assert.equal(bestOf([run("a", 90), run("b", 90)], "best"), null);
  assert.equal(bestOf([run("a", 90), run("b", null)], "best"), null);
});

test("the figure of a mean counts the seeds that have one", () => {
  assert.deepEqual(figureOf(seeds("a", [90, null, 92]), "best"), {
    mean: 91,
    deviation: Math.SQRT2,
    low: 90,
    high: 92,
    count: 2,
  });
  assert.equal(figureOf(run("a", null), "best"), null);
});

test("the table of numbers has mean and deviation of each column, empty where there is none", () => {
  const { head, lines } = figuresForCsv([run("a", 90, { loss: 0.5 })]);
  assert.deepEqual(head.slice(0, 2), ["best", "best deviation"]);
  const values = Object.fromEntries(head.map((name, at) => [name, lines[0][at]]));
  assert.deepEqual(
    [values.best, values["best deviation"], values.last, values.test, values.loss],
    [90, null, 90, null, 0.5],
  );
  assert.equal(lines[0].length, head.length);
});

test("runs on the same images are compared whatever their settings call them, and others are not", () => {
  const [a, b] = [run("a", 90, { data: "here", images: "1f" }), run("b", 80, { data: "there", images: "1f" })];
  assert.ok(comparable([a, b]));
  assert.ok(!comparable([a, run("b", 80, { data: "here", images: "2e" })]));
  assert.ok(!comparable([a, run("old", 80, { data: "there" })])); // of which only the settings are known
  assert.ok(comparable([a, run("old", 80, { data: "here" })]));
  const mixed = new SeedMean([run("a", 90, { images: "1f", group: "a" }), run("a", 91, { images: "2e", group: "a" })]);
  assert.ok(!comparable([a, mixed]));
});

test("the best weights have a column of their own, also where they are the last ones", () => {
  const [apart, same, older] = [run("a", 90, { test: 70 }), run("b", 90, { test: 80 }), run("c", 90, { test: 85 })];
  apart.status.test_best = { top1: 91 };
  same.status.test.kept_as = ["last", "best"];
  assert.equal(figureOf(apart, "test").mean, 70);
  assert.equal(figureOf(apart, "test_best").mean, 91);
  assert.equal(figureOf(same, "test_best").mean, 80);
  assert.equal(figureOf(older, "test_best"), null);
});

test("a star is for a lead beyond chance", () => {
  const [a, b] = [run("a", 90, { loss: 0.4 }), run("b", 80, { loss: 0.5 })];
  assert.equal(leaderOf([b, a], "best"), a); // 10 points, 9.99 of sampling error
  assert.equal(leaderOf([run("b", 81), a], "best"), null);
  assert.equal(leaderOf([run("a", 90, { count: null }), run("b", 10, { count: null })], "best"), null);
  assert.equal(leaderOf([a, b], "loss"), null); // of one run each nobody knows how losses scatter
  assert.equal(leaderOf([a, run("c", 90)], "best"), null);
  const [far, near] = [seeds("far", [91, 92, 93]), seeds("near", [90, 91, 92])];
  const low = seeds("low", [80, 81, 82]);
  assert.equal(leaderOf([low, far], "best"), far);
  assert.equal(leaderOf([far, near, low], "best"), null); // first over second decides
});

test("a column names the images of all runs", () => {
  useTexts("en", {
    "compare.column.best": "{on} accuracy",
    "run.set.test": "Test",
    "run.set.validation": "Validation",
  });
  const [a, b] = [run("a", 90), run("b", 80)];
  b.status.evaluated_on = { name: "test", count: 100 };
  assert.equal(columnName("best", [a, b]), "Validation / Test accuracy");
  assert.equal(columnName("best", [b]), "Test accuracy");
});
