// The means of the seeds that are compared: of which runs they are, and what they are called.

import { SeedMean } from "../data/seed_mean.js";
import { areSeeds, counted } from "../data/seeds.js";
import { distinctNames } from "../data/settings_diff.js";

/**
 * The means of the seeds among the runs: of each recipe of a group, over those that count.
 * @param {import("../data/run_store.js").RunStore[]} runs
 */
export function meansOf(runs) {
  const recipeOf = ({ info }) => JSON.stringify([info.group, info.recipe]);
  const recipes = [...new Set(runs.filter(({ info }) => info.group).map(recipeOf))];
  return recipes.flatMap((recipe) => {
    const same = runs.filter((run) => recipeOf(run) === recipe);
    const counting = counted(same); // by their state of now
    return areSeeds(counting.map(({ info }) => info)) ? [new SeedMean(counting, same.length - counting.length)] : [];
  });
}

/**
 * Means as they are by now: the same object as before where it is of the same runs.
 * @param {SeedMean[]} before
 * @param {import("../data/run_store.js").RunStore[]} runs
 */
export function renewed(before, runs) {
  const members = (mean) => JSON.stringify([mean.id, mean.left, mean.runs.map(({ id }) => id)]);
  const known = new Map(before.map((mean) => [members(mean), mean]));
  return meansOf(runs).map((mean) => known.get(members(mean)) ?? mean);
}

/**
 * Name each mean as its runs without what tells these apart, and where several are called alike by what they differ in.
 * Several recipes of one group get colours of their own.
 * @param {SeedMean[]} means
 */
export function nameMeans(means) {
  const recipes = means.map(({ runs: [{ info }] }) => ({
    ...info,
    parts: partsOf(info.config),
    config: { ...info.config, seed: null },
  }));
  const { common, names } = distinctNames(recipes);
  const groups = means.map(({ group }) => group);
  means.forEach((mean, index) => {
    mean.label = [common, names[index] === common ? "" : names[index]].filter(Boolean).join(" · ");
    const isAlone = groups.filter((group) => group === mean.group).length === 1;
    mean.hue = isAlone ? mean.group : mean.id;
  });
}

/**
 * What a run trains, in its parts' names.
 * @param {Record<string, any>|null} config
 */
export function partsOf(config) {
  return { model: config?.model?.name, data: config?.data?.name };
}
