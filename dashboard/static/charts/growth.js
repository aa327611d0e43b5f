// What came to the traces of a chart since they were drawn, as Plotly's extendTraces takes it.

/**
 * The points that are new; of lines that have something to tell of each point apart from the others, as one call takes
 * the same fields of all its traces.
 * @param {Array<Record<string, any>>} drawn
 * @param {Array<Record<string, any>>} traces the same with more points at their ends
 * @returns {{update: Record<string, any[][]>, indices: number[]}[]}
 */
export function growthsOf(drawn, traces) {
  const grown = [...traces.keys()].filter((index) => traces[index].x.length > drawn[index].x.length);
  const tells = (index) => Boolean(traces[index].customdata);
  const growth = (indices, fields) => {
    const tail = (field) => indices.map((index) => traces[index][field].slice(drawn[index].x.length));
    return { update: Object.fromEntries(fields.map((field) => [field, tail(field)])), indices };
  };
  const [silent, telling] = [grown.filter((index) => !tells(index)), grown.filter(tells)];
  return [growth(silent, ["x", "y"]), growth(telling, ["x", "y", "customdata"])].filter(
    ({ indices }) => indices.length,
  );
}
