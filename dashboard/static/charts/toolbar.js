// How the charts are read: smoothing, horizontal axis, logarithm, accuracy or error. Remembered by the browser.

import { element, follow, preferenceChoice, preferenceToggle } from "../base/dom.js";
import { preference, setPreference } from "../base/preferences.js";
import { t } from "../base/texts.js";

const DECAYS = [0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998]; // weight of the past, in even steps to the eye

/**
 * The bar above the charts. Every change goes through the preferences; who draws listens to them.
 * @param {...Node} more switches of one screen alone
 */
export function chartToolbar(...more) {
  return element(
    "div",
    { class: "thaw-toolbar", role: "group", "aria-label": t("chart.settings") },
    smoothing(),
    preferenceChoice(
      t("chart.axis.label"),
      ["iteration", "epoch", "time"].map((mode) => [mode, t(`chart.axis.${mode}_short`)]),
      "axis",
    ),
    figureChoice(),
    preferenceToggle(t("chart.logarithmic"), "logarithmic"),
    ...more,
  );
}

/** Whether accuracy or error is told, everywhere. */
export function figureChoice() {
  return preferenceChoice(
    t("chart.figure_label"),
    [
      [false, t("chart.as_accuracy")],
      [true, t("chart.as_error")],
    ],
    "error",
  );
}

/** The switch for charts of shares: percent, or the units of the loss. */
export function absoluteSwitch() {
  return preferenceToggle(t("chart.absolute"), "absoluteShares");
}

function smoothing() {
  const nearest = (wanted) => DECAYS.findLastIndex((decay) => decay <= wanted);
  const slider = element("input", {
    type: "range",
    min: 0,
    max: DECAYS.length - 1,
    step: 1,
    value: nearest(preference("smoothing")),
  });
  const told = element("output", {}, words(preference("smoothing")));
  const tell = () => {
    const decay = DECAYS[slider.valueAsNumber];
    told.textContent = words(decay);
    slider.setAttribute("aria-valuetext", words(decay));
    return decay;
  };
  slider.addEventListener("input", tell);
  slider.addEventListener("change", () => setPreference("smoothing", tell()));
  const node = element(
    "label",
    { class: "thaw-smoothing", title: t("chart.smoothing_help") },
    element("span", {}, t("chart.smoothing")),
    slider,
    told,
  );
  return follow(node, "smoothing", (decay) => ((slider.valueAsNumber = nearest(decay)), tell()));
}

/** A decay as what it means: over about how many iterations it averages. */
function words(decay) {
  return decay ? t("chart.smoothing_over", { iterations: Math.round(1 / (1 - decay)) }) : t("chart.smoothing_off");
}
