import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import "./browser.js";

const PLACE = "thaw.preferences";
let kept = {};
globalThis.localStorage = {
  getItem: (place) => kept[place] ?? null,
  setItem: (place, value) => {
    if (Object.isFrozen(kept)) throw new Error("full");
    kept[place] = value;
  },
};
const { changePreference, onPreference, preference, setPreference } =
  await import("../../dashboard/static/base/preferences.js");

/** What another tab of the browser has written; null: everything was cleared. */
function otherTab(values) {
  kept = values ? { [PLACE]: JSON.stringify(values) } : {};
  window.dispatchEvent(Object.assign(new Event("storage"), { key: values ? PLACE : null }));
}

beforeEach(() => otherTab(null));

test("what nobody has chosen has its default", () => {
  assert.deepEqual([preference("axis"), preference("error"), preference("closed")], ["epoch", false, []]);
});

test("a choice is kept, and whoever listens hears of it until that is ended", () => {
  const heard = [];
  const end = onPreference((name, value) => heard.push([name, value]));
  setPreference("axis", "time");
  end();
  setPreference("axis", "iteration");
  assert.deepEqual(heard, [["axis", "time"]]);
  assert.deepEqual([preference("axis"), JSON.parse(kept[PLACE]).axis], ["iteration", "iteration"]);
});

test("another tab's choice is taken over, and told once", () => {
  const heard = [];
  const end = onPreference((name, value) => heard.push([name, value]));
  otherTab({ axis: "time", error: false });
  end();
  assert.deepEqual([preference("axis"), heard], ["time", [["axis", "time"]]]);
});

test("what another tab wrote meanwhile is not overwritten", () => {
  kept = { [PLACE]: JSON.stringify({ closed: ["log"], smoothing: 0.5 }) }; // its event is still on its way
  setPreference("axis", "time");
  changePreference("closed", (names) => [...names, "film"]);
  assert.deepEqual(JSON.parse(kept[PLACE]), { closed: ["log", "film"], smoothing: 0.5, axis: "time" });
});

test("a browser that keeps nothing still shows the choice", () => {
  kept = Object.freeze({});
  setPreference("axis", "time");
  assert.equal(preference("axis"), "time");
});

test("what is no JSON counts as nothing", () => {
  kept = { [PLACE]: "{" };
  window.dispatchEvent(Object.assign(new Event("storage"), { key: PLACE }));
  assert.equal(preference("axis"), "epoch");
});
