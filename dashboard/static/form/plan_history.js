// The plans of before, for Undo: whatever changed the stages, the editor, the table beneath, or a ready plan.

const TOGETHER = 800; // milliseconds: keystrokes in one field are one change
const MOST = 100;

/** Remembers stages. */
export class History {
  constructor() {
    this.forget();
  }

  /** Another form is shown: there is nothing to go back to. */
  forget() {
    this.before = [];
    this.now = null;
    this.at = -Infinity;
  }

  /** See the stages as they stand now. */
  see(stages) {
    const text = textOf(stages);
    if (text === this.now) return;
    const recent = performance.now() - this.at < TOGETHER;
    if (this.now !== null && !(recent && this.isTyping)) this.before.push(this.kept);
    if (this.before.length > MOST) this.before.shift();
    this.now = text;
    this.kept = structuredClone(stages);
    this.at = performance.now();
    this.isTyping = isTyping();
  }

  get isEmpty() {
    return !this.before.length;
  }

  /** The stages before the last change. */
  back() {
    const stages = this.before.pop();
    this.now = textOf(stages);
    this.kept = stages;
    this.at = -Infinity;
    return structuredClone(stages);
  }
}

function isTyping() {
  return Boolean(document.activeElement?.closest?.("#thaw-form .thaw-stage"));
}

/** Ids say nothing: a stage that was drawn anew is the same stage. */
function textOf(stages) {
  return JSON.stringify(stages.map(({ id, ...stage }) => stage));
}
