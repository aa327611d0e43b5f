// Settings of several runs side by side: every config as flat fields, where they differ, and names made from that.

import { moment } from "../base/format.js";
import { nameOf, startOf } from "./run_list.js";
import { runsOf } from "./seed_mean.js";

const NOT_SETTINGS = ["label", "group", "seeds", "notes", "tags"];
const MOST_EDITED = 8; // edited settings that a sentence names
const MOST_NAMED = 2; // differing settings that a name carries where none is enough

/**
 * A config as flat fields: {"optimizer.learning_rate": 0.1, "stages.1.epochs": 5, "augmentations.cutout.size": 8}.
 * Parts in a list go by their name, stages by their place, plain lists stay one value.
 * @param {Record<string, any>} config
 * @param {string} [prefix]
 * @returns {Record<string, any>}
 */
function flat(config, prefix = "") {
  const fields = {};
  for (const [name, value] of Object.entries(config ?? {})) {
    if (!prefix && NOT_SETTINGS.includes(name)) continue;
    const path = prefix + name;
    if (Array.isArray(value) && value.some((one) => one && typeof one === "object")) {
      value.forEach((one, index) => Object.assign(fields, flat(part(one), `${path}.${one.name ?? index}.`)));
    } else if (value && typeof value === "object" && !Array.isArray(value))
      Object.assign(fields, flat(value, `${path}.`));
    else fields[path] = value;
  }
  return fields;
}

/** A part that stands in a list under its name needs not say it again, but must leave a trace if it has no options. */
function part(one) {
  const { name, ...options } = one;
  return name !== undefined && !Object.keys(options).length ? { used: true } : options;
}

/**
 * The fields of several configs, in the order in which they first stand.
 * @returns {Array<{field: string, values: string[], differs: boolean}>} "" where a run has no such field
 */
function settingRows(configs) {
  const all = configs.map((config) => flat(config));
  const fields = [...new Set(all.flatMap(Object.keys))];
  return fields.map((field) => {
    const values = all.map((one) => (field in one ? told(one[field]) : ""));
    return { field, values, differs: new Set(values).size > 1 && !goesOn(field, all) };
  });
}

/** Whether a field of a stage that only some runs have says there what the stage before it says. */
function goesOn(field, all) {
  const found = field.match(/^stages\.(\d+)\.(.+)$/);
  if (!found) return false;
  const before = `stages.${found[1] - 1}.${found[2]}`;
  const having = all.filter((one) => field in one);
  return having.length < all.length && having.every((one) => before in one && told(one[before]) === told(one[field]));
}

/**
 * The same with one value for each run or mean of seeds; where the seeds of one differ, all of theirs.
 * @param {Array<import("./run_store.js").RunStore|import("./seed_mean.js").SeedMean>} units
 */
export function settingRowsOf(units) {
  const runs = units.flatMap(runsOf);
  const joined = (values, unit) => [...new Set(runsOf(unit).map((run) => values[runs.indexOf(run)]))].join(" | ");
  return settingRows(runs.map((run) => run.info.config)).map(({ field, values, differs }) => {
    return { field, values: units.map((unit) => joined(values, unit)), differs };
  });
}

/**
 * What was edited in config.yaml, in words: "batch_size 64 → 32".
 * @param {{field: string, trained: any, written: any}[]} edited
 */
export function editedInWords(edited) {
  const words = edited.slice(0, MOST_EDITED).map((row) => `${row.field} ${told(row.trained)} → ${told(row.written)}`);
  return [...words, ...(edited.length > MOST_EDITED ? ["…"] : [])].join(", ");
}

/** Whether config.yaml is gone or damaged, rather than edited. */
export function isLost(edited) {
  return edited.some(({ field }) => field === "config.yaml");
}

function told(value) {
  if (value === null) return "–";
  if (Array.isArray(value)) return value.map(told).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/**
 * A name for each run by which it can be told from the others: its label, else what it trains, and where that is not
 * enough the setting that differs, else the time it began. Never the id.
 * @param {RunInfo[]} runs
 * @returns {{common: string, names: string[]}} common: what all are called alike, which the names then leave out
 */
export function distinctNames(runs) {
  const names = runs.map(nameOf);
  const common = names.every((name) => name === names[0]) ? names[0] : "";
  return {
    common,
    names: names.map((name, index) => {
      const same = runs.filter((_, other) => names[other] === name);
      if (same.length < 2) return name;
      return [common ? "" : name, ...difference(same, runs[index])].filter(Boolean).join(" · ");
    }),
  };
}

/** The last word of a field; of the name of a part, what kind of part it is. */
function spoken(field) {
  const [last, before] = field.split(".").reverse();
  return (last === "name" && before ? before : last).replaceAll("_", " ");
}

/** By what a run is told from others of the same name: one setting that no other has so, else several and the time. */
function difference(same, run) {
  const place = same.indexOf(run);
  const differing = settingRows(same.map((other) => other.config)).filter(({ differs }) => differs);
  const words = ({ field, values }) => `${spoken(field)} ${values[place] || "–"}`;
  const alone = differing.find(({ values }) => values.filter((value) => value === values[place]).length === 1);
  return alone ? [words(alone)] : [...differing.slice(0, MOST_NAMED).map(words), moment(startOf(run))];
}
