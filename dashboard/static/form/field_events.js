// Which events of a field are news. Gradio also tells of a menu that was only left, of a slider that was only drawn,
// and, late, of fields that a newer drawing has taken away.

/**
 * What a field belongs to as it was drawn: the drawing's generation, the entry of a list or null, the part or null, and
 * the value that it showed.
 * @typedef {{generation: number, item: number|null, part: string|null, drawn: any}} Mark
 */

const MOST = 1000; // fields of former drawings

/** Knows what each field told last. */
export class FieldEvents {
  constructor() {
    this.told = new Map();
    this.renewed = new Map();
  }

  /**
   * The picture of the plan gives a stage that it changes another id: what is still entered into the former drawing of
   * the stage is meant for the one in its place.
   * @param {{id: number}[]} before
   * @param {{id: number}[]} after
   */
  stagesRenewed(before, after) {
    if (before.length !== after.length) return;
    before.forEach(({ id }, index) => id !== after[index].id && this.renewed.set(id, after[index].id));
  }

  /** Whether a field was drawn for the entry that now stands at its place. */
  isOf(form, path, item) {
    const [list, index] = path.split(".");
    const now = form[list]?.[index]?.id;
    const seen = new Set();
    for (let id = item; id !== now; id = this.renewed.get(id)) {
      if (list !== "stages" || seen.has(id) || !this.renewed.has(id)) return false;
      seen.add(id);
    }
    return true;
  }

  /** Whether the drawing that a field belongs to is about to be replaced. */
  isFormer({ form, generation }, path, { item, generation: drawn }) {
    const [list, index] = path.split(".");
    return drawn !== generation || (item !== null && form[list]?.[index]?.id !== item);
  }

  /**
   * Whether somebody entered something: the field is still one of the form, and says what the form does not.
   * @param {{form: Object, generation: number}} state
   * @param {string} path
   * @param {Mark} mark
   * @param {*} value
   */
  isNews(state, path, mark, value) {
    const { form } = state;
    const keys = path.split(".");
    const last = keys.pop();
    const holder = at(form, keys);
    if (mark.item !== null && !this.isOf(form, path, mark.item)) return false;
    if (mark.part !== null && holder?.name !== mark.part) return false;
    const field = JSON.stringify([path, mark.generation, mark.item, mark.part]);
    const before = this.told.has(field) ? this.told.get(field) : mark.drawn;
    if (this.told.size > MOST) this.told.clear();
    this.told.set(field, value);
    if (this.isFormer(state, path, mark)) return !isSame(value, before); // a menu that goes away repeats itself
    return !isSame(value, holder && last in holder ? holder[last] : mark.drawn);
  }
}

/** Knows what each menu of presets or plans told last. */
export class MenuEvents {
  constructor() {
    this.told = new Map(); // the menu's name -> {drawn, number, name}
  }

  /**
   * Whether another name was chosen than the menu showed; one that is only left repeats what it shows.
   * @param {string} what
   * @param {{drawn: string, number: number}} menu the name that it was drawn with, and the number of the drawing
   * @param {string} name
   * @param {boolean} isAsked whether the dashboard is still asked for what was chosen: drawings leave the menu as it is
   */
  isNews(what, menu, name, isAsked) {
    const before = this.told.get(what);
    const isSameMenu = before?.drawn === menu.drawn && (isAsked || before.number === menu.number);
    this.told.set(what, { ...menu, name });
    return name !== (isSameMenu ? before.name : menu.drawn);
  }
}

function at(form, keys) {
  return keys.reduce((node, key) => node?.[key], form);
}

/** An emptied field gives undefined, null or nothing. */
function isSame(one, other) {
  return JSON.stringify(one ?? "") === JSON.stringify(other ?? "");
}
