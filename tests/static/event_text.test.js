import assert from "node:assert/strict";
import { test } from "node:test";

import { useTexts } from "../../dashboard/static/base/texts.js";
import { eventText } from "../../dashboard/static/run/event_text.js";

useTexts("en", {
  "event.checkpoint": "Checkpoint, kept as {kept_as}.",
  "event.kept.best": "the best",
  "event.command.done": "{command} received.",
  "event.command.refused": "{command} refused: {why}",
  "event.word.stop": "Stop",
  "event.edit.learning_rate": "Rate of stage {stage} is {value} now.",
  "event.edit.epochs": "Stage {stage} takes {count} epochs now.",
  "event.edit.epochs_for_one": "Stage {stage} takes {count} epoch now.",
  "event.resumed": "Resumed at {iteration} (attempt {life}).",
  "event.zero_shot": "{top1} of {count} before stage {stage}.",
  "event.weights": "Random: {random}; did not fit: {unfit}.",
  "event.in_part": "{part} (partly)",
  "event.weights_remark.classes": "Theirs: {theirs}.",
  "event.evaluated": "{top1} after {seconds} s of {images} images",
  "event.stage_began": "Stage {stage} ({name}) trains {train} at {learning_rate}.",
  "event.rehearsed": "Passed. {lines}",
  "event.rehearsed_stage": "Stage {stage}: {each} a step, {memory}, {ends}.",
  "event.judged.no_better": "{top1} is no better than “{majority}” with {share}; mean {balanced}.",
  "event.never_right": "{count} never: {names}.",
  "run.time.seconds": "{seconds} s",
  "run.plan.everything": "everything",
  "run.plan.nothing": "nothing",
});

const run = {
  parts: ["stem", "head"],
  stages: [
    { name: "warm", begins: 0 },
    { name: "thaw", begins: 50 },
  ],
};
const told = (kind, values, more = {}) => eventText({ kind, values, text: "as it was written", ...more }, run);

test("what has no sentence is told as it was written", () => {
  assert.equal(told("unheard_of", {}), "as it was written");
  assert.equal(told("unheard_of"), "as it was written");
});

test("so is an event of another version that lacks a value of the sentence", () => {
  assert.equal(told("checkpoint", {}), "as it was written");
});

test("an event of several kinds has a sentence for each", () => {
  assert.equal(told("command", { command: "stop", done: true }), "Stop received.");
  assert.equal(told("command", { command: "stop", done: false, why: "too late" }), "Stop refused: too late");
  assert.equal(told("edit", { what: "epochs", stage: 2, value: 5 }), "Stage 2 takes 5 epochs now.");
  assert.equal(told("edit", { what: "learning_rate", stage: 2, value: 0.05 }), "Rate of stage 2 is 0.05 now.");
});

test("what is to be known of starting weights has a sentence of its own", () => {
  assert.equal(told("weights_remark", { what: "classes", theirs: "a, b", ours: "c" }), "Theirs: a, b.");
});

test("a stage of one epoch is told in the singular", () => {
  assert.equal(told("edit", { what: "epochs", stage: 2, value: 1 }), "Stage 2 takes 1 epoch now.");
});

test("a resume is counted as an attempt after the first start, and tells where it went on", () => {
  assert.equal(told("resumed", { life: 1 }, { iteration: 1300 }), "Resumed at 1,300 (attempt 2).");
  assert.equal(told("resumed", { life: 1 }), "as it was written");
});

test("the stage before which accuracy was taken is counted from one", () => {
  assert.equal(told("zero_shot", { stage: 1, top1: 40, count: 500 }), "40.00 % of 500 before stage 2.");
});

test("of the weights that did not fit the first are named", () => {
  const unfit = [..."abcdefghij"];
  assert.equal(told("weights", { random: ["head"], unfit }), "Random: head; did not fit: a, b, c, d, e, f, g, h.");
  assert.equal(told("weights", { random: [], unfit: [] }), "Random: nothing; did not fit: nothing.");
});

test("rates by part are told as their span", () => {
  const value = { stem: 0.001, head: 0.1 };
  assert.equal(told("edit", { what: "learning_rate", stage: 1, value }), "Rate of stage 1 is 0.001 – 0.1 now.");
});

test("accuracies, spans and counts are written as people read them", () => {
  const values = { top1: 93.271, seconds: 1.23456, images: 10_000 };
  assert.equal(told("evaluated", values), "93.27 % after 1.235 s of 10,000 images");
});

test("a stage that began is called by its number and name, its parts in words", () => {
  const values = { train: ["stem", "head"], learning_rate: 0.1 };
  const began = (iteration, train) => told("stage_began", { ...values, train }, { iteration });
  assert.equal(began(0, ["head"]), "Stage 1 (warm) trains head at 0.1.");
  assert.equal(began(50, ["stem", "head"]), "Stage 2 (thaw) trains everything at 0.1.");
  assert.equal(began(49, []), "Stage 1 (warm) trains nothing at 0.1.");
});

test("words that lists hold are told in the language of the page where it has them", () => {
  assert.equal(told("checkpoint", { kept_as: ["best", "newest"] }), "Checkpoint, kept as the best, newest.");
});

test("a rehearsal tells what each stage needs", () => {
  const stages = [{ stage: 0, seconds: 0.0123, memory: 5 * 2 ** 20, ends_in: 30 }];
  assert.equal(told("rehearsed", { stages }), "Passed. Stage 1: 0.012 s a step, 5 MiB, 30 s.");
});

test("that a model is no better than one class is told with percentages, and classes by their own names", () => {
  const values = { verdict: "no_better", top1: 49.2, balanced: 10, share: 49.6, majority: "cat" };
  assert.equal(told("judged", values), "49.20 % is no better than “cat” with 49.60 %; mean 10.00 %.");
  assert.equal(told("never_right", { count: 2, names: ["best", "b"] }), "2 never: best, b.");
});

test("parts that are filled partly are named as such", () => {
  useTexts("en", {
    "event.weights": "Into {parts}.",
    "event.in_part": "{part} (partly)",
    "run.plan.nothing": "nothing",
  });
  assert.equal(
    told("weights", { parts: ["stem"], partly: ["head"], random: [], unfit: [] }),
    "Into stem, head (partly).",
  );
  assert.equal(told("weights", { parts: [], random: [], unfit: [] }), "Into nothing.");
});
