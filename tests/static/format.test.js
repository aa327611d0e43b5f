import assert from "node:assert/strict";
import { test } from "node:test";

import {
  accuracy,
  compact,
  decimal,
  duration,
  fileSize,
  isNumber,
  moment,
  percent,
  significant,
} from "../../dashboard/static/base/format.js";
import { useTexts } from "../../dashboard/static/base/texts.js";

useTexts("en", {
  "run.time.seconds": "{seconds} s",
  "run.time.minutes_seconds": "{minutes} min {seconds} s",
  "run.time.minutes": "{minutes} min",
  "run.time.hours": "{hours} h {minutes} min",
  "run.time.days": "{days} d {hours} h",
  "run.accuracy.of": "{images} of {count}",
  "run.accuracy.basis": "of {count} (± {half})",
});

const nothing = [null, undefined, NaN, Infinity, "12"];

test("what is no number is a dash everywhere", () => {
  for (const tell of [decimal, compact, significant, percent, duration, moment])
    assert.deepEqual(
      nothing.map((value) => tell(value)),
      Array(5).fill("–"),
      tell.name,
    );
  assert.deepEqual(nothing.map(isNumber), Array(5).fill(false));
  assert.equal(isNumber(0), true);
});

test("decimals are fixed and thousands separated", () => {
  assert.deepEqual([decimal(1234567), decimal(0.5, 2), decimal(-1.005, 1)], ["1,234,567", "0.50", "-1.0"]);
});

test("large counts have three digits and a unit", () => {
  assert.deepEqual([999, 1000, 41_300_000, 4.09e9].map(compact), ["999", "1 k", "41.3 M", "4.09 G"]);
});

test("sizes of files have three digits and a unit", () => {
  assert.deepEqual([0, 999, 1000, 340e6, 1.234e9].map(fileSize), ["0 B", "999 B", "1 kB", "340 MB", "1.23 GB"]);
});

test("rates and losses keep their digits; very small and very large ones become powers of ten", () => {
  const told = [0, 0.0001, 0.000099, 1.23456, 12345.6, 1e7].map((value) => significant(value, 3));
  assert.deepEqual(told, ["0", "0.0001", "9.90e-5", "1.23", "12,300", "1.00e+7"]);
});

test("spans of time change their unit where a person would", () => {
  const spans = {
    0: "0 s",
    59.4: "59 s",
    59.5: "1 min 00 s",
    599: "9 min 59 s",
    600: "10 min",
    3569: "59 min",
    3570: "1 h 00 min",
    172_769: "47 h 59 min",
    172_800: "2 d 0 h",
    "-5": "0 s",
  };
  for (const [seconds, told] of Object.entries(spans)) assert.equal(duration(Number(seconds)), told, seconds);
});

test("the time of today stands without a date, another day with it, another year with that too", () => {
  const now = new Date();
  assert.match(moment(now.getTime() / 1000), /^\d\d:\d\d:\d\d$/);
  assert.match(moment(0), /19(70|69).* \d\d:\d\d:\d\d$/);
});

test("an accuracy tells what it rests on: images of a small set, else the 95 % interval", () => {
  assert.deepEqual(accuracy(97.2222, 360), { figure: "350 of 360", basis: "97.2 %" });
  // Wilson's interval is 89.40 to 90.57; of 1,000 images all right, 99.62 to 100.
  assert.deepEqual(accuracy(90, 10_000), { figure: "90.00 %", basis: "of 10,000 (± 0.60)" });
  assert.deepEqual(accuracy(90, 10_000, true), { figure: "10.00 %", basis: "of 10,000 (± 0.60)" });
  assert.deepEqual(accuracy(97.2222, 360, true), { figure: "10 of 360", basis: "2.8 %" });
  assert.deepEqual(accuracy(100, 1000), { figure: "100.00 %", basis: "of 1,000 (± 0.38)" });
  assert.deepEqual(accuracy(0, 1000), { figure: "0.00 %", basis: "of 1,000 (± 0.38)" });
  assert.deepEqual(accuracy(90, null), { figure: "90.00 %", basis: "" });
  assert.deepEqual(accuracy(null, 100), { figure: "–", basis: "" });
});
