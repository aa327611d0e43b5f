// What is read off a result: which classes are worst, and which are taken for which.

import { isNumber } from "../base/format.js";

const MOST_PAIRS = 10;

/**
 * The numbers of the classes, the worst first; those without an image come last.
 * @param {(number|null)[]} values accuracy by class
 */
export function worstFirst(values) {
  const place = (value) => (isNumber(value) ? value : Infinity);
  const order = [...values.keys()];
  return order.sort((a, b) => (place(values[a]) === place(values[b]) ? a - b : place(values[a]) - place(values[b])));
}

/**
 * The pairs of true and said class that were confused most often, the most frequent first; none where nothing was.
 * @param {number[][]} confusion rows: true class
 * @returns {number[][]} [true class, said class, count]
 */
export function mostFrequent(confusion) {
  return confusion
    .flatMap((row, truth) => row.map((count, said) => [truth, said, count]))
    .filter(([truth, said, count]) => count && truth !== said)
    .sort((a, b) => b[2] - a[2])
    .slice(0, MOST_PAIRS);
}

/**
 * The largest count off the diagonal, at least 1. Row by row: a call takes only so many arguments.
 * @param {number[][]} confusion
 */
export function mostConfused(confusion) {
  return confusion.reduce((most, row, truth) => Math.max(most, ...row.filter((_, said) => said !== truth)), 1);
}

/**
 * The images of a class, at least 1.
 * @param {number[]} row of the confusion matrix
 */
export function sumOf(row) {
  return row.reduce((a, b) => a + b, 0) || 1;
}
