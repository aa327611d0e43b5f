// From what a chart is to draw, and what is known of the runs, to Plotly's traces. Reads only; draws nothing.

import { faint, isDark, runColour, termColour, themeColour } from "../base/colours.js";
import { decimal, isNumber, significant } from "../base/format.js";
import { thinned } from "../data/points.js";
import { preference } from "../base/preferences.js";
import { publishedLines, publishedShares } from "../run/published.js";
import { partsInWords, plain } from "../data/stage_words.js";
import { hasText, t } from "../base/texts.js";

const MOST_CLASSES = 10; // drawn one by one

/** Whether a series belongs to one of a chart's patterns: `*` stands for anything. */
export function matches(name, patterns) {
  return patterns.some((pattern) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
}

/** The series of a run that a chart needs to have loaded. */
export function seriesOf(spec, run) {
  if (spec.x === "sample") return [];
  const wanted = (run.info?.series ?? []).filter((name) => matches(name, [...spec.series, ...spec.right]));
  const more = Object.values(spec.ratios).flat();
  if (spec.kind === "stack" && preference("absoluteShares")) more.push("loss");
  if (preference("axis") === "time") more.push("seconds");
  return [...new Set([...wanted, ...more])];
}

/** A name people know for a series: "training", "layer3", "term 'cls'". */
function seriesLabel(name) {
  const key = `chart.series.${name}`;
  return hasText(key) ? t(key) : (name.split(".").slice(1).join(".") || name).replaceAll("_", " ");
}

/**
 * The traces of a chart.
 * @param {Object} spec one chart of /api/charts
 * @param {import("./chart_view.js").View} view
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

/** Whether a share was ever negative: then areas cannot be stacked. */
function hasNegative(run, names) {
  return names.some((name) => run.points(name, false)?.low.some((value) => value !== null && value < 0));
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
      name: plain(several ? run.label : seriesLabel(name)),
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
    return line(pen, group, { name: plain(several ? `${run.label} · ${words}` : words), line: { color, width: 1.75 } });
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
      .map((top, at) => (lower.smooth[at] ? (100 * top) / lower.smooth[at] : null));
    const trace = {
      name: t(`chart.series.${name}`),
      yaxis: "y2",
      line: { color: termColour(index + 1), width: 1.5, dash: "dot" },
    };
    return [line(pen, { row: upper.row.slice(0, count), value }, { ...trace, digits: 1 })];
  });
}

/** The shares of the loss: stacked in percent or in the loss's units; single lines where one is negative. */
function shareTraces(pen) {
  const { run } = pen;
  const names = seriesOf(pen.spec, run).filter((name) => name.startsWith("share."));
  const absolute = preference("absoluteShares");
  const loss = absolute ? run.points("loss", pen.zoomed) : null;
  const negative = hasNegative(run, names);
  const layers = names.flatMap((name, index) => {
    const points = run.points(name, pen.zoomed);
    if (!points || (absolute && !loss)) return [];
    pen.keys.push(points.id, absolute ? loss.id : "", negative);
    const count = absolute ? Math.min(points.row.length, loss.row.length) : points.row.length;
    const share = preference("smoothing") > 0 ? points.smooth : points.mean;
    const total = preference("smoothing") > 0 ? loss?.smooth : loss?.mean;
    const value = share
      .slice(0, count)
      .map((part, at) => (absolute && part !== null ? (part * total[at]) / 100 : part));
    const color = termColour(index);
    const style = negative
      ? { line: { color, width: 1.75 } }
      : { stackgroup: "shares", line: { color, width: 0.75 }, fillcolor: faint(color, 0.45) };
    return [
      line(
        pen,
        { row: points.row.slice(0, count), value },
        { name: plain(seriesLabel(name)), ...style, ...units({ absolute }) },
      ),
    ];
  });
  return layers.length && !pen.several
    ? [...layers, ...publishedEdges(pen, names, { absolute, stacked: !negative })]
    : layers;
}

/** How a share is told: in percent, or in the loss's own units, which have no name. */
function units({ absolute }) {
  return absolute ? { unit: "" } : { digits: 1 };
}

