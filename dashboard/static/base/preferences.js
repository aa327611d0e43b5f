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
  mapStretched: false, // in the film of a run
  pictureStretched: false, // on the Attention tab
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

window.addEventListener("storage", ({ key }) => {
  if (key === PLACE || key === null) follow(); // another tab wrote, or everything was cleared
});

/**
 * What is preferred; the default where nothing was chosen.
 * @param {string} name
 * @returns {any}
 */
export function preference(name) {
  return values[name];
}

/**
 * Remember a choice and tell everybody who listens.
 * @param {string} name
 * @param {*} value
 */
export function setPreference(name, value) {
  try {
    // The others as another tab may have left them.
    localStorage.setItem(PLACE, JSON.stringify({ ...stored(), [name]: value }));
  } catch {
    // A browser that keeps nothing (private window, full store) still shows the choice until it is closed.
  }
  tell(name, value);
}

/**
 * Change a preference that holds several things: `change` gets it as it was left last, in this tab or another.
 * @param {string} name
 * @param {(value: *) => *} change
 */
export function changePreference(name, change) {
  setPreference(name, change({ ...values, ...stored() }[name]));
}

/**
 * Call `listener(name, value)` after each change; returns a function that ends it.
 * @param {(name: string, value: *) => void} listener
 */
export function onPreference(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(name, value) {
  values[name] = value;
  for (const listener of listeners) listener(name, value);
}

/** Take over what another tab has changed. */
function follow() {
  const now = { ...DEFAULTS, ...stored() };
  const changed = Object.keys(now).filter((name) => JSON.stringify(now[name]) !== JSON.stringify(values[name]));
  for (const name of changed) tell(name, now[name]);
}

function stored() {
  try {
    return JSON.parse(localStorage.getItem(PLACE)) ?? {};
  } catch {
    return {}; // not JSON, or no store: start from the defaults
  }
}
