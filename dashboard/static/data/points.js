// One series at one level of detail: every row while it is short, buckets of rows once it is long.

const LIMIT = 2000; // points of a trace, at most
const BUCKETS = 500; // asked for when a series is too long: each is drawn as two points, its lowest and its highest

const EPOCH_BUCKETS = 999; // of a run of more epochs than are drawn: each gives its lowest and its highest

let made = 0;

/**
 * How many buckets to ask for, so that at most LIMIT points are drawn and there is room to grow.
 * @param {number} rows
 */
export function bucketsFor(rows) {
  return rows <= 0.75 * LIMIT ? Math.max(1, rows) : BUCKETS;
}

/**
 * The rows of so many epochs as a chart draws: each, or of neighbours the lowest and the highest, and always the last.
 * @param {Object[]} rows
 * @param {(row: Object) => number} value what is drawn of a row
 */
export function thinned(rows, value) {
  if (rows.length <= 2 * EPOCH_BUCKETS) return rows;
  const width = Math.ceil(rows.length / EPOCH_BUCKETS);
  const kept = new Set([rows.at(-1)]);
  for (let start = 0; start < rows.length; start += width) {
    const byValue = rows.slice(start, start + width).sort((a, b) => value(a) - value(b));
    kept.add(byValue[0]).add(byValue.at(-1));
  }
  return rows.filter((row) => kept.has(row));
}

/**
 * Values of which each is the mean of two neighbours, as the server's buckets are; a last one without a neighbour
 * stays as it is, and what has no value is left out of the mean.
 * @param {(number|null)[]} values
 */
export function halved(values) {
  return Array.from({ length: Math.ceil(values.length / 2) }, (_, at) => {
    const pair = values.slice(2 * at, 2 * at + 2).filter((value) => value !== null);
    return pair.length ? pair.reduce((sum, value) => sum + value, 0) / pair.length : null;
  });
}

/** A series between two rows, with its moving average over all rows. */
export class Points {
  /**
   * @param {Object} reply of /series
   * @param {number[]} reply.row
   * @param {number[]} reply.min
   * @param {number[]} reply.max
   * @param {number[]} reply.mean
   * @param {number[]} reply.smooth
   * @param {number} reply.weight sum of the weights behind the average at the last row
   * @param {number} start first row of the window
   * @param {number} upto rows known so far: the next one to come
   * @param {number} decay weight of the past in the moving average
   */
  constructor(reply, start, upto, decay) {
    made += 1;
    this.id = made; // changes whenever older points change: a chart may append only while it stays the same
    this.row = [...reply.row];
    this.low = [...reply.min];
    this.high = [...reply.max];
    this.mean = [...reply.mean];
    this.smooth = [...(reply.smooth ?? reply.mean)];
    this.step = this.row.length > 1 ? this.row[1] - this.row[0] : this.row.length === 1 ? this.row[0] + 1 - start : 1;
    this.bucketed = this.row.length; // points that stand for `step` rows each; what is appended stands for one row
    this.upto = upto;
    this.decay = decay;
    // The average goes on from the server's; rows without a value since its newest point have changed the weight alone.
    this.weight = reply.weight;
    this.sum = (this.smooth.findLast((value) => value !== null) ?? 0) * this.weight;
  }

  /** Add single rows, the first of which is row `after`; rows already known are passed over. */
  append(after, values) {
    for (let index = Math.max(0, this.upto - after); index < values.length; index += 1) {
      const value = values[index];
      this.sum = this.decay * this.sum + (value ?? 0);
      this.weight = this.decay * this.weight + (value === null ? 0 : 1);
      this.row.push(after + index);
      this.low.push(value);
      this.high.push(value);
      this.mean.push(value);
      this.smooth.push(value === null ? null : this.sum / this.weight);
    }
    this.upto = Math.max(this.upto, after + values.length);
  }

  /** Whether single rows have piled up beyond what a chart draws: time to ask for buckets again. */
  get tooLong() {
    return this.row.length + (this.step > 1 ? this.bucketed : 0) > LIMIT;
  }

  /** Whether some points stand for several rows, so that a zoom has more to ask for. */
  get isCoarse() {
    return this.step > 1;
  }

  /** Every value as it was logged; of a bucket its lowest and its highest, so that a single spike is seen. */
  raw() {
    if (!this.isCoarse) return { row: this.row, value: this.mean };
    const row = [];
    const value = [];
    for (let index = 0; index < this.row.length; index += 1) {
      row.push(this.row[index]);
      value.push(this.low[index]);
      if (index < this.bucketed) {
        row.push(this.row[index]);
        value.push(this.high[index]);
      }
    }
    return { row, value };
  }
}
