// Where the dashboard opens: the live run, else what ended since the last visit, else a card for the first run.

import { get } from "../base/api.js";
import { serverTime } from "../base/clock.js";
import { button, element } from "../base/dom.js";
import { addressOf, follow, goTo, place } from "../base/router.js";
import { nameOf } from "../data/run_list.js";
import { isActive } from "../data/run_state.js";
import { t } from "../base/texts.js";

const PLACE = "thaw.last_visit"; // unix seconds

/** The run that somebody who opens the dashboard wants to see, or null. */
export async function runToOpen() {
  const { runs } = await get("runs");
  const since = lastVisit();
  const live = runs.filter(isActive);
  const ended = runs.filter((run) => !live.includes(run) && endOf(run) > since && !run.tags?.includes("example"));
  const atWork = live.find((run) => run.status.state !== "queued") ?? live[0];
  return (atWork ?? ended.sort((a, b) => endOf(b) - endOf(a))[0])?.id ?? null;
}

/** When a run ended; of one whose process was killed, which could not say so, its last sign of life. */
function endOf({ status }) {
  return status.ended ?? status.updated ?? 0;
}

function lastVisit() {
  try {
    return Number(localStorage.getItem(PLACE) ?? 0);
  } catch {
    return 0; // a browser that keeps nothing
  }
}

/** Remember that somebody was here. */
export function rememberVisit() {
  try {
    localStorage.setItem(PLACE, String(Math.round(serverTime())));
  } catch {
    // A browser that keeps nothing opens at the newest run each time.
  }
}

/**
 * What stands on the Run tab while no run is chosen: the newest runs, and the way to a first one.
 * @param {HTMLElement} container
 */
export async function drawStart(container) {
  const { runs } = await get("runs");
  if (place().tab !== "run" || place().run) return; // somebody went on meanwhile
  const list = runs.slice(0, 8).map((run) => {
    const go = (event) => follow(event, () => goTo({ run: run.id }));
    return element(
      "li",
      {},
      element("a", { href: addressOf({ run: run.id }), onclick: go }, nameOf(run)),
      element(
        "span",
        { class: "thaw-pill small", "data-state": run.status.state },
        t(`state.${run.status.state}.name`),
      ),
    );
  });
  const card = element(
    "div",
    { class: "thaw-card thaw-start" },
    element("h2", {}, t(list.length ? "run.start.choose" : "run.start.title")),
    list.length ? element("ol", {}, ...list) : element("p", {}, t("run.start.words")),
    button(t("run.start.button"), { name: "play", kind: "primary", action: () => goTo({}, "train") }),
  );
  container.replaceChildren(element("div", { class: "thaw thaw-run" }, card));
}
