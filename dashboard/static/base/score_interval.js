// How far a share of images may lie from the true one by chance; for all and for none of them too.

const NORMAL_95 = 1.96; // standard errors on each side of a 95 % interval

/**
 * The 95 % score interval of Wilson 1927 for `share` of `count` images. The usual one, share ± 1.96 standard errors,
 * has no width where all images are right.
 * @param {number} share from 0 to 1
 * @param {number} count at least 1
 * @returns {[number, number]} its bounds
 */
export function scoreInterval(share, count) {
  const square = NORMAL_95 ** 2;
  const centre = (share + square / (2 * count)) / (1 + square / count);
  const error = Math.sqrt((share * (1 - share)) / count + square / (4 * count ** 2));
  const half = (NORMAL_95 * error) / (1 + square / count);
  return [centre - half, centre + half];
}
