// A run beside what was published of its recipe: a dashed line in the charts, and the difference in words.

import { get, orSay } from "../base/api.js";
import { element, section } from "../base/dom.js";
import { decimal, isNumber, percent, significant } from "../base/format.js";
import { spread } from "../data/spread.js";
import { t } from "../base/texts.js";

const LEAST = 0.005; // points that are no difference, at two digits
const MEASURES = [
  ["val.top1", "right"],
  ["train.top1", "right"],
  ["train.loss", "loss"],
]; // of a published log, the best first

/** What was published, as a section of the run's page; hidden where the run names nothing. */
export class Published {
  /**
   * @param {import("../data/run_store.js").RunStore} run gets `published`, the rows, for the charts
   * @param {() => void} arrived called when they are there
   */
  constructor(run, arrived) {
    this.run = run;
    this.drawn = "";
    this.content = element("div", { class: "thaw-card thaw-published" });
    this.node = section("published", t("published.title"), this.content);
    this.node.hidden = true;
    const isOne = Boolean(run.status.imported); // a published log itself is not compared with itself
    if (run.info.config?.reference?.length && !isOne) this._load(arrived);
  }

  async _load(arrived) {
    const answer = await orSay(() => get(`runs/${this.run.id}/reference`));
    if (!answer?.rows.length) return;
    this.run.published = answer.rows;
    this.others = answer.others;
    this.node.hidden = false;
    this.update();
    arrived();
  }

  update() {
    const { published: rows, status, epochs } = this.run;
    if (!rows.length) return;
    const drawn = JSON.stringify([status.state, status.last, status.test, epochs.length]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.content.replaceChildren(...rows.map((row) => article(this.run, row, this.others)));
  }
}

function article(run, row, others) {
  const said = Array.isArray(row.epochs) ? ofLog(run, row) : ofFigure(run, row, others);
  const lead = said.difference ?? t("published.not_yet");
  const runs =
    row.runs > 1
      ? t("published.runs_several", { count: row.runs })
      : t(row.runs ? "published.runs_one" : "published.runs_unknown");
  const source = t("published.source", {
    source: row.source,
    runs,
    hardware: row.hardware ?? t("published.no_hardware"),
  });
  return element(
    "article",
    {},
    element("p", { class: "thaw-published-difference", "data-published": row.id }, lead),
    element("p", {}, said.published),
    ...said.cautions.map((words) => element("p", {}, words)),
    ...recipe(row),
    element("p", { class: "thaw-help" }, source),
  );
}

/** A figure of the end, an error in percent, against the last accuracy here, or the mean over seeds. */
function ofFigure(run, row, others) {
  if (!isNumber(row.test_error)) return { difference: null, published: t("published.missing", row), cautions: [] };
  const right = 100 - row.test_error;
  const words = {
    figure: percent(row.test_error),
    right: percent(right),
    model: row.model,
    epochs: decimal(row.epochs),
  };
  const published = t(isNumber(row.epochs) ? "published.figure" : "published.figure_no_length", words);
  const here = figuresHere(run, others);
  if (!here.values.length) return { difference: null, published, cautions: [] };
  const compared = inWords("right", spread(here.values).mean, right);
  const difference = here.isEnd
    ? t("published.at_end", { words: compared })
    : t("published.at_epoch", { epoch: run.status.last.epoch, epochs: run.status.epochs, words: compared });
  return { difference, published, cautions: cautions(run, here, row.runs) };
}

/** The accuracies on this side: of the run alone while it trains; once it has ended, with those of its group too. */
function figuresHere({ status }, others) {
  const isEnd = status.state === "finished" && isNumber(status.test?.top1);
  const own = isEnd ? status.test.top1 : status.last?.top1;
  const more = isEnd ? others.map(({ top1 }) => top1) : [];
  return { isEnd, values: [own, ...more].filter(isNumber) };
}

function cautions({ status }, { isEnd, values }, there) {
  const several = values.length > 1;
  const sure = !there
    ? "unknown_there"
    : !several
      ? there > 1
        ? "one_here"
        : "one_each"
      : there > 1
        ? "several_each"
        : "one_there";
  return [
    several && t("published.mean_of", { count: values.length, deviation: decimal(spread(values).deviation, 2) }),
    !isEnd && t("published.unfinished"),
    !isEnd && status.evaluated_on?.name !== "test" && t("published.on_validation"),
    t(`published.${sure}`, { count: several ? values.length : there, there }),
  ].filter(Boolean);
}

/** A log, epoch by epoch: compared at the last epoch that both have, in the best measure that both have. */
function ofLog(run, row) {
  const published = t("published.log", { epochs: row.epochs.length, model: row.model });
  const measure = MEASURES.find(
    ([name]) => row.epochs.some((epoch) => name in epoch) && run.epochs.some((epoch) => isNumber(epoch[name])),
  );
  const both = measure && run.epochs.findLast((epoch) => row.epochs.some((other) => other.epoch === epoch.epoch));
  if (!both) return { difference: null, published, cautions: [] };
  const [name, kind] = measure;
  const there = row.epochs.find(({ epoch }) => epoch === both.epoch)[name];
  const on = name.startsWith("train") ? "train" : run.status.evaluated_on?.name === "test" ? "test" : "validation";
  const difference = t("published.same_epoch", {
    epoch: both.epoch,
    on: t(`published.measured_on.${on}`),
    words: inWords(kind, both[name], there),
  });
  return { difference, published, cautions: [t("published.one_each")] };
}

function inWords(kind, here, there) {
  const away = here - there;
  const least = kind === "right" ? LEAST : 0;
  const which = Math.abs(away) <= least ? "same" : away > 0 ? "higher" : "lower";
  const tell = kind === "right" ? percent : significant;
  const difference = kind === "right" ? decimal(Math.abs(away), 2) : significant(Math.abs(away), 3);
  return t(`published.${kind}.${which}`, { here: tell(here), there: tell(there), difference });
}

/** The settings in which the run is another than the published one. */
function recipe({ differs }) {
  if (differs === null) return [element("p", {}, t("published.no_recipe"))];
  if (!differs.length) return [element("p", {}, t("published.same_recipe"))];
  const word = (value) => value || t("published.empty");
  const rows = differs.map(({ field, here, there }) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, field),
      element("td", {}, word(here)),
      element("td", {}, word(there)),
    ),
  );
  const head = element(
    "tr",
    {},
    element("td", {}),
    ...["here", "there"].map((side) => element("th", { scope: "col" }, t(`published.${side}`))),
  );
  return [
    element("p", {}, t("published.differs")),
    element(
      "div",
      { class: "thaw-scroll", tabindex: 0 },
      element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows)),
    ),
  ];
}
