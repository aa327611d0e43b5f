// What the dashboard is being asked for. Of one kind only the newest counts; another kind waits for what is on its way,
// as it is about the form that this gives.

/** @typedef {{what: string, value: any, from: any, isOver: boolean, answered: Promise<void>|null}} Question */

export class Questions {
  /** @param {(own: Question) => Promise<void>} hear asks, and takes the answer unless the question `isOver` by then */
  constructor(hear) {
    this.hear = hear;
    /** @type {Question[]} */
    this.open = [];
  }

  /** Fulfilled once the answer is taken, or the question is over. */
  ask(what, value, from) {
    this.withdraw(what);
    const others = this.open.filter((other) => other.what !== what);
    const own = { what, value, from, isOver: false, answered: null };
    this.open.push(own);
    own.answered = this._answer(own, others);
    return own.answered;
  }

  /** The question of a kind that counts; undefined where there is none. */
  pending(what) {
    return this.open.find((own) => own.what === what && !own.isOver);
  }

  /** Let the answer to a kind of question go by. */
  withdraw(what) {
    for (const own of this.open) own.isOver ||= own.what === what;
  }

  /** Fulfilled once nothing that was asked so far is open. */
  async answered() {
    await Promise.allSettled(this.open.map((own) => own.answered));
  }

  async _answer(own, others) {
    try {
      await Promise.allSettled(others.map((other) => other.answered));
      if (!own.isOver) await this.hear(own);
    } finally {
      this.open = this.open.filter((other) => other !== own);
    }
  }
}
