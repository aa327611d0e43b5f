// The forms of before, for Undo: what a choice replaced comes back; what was entered elsewhere since then stays.

const MOST = 50;

/** @typedef {{form: Record<string, any>, preset: string}} Whole */
/** @typedef {{there: Whole, here: Whole}} Step from where it leads to where it was taken */

/** Remembers what each step replaced, setting by setting, those of stages and other lists entry by entry. */
export class FormHistory {
  constructor() {
    /** @type {Step[]} */
    this.past = [];
    /** @type {Step[]} */
    this.future = [];
  }

  /**
   * A step was taken. Returns whether it replaced anything.
   * @param {Whole} before
   * @param {Whole} after
   */
  record(before, after) {
    if (isSame(before.form, after.form)) return false;
    this.past = [...this.past, structuredClone({ there: before, here: after })].slice(-MOST);
    this.future = [];
    return true;
  }

  /**
   * The form without the last step, and whether this takes back what was entered since then as well; null where there
   * is none.
   * @param {Whole} now
   */
  undo(now) {
    return move(this.past, this.future, now);
  }

  /**
   * The form with the step that was undone last, as from `undo`.
   * @param {Whole} now
   */
  redo(now) {
    return move(this.future, this.past, now);
  }
}

/** Take the newest step from one list, and leave on the other the way back. */
function move(from, to, now) {
  const step = from.pop();
  if (!step) return null;
  const taken = new Set();
  const whole = merged(step, structuredClone(now), taken);
  to.push(structuredClone({ there: now, here: whole }));
  return { ...whole, isMore: taken.size > 0 };
}

/** What `now` is without the step; `taken` gets what was entered since then and goes with it. */
function merged({ there, here }, now, taken) {
  if (isSame(now, here)) return there;
  if (isSame(there, here)) return now;
  const all = [there, here, now];
  if (all.every(isEntries)) return mergedEntries(there, here, now, taken);
  if (all.every(isGroup) && all.every(({ name }) => name === now.name)) return mergedGroup(there, here, now, taken);
  taken.add(now);
  return there;
}

function mergedGroup(there, here, now, taken) {
  const keys = [...new Set([...Object.keys(now), ...Object.keys(there)])];
  const values = keys.map((key) => [key, merged({ there: there[key], here: here[key] }, now[key], taken)]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** Entries that the step brought go, those that it took come back to their place. */
function mergedEntries(there, here, now, taken) {
  const find = (items, { id }) => items.find((item) => item.id === id);
  const result = [];
  for (const item of now) {
    const [before, after] = [find(there, item), find(here, item)];
    if (before && after) result.push(merged({ there: before, here: after }, item, taken));
    else if (!after) result.push(item);
    else if (!isSame(item, after)) taken.add(item);
  }
  there.forEach((item, index) => {
    if (find(here, item)) return;
    const id = find(result, item) ? 1 + Math.max(...result.map((other) => other.id)) : item.id; // taken by a newer one
    result.splice(index, 0, { ...item, id });
  });
  return result;
}

function isEntries(value) {
  return Array.isArray(value) && value.every((item) => item?.id !== undefined);
}

function isGroup(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function isSame(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** A form without the total of epochs, which stands in it only while it is typed. */
export function withoutTotal({ epochs, ...form }) {
  return form;
}
