// Every visible sentence, by key, in the language of the page. The sentences live in dashboard/texts.

let sentences = {};
let spoken = "en";
let arrived;

/** Fulfilled once the sentences are there. */
export const ready = new Promise((resolve) => (arrived = resolve));

/**
 * Take the catalogue that the server gave.
 * @param {string} name of the language
 * @param {Object<string, string>} catalogue
 */
export function useTexts(name, catalogue) {
  spoken = name;
  sentences = catalogue;
  arrived();
}

/** The language of the page, as a tag that Intl knows. */
export function language() {
  return spoken === "zh" ? "zh-CN" : spoken;
}

/**
 * Whether there is a sentence with this key.
 * @param {string} key
 */
export function hasText(key) {
  return key in sentences;
}

/**
 * What the engine said: in the language of the page where that has a sentence for its code, else as it was said.
 * @param {CodedMessage|null|undefined} told
 * @param {string} said
 */
export function codedText(told, said) {
  const key = `error.${told?.code}`;
  return hasText(key) ? t(key, told.values) : said;
}

/**
 * One sentence with its {placeholders} filled in, from `KEY_for_one` where there is such a sentence and {count} is one.
 * The result is data: set it with textContent.
 * @param {string} key
 * @param {Object<string, string|number>} [values]
 */
export function t(key, values = {}) {
  const sentence = (String(values.count) === "1" && sentences[`${key}_for_one`]) || (sentences[key] ?? key);
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}
