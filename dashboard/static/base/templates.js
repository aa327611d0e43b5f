// Pieces of lit-html templates: icons and push buttons. dom.js has the same as nodes.

import { html, nothing, render } from "../vendor/lit-html.js";
import { iconPaths } from "./icons.js";

/** @typedef {import("../vendor/lit-html.js").TemplateResult} Template */

/**
 * A 16-pixel line icon; decoration only, hidden from screen readers.
 * @param {string} name
 * @returns {Template}
 */
export function icon(name) {
  return html`<svg viewBox="0 0 16 16" class="thaw-icon" aria-hidden="true"><path d=${iconPaths[name]} /></svg>`;
}

/**
 * What a push button shows: an icon, its label and, where there is a hint, a quiet second line under the label.
 * @param {string} label
 * @param {{name?: string|null, hint?: string}} [looks] name: of the icon
 * @returns {Template}
 */
export function buttonContent(label, { name = null, hint = "" } = {}) {
  const small = hint ? html`<small>${hint}</small>` : nothing;
  return html`${name ? icon(name) : nothing}<span class="thaw-button-words">${label}${small}</span>`;
}

/**
 * A push button.
 * @param {string} label
 * @param {{name?: string, hint?: string, kind?: string, id?: string, disabled?: boolean, action: function}} how
 * @returns {Template}
 */
export function button(label, { name, hint, kind = "", id, disabled = false, action }) {
  return html`<button
    type="button"
    class="thaw-button ${kind}"
    id=${id ?? nothing}
    ?disabled=${disabled}
    @click=${action}
  >${buttonContent(label, { name, hint })}</button>`;
}

/**
 * A template as nodes, for those who put their nodes together by hand.
 * @param {Template} template
 * @returns {DocumentFragment}
 */
export function nodesOf(template) {
  const nodes = document.createDocumentFragment();
  render(template, nodes);
  return nodes;
}
