// What a model makes of one picture: its answers, its gates, and beside them Grad-CAM.

import { canvasFor, drawOver } from "../maps/map_overlay.js";
import { blockPanel, gradCamPanel } from "./panels.js";
import { tokenPanels } from "./tokens.js";
import { button, element, toggle } from "../base/dom.js";
import { decimal, percent } from "../base/format.js";
import { preference, setPreference } from "../base/preferences.js";
import { goTo } from "../base/router.js";
import { t } from "../base/texts.js";
import { weightsName } from "../data/weights_words.js";

const SIDE = 264; // pixels of the picture

/**
 * The whole result as one element.
 * @param {Object} result of an attention job
 * @param {{info: Object, name: string, picture: string}} about the run as /api/runs/ID has it, its name, and what the
 *     picture is called
 * @param {(index: number) => void} choose called with the class that Grad-CAM shall ask about
 */
export async function resultNode(result, about, choose) {
  const [picture, input] = await Promise.all([decoded(result.image), decoded(result.network_input)]);
  const seen = { picture, width: result.width, height: result.height, box: result.box };
  const provenance = provenanceOf(result, about);
  const panels = { provenance, name: about.name, kernel: about.info.config?.attention?.kernel_size ?? null };
  const classes = about.info.class_names ?? [];
  const gates = result.blocks.map((block) => blockPanel(block, seen, panels));
  const tokens = result.transformer ? tokenPanels(result.transformer, seen, panels) : [];
  const cam = result.grad_cam ? gradCamPanel(result.grad_cam, classes, seen, panels, choose) : null;
  return element(
    "div",
    { class: "thaw-result-of-picture" },
    element(
      "div",
      { class: "thaw-picture-side" },
      pictureCard(seen, input, result),
      answersCard(result, classes),
      provenanceCard(provenance),
    ),
    element(
      "div",
      { class: "thaw-panels-side" },
      ...warnings(result),
      tokens.length || gates.length ? gatesHead(tokens.length ? "tokens" : "gates") : noBlocks(about.info.id),
      element("div", { class: "thaw-panels" }, ...tokens, ...gates, cam),
    ),
  );
}

async function decoded(base64) {
  const image = new Image();
  image.src = `data:image/png;base64,${base64}`;
  await image.decode();
  return image;
}

function pictureCard(seen, input, { notes }) {
  const canvas = canvasFor(seen.width, seen.height, SIDE);
  drawOver(canvas, seen, null);
  const [left, top, right, bottom] = seen.box;
  const cut = right - left < seen.width || bottom - top < seen.height;
  const size = t("attention.size", { width: decimal(seen.width), height: decimal(seen.height) });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${t("attention.picture")}, ${size}${cut ? `. ${t("attention.not_seen")}` : ""}`);
  const network = element("img", {
    src: input.src,
    alt: t("attention.network_sees"),
    width: 84,
    height: 84,
    class: "thaw-network-input",
  });
  return element(
    "section",
    { class: "thaw-card" },
    element("h3", {}, t("attention.picture")),
    canvas,
    element("p", { class: "thaw-reach" }, size),
    cut
      ? element(
          "p",
          { class: "thaw-not-seen" },
          element("span", { class: "thaw-hatch", "aria-hidden": "true" }),
          t("attention.not_seen"),
        )
      : null,
    ...notes.map((note) => element("p", { class: "thaw-help" }, t(`attention.note.${note}`))),
    element(
      "figure",
      { class: "thaw-network" },
      network,
      element(
        "figcaption",
        {},
        element("b", {}, t("attention.network_sees")),
        t("attention.size", { width: input.naturalWidth, height: input.naturalHeight }),
      ),
    ),
  );
}

function answersCard({ top, target, checkpoint }, classes) {
  const whose = element("p", { class: "thaw-help" }, t("attention.answers_of", { weights: weightsName(checkpoint) }));
  if (!top.length) {
    return element(
      "section",
      { class: "thaw-card" },
      element("h3", {}, t("attention.answers")),
      whose,
      element("p", { class: "thaw-unpainted" }, t("attention.no_answer")),
    );
  }
  const rows = top.map((answer) => {
    const bar = element("span", { class: "thaw-bar", "aria-hidden": "true" });
    bar.style.setProperty("--share", `${100 * answer.probability}%`);
    const right = target !== null && answer.class === target;
    return element(
      "li",
      { class: right ? "right" : "" },
      element("span", {}, answer.name, right ? element("small", {}, ` ✓ ${t("attention.true_class")}`) : null),
      element("span", {}, percent(100 * answer.probability, 1)),
      bar,
    );
  });
  const missed = target !== null && target !== undefined && !top.some((answer) => answer.class === target);
  return element(
    "section",
    { class: "thaw-card" },
    element("h3", {}, t("attention.answers")),
    whose,
    element("ol", { class: "thaw-answers" }, ...rows),
    missed
      ? element("p", { class: "thaw-help" }, t("attention.true_class_is", { name: classes[target] ?? target }))
      : null,
    element("p", { class: "thaw-help" }, t("attention.answers_help")),
  );
}

function provenanceOf({ checkpoint }, { info, name, picture }) {
  const data = info.environment?.data ?? {};
  const stage = info.status.stages?.[checkpoint.stage]?.name ?? checkpoint.stage + 1;
  const colours = t(data.channels === 1 ? "attention.from.grey" : "attention.from.colour");
  return [
    t("attention.from.run", { name, id: info.id }),
    t("attention.from.checkpoint", {
      weights: weightsName(checkpoint),
      sha: checkpoint.sha256.slice(0, 12),
      epoch: checkpoint.epoch,
      stage,
    }),
    t("attention.from.picture", { picture }),
    t("attention.from.preparation", {
      size: data.image_size,
      mean: numbers(data.mean),
      std: numbers(data.std),
      colours,
    }),
    t("attention.from.versions", { torch: info.environment?.packages?.torch ?? "–" }),
  ];
}

function numbers(values) {
  return (values ?? []).map((value) => decimal(value, 3)).join(", ");
}

function provenanceCard(lines) {
  return element(
    "section",
    { class: "thaw-card thaw-provenance" },
    element("h3", {}, t("attention.from.title")),
    element("ul", {}, ...lines.map((line) => element("li", {}, line))),
  );
}

function gatesHead(what) {
  const own = toggle(t("attention.own_scale"), preference("pictureStretched"), (on) =>
    setPreference("pictureStretched", on),
  );
  return element(
    "div",
    { class: "thaw-gates-head" },
    element("h2", {}, t(what === "tokens" ? "attention.tokens.head" : "attention.gates")),
    own,
    what === "gates" ? element("p", { class: "thaw-help" }, t("attention.limit")) : null,
  );
}

function noBlocks(run) {
  return element(
    "div",
    { class: "thaw-card thaw-no-blocks" },
    element("p", {}, t("attention.no_blocks")),
    button(t("attention.with_blocks"), { name: "plus", action: () => goTo({ from: run }, "train") }),
  );
}

function warnings({ non_finite_layers: layers }) {
  if (!layers.length) return [];
  return [
    element(
      "p",
      { class: "thaw-banner warning", role: "alert" },
      t("attention.non_finite", { layer: layers[0], count: layers.length }),
    ),
  ];
}
