// Beside the form: what would start, what stands in the way, and Start. Below it: command line and YAML.

import { button, download, element, icon, section, toast } from "../base/dom.js";
import { decimal } from "../base/format.js";
import { nameThen, confirmThen } from "../base/dialogs.js";
import { nameOf, showField } from "./marks.js";
import { inWords } from "./plan_grid.js";
import { hasText, t } from "../base/texts.js";

let files = null;
let shown = "";

/**
 * @param {Object} report what the server says about the form
 * @param {Object} state the form
 * @param {{start: function(), ask: function(string, *)}} actions
 */
export function drawSummary(report, state, actions) {
  const what = JSON.stringify([report, state.preset]);
  if (what === shown && document.getElementById("thaw-start")) return;
  shown = what;
  drawCard(report, state, actions);
  drawFiles(report, actions);
}

function drawCard(report, state, { start, ask }) {
  const { faults, config, runs, found } = report;
  const total = report.stages.reduce((sum, { epochs }) => sum + epochs, 0);
  const title = faults.length ? t("train.faults", { count: faults.length }) : t("train.ready");
  const facts = [state.form.data?.name, state.form.model?.name, state.form.attention?.name].filter(
    (name) => name && name !== "none",
  );
  const plan =
    report.stages.length > 1
      ? t("train.stages", { count: total, stages: report.stages.length })
      : inWords({ epochs: total });
  const pressed = button(runs > 1 ? t("train.start_several", { count: runs }) : t("train.start"), {
    name: "play",
    kind: "primary",
    action: start,
    id: "thaw-start",
    "aria-disabled": String(!config),
    "aria-describedby": "thaw-start-why",
  });
  const card = element(
    "div",
    { class: `thaw thaw-card thaw-summary ${faults.length ? "faulty" : ""}` },
    element("h2", { "aria-live": "polite" }, title),
    element(
      "p",
      { class: "thaw-help" },
      [...facts, plan, ...(found?.total ? [t("train.timeline.parameters", { count: decimal(found.total) })] : [])].join(
        " · ",
      ),
    ),
    ...(found?.remarks ?? []).map(remark),
    found?.error ? element("p", { class: "thaw-help" }, t("train.engine_silent", { why: found.error })) : null,
    faults.length ? faultList(faults) : null,
    pressed,
    element("p", { class: "thaw-help", id: "thaw-start-why" }, t(config ? "train.start_help" : "train.start_blocked")),
    ownPresets(state, report, ask),
  );
  fill("thaw-form-summary", card);
}

/** What the device does slower than one might think, and what the weights leave random. */
function remark({ code, message, parts }) {
  return element(
    "p",
    { class: "thaw-remark" },
    icon("warning"),
    hasText(`trial.remark.${code}`) ? t(`trial.remark.${code}`, { parts }) : message,
  );
}

function faultList(faults) {
  const items = faults.map(({ field, message }, index) => {
    const nth = faults.slice(0, index).filter((other) => other.field === field).length;
    if (!field) return element("li", {}, message); // about the form as a whole
    const go = (event) => (event.preventDefault(), showField(field));
    return element(
      "li",
      {},
      element("a", { href: `#field.${field}`, id: `thaw-fault.${field}.${nth}`, onclick: go }, nameOf(field)),
      element("span", {}, `: ${message}`),
    );
  });
  return element("ul", { class: "thaw-fault-list" }, ...items);
}

function ownPresets({ preset, form }, { config, own_title: own }, ask) {
  const save = button(t("train.preset.save"), {
    name: "save",
    kind: "quiet small",
    id: "thaw-preset-save",
    disabled: !config,
    action: () =>
      nameThen(t("train.preset.name"), own ?? form.label ?? "", t("train.preset.save"), (title) =>
        ask("save", { title }),
      ),
  });
  const remove =
    own &&
    button(t("train.preset.delete"), {
      name: "cross",
      kind: "quiet small",
      id: "thaw-preset-delete",
      action: () =>
        confirmThen(t("train.preset.delete_sure", { name: own }), t("train.preset.delete"), () =>
          ask("delete", preset),
        ),
    });
  return element("div", { class: "thaw-own" }, save, remove || null);
}

function drawFiles(report, { ask }) {
  if (!files || !files.node.isConnected) files = makeFiles(ask);
  files.old.hidden = Boolean(report.config);
  for (const box of files.boxes) box.toggleAttribute("inert", !report.config);
  if (!report.config) return;
  files.command.textContent = report.command;
  files.yaml.textContent = report.yaml;
}

function makeFiles(ask) {
  const command = element("pre", { class: "thaw-code", tabindex: "0" });
  const yaml = element("pre", { class: "thaw-code", tabindex: "0" });
  const pasted = element("textarea", {
    class: "thaw-input",
    rows: 6,
    "aria-label": t("train.yaml.paste"),
    placeholder: t("train.yaml.example"),
    spellcheck: "false",
  });
  const load = button(t("train.yaml.load"), {
    kind: "quiet",
    action: () => pasted.value.trim() && ask("yaml", pasted.value),
  });
  const saved = button(t("train.yaml.download"), {
    name: "save",
    kind: "quiet small",
    action: () => download("my-run.yaml", yaml.textContent, "text/yaml"),
  });
  const old = element("p", { class: "thaw-help", role: "status", hidden: true }, t("train.files_old"));
  const boxes = [element("div", {}, code(command)), element("div", {}, code(yaml), saved)];
  const node = section(
    "train.files",
    t("train.files"),
    old,
    element("h3", {}, t("train.command")),
    boxes[0],
    element("p", { class: "thaw-help" }, t("train.command_help")),
    element("h3", {}, t("train.yaml.title")),
    boxes[1],
    element("h3", {}, t("train.yaml.paste")),
    pasted,
    load,
  );
  fill("thaw-form-files", element("div", { class: "thaw" }, node));
  return { node, command, yaml, old, boxes };
}

function code(pre) {
  const copy = button(t("train.copy"), { kind: "quiet small", action: () => copyText(pre) });
  return element("div", { class: "thaw-code-box" }, pre, copy);
}

async function copyText(pre) {
  try {
    await navigator.clipboard.writeText(pre.textContent);
  } catch {
    getSelection().selectAllChildren(pre); // no clipboard outside a safe line: select it for Ctrl+C
    toast(t("train.copy_by_hand"));
    return;
  }
  toast(t("train.copied"));
}

function fill(id, node) {
  const place = document.getElementById(id);
  if (!place) return;
  const focused = document.activeElement?.id;
  place.replaceChildren(node);
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus();
}
