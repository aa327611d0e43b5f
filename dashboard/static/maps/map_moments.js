// The moments of a training at which maps were kept: which of them is chosen, and their maps, each read once.

/** The moments of one run. */
export class MapMoments {
  /**
   * @param {(iteration: number) => Promise<MapMoment>} read gives the maps of an iteration
   * @param {number} kept of how many moments the maps are held in memory
   */
  constructor(read, kept) {
    this.read = read;
    this.kept = kept;
    /** @type {number[]} at which maps were kept, the earliest first */
    this.iterations = [];
    this.at = 0; // the chosen one, counted from 0
    this.followsNewest = true; // as long as nobody has chosen an earlier one
    /** @type {Map<number, Promise<MapMoment>>} by iteration, those looked at last at the end */
    this.maps = new Map();
  }

  /** The iteration of the chosen moment. */
  get iteration() {
    return this.iterations[this.at];
  }

  /** The iteration of the last moment; undefined while there is none. */
  get newest() {
    return this.iterations.at(-1);
  }

  /**
   * Take over which moments there are.
   * @param {number[]} iterations
   */
  know(iterations) {
    this.iterations = iterations;
    if (this.followsNewest) this.choose(iterations.length - 1);
  }

  /**
   * Choose the moment at this place; beyond the ends, the one at the end.
   * @param {number} index
   */
  choose(index) {
    const last = this.iterations.length - 1;
    this.at = Math.max(0, Math.min(last, index));
    this.followsNewest = this.at === last;
  }

  /**
   * Choose the moment nearest to an iteration; of two, the earlier.
   * @param {number} iteration
   */
  chooseNearest(iteration) {
    const distances = this.iterations.map((one) => Math.abs(one - iteration));
    this.choose(distances.indexOf(Math.min(...distances)));
  }

  /**
   * The maps of the chosen moment; null where another was chosen before they came.
   * @returns {Promise<MapMoment|null>}
   */
  async load() {
    const { iteration } = this;
    const reading = this.maps.get(iteration) ?? this.read(iteration);
    this.maps.delete(iteration);
    this.maps.set(iteration, reading);
    try {
      const maps = await reading;
      if (this.maps.size > this.kept) this.maps.delete(this.maps.keys().next().value);
      return iteration === this.iteration ? maps : null;
    } catch (error) {
      if (this.maps.get(iteration) === reading) this.maps.delete(iteration); // the next look tries again
      throw error;
    }
  }
}
