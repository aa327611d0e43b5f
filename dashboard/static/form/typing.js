// Keystrokes on their way: Gradio tells of one a moment after it was typed.

import { pathAround } from "../base/gradio.js";

const LATE = 1000; // milliseconds after which there was clearly nothing to tell

export class Typing {
  constructor() {
    this.typed = new Map(); // path -> when it was typed into, until Gradio has told of it
    const note = ({ target }) => {
      const path = pathAround(/** @type {Element} */ (target));
      if (path) this.typed.set(path, performance.now());
    };
    document.addEventListener("input", note, true);
  }

  /** Gradio has told of a field. */
  told(path) {
    this.typed.delete(path);
  }

  /** Fulfilled once Gradio has told of every keystroke. */
  async settled() {
    const isRecent = (at) => performance.now() - at < LATE;
    while ([...this.typed.values()].some(isRecent)) await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
