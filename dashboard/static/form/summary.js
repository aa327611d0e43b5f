// Beside the form: what would start, what stands in the way, and Start. Below it: command line and YAML.

import { download, element, section, toast } from "../base/dom.js";
import { confirmThen, nameThen } from "../base/dialogs.js";
import { decimal } from "../base/format.js";
import { button, buttonContent, icon } from "../base/templates.js";
import { hasText, t } from "../base/texts.js";
import { repeat } from "../vendor/directives/repeat.js";
import { html, nothing, render } from "../vendor/lit-html.js";
import { nameOf, showField } from "./field_marks.js";
import { inWords } from "./plan_grid_drawing.js";
import { faultText } from "./report.js";

const card = element("div", {});
const files = element("div", { class: "thaw" });
let written = { command: "", yaml: "" }; // of the newest form without faults

/**
 * @param {Object} report what the server says about the form
 * @param {Object} state the form
 * @param {Object} actions
 * @param {() => void} actions.start
 * @param {boolean} actions.isStarting Start was pressed, and waits
 * @param {(what: string, value: any) => void} actions.ask
 * @param {import("./undo.js").Undo} actions.undo
 */
export function drawSummary(report, state, actions) {
  card.className = `thaw thaw-card thaw-summary ${report.faults.length ? "faulty" : ""}`;
  render(cardContent(report, state, actions), card);
  put("thaw-form-summary", card);
  if (report.config) written = report;
  if (!files.firstChild) files.append(section("train.files", t("train.files")));
  render(filesContent(written, !report.config, actions), files.querySelector("details"));
  put("thaw-form-files", files);
}

/** Put a node into its place, which Gradio may have made anew. */
function put(id, node) {
  const place = document.getElementById(id);
  if (place && !place.contains(node)) place.replaceChildren(node);
}

function cardContent(report, state, { start, isStarting, ask, undo }) {
  const { faults, config, runs, found, check, why } = report;
  const startLabel = runs > 1 ? t("train.start_several", { count: runs }) : t("train.start");
  return html`
    <h2 aria-live="polite">${t(`train.check.${check}`, { count: faults.length })}</h2>
    <p class="thaw-help">${facts(report, state.form).join(" · ")}</p>
    ${(found?.data ?? []).map(dataLine)} ${(found?.remarks ?? []).map(remark)}
    ${check === "failed" ? html`<p class="thaw-help">${t("train.engine_silent", { why })}</p>` : nothing}
    ${faults.length ? faultList(faults) : nothing}
    <button
      type="button"
      class="thaw-button primary"
      id="thaw-start"
      aria-disabled=${!config}
      aria-describedby="thaw-start-why"
      @click=${start}
    >${buttonContent(startLabel, { name: "play" })}</button>
    <p class="thaw-help" id="thaw-start-why">${aboutStart(report, isStarting)}</p>
    <div class="thaw-own">${ownPresets(state, report, ask)} ${undoButtons(undo)}</div>
  `;
}

function aboutStart({ config, check }, isStarting) {
  if (!config) return t("train.start_blocked");
  if (check === "passed") return t("train.start_help");
  if (check === "failed" && !isStarting) return t("train.start_unchecked");
  return t(isStarting ? "train.start_waiting" : "train.start_waits");
}

/** What would be trained, in a few words. */
function facts({ stages, found }, { data, model, attention }) {
  const total = stages.reduce((sum, { epochs }) => sum + epochs, 0);
  const several = stages.length > 1;
  return [
    ...[data?.name, model?.name, attention?.name].filter((name) => name && name !== "none"),
    several ? t("train.stages", { count: total, stages: stages.length }) : inWords({ epochs: total }),
    ...(found?.total ? [t("train.timeline.parameters", { count: decimal(found.total) })] : []),
  ];
}

/** What the device does slower than one might think, and what is to be known of the weights: as their run tells it. */
function remark({ code: kind, message, ...values }) {
  const key = kind.startsWith("weights_") ? kind.replace("weights_", "event.weights_remark.") : `trial.remark.${kind}`;
  const words = hasText(key) ? t(key, values) : message;
  return html`<p class="thaw-remark">${icon("warning")}${words}</p>`;
}

/** How the data are understood, and after it each thing of them that is not used. */
function dataLine(said, index) {
  const words = faultText(said);
  if (!index) return html`<p class="thaw-help" id="thaw-data-understood">${words}</p>`;
  return html`<p class="thaw-remark">${icon("warning")}${words}</p>`;
}

function faultList(faults) {
  const idOf = ({ field }, index) => {
    const nth = faults.slice(0, index).filter((other) => other.field === field).length;
    return `thaw-fault.${field}.${nth}`;
  };
  const line = ({ field, message }, index) => {
    if (!field) return html`<li>${message}</li>`; // about the form as a whole
    const go = (event) => (event.preventDefault(), showField(field));
    const link = html`<a href="#field.${field}" id=${idOf({ field }, index)} @click=${go}>${nameOf(field)}</a>`;
    return html`<li>${link}<span>: ${message}</span></li>`;
  };
  return html`
    <ul class="thaw-fault-list">
      ${repeat(faults, idOf, line)}
    </ul>
  `;
}

function ownPresets({ preset, form }, { config, own_title: own }, ask) {
  const save = () =>
    nameThen(t("train.preset.name"), own ?? form.label ?? "", t("train.preset.save"), (title) =>
      ask("save", { title }),
    );
  const remove = () =>
    confirmThen(t("train.preset.delete_sure", { name: own }), t("train.preset.delete"), () => ask("delete", preset));
  const kind = "quiet small";
  return [
    button(t("train.preset.save"), { name: "save", kind, id: "thaw-preset-save", disabled: !config, action: save }),
    own ? button(t("train.preset.delete"), { name: "cross", kind, id: "thaw-preset-delete", action: remove }) : nothing,
  ];
}

function undoButtons(undo) {
  const kind = "quiet small";
  return [
    undo.canUndo ? button(t("train.undo.button"), { kind, id: "thaw-undo", action: () => undo.undo() }) : nothing,
    undo.canRedo ? button(t("train.undo.redo"), { kind, id: "thaw-redo", action: () => undo.redo() }) : nothing,
  ];
}

function filesContent({ command, yaml }, isOld, { ask }) {
  const load = () => {
    const pasted = files.querySelector("textarea").value;
    if (pasted.trim()) ask("yaml", pasted);
  };
  const save = () => download("my-run.yaml", yaml, "text/yaml");
  return html`
    <p class="thaw-help" role="status" ?hidden=${!isOld}>${t("train.files_old")}</p>
    <h3>${t("train.command")}</h3>
    <div ?inert=${isOld}>${code(command)}</div>
    <p class="thaw-help">${t("train.command_help")}</p>
    <h3>${t("train.yaml.title")}</h3>
    <div ?inert=${isOld}>
      ${code(yaml)} ${button(t("train.yaml.download"), { name: "save", kind: "quiet small", action: save })}
    </div>
    <h3>${t("train.yaml.paste")}</h3>
    <textarea
      class="thaw-input"
      rows="6"
      aria-label=${t("train.yaml.paste")}
      placeholder=${t("train.yaml.example")}
      spellcheck="false"
    ></textarea>
    ${button(t("train.yaml.load"), { kind: "quiet", action: load })}
  `;
}

function code(text) {
  const copy = ({ currentTarget }) => copyText(currentTarget.parentNode.querySelector("pre"));
  return html`
    <div class="thaw-code-box">
      <pre class="thaw-code" tabindex="0">${text}</pre>
      ${button(t("train.copy"), { kind: "quiet small", action: copy })}
    </div>
  `;
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
