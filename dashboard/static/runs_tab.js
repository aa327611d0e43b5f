// The Runs tab: every run in one table, or some of them compared, as the address says.

import { onKey } from "./base/keys.js";
import { Comparison } from "./compare/page.js";
import { RunsPage } from "./runs/page.js";

/** Two screens in one container. */
export class RunsTab {
  /** @param {HTMLElement} container */
  constructor(container) {
    this.container = container;
    this.page = new RunsPage(container);
    this.comparison = null;
    this._keys();
  }

  async show({ compare }) {
    this.comparison?.leave();
    this.comparison = compare ? new Comparison(this.container, compare.split(",")) : null;
    await (this.comparison ?? this.page).show();
  }

  _keys() {
    const here = (action) => () => this.container.offsetParent !== null && this.comparison && action(this.comparison);
    onKey(
      "ArrowLeft",
      "keys.compare_back",
      here((comparison) => comparison.step(-1)),
    );
    onKey(
      "ArrowRight",
      "keys.compare_on",
      here((comparison) => comparison.step(1)),
    );
    onKey(
      "Escape",
      "keys.unzoom",
      here((comparison) => comparison.view?.unzoom()),
    );
  }
}
