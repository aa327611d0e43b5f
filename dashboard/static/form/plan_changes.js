// Changes of a freeze plan: each takes the stages of the form and gives new ones. A stage that changed has a new id, as
// Gradio keeps what stands in a field as long as its key stays the same.

/**
 * Whether a part trains in a stage of the form.
 * @param {string} part
 * @param {FormStage} stage
 */
export function trains(part, stage) {
  const train = stage.train ?? ["all"];
  return train.includes("all") || train.includes(part);
}

/**
 * Freeze or thaw a part in a stage. rates: those of the stage's parts now, where they are known.
 * @param {FormStage[]} stages
 * @param {number} index
 * @param {string} part
 * @param {string[]} parts of the model, from input to output
 * @param {Record<string, number>} [rates]
 */
export function toggled(stages, index, part, parts, rates = {}) {
  const stage = stages[index];
  const on = !trains(part, stage);
  const chosen = parts.filter((name) => (name === part ? on : trains(name, stage)));
  const unknown = (stage.train ?? []).filter((name) => name !== "all" && name !== part && !parts.includes(name));
  const train = chosen.length === parts.length && !unknown.length ? ["all"] : [...chosen, ...unknown];
  const next = { ...stage, train };
  if (on && isByPart(stage.learning_rate)) {
    const known = ratesIn(stage.learning_rate); // newer than `rates`, which are told a moment later
    const rate = known[part] ?? nearest(part, parts, stage, { ...rates, ...known });
    if (rate !== undefined) next.learning_rate = written({ ...known, [part]: rate }); // else it takes the optimizer's
  }
  return replaced(stages, index, next);
}

/**
 * Give a part a rate of its own in a stage; parts that all have the same rate share one number.
 * @param {FormStage[]} stages
 * @param {number} index
 * @param {string} part
 * @param {number} rate
 * @param {string[]} parts
 * @param {Record<string, number>} rates those of the stage's parts now
 */
export function rated(stages, index, part, rate, parts, rates) {
  const all = Object.fromEntries(
    parts
      .filter((name) => trains(name, stages[index]))
      .map((name) => [name, name === part ? rate : (rates[name] ?? rate)]),
  );
  const same = Object.values(all).every((value) => value === rate);
  return replaced(stages, index, {
    ...stages[index],
    learning_rate: same ? plainNumber(rate) : written(all),
    rate_factors: "",
    layer_decay: 1,
  });
}

/**
 * Move the border behind a stage by so many epochs; behind the last one, that makes the plan longer or shorter.
 * @param {FormStage[]} stages
 * @param {number} index
 * @param {number} by
 */
export function moved(stages, index, by) {
  const [left, right] = [stages[index], stages[index + 1]];
  const least = 1 - left.epochs;
  const most = right ? right.epochs - 1 : Infinity;
  const step = Math.max(least, Math.min(most, by));
  if (!step) return stages;
  const longer = replaced(stages, index, { ...left, epochs: left.epochs + step });
  return right ? replaced(longer, index + 1, { ...right, epochs: right.epochs - step }) : longer;
}

/**
 * Add a stage like this one behind it.
 * @param {FormStage[]} stages
 * @param {number} index
 */
export function added(stages, index) {
  const copied = { ...structuredClone(stages[index]), title: "", id: freeId(stages) };
  return [...stages.slice(0, index + 1), copied, ...stages.slice(index + 1)];
}

/**
 * Make two stages of one, which together last as long; a stage of one epoch cannot be split.
 * @param {FormStage[]} stages
 * @param {number} index
 */
export function split(stages, index) {
  const { epochs } = stages[index];
  if (epochs < 2) return stages;
  const first = replaced(stages, index, { ...stages[index], epochs: Math.ceil(epochs / 2) });
  const both = added(first, index);
  both[index + 1].epochs = Math.floor(epochs / 2);
  return both;
}

/**
 * Make one stage of this and the next: it trains what this one says, as fast, and lasts as long as both.
 * @param {FormStage[]} stages
 * @param {number} index
 */
export function merged(stages, index) {
  if (index >= stages.length - 1) return stages;
  const { epochs } = stages[index + 1];
  const longer = replaced(stages, index, { ...stages[index], epochs: stages[index].epochs + epochs });
  return longer.filter((_, place) => place !== index + 1);
}

/**
 * Take a stage away; the last one that is left stays.
 * @param {FormStage[]} stages
 * @param {number} index
 */
export function removed(stages, index) {
  return stages.length > 1 ? stages.filter((_, place) => place !== index) : stages;
}

/**
 * Every stage with an id that was never seen: a plan of before is shown again.
 * @param {FormStage[]} stages
 * @param {number} first id
 */
export function renumbered(stages, first) {
  return stages.map((stage, place) => ({ ...stage, id: first + place }));
}

/** A number as the form writes it. */
function plainNumber(number) {
  const text = String(number);
  return /^\d+e/.test(text) ? text.replace("e", ".0e") : text; // YAML reads 1e-5 as text
}

function replaced(stages, index, stage) {
  return stages.map((one, place) => (place === index ? { ...stage, id: freeId(stages) } : one));
}

function freeId(stages) {
  return 1 + Math.max(-1, ...stages.map(({ id }) => id));
}

function isByPart(text) {
  return typeof text === "string" && text.includes(":");
}

function ratesIn(text) {
  return Object.fromEntries(
    text
      .replace(/[{}]/g, "")
      .split(",")
      .map((piece) => piece.split(":").map((word) => word.trim())),
  );
}

function written(rates) {
  return Object.entries(rates)
    .map(([part, rate]) => `${part}: ${typeof rate === "number" ? plainNumber(rate) : rate}`)
    .join(", ");
}

/** The rate of the trained part that stands next to this one; undefined where none is known. */
function nearest(part, parts, stage, rates) {
  const place = parts.indexOf(part);
  const others = parts.filter((name) => name !== part && trains(name, stage));
  const next = others.sort((a, b) => Math.abs(parts.indexOf(a) - place) - Math.abs(parts.indexOf(b) - place))[0];
  return rates[next] ?? rates[part];
}
