// The address is the state of the page: ?run=ID, ?compare=ID,ID, ?attention=ID, and the tab that belongs to it.

import { isOpenTab, tabButton } from "./gradio.js";

const TAB_OF = { run: "run", compare: "runs", attention: "attention", from: "train" };
const TABS = ["train", "run", "runs", "attention"];
const followers = new Set();

/**
 * What the address says: its parameters, and the name of the tab it belongs to (null where it names none).
 * @returns {{tab: string|null, run?: string, compare?: string, attention?: string, from?: string}}
 */
export function place() {
  const parameters = Object.fromEntries(new URLSearchParams(location.search));
  const named = Object.keys(TAB_OF).find((name) => parameters[name]);
  const tab = parameters.tab ?? TAB_OF[named];
  return { ...parameters, tab: TABS.includes(tab) ? tab : null };
}

/**
 * The address of a place, for links.
 * @param {Record<string, string>} parameters
 * @param {string|null} [tab]
 */
export function addressOf(parameters, tab = null) {
  const kept = new URLSearchParams(tab && !Object.keys(parameters).length ? { tab } : parameters);
  return `${location.pathname}?${kept.toString().replaceAll("%2C", ",")}`;
}

/**
 * A plain press follows a link in place; with a modifier the browser opens a tab of its own.
 * @param {MouseEvent} event
 * @param {() => void} action
 */
export function follow(event, action) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  action();
}

/**
 * Go to another place of the page.
 * @param {Object<string, string>} parameters such as {run: id}
 * @param {string|null} [tab] where the parameters alone do not name it
 * @param {boolean} [replace] without leaving a step for the browser's back button
 */
export function goTo(parameters, tab = null, replace = false) {
  const address = addressOf(parameters, tab);
  if (address !== `${location.pathname}${location.search}`) {
    history[replace ? "replaceState" : "pushState"]({}, "", address);
  }
  tellFollowers();
}

/**
 * Call `follower(place)` whenever the address changes.
 * @param {(now: ReturnType<typeof place>) => void} follower
 */
export function onPlace(follower) {
  followers.add(follower);
}

/**
 * Open a tab.
 * @param {string} name
 */
export function showTab(name) {
  if (!isOpenTab(name)) tabButton(name)?.click();
}

/**
 * Resolves once the address is that of a tab; the bare address soon becomes one.
 * @param {string} name
 * @returns {Promise<void>}
 */
export function tabOpened(name) {
  return new Promise((resolve) => {
    const look = ({ tab }) => tab === name && resolve();
    onPlace(look);
    look(place());
  });
}

/** The tab that somebody pressed before this page could listen: open, but neither the first nor the address's. */
export function pressedTab() {
  const open = TABS.find(isOpenTab);
  return open && open !== TABS[0] && open !== place().tab ? open : null;
}

/**
 * The tab whose button a node lies in; null elsewhere.
 * @param {Node} node
 */
export function tabOf(node) {
  return TABS.find((name) => tabButton(name)?.contains(node)) ?? null;
}

function tellFollowers() {
  const now = place();
  for (const follower of followers) follower(now);
}

window.addEventListener("popstate", tellFollowers);
