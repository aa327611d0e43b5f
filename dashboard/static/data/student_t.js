// Student's t distribution.

const STEPS = 300; // of the continued fraction, at most; it ends long before
const TINY = 1e-300;

/**
 * The value of t that is exceeded, on both sides together, with this probability.
 * @param {number} probability such as 0.05
 * @param {number} freedom degrees of freedom, above 0 and not whole where they are Welch's
 */
export function studentT(probability, freedom) {
  let [low, high] = [0, 1];
  while (bothTails(high, freedom) > probability) high *= 2;
  for (let step = 0; step < 200 && high - low > 1e-12 * high; step += 1) {
    const middle = (low + high) / 2;
    if (bothTails(middle, freedom) > probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The probability of a t beyond ±t: the incomplete beta function at freedom / (freedom + t²). */
function bothTails(t, freedom) {
  return incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5);
}

/** The regularised incomplete beta function, by its continued fraction (Press et al., Numerical Recipes, 6.4). */
function incompleteBeta(x, a, b) {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return (front * fraction(x, a, b)) / a;
}

/** Its continued fraction, by Lentz's method. */
function fraction(x, a, b) {
  const kept = (value) => (Math.abs(value) < TINY ? TINY : value);
  let c = 1;
  let d = 1 / kept(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m <= STEPS; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    const before = result;
    for (const term of [even, odd]) {
      d = 1 / kept(1 + term * d);
      c = kept(1 + term / c);
      result *= c * d;
    }
    if (Math.abs(result - before) < 1e-15 * Math.abs(result)) break;
  }
  return result;
}

/** The logarithm of the gamma function (Lanczos, g = 7, nine terms). */
function logGamma(x) {
  const terms = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const sum = terms.reduce((total, term, at) => (at ? total + term / (x - 1 + at) : term), 0);
  const base = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(base) - base + Math.log(sum);
}
