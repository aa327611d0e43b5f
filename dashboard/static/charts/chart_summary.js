// What a chart shows, in words.

import { decimal, isNumber, significant } from "../base/format.js";
import { t } from "../base/texts.js";

/**
 * What a chart shows, in a sentence for those who do not see it: from where to where each line went.
 * @param {ChartSpec} spec
 * @param {import("./chart_view.js").View} view
 */
export function summary(spec, view) {
  const told = view.build(spec).traces.filter((trace) => trace.showlegend !== false && trace.y.length);
  return told
    .map((trace) => {
      const values = trace.y.filter(isNumber);
      const tell = (value) => (spec.unit === "%" ? `${decimal(value, 1)} %` : significant(value, 3));
      if (!values.length) return t("chart.summary_empty", { name: trace.name });
      const figures = {
        first: tell(values[0]),
        last: tell(values.at(-1)),
        low: tell(Math.min(...values)),
        high: tell(Math.max(...values)),
      };
      return t("chart.summary", { name: trace.name, ...figures });
    })
    .join(" ");
}
