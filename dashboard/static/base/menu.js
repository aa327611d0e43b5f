// A small menu under a button: arrows move, Enter chooses, Escape and a press elsewhere close it.

import { element, icon as iconNode } from "./dom.js";
import { icon } from "./templates.js";
import { html } from "../vendor/lit-html.js";

let open = null;

/**
 * A button that opens a menu.
 * @param {string} label for screen readers
 * @param {() => Array<{words: string, name: string, kind?: string, why?: string, action: () => void}>} items made
 *     anew each time it opens; one with `why` cannot be chosen, and says so
 * @returns {import("../vendor/lit-html.js").TemplateResult}
 */
export function menuButton(label, items) {
  const press = ({ currentTarget }) =>
    open?.button === currentTarget ? close(true) : show(currentTarget, label, items());
  return html`<button
    type="button"
    class="thaw-menu-button"
    aria-haspopup="menu"
    aria-expanded="false"
    aria-label=${label}
    title=${label}
    @click=${press}
  >${icon("more")}</button>`;
}

function show(button, label, items) {
  close();
  const entries = items.map((item) =>
    element(
      "button",
      {
        type: "button",
        role: "menuitem",
        class: item.kind ?? "",
        tabindex: -1,
        "aria-disabled": item.why ? "true" : null,
        title: item.why ?? null,
        onclick: () => choose(item),
      },
      iconNode(item.name),
      element("span", {}, item.words, item.why ? element("small", {}, item.why) : null),
    ),
  );
  const list = element(
    "div",
    { class: "thaw-menu", role: "menu", "aria-label": label, onkeydown: (event) => key(event, entries) },
    ...entries,
  );
  document.body.append(
    element(
      "div",
      { class: "thaw thaw-menu-layer", onpointerdown: (event) => list.contains(event.target) || close(true) },
      list,
    ),
  );
  const { right, bottom, top } = button.getBoundingClientRect();
  const below = bottom + list.offsetHeight + 8 < innerHeight;
  list.style.left = `${Math.max(8, right - list.offsetWidth)}px`;
  list.style.top = `${below ? bottom + 4 : Math.max(8, top - list.offsetHeight - 4)}px`;
  button.setAttribute("aria-expanded", "true");
  open = { button, layer: list.parentNode };
  entries[0].focus();
}

function choose(item) {
  if (item.why) return;
  close(true);
  item.action();
}

function close(refocus = false) {
  if (!open) return;
  const { button, layer } = open;
  open = null;
  layer.remove();
  button.setAttribute("aria-expanded", "false");
  if (refocus) button.focus();
}

function key(event, entries) {
  const at = entries.indexOf(document.activeElement);
  const places = { ArrowDown: at + 1, ArrowUp: at - 1 + entries.length, Home: 0, End: entries.length - 1 };
  if (event.key === "Tab") close(true); // the browser goes on from the button
  if (["Enter", " ", "Tab"].includes(event.key)) return;
  event.preventDefault();
  if (event.key === "Escape") close(true);
  else if (event.key in places) entries[places[event.key] % entries.length].focus();
}
