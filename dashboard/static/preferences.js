// What this browser remembers about how somebody likes the page: smoothing, axis, closed sections.

const PLACE = "thaw.preferences";
const DEFAULTS = {
  smoothing: 0.95, // weight of the past in the moving average
  axis: "epoch", // iteration, epoch or time
  logarithmic: false,
  error: false, // show 100 - accuracy
  absoluteShares: false,
  closed: [], // names of closed sections
  mapView: "overlay", // overlay or grid
  mapStretched: false,
  runsSort: { column: "started", descending: true },
  hues: {}, // hue steps of runs and groups that were moved so that compared ones can be told apart
  allSettings: false, // compare every setting, not only those that differ
  seedsAsMean: true,
  differences: true, // of attention maps
  differenceReach: 0.5, // value that has the full colour
  openGroups: [], // groups of seeds that are unfolded in the table of runs
};

const listeners = new Set();
const values = { ...DEFAULTS, ...stored() };

/** What is preferred; the default where nothing was chosen. */
export function preference(name) {
  return values[name];
}

/** Remember a choice and tell everybody who listens. */
export function setPreference(name, value) {
  values[name] = value;
  try {
    localStorage.setItem(PLACE, JSON.stringify(values));
  } catch {
    // A browser that keeps nothing (private window, full store) still shows the choice until it is closed.
  }
  for (const listener of listeners) listener(name, value);
}

/** Call `listener(name, value)` after each change; returns a function that ends it. */
export function onPreference(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function stored() {
  try {
    return JSON.parse(localStorage.getItem(PLACE)) ?? {};
  } catch {
    return {}; // not JSON, or no store: start from the defaults
  }
}