/** The published shares, dashed: where the layers of the published run had their upper edges, or its single lines. */
function publishedEdges(pen, names, how) {
  return publishedShares(pen.run, names, how).map(({ term, model, row, value, own }, index) => {
    pen.keys.push(term, own.length);
    const words = plain(t("published.line", { model }));
    const color = how.stacked ? themeColour("text") : termColour(names.indexOf(term));
    const style = {
      name: words,
      legendgroup: "published",
      showlegend: index === 0,
      line: { color, width: 1.5, dash: "8px,5px" },
    };
    return line(pen, { row, value, shown: own }, { ...style, ...units(how), of: plain(seriesLabel(term)) });
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
    const label = several ? `${run.label} · ${t(`chart.series.${which}`)}` : t(`chart.series.${which}`);
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

/** How the classes share what an epoch tells of, stacked to the whole; of one run only. */
function classTraces(pen) {
  const { spec, run, several } = pen;
  const [field] = spec.epochs;
  const all = run.epochs.filter((row) => Array.isArray(row[field]));
  if (!all.length || several) return [];
  const rows = thinned(all, (row) => row.iteration);
  if (rows.length < all.length) pen.keys.push(all.length);
  const classes = balanced(
    rows.map((row) => row[field]),
    run.info?.class_names ?? [],
  );
  pen.keys.push(...classes.map(({ name }) => name)); // of many, others may become the most frequent
  return classes.map(({ name, value }, index) => {
    const points = { row: rows.map((row) => row.iteration - 1), value };
    const hue = Math.round((360 * index) / classes.length); // more classes than there are colours of terms
    const color = `hsl(${hue}, 45%, 52%)`;
    const style = {
      name: plain(name),
      stackgroup: "classes",
      mode: "lines+markers",
      cliponaxis: false,
      marker: { size: 4, color },
      line: { color, width: 0.75 },
      fillcolor: `hsla(${hue}, 45%, 52%, 0.45)`,
    };
    return line(pen, points, { ...style, digits: 1 });
  });
}

/** The share of each class over the epochs; of many classes those that are most frequent now, and the others together. */
function balanced(shares, names) {
  const classes = shares.at(-1).map((now, index) => ({
    name: names[index] ?? String(index + 1),
    value: shares.map((row) => row[index] ?? null),
    now,
  }));
  if (classes.length <= MOST_CLASSES) return classes;
  const most = [...classes].sort((a, b) => b.now - a.now).slice(0, MOST_CLASSES - 1);
  const rest = classes.filter((one) => !most.includes(one));
  const sum = (at) => rest.reduce((total, { value }) => total + value[at], 0);
  return [
    ...most,
    { name: t("chart.class_balance.others", { count: rest.length }), value: shares.map((_, at) => sum(at)) },
  ];
}

/** Whether a run has anything for a chart. */
export function hasPart(spec, run) {
  const { series = [] } = run.info ?? {};
  return (
    series.some((name) => matches(name, spec.series)) ||
    run.epochs.some((row) => spec.epochs.some((field) => field in row))
  );
}

/** What was published of the run's recipe, dashed, without the points that measured values have. */
function publishedTraces(pen) {
  return publishedLines(pen.spec, pen.run).map(({ name, row, value }) => {
    pen.keys.push(name, row.at(-1));
    return line(pen, { row, value }, { name, line: { color: themeColour("text-muted"), width: 1.5, dash: "8px,5px" } });
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
    name: plain(several ? `${run.label} · ${seriesLabel(name)}` : seriesLabel(name)),
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

/**
 * A Plotly trace of the points that are in sight, with one neighbour on each side so that lines run off the edge.
 * `shown`: what a pointer is told instead of the place on the y axis; `of`: and of what.
 */
function line(pen, { row, value, shown = null }, { digits = null, unit = null, of = "", ...style }) {
  const { axis, range, zoomed, spec } = pen;
  let x = row.map((at) => axis.at(at + 1));
  let y =
    spec.complement && preference("error") ? value.map((right) => (right === null ? null : 100 - right)) : [...value];
  if (zoomed) {
    const first = Math.max(0, x.findIndex((place) => place >= range[0]) - 1);
    const beyond = x.findIndex((place) => place > range[1]);
    const last = beyond < 0 ? x.length : beyond + 1;
    const cut = (points) => (x.at(-1) < range[0] ? [] : points?.slice(first, last));
    [x, y, shown] = [cut(x), cut(y), cut(shown)];
    pen.keys.push(first, beyond);
  }
  const shownUnit = unit ?? (style.yaxis === "y2" ? spec.right_unit : spec.unit);
  const format = `%{${shown ? "customdata" : "y"}:${digits === null ? ".4~g" : `.${digits}f`}}`;
  return {
    type: "scatter",
    mode: "lines",
    x,
    y,
    ...(shown && { customdata: shown }),
    hovertemplate: [format, shownUnit, of && `· ${of}`].filter(Boolean).join(" "),
    ...style,
  };
}

/** What a chart shows, in a sentence for those who do not see it: from where to where each line went. */
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
