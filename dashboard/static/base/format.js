// Numbers, durations and accuracies as people read them.

import { scoreInterval } from "./score_interval.js";
import { language, t } from "./texts.js";

const TINY = 1000; // test sets below this are told as "350 of 360"
const MISSING = "–";

/**
 * Whether a value is a number that can be shown.
 * @param {*} value
 * @returns {value is number}
 */
export function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}

/**
 * A number with thousands separators and a fixed count of decimals.
 * @param {number} value
 * @param {number} [digits]
 */
export function decimal(value, digits = 0) {
  if (!isNumber(value)) return MISSING;
  return value.toLocaleString(language(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/**
 * The unit in which a large value has at most three digits before the point; below a thousand there is none.
 * @param {number} value
 * @returns {[number, string]}
 */
function unitOf(value) {
  if (value >= 1e9) return [1e9, "G"];
  if (value >= 1e6) return [1e6, "M"];
  return value >= 1e3 ? [1e3, "k"] : [1, ""];
}

/**
 * A large count in three digits: "41.3 M", "4.09 G".
 * @param {number} value
 */
export function compact(value) {
  if (!isNumber(value)) return MISSING;
  const [size, unit] = unitOf(value);
  return unit ? `${significant(value / size, 3)} ${unit}` : decimal(value);
}

/**
 * The size of files in three digits: "1.2 GB", "340 MB".
 * @param {number} bytes
 */
export function fileSize(bytes) {
  const [size, unit] = unitOf(bytes);
  return `${significant(bytes / size, 3)} ${unit}B`;
}

/**
 * A number with so many significant digits: losses and learning rates.
 * @param {number} value
 * @param {number} [digits]
 */
export function significant(value, digits = 4) {
  if (!isNumber(value)) return MISSING;
  if (value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e7)) return value.toExponential(digits - 1);
  return value.toLocaleString(language(), { maximumSignificantDigits: digits });
}

/**
 * "93.27 %": a value that already is in percent.
 * @param {number} value
 * @param {number} [digits]
 */
export function percent(value, digits = 2) {
  return isNumber(value) ? `${decimal(value, digits)} %` : MISSING;
}

/**
 * A span of seconds: "48 s", "12 min", "3 h 05 min".
 * @param {number} seconds
 */
export function duration(seconds) {
  if (!isNumber(seconds)) return MISSING;
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return t("run.time.seconds", { seconds: whole });
  const minutes = Math.round(whole / 60);
  if (whole < 600) return t("run.time.minutes_seconds", { minutes: Math.floor(whole / 60), seconds: pad(whole % 60) });
  if (minutes < 60) return t("run.time.minutes", { minutes });
  if (minutes < 48 * 60) return t("run.time.hours", { hours: Math.floor(minutes / 60), minutes: pad(minutes % 60) });
  return t("run.time.days", { days: Math.floor(minutes / 1440), hours: Math.floor((minutes % 1440) / 60) });
}

/**
 * The time of day of a unix time; with the date when it is not today, and its year when it is another one.
 * @param {number} unix
 */
export function moment(unix) {
  if (!isNumber(unix)) return MISSING;
  const when = new Date(unix * 1000);
  const time = when.toLocaleTimeString(language(), {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  const now = new Date();
  if (when.toDateString() === now.toDateString()) return time;
  const year = when.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return `${when.toLocaleDateString(language(), { year, month: "short", day: "numeric" })} ${time}`;
}

/**
 * An accuracy with what it rests on: "93.27 % of 10,000 (± 0.50)", on tiny sets "350 of 360".
 * @param {number} top1 percent correct
 * @param {number} count images evaluated
 * @param {boolean} asError tell the share that is wrong instead
 * @returns {{figure: string, basis: string}} the figure to print large, and what stands beside it
 */
export function accuracy(top1, count, asError = false) {
  const value = asError ? 100 - top1 : top1;
  if (!isNumber(value)) return { figure: MISSING, basis: "" };
  if (!count) return { figure: percent(value), basis: "" };
  if (count < TINY) {
    const images = Math.round((value / 100) * count);
    return {
      figure: t("run.accuracy.of", { images: decimal(images), count: decimal(count) }),
      basis: percent(value, 1),
    };
  }
  const share = value / 100;
  const [low, high] = scoreInterval(share, count);
  const half = 100 * Math.max(share - low, high - share);
  return { figure: percent(value), basis: t("run.accuracy.basis", { count: decimal(count), half: decimal(half, 2) }) };
}

function pad(number) {
  return String(number).padStart(2, "0");
}
