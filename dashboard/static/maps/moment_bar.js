// What stands above a table of maps: the slider through a training, when the maps were made, and how they are drawn.

import { element, preferenceChoice } from "../base/dom.js";
import { t } from "../base/texts.js";

/** A slider, and beside it in words which moment is shown. */
export class MomentSlider {
  /**
   * @param {string} label
   * @param {(at: number) => void} go called with the place that somebody chose, from 0
   */
  constructor(label, go) {
    this.slider = element("input", {
      type: "range",
      min: 0,
      value: 0,
      step: 1,
      "aria-label": label,
      oninput: () => go(this.slider.valueAsNumber),
    });
    this.when = element("output", { class: "thaw-film-when" });
    this.nodes = [this.slider, this.when];
  }

  /** Stand at this place of so many. */
  place(at, last) {
    this.slider.max = String(last);
    this.slider.value = String(at);
  }

  /** Say what is shown. */
  tell(words) {
    this.when.textContent = words;
    this.slider.setAttribute("aria-valuetext", words);
  }
}

/** The choice between maps over their images and maps alone. */
export function viewChoice() {
  /** @type {[string, string][]} */
  const views = [
    ["overlay", t("run.maps.overlay")],
    ["grid", t("run.maps.grid")],
  ];
  return preferenceChoice(t("run.maps.view"), views, "mapView");
}
