// The legend of a comparison, one for all charts: names with their colours and shapes, and what can be done with each.

import { runColour } from "../base/colours.js";
import { namesOf, symbolOf } from "./compare_view.js";
import { element, icon } from "../base/dom.js";
import { addressOf, follow, goTo } from "../base/router.js";
import { statePill } from "../base/state_pill.js";
import { shownState } from "../data/run_state.js";
import { nodesOf } from "../base/templates.js";
import { runsOf, SeedMean } from "../data/seed_mean.js";
import { t } from "../base/texts.js";
import { seedsInWords } from "./compared_name.js";

/** A press on a name switches its lines off and on; beside it are the way to the run, and the way out. */
export class Legend {
  /**
   * @param {import("./compare_view.js").CompareView} view
   * @param {(ids: string[]) => void} leaveOut called with the ids of runs that shall leave the comparison
   */
  constructor(view, leaveOut) {
    this.view = view;
    this.leaveOut = leaveOut;
    this.drawn = "";
    this.node = element("ul", { class: "thaw-legend", "aria-label": t("compare.legend") });
  }

  update() {
    const { units, hidden } = this.view;
    const about = (unit) => [
      namesOf(unit),
      unit.left,
      unit.label,
      shownState(unit),
      runColour(unit.id, unit.info),
      hidden.has(unit.id),
    ];
    const drawn = JSON.stringify(units.map(about));
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const focused = this.node.contains(document.activeElement)
      ? document.activeElement.closest("li").dataset.unit
      : null;
    this.node.replaceChildren(...units.map((unit, index) => this._entry(unit, index)));
    if (focused)
      [...this.node.querySelectorAll("li")]
        .find((entry) => entry.dataset.unit === focused)
        ?.querySelector("button")
        .focus();
  }

  _entry(unit, index) {
    const on = !this.view.hidden.has(unit.id);
    const several = unit instanceof SeedMean;
    const mark = element("span", { class: `thaw-legend-mark ${symbolOf(index)}`, "aria-hidden": "true" });
    mark.style.setProperty("--colour", runColour(unit.id, unit.info));
    const press = element(
      "button",
      {
        type: "button",
        "aria-pressed": String(on),
        title: t("compare.toggle"),
        onclick: () => this.view.toggle(unit.id),
      },
      mark,
      element("span", {}, unit.label),
      several ? element("small", {}, seedsInWords("compare.seeds", unit)) : null,
    );
    const without = t("compare.remove", { name: unit.label });
    const remove = element(
      "button",
      {
        type: "button",
        class: "remove",
        "aria-label": without,
        title: without,
        onclick: () => this.leaveOut(runsOf(unit).map((run) => run.id)),
      },
      icon("cross"),
    );
    return element(
      "li",
      { "data-unit": unit.id, class: on ? "" : "off" },
      press,
      unit.isActive || unit.trouble === "gone" ? nodesOf(statePill(shownState(unit))) : null,
      several ? null : openLink(unit),
      remove,
    );
  }
}

function openLink(run) {
  const words = t("runs.action.open");
  const go = (event) => follow(event, () => goTo({ run: run.id }));
  return element(
    "a",
    { href: addressOf({ run: run.id }), title: words, "aria-label": `${words}: ${run.label}`, onclick: go },
    icon("chevron"),
  );
}
