// From what a chart is to draw, and what is known of the runs, to Plotly's traces. Reads only; draws nothing.

import { faint, runColour, termColour, themeColour } from "../base/colours.js";
import { isNumber } from "../base/format.js";
import { isDark } from "../base/gradio.js";
import { preference } from "../base/preferences.js";
import { t } from "../base/texts.js";
import { thinned } from "../data/points.js";
import { publishedLines } from "../data/published_lines.js";
import { partsInWords } from "../data/stage_words.js";
import { classTraces } from "./class_traces.js";
import { matches, seriesLabel, seriesOf } from "./chart_series.js";
import { shareTraces } from "./share_traces.js";
import { line, plain, shortLabel } from "./trace.js";

/**
 * The traces of a chart.
 * @param {ChartSpec} spec
 * @param {ChartView} view
 * @returns {{traces: Object[], key: string}} as long as `key` stays the same, points were only added at the ends
 */
export function buildTraces(spec, view) {
  const range = view.range();
  const { several } = view;
  const keys = [];
  const traces = view.runs.flatMap((run) => {
    const pen = { spec, run, range, several, axis: view.axis(run), zoomed: view.isZoomed, keys };
    if (spec.x === "sample") return sampleTraces(pen);
    if (spec.kind === "stack") return shareTraces(pen);
    if (spec.kind === "classes") return classTraces(pen);
    if (spec.merge) return mergedTraces(pen);
    const own = [...lineTraces(pen), ...ratioTraces(pen), ...epochTraces(pen), ...beatTraces(pen)];
    return own.length && !several ? [...own, ...publishedTraces(pen)] : own;
  });
  return { traces, key: [...keys, ...manner(view)].join(" ") };
}

/** All that changes where a known point is drawn or how: a change of it needs a whole new drawing. */
function manner(view) {
  const chosen = ["smoothing", "error", "absoluteShares"].map(preference);
  return view.runs.flatMap((run) => {
    const axis = view.axis(run);
    const clock = axis.mode === "time" ? run.points("seconds", false)?.id : "";
    return [axis.mode, axis.unit.key, axis.perEpoch, clock, run.label, ...chosen, isDark()];
  });
}

function lineTraces(pen) {
  const { spec, run, several } = pen;
  const names = seriesOf(spec, run).filter((name) => matches(name, [...spec.series, ...spec.right]));
  return names.flatMap((name, index) => {
    const points = run.points(name, pen.zoomed);
    if (!points) return [];
    pen.keys.push(points.id);
    const color = names.length > 1 && !several ? termColour(index) : runColour(run.id, run.info);
    const base = {
      name: plain(several ? shortLabel(run.label) : seriesLabel(name)),
      legendgroup: `${run.id}${name}`,
      yaxis: matches(name, spec.right) ? "y2" : "y",
    };
    const raw = points.raw();
    const smoothing = spec.smooth && preference("smoothing") > 0;
    const solid = smoothing ? { row: points.row, value: points.smooth } : raw;
    const traces = [line(pen, solid, { ...base, line: { color, width: 1.75 } })];
    if (smoothing && !several) {
      traces.unshift(
        line(pen, raw, {
          ...base,
          line: { color: faint(color, 0.2), width: 1 },
          showlegend: false,
          hoverinfo: "skip",
          hovertemplate: null,
        }),
      );
    }
    return traces;
  });
}

/** Series of the network's parts; those that agree wherever both have a value share a line, named after all of them. */
function mergedTraces(pen) {
  const { spec, run, several } = pen;
  const groups = [];
  for (const part of run.parts) {
    const points = run.points(`${spec.series[0].slice(0, -1)}${part}`, pen.zoomed);
    const values = spec.smooth && preference("smoothing") > 0 ? points?.smooth : points?.mean;
    if (!points || values.every((value) => value === null)) continue; // frozen all the way
    pen.keys.push(points.id);
    const same = groups.find((group) => agree(group, points.row, values));
    if (same) {
      same.parts.push(part);
      same.value = same.value.map((value, at) => value ?? values[at]);
    } else groups.push({ parts: [part], row: points.row, value: values });
  }
  return groups.map((group, index) => {
    const words = partsInWords(group.parts, run.parts);
    pen.keys.push(words);
    const color = several ? runColour(run.id, run.info) : termColour(index);
    return line(pen, group, {
      name: plain(several ? `${shortLabel(run.label)} · ${words}` : words),
      line: { color, width: 1.75 },
    });
  });
}

