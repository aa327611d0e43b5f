// Keys of the page. They do nothing while somebody types, and `?` lists them.

import { element } from "./dom.js";
import { t } from "./texts.js";

const known = new Map(); // key -> [text key, actions]
const NAMES = { ArrowLeft: "←", ArrowRight: "→", Escape: "Esc", " ": "Space" };

/**
 * Let a key do something. Several screens may use the same key: each action sees for itself whether it is meant.
 * @param {string} key as KeyboardEvent.key has it; "Control+Enter" with Ctrl (or Cmd)
 * @param {string} textKey what it does, for the list
 * @param {(event: KeyboardEvent) => void} action
 */
export function onKey(key, textKey, action) {
  const entry = known.get(key) ?? { texts: new Set(), actions: [] };
  entry.texts.add(textKey);
  entry.actions.push(action);
  known.set(key, entry);
}

/** Start listening, and let `?` show the list. */
export function startKeys() {
  onKey("?", "keys.list", showKeys);
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const control = event.ctrlKey || event.metaKey;
    if (isTyping(event.target) && !control) return;
    const entry = known.get(control ? `Control+${event.key}` : event.key);
    for (const action of entry?.actions ?? []) action(event);
  });
}

/** Whether what has the focus takes letters or arrows for itself. */
function isTyping(node) {
  return (
    node.isContentEditable ||
    node.matches("input:not([type=checkbox]), textarea, select") ||
    node.closest("[role=tablist], [role=listbox]")
  );
}

function showKeys() {
  const rows = [...known].flatMap(([key, { texts }]) => {
    const words = key.split("+").map((one) => (one === "Control" ? "Ctrl" : (NAMES[one] ?? one)));
    const cap = element("dt", {}, ...words.flatMap((word, index) => [index ? " + " : null, element("kbd", {}, word)]));
    return [cap, element("dd", {}, [...texts].map((text) => t(text)).join(" · "))];
  });
  const close = element(
    "button",
    { type: "button", class: "thaw-button", onclick: () => dialog.close() },
    t("keys.close"),
  );
  const dialog = element(
    "dialog",
    { class: "thaw thaw-dialog", "aria-label": t("keys.title"), onclose: () => dialog.remove() },
    element("h2", {}, t("keys.title")),
    element("dl", { class: "thaw-keys" }, ...rows),
    close,
  );
  document.body.append(dialog);
  dialog.showModal();
}
