// The drawing budget: at most three redraws a second in all charts together, because the browser often shares the
// machine with the training. What a person just did (a zoom, a switch) is drawn at once and paid for afterwards.

const INTERVAL = 1000 / 3; // milliseconds from one redraw to the next

const waiting = new Set();
let timer = null;
let free = 0; // time at which the next redraw may happen

/**
 * Let a chart be redrawn when its turn comes. Asking again while it waits changes nothing.
 * @param {{draw: () => void}} chart
 */
export function redrawSoon(chart) {
  waiting.add(chart);
  if (timer === null) timer = setTimeout(next, Math.max(0, free - performance.now()));
}

/**
 * Redraw now, because somebody waits for it.
 * @param {{draw: () => void}} chart
 */
export function redrawNow(chart) {
  waiting.delete(chart);
  spend();
  chart.draw();
}

/**
 * Forget a chart that left the page.
 * @param {{draw: () => void}} chart
 */
export function forgetRedraw(chart) {
  waiting.delete(chart);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && waiting.size && timer === null) next();
});

function spend() {
  free = Math.max(free, performance.now()) + INTERVAL;
}

function next() {
  timer = null;
  const [chart] = waiting;
  if (!chart) return;
  if (document.hidden) return; // nobody looks: goes on when the tab is seen again
  const wait = free - performance.now();
  if (wait <= 0) {
    waiting.delete(chart);
    spend();
    chart.draw();
  }
  if (waiting.size) timer = setTimeout(next, Math.max(0, free - performance.now()));
}
