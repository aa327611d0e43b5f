// Zero on a logarithmic axis, where it has no place: it is drawn at the foot of the chart, and told as what it is.

/**
 * Traces with a place for values of zero and below; the same ones where there are none.
 * @param {Array<Record<string, any>>} traces
 * @returns {{traces: Array<Record<string, any>>, foot: number|null}} foot: where zero is drawn, a decade or more below
 *     the smallest value above it
 */
export function withZeros(traces) {
  const values = traces.filter(isLeft).flatMap(({ y }) => y.filter((value) => Number.isFinite(value)));
  if (!values.some((value) => value <= 0)) return { traces, foot: null };
  const least = values.reduce((found, value) => (value > 0 && value < found ? value : found), Infinity);
  const foot = least === Infinity ? 1 : 10 ** (Math.floor(Math.log10(least)) - 1);
  return { traces: traces.map((trace) => lifted(trace, foot)), foot };
}

function lifted(trace, foot) {
  const isLow = (value) => value !== null && value <= 0;
  if (!isLeft(trace) || !trace.y.some(isLow)) return trace;
  const told = { customdata: trace.customdata ?? [...trace.y] };
  if (trace.hovertemplate) told.hovertemplate = trace.hovertemplate.replace("%{y:", "%{customdata:");
  return { ...trace, ...told, y: trace.y.map((value) => (isLow(value) ? foot : value)) };
}

/** Only the left axis is logarithmic. */
function isLeft({ yaxis = "y" }) {
  return yaxis === "y";
}