function agree({ row, value }, rows, values) {
  return (
    row.length === rows.length &&
    row[0] === rows[0] &&
    value.every((one, at) => one === null || values[at] === null || one === values[at])
  );
}

/** Quotients of two series in percent, on the right axis: what share of the time waits for data. */
function ratioTraces(pen) {
  return Object.entries(pen.spec.ratios).flatMap(([name, [over, under]], index) => {
    const [upper, lower] = [over, under].map((series) => pen.run.points(series, pen.zoomed));
    if (!upper || !lower) return [];
    pen.keys.push(upper.id, lower.id);
    const count = Math.min(upper.row.length, lower.row.length);
    const value = upper.smooth
      .slice(0, count)
      .map((top, at) => (isNumber(top) && lower.smooth[at] ? (100 * top) / lower.smooth[at] : null));
    const trace = {
      name: t(`chart.series.${name}`),
      yaxis: "y2",
      line: { color: termColour(index + 1), width: 1.5, dash: "dot" },
    };
    return [line(pen, { row: upper.row.slice(0, count), value }, { ...trace, digits: 1 })];
  });
}

/** One point at the end of each epoch, joined by a dashed line. */
function epochTraces(pen) {
  const { spec, run, several } = pen;
  return spec.epochs.flatMap((name) => {
    const all = run.epochs.filter((row) => isNumber(row[name]));
    if (!all.length) return [];
    const rows = thinned(all, (row) => row[name]);
    if (rows.length < all.length) pen.keys.push(all.length); // each new epoch may take the place of others
    const points = { row: rows.map((row) => row.iteration - 1), value: rows.map((row) => row[name]) };
    const color = runColour(run.id, run.info);
    const on = run.status.evaluated_on?.name === "test" ? "test" : "val";
    const which = name.includes("ema_") ? `${on}_ema` : on;
    const label = several ? `${shortLabel(run.label)} · ${t(`chart.series.${which}`)}` : t(`chart.series.${which}`);
    const marker = { size: rows.length > 60 ? 3 : 6, color, symbol: which === on ? "circle" : "diamond-open" };
    const style = {
      mode: "lines+markers",
      cliponaxis: false,
      marker,
      line: { color, width: 1.5, dash: which === on ? "dash" : "dot" },
      digits: 2,
    };
    return [line(pen, points, { name: plain(label), ...style })];
  });
}

/** What the run has to beat: a dash-dotted level line from where it was measured to the end of the plan. */
function beatTraces(pen) {
  const { spec, run, several } = pen;
  const { top1, iteration } = run.status[spec.beat] ?? {};
  if (!isNumber(top1) || several) return [];
  const end = Math.max(run.rows, run.status.iterations ?? 0);
  pen.keys.push(spec.beat, top1, iteration, end);
  const points = { row: [iteration - 1, end - 1], value: [top1, top1] };
  const style = {
    name: t(`chart.series.${spec.beat}`),
    line: { color: themeColour("text-muted"), width: 1.5, dash: "dashdot" },
  };
  return [line(pen, points, { ...style, digits: 2 })];
}

/** What was published of the run's recipe, dashed, without the points that measured values have. */
function publishedTraces(pen) {
  return publishedLines(pen.spec, pen.run).map(({ name, row, value }) => {
    pen.keys.push(name, row.at(-1));
    return line(
      pen,
      { row, value },
      { name: plain(name), line: { color: themeColour("text-muted"), width: 1.5, dash: "8px,5px" } },
    );
  });
}

/** Readings of the machine over the seconds since the process began. */
function sampleTraces(pen) {
  const { spec, run, several } = pen;
  const { series } = run.system;
  const names = Object.keys(series).filter((name) => matches(name, [...spec.series, ...spec.right]));
  pen.keys.push(names.join(), run.system.thinned);
  return names.map((name, index) => ({
    type: "scatter",
    mode: "lines",
    name: plain(several ? `${shortLabel(run.label)} · ${seriesLabel(name)}` : seriesLabel(name)),
    yaxis: matches(name, spec.right) ? "y2" : "y",
    x: (series.seconds ?? []).map((seconds) => seconds / 60),
    y: [...series[name]], // Plotly adds to the arrays that it is given
    line: {
      color: several ? runColour(run.id, run.info) : termColour(index),
      width: 1.5,
      dash: matches(name, spec.right) ? "dot" : "solid",
    },
    hovertemplate: `%{y:.1f} ${matches(name, spec.right) ? spec.right_unit : spec.unit}`,
  }));
}
