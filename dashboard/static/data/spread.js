// How several seeds' figures lie together.

/**
 * Mean and sample standard deviation of the numbers there are; null where there are none.
 * @param {number[]} values
 */
export function spread(values) {
  const numbers = values.filter((value) => Number.isFinite(value));
  if (!numbers.length) return null;
  const mean = meanOf(numbers);
  const squares = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = numbers.length > 1 ? Math.sqrt(squares / (numbers.length - 1)) : null;
  return { mean, deviation, low: Math.min(...numbers), high: Math.max(...numbers), count: numbers.length };
}

/**
 * The mean of numbers.
 * @param {number[]} values
 */
export function meanOf(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
