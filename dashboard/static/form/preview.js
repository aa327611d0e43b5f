// What augmentations do: real images before and after, as the network sees them, with the labels it is trained on.

import { button, choice, element } from "../base/dom.js";
import { percent } from "../base/format.js";
import { Asker } from "./newest_answer.js";
import { t } from "../base/texts.js";

const COUNT = 8;
const MOST_LABELS = 4;
const LARGEST_SEED = 2 ** 31 - 1;

/** The preview inside the section of augmentations. */
export class Preview {
  /** @param {() => void} again called when the form must be drawn anew */
  constructor(again) {
    this.again = again;
    this.shown = "";
    this.seed = 0;
    this.stage = 0;
    this.asker = new Asker("preview", again);
    // Whoever comes back may have changed pictures of their own.
    window.addEventListener("focus", () => this.asker.details?.config.data?.path && this.asker.again());
  }

  /** Bring it up to date. config: differences from the defaults, null while there are faults; only if it is seen. */
  draw(container, config, isOpen) {
    if (!container) return;
    if (config && this.stage >= (config.stages?.length ?? 1)) this.stage = 0;
    if (isOpen && config)
      this.asker.want({ config: reduced(config), count: COUNT, seed: this.seed, stage: this.stage });
    else if (!isOpen) this.asker.want(null);
    if (!isOpen) return;
    const { answer, isFresh } = this.asker;
    const what = JSON.stringify([answer?.key, isFresh, Boolean(config), this.seed, this.stage]);
    if (what === this.shown && container.firstChild) return;
    this.shown = what;
    const focused = document.activeElement?.id;
    container.replaceChildren(this._whole(answer, isFresh, config));
    if (focused?.startsWith("thaw-preview")) document.getElementById(focused)?.focus();
  }

  _whole(answer, isFresh, config) {
    const node = element(
      "section",
      {
        class: "thaw thaw-seen",
        "aria-busy": String(Boolean(config) && !isFresh),
        "aria-label": t("trial.preview.title"),
      },
      element("h3", {}, t("trial.preview.title")),
      element("p", { class: "thaw-help" }, t("trial.preview.help")),
      this._controls(answer?.result),
    );
    if (!answer)
      node.append(element("p", { class: "thaw-empty" }, t(config ? "trial.preview.waiting" : "trial.blocked")));
    else if (answer.error) node.append(element("p", { class: "thaw-fault" }, answer.error));
    else node.append(element("ol", { class: "thaw-seen-images" }, ...answer.result.images.map(card)));
    return node;
  }

  _controls(result) {
    const seed = element("input", {
      type: "number",
      id: "thaw-preview-seed",
      min: 0,
      max: LARGEST_SEED,
      step: 1,
      class: "thaw-input",
      value: this.seed,
      onchange: () => this._reseed(Number(seed.value)),
    });
    const another = button(t("trial.preview.another"), {
      id: "thaw-preview-another",
      kind: "small",
      action: () => this._reseed(this.seed + 1),
    });
    const label = element("label", { class: "thaw-seen-seed" }, element("span", {}, t("trial.preview.seed")), seed);
    const differ = result && new Set(result.stages.map(String)).size > 1;
    const stages =
      differ &&
      choice(
        t("trial.preview.stage"),
        result.stages.map((_, index) => [String(index), t("train.stage.number", { number: index + 1 })]),
        String(this.stage),
        (index) => this._look(Number(index)),
      );
    return element("div", { class: "thaw-seen-controls" }, label, another, stages || null);
  }

  _reseed(seed) {
    this.seed = Number.isInteger(seed) && seed >= 0 ? Math.min(seed, LARGEST_SEED) : 0;
    this.again();
  }

  _look(stage) {
    this.stage = stage;
    this.again();
  }
}

/** The settings that decide what the network sees; others may change without another answer. */
function reduced({ data, augmentations, objective, stages }) {
  const chosen = Object.entries({ data, augmentations, objective }).filter(([, value]) => value !== undefined);
  const plan = (stages ?? [{}]).map((stage) => ({
    epochs: 1,
    ...(stage.objective ? { objective: stage.objective } : {}),
  }));
  return { ...Object.fromEntries(chosen), stages: plan };
}

function card({ name, before, views }) {
  const several = views.length > 1;
  const seen = views.map(({ view, image }, index) =>
    picture(
      image,
      several ? t(`trial.preview.view.${view}`) : t("trial.preview.after"),
      t("trial.preview.seen", { name, number: index + 1 }),
    ),
  );
  const labels = views.find(({ view }) => view !== "weak") ?? views[0];
  const shares = labels.labels.sort((a, b) => b.share - a.share).slice(0, MOST_LABELS);
  return element(
    "li",
    {},
    element("div", { class: "thaw-seen-pair" }, picture(before, t("trial.preview.before"), name), ...seen),
    element("ul", { class: "thaw-seen-labels" }, ...shares.map(bar)),
  );
}

function picture(png, words, alt) {
  return element(
    "figure",
    {},
    element("img", { src: `data:image/png;base64,${png}`, alt }),
    element("figcaption", {}, words),
  );
}

function bar({ name, share }) {
  const part = element("span", { class: "thaw-bar", "aria-hidden": "true" });
  part.style.setProperty("--share", `${100 * share}%`);
  return element("li", {}, element("span", { title: name }, name), part, element("span", {}, percent(100 * share, 0)));
}
