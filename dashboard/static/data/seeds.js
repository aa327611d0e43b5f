// Which runs are seeds of one recipe, so that mean and deviation over them mean something, and which of them count.

import { isActive } from "./run_state.js";

/**
 * Whether runs differ in nothing but their seed. The engine says of each what its recipe is; null where it cannot.
 * @param {{recipe?: string|null, seed?: number|null}[]} runs
 */
export function areSeeds(runs) {
  const recipe = runs[0]?.recipe;
  const seeds = new Set(runs.map(({ seed }) => seed));
  return runs.length > 1 && Boolean(recipe) && seeds.size === runs.length && runs.every((run) => run.recipe === recipe);
}

/**
 * The seeds of a group whose figures count; null where its runs differ in more than the seed, or repeat one.
 * @template {{recipe?: string|null, seed?: number|null, status: {state: string}}} Any
 * @param {Any[]} runs
 * @returns {Any[]|null}
 */
export function seedsOf(runs) {
  const [{ recipe }] = runs;
  const own = counted(runs);
  const isOneRecipe = Boolean(recipe) && runs.every((run) => run.recipe === recipe);
  return isOneRecipe && (own.length < 2 || areSeeds(own)) ? own : null;
}

/**
 * The seeds whose figures count: those that finished; before one has, those at work. A run that failed or was stopped
 * has not trained as the others have.
 * @template {{status: {state: string}}} Any
 * @param {Any[]} runs
 * @returns {Any[]}
 */
export function counted(runs) {
  const finished = runs.filter(({ status }) => status.state === "finished");
  return finished.length ? finished : runs.filter(isActive);
}
