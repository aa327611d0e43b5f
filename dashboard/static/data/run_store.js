// What the page knows of one run: its state, epochs, events and the points of each series at two levels of detail.

import { get } from "../base/api.js";
import { serverTime } from "../base/clock.js";
import { Points, bucketsFor, halved } from "./points.js";
import { isActive } from "./run_state.js";

const MOST_SAMPLES = 2000;
const SAMPLES_AT_FIRST = 1000; // of a long history, so that there is room to grow

/** The series of one run between two rows. */
class Level {
  constructor(start, stop) {
    this.start = start;
    this.stop = stop;
    this.series = new Map();
  }

  /** Names that were never asked for, fell behind, or must be asked for again. */
  behind(names, rows, decay) {
    const upto = Math.min(this.stop, rows);
    return names.filter((name) => {
      const points = this.series.get(name);
      return !points || points.upto < upto || points.tooLong || points.decay !== decay;
    });
  }

  async load(id, names, rows, decay) {
    const stop = Math.min(this.stop, rows);
    if (!names.length || stop <= this.start) return false;
    const points = bucketsFor(stop - this.start);
    const query = { names: names.join(","), start: this.start, stop, points, smoothing: decay };
    const reply = await get(`runs/${id}/series`, query);
    for (const name of names) {
      if (reply.series[name]) this.series.set(name, new Points(reply.series[name], this.start, stop, decay));
    }
    return true;
  }

  append(after, series) {
    if (after > this.stop) return;
    for (const [name, values] of Object.entries(series)) {
      const points = this.series.get(name);
      if (points && points.upto >= after) points.append(after, values.slice(0, this.stop - after));
    }
  }
}

/**
 * One run as the page knows it. Charts read it, live_feed.js fills it.
 * @implements {ChartRun}
 */
export class RunStore {
  /** @param {string} id */
  constructor(id) {
    this.id = id;
    /** @type {RunInfo} */
    this.info = null;
    /** @type {Status} */
    this.status = { state: "" };
    this.life = null;
    this.seen = ""; // the server's mark of the status we have
    this.heard = null; // when the server last answered about it, by its clock
    /** @type {""|"away"|"refused"|"gone"} see Heard of run_state.js */
    this.trouble = "";
    this.why = ""; // what the trouble is, as it was answered
    /** @type {RunEvent[]} */
    this.events = [];
    /** @type {PublishedResult[]} what others published of its recipe, once that was asked for */
    this.published = [];
    this.system = { rows: 0, series: {}, thinned: 0, gap: false }; // gap: some samples were never sent
    /** @type {{number: number, command: string, time: number}[]} commands that the trainer has not answered yet */
    this.orders = [];
    this.lastMap = null;
    this.hasResult = false;
    this._startOver();
  }

  /** Forget the curves: after a resume the rows behind the checkpoint are others. Events and readings go on. */
  _startOver() {
    this.rows = 0;
    /** @type {Epoch[]} */
    this.epochs = [];
    this.whole = new Level(0, Infinity);
    this.window = null;
  }

  /** Ask what the run is: label, config, names of its series. */
  async loadInfo() {
    this.info = await get(`runs/${this.id}`);
    this.heard = serverTime();
    if (!this.status.state) this.status = this.info.status;
  }

  get isActive() {
    return isActive(this);
  }

  /** What to call the run: its label, else what it trains. Never the id alone. */
  get label() {
    const { label, config } = this.info ?? {};
    return label || [config?.model?.name, config?.data?.name].filter(Boolean).join(" · ") || this.id;
  }

  /** Iterations of one epoch; 1 before it is known. */
  get perEpoch() {
    return this.status.iterations_per_epoch || 1;
  }

  /** Stages that began or will, each {name, epochs, train, begins, ends, learning_rate}. */
  get stages() {
    const usual = this.info?.config?.optimizer?.learning_rate; // of a stage that has no rate of its own
    return (this.status.stages ?? []).map((stage) => ({ ...stage, learning_rate: stage.learning_rate ?? usual }));
  }

