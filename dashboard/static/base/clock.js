// The server's time: every span from a run's times to now is measured by the clock that wrote them.

let ahead = 0; // seconds by which the server's clock is ahead of ours

/** The server's time now, in unix seconds. */
export function serverTime() {
  return Date.now() / 1000 + ahead;
}

/**
 * Take over the server's clock from an answer.
 * @param {string} header the answer's Date
 */
export function setClock(header) {
  const date = Date.parse(header);
  if (date) ahead = (date - Date.now()) / 1000;
}
