// The entry: texts, the address, the tabs and the keys. Each screen is a module of its own.

import { get, orSay } from "./base/api.js";
import { appeared, endLoadingClock, frameAppeared } from "./base/gradio.js";
import { startKeys } from "./base/keys.js";
import { goTo, onPlace, place, pressedTab, showTab, tabOf } from "./base/router.js";
import { drawStart, rememberVisit, runToOpen } from "./run/landing.js";
import { tellFailed } from "./base/guarded.js";
import { t, useTexts } from "./base/texts.js";

// Each is loaded on its own: one that cannot be leaves the others as they are. Gradio's form is a screen of its own.
const SCREENS = {
  run: () => import("./run/page.js").then(({ RunPage }) => RunPage),
  runs: () => import("./runs_tab.js").then(({ RunsTab }) => RunsTab),
  attention: () => import("./attention/page.js").then(({ AttentionPage }) => AttentionPage),
};
const made = {};

/** The language that the server chose for this page. */
function pageLanguage() {
  return document.querySelector("[data-language]")?.dataset.language ?? "en";
}

function listenToHeader() {
  document.addEventListener("click", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const language = target.closest(".thaw-language")?.dataset.language;
    if (language) {
      document.cookie = `thaw_language=${language}; path=/; max-age=31536000; SameSite=Lax`;
      location.reload();
    }
    const tab = tabOf(target);
    if (tab && event.isTrusted) tabPressed(tab);
  });
}

/** Scrolling over a number that has the focus scrolls the page, and does not count the number up or down. */
function keepNumbersFromWheel() {
  const leave = ({ target }) => {
    if (target === document.activeElement && target.matches("input[type=number], input[type=range]")) target.blur();
  };
  document.addEventListener("wheel", leave, { capture: true, passive: true });
}

/** A person pressed one of the tabs: the address follows. */
function tabPressed(tab) {
  if (place().tab === tab) return;
  if (tab === "run" && made.run?.run) goTo({ run: made.run.run.id });
  else if (tab === "attention" && made.attention?.place) goTo(made.attention.place);
  else goTo({}, tab);
}

async function follow(now) {
  if (!now.tab) return;
  showTab(now.tab);
  const screen = await screenOf(now.tab);
  if (!screen) return;
  if (now.tab !== "run") await orSay(async () => screen.show(now));
  else if (now.run) await orSay(() => screen.show(now.run));
  else {
    screen.leave();
    await orSay(() => drawStart(screen.container));
  }
}

/** The screen of a tab; null for the form, which is Gradio's. Gradio makes a tab's content when it is first opened. */
async function screenOf(tab) {
  if (!(tab in SCREENS)) return null;
  const container = await appeared(`thaw-${tab}`);
  if (made[tab]) return made[tab];
  try {
    const Screen = await SCREENS[tab]();
    made[tab] ??= new Screen(container);
    return made[tab];
  } catch (error) {
    tellFailed(
      t(`tabs.${tab}`),
      container.firstElementChild ?? container.appendChild(document.createElement("p")),
      error,
    );
    return null;
  }
}

async function start() {
  listenToHeader();
  keepNumbersFromWheel();
  await frameAppeared();
  endLoadingClock();
  const language = pageLanguage();
  document.documentElement.lang = language;
  useTexts(language, (await orSay(() => get("texts", { language }))) ?? {});
  startKeys();
  onPlace((now) => void follow(now));
  const early = pressedTab();
  if (early) goTo({}, early);
  else if (place().tab) await follow(place());
  else {
    const run = await orSay(runToOpen);
    if (!place().tab) goTo(run ? { run } : {}, run ? null : "train", true); // else somebody chose meanwhile
  }
  rememberVisit();
}

start();
