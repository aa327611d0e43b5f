// Marks on Gradio's fields: changed from the default (with a way back), faults beside them, counts on closed sections.

import { element, icon } from "../base/dom.js";
import {
  fieldNode,
  fieldNodes,
  focusInside,
  inputsOf,
  isComponent,
  labelOf,
  sectionNodes,
  sectionsAround,
} from "../base/gradio.js";
import { t } from "../base/texts.js";

/** Mark every field by a report, and open the sections that are named. */
export function mark({ changed, faults }, opened) {
  const at = new Map(); // element id -> sentences
  for (const fault of faults) {
    const id = elementOf(fault.field)?.id;
    if (id) at.set(id, [...(at.get(id) ?? []), fault.message]);
  }
  for (const [node, path] of fieldNodes()) {
    markChanged(node, path, changed.includes(path));
    markFaults(node, at.get(node.id) ?? []);
  }
  for (const node of sectionNodes()) markSection(node, opened);
  const heading = document.getElementById("thaw-form-more");
  if (heading) setText(heading, t("train.more", { count: changed.length }), "h3");
}

/** Go to a field: open its section, scroll, focus. */
export function showField(path) {
  const node = elementOf(path);
  if (!node) return;
  for (const section of sectionsAround(node)) {
    if (!section.hasAttribute("data-open")) section.querySelector("[data-fold]").click();
  }
  requestAnimationFrame(() => {
    node.scrollIntoView({
      block: "center",
      behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth",
    });
    focusInside(node, { preventScroll: true });
  });
}

/** What a field is called on the page. */
export function nameOf(path) {
  const node = elementOf(path);
  const item = node?.closest(".thaw-item")?.querySelector("h4")?.textContent;
  return [item, (node && labelOf(node)) || path].filter(Boolean).join(": ");
}

/** The field that a dotted path belongs to: itself, else what it is part of. */
function elementOf(path) {
  for (let keys = path.split("."); keys.length; keys = keys.slice(0, -1)) {
    const node = fieldNode(keys.join(".")) ?? fieldNode(`${keys.join(".")}.name`);
    if (node) return node;
  }
  return null;
}

function markChanged(node, path, isChanged) {
  let button = node.querySelector(":scope > .thaw-reset");
  if (isChanged && isComponent(node)) {
    if (!button) node.append((button = resetButton()));
    const words = t("train.reset", { field: nameOf(path) });
    if (button.title !== words || button.dataset.reset !== path) {
      button.dataset.reset = path;
      button.title = words;
      button.setAttribute("aria-label", words);
    }
  } else {
    button?.remove();
  }
  node.classList.toggle("thaw-changed", isChanged);
}

function resetButton() {
  return element(
    "button",
    { type: "button", class: "thaw-reset" },
    element("span", {}, t("train.changed")),
    icon("cross"),
  );
}

function markFaults(node, sentences) {
  const words = sentences.join("\n");
  let place = node.querySelector(":scope > .thaw-fault");
  if (!words) place?.remove();
  else if (!place) node.append((place = element("p", { class: "thaw-fault" }, words)));
  else if (place.textContent !== words) place.textContent = words;
  if (words) place.id = `fault.${node.id}`;
  node.classList.toggle("thaw-faulty", words !== "");
  for (const input of inputsOf(node)) {
    if (words) {
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", place.id);
    } else if (input.hasAttribute("aria-invalid")) {
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-describedby");
    }
  }
}

function markSection(node, opened) {
  const button = node.querySelector("[data-fold]");
  if (!button) return; // not drawn to the end yet
  const isOpen = opened.includes(button.dataset.fold);
  node.toggleAttribute("data-open", isOpen);
  if (button.ariaExpanded !== String(isOpen)) button.ariaExpanded = String(isOpen);
  const faults = node.querySelectorAll(".thaw-fault").length;
  const changes = node.querySelectorAll(".thaw-changed").length;
  const words = faults
    ? t("train.faults_here", { count: faults })
    : changes
      ? t("train.changed_here", { count: changes })
      : "";
  let badge = button.querySelector(".thaw-badge");
  if (!words) badge?.remove();
  else {
    badge ??= button.appendChild(element("span", { class: "thaw-badge" }));
    if (badge.textContent !== words) badge.textContent = words;
    badge.classList.toggle("faulty", faults > 0);
  }
}

function setText(node, words, tag) {
  if (node.textContent !== words) node.replaceChildren(element(tag, {}, words));
}