  /** Every part that the plan names, from input to output. */
  get parts() {
    if (this.status.parts) return this.status.parts;
    const rates = (this.info?.series ?? []).filter((name) => name.startsWith("learning_rate."));
    const named = new Set(rates.map((name) => name.slice("learning_rate.".length)));
    for (const stage of this.stages) for (const part of stage.train ?? []) named.add(part);
    return [...named].sort((a, b) => depth(a) - depth(b) || a.localeCompare(b, "en", { numeric: true }));
  }

  /** The points of a series, from the zoomed window where there is one and it has them. */
  points(name, zoomed) {
    return (zoomed && this.window?.series.get(name)) || this.whole.series.get(name) || null;
  }

  /** Look closer at the rows start to stop: points of that window come with the next `fill`. */
  zoom(start, stop) {
    const first = Math.max(0, Math.floor(start));
    const last = Math.ceil(stop);
    if (this.window?.start !== first || this.window?.stop !== last) this.window = new Level(first, last);
  }

  unzoom() {
    this.window = null;
  }

  /** Ask for what is missing of these series. Returns whether anything came. */
  async fill(names, decay) {
    const whole = await this.whole.load(this.id, this.whole.behind(names, this.rows, decay), this.rows, decay);
    if (!this.window) return whole;
    const coarse = names.filter((name) => this.whole.series.get(name)?.isCoarse);
    const missing = this.window.behind(coarse, this.rows, decay);
    return (await this.window.load(this.id, missing, this.rows, decay)) || whole;
  }

  /** The series that can take single rows from /live: those that are complete so far. */
  upToDate(names) {
    return names.filter((name) => this.whole.series.get(name)?.upto === this.rows);
  }

  /** Take the answer of /live. Returns true where the run began a new life and its curves were forgotten. */
  apply(reply) {
    const reborn = this.life !== null && reply.life !== this.life;
    if (reborn) this._startOver();
    this.life = reply.life;
    if (!reply.truncated) {
      this.whole.append(reply.after, reply.series ?? {});
      this.window?.append(reply.after, reply.series ?? {});
    }
    this.rows = reply.rows;
    this.epochs.push(...(reply.epochs ?? []).filter((row) => row.epoch > this.lastEpoch));
    this.events.push(...(reply.events ?? []).filter((event) => event.seq > this.lastEvent));
    this._applySystem(reply.system);
    this.status = { ...this.status, ...reply.status };
    this.seen = reply.seen;
    this.orders = reply.orders ?? [];
    this.lastMap = reply.maps;
    this.hasResult = reply.result;
    return reborn;
  }

  get lastEpoch() {
    return this.epochs.at(-1)?.epoch ?? 0;
  }

  get lastEvent() {
    return this.events.at(-1)?.seq ?? 0;
  }

  /** Ask for the whole history of the machine where only its end was sent. Returns whether anything came. */
  async fillSystem() {
    const { rows, gap, thinned } = this.system;
    if (!gap) return false;
    const { series } = await get(`runs/${this.id}/system`, { stop: rows, points: SAMPLES_AT_FIRST });
    const means = Object.entries(series).map(([name, { mean }]) => [name, mean]);
    this.system = { rows, series: Object.fromEntries(means), thinned: thinned + 1, gap: false };
    return true;
  }

  _applySystem(system) {
    if (!system) return;
    this.system.gap ||= system.after > this.system.rows; // one answer holds only so many
    for (const [name, values] of Object.entries(system.series ?? {})) {
      const kept = (this.system.series[name] ??= []);
      kept.push(...values.slice(Math.max(0, this.system.rows - system.after)));
    }
    this.system.rows = system.rows;
    this._thinSystem();
  }

  /** Keep the mean of each two samples once there are too many, as the server does with a long history. */
  _thinSystem() {
    const longest = Math.max(0, ...Object.values(this.system.series).map((values) => values.length));
    if (longest <= MOST_SAMPLES) return;
    for (const [name, values] of Object.entries(this.system.series)) {
      this.system.series[name] = halved(values);
    }
    this.system.thinned += 1;
  }
}

function depth(part) {
  if (part === "stem") return 0;
  if (part === "head") return 3;
  return part === "attention" ? 2 : 1;
}
