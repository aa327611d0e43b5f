// The forms of before, for Undo: what a choice replaced comes back; what was entered elsewhere since then stays.

const MOST = 50;

/** @typedef {{form: Record<string, any>, preset: string}} Whole */

/** Remembers what each step replaced, setting by setting; a section, or the list of stages, counts as one. */
export class FormHistory {
  constructor() {
    /** @type {Whole[]} */
    this.past = [];
    /** @type {Whole[]} */
    this.future = [];
  }

  /**
   * A step was taken. Returns whether it replaced anything.
   * @param {Whole} before
   * @param {Whole} after
   */
  record(before, after) {
    const names = [...new Set([...Object.keys(before.form), ...Object.keys(after.form)])];
    const replaced = names.filter((name) => textOf(before.form[name]) !== textOf(after.form[name]));
    if (!replaced.length) return false;
    this.past = [...this.past, part(before, replaced)].slice(-MOST);
    this.future = [];
    return true;
  }

  /**
   * The form without the last step; null where there is none.
   * @param {Whole} now
   */
  undo(now) {
    return move(this.past, this.future, now);
  }

  /**
   * The form with the step that was undone last; null where there is none.
   * @param {Whole} now
   */
  redo(now) {
    return move(this.future, this.past, now);
  }
}

/** Take the newest step from one list, and leave on the other what it replaces now. */
function move(from, to, now) {
  const step = from.pop();
  if (!step) return null;
  to.push(part(now, Object.keys(step.form)));
  const form = Object.fromEntries(
    Object.entries({ ...now.form, ...step.form }).filter(([, value]) => value !== MISSING),
  );
  return structuredClone({ form, preset: step.preset });
}

const MISSING = Symbol("not in the form");

function part({ form, preset }, names) {
  const kept = names.map((name) => [name, name in form ? structuredClone(form[name]) : MISSING]);
  return { form: Object.fromEntries(kept), preset };
}

function textOf(value) {
  return JSON.stringify(value) ?? "";
}

/** A form without the total of epochs, which stands in it only while it is typed. */
export function withoutTotal({ epochs, ...form }) {
  return form;
}
