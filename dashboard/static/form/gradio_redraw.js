// Asking Gradio to draw the form: one drawing at a time, and always the newest form in the end.

import { drawnNumber, focusInside, formNode, redraw } from "../base/gradio.js";

const PATIENCE = 8000; // milliseconds after which a drawing counts as lost, as when the dashboard was restarted

/** Knows which drawing is on the page, by the number that it carries. */
export class Drawing {
  constructor() {
    this.number = 0; // of the newest drawing that was asked for
    this.sent = 0; // of the one that Gradio is at
    this.sentAt = 0;
    this.focus = null; // id of what gets the focus once the newest drawing is there
  }

  /** Whether the newest form is still to be drawn. */
  get isBusy() {
    return drawnNumber() < this.number;
  }

  /** Draw the form as it is now. */
  ask(focus) {
    this.number = Math.max(this.number + 1, Date.now()); // other numbers than before a reload
    if (focus) this.focus = focus;
    this.look();
  }

  /** Something was drawn, or asked for: go on with what is missing. */
  look() {
    const shown = drawnNumber();
    const isLost = performance.now() - this.sentAt > PATIENCE;
    if (shown < this.sent && !isLost) return;
    if (shown < this.number) this.press();
    else this.rest();
  }

  /** Gradio takes the form: the number of this drawing. */
  begin() {
    this.sent = this.number;
    return this.sent;
  }

  press() {
    this.sent = this.number;
    this.sentAt = performance.now();
    formNode().setAttribute("aria-busy", "true");
    redraw();
  }

  /** The newest drawing is there. */
  rest() {
    formNode().removeAttribute("aria-busy");
    const target = this.focus && document.getElementById(this.focus);
    if (!target) return;
    this.focus = null;
    focusInside(target);
  }
}
