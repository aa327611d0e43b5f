// Pieces of the page that stand on their own: one that fails says so by its name, and the others go on.

import { element } from "./dom.js";
import { t } from "./texts.js";

const notes = new WeakMap(); // node of a piece -> what says that it failed

/**
 * Draw a piece of the page. Where that fails, a note before the piece says so until it succeeds again.
 * @template T
 * @param {string} name what the piece is called on the page
 * @param {Element|null} node of the piece, or where it should be
 * @param {() => T} draw may be asynchronous
 * @returns {T|undefined}
 */
export function guarded(name, node, draw) {
  try {
    const drawn = draw();
    if (drawn instanceof Promise)
      drawn.then(
        () => withdraw(node),
        (error) => tellFailed(name, node, error),
      );
    else withdraw(node);
    return drawn;
  } catch (error) {
    tellFailed(name, node, error);
    return undefined;
  }
}

/**
 * Say that a piece of the page failed.
 * @param {string} name
 * @param {Element|null} node
 * @param {Error} error
 */
export function tellFailed(name, node, error) {
  reportError(error);
  if (!node) return;
  const words = t("page.piece_failed", { name, why: error.message });
  const note = notes.get(node) ?? element("p", { class: "thaw-banner bad thaw-piece-failed", role: "alert" });
  if (note.textContent !== words) note.textContent = words;
  notes.set(node, note);
  if (!note.isConnected) node.before(note);
}

function withdraw(node) {
  notes.get(node)?.remove();
  notes.delete(node);
}
