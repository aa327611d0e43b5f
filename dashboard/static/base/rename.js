// Typing a label in the place where it stands: Enter or leaving the field keeps it, Escape does not.

import { element } from "./dom.js";
import { t } from "./texts.js";

/**
 * Put a field in the place of the node that shows a label.
 * @param {HTMLElement} node comes back when the editing ends
 * @param {{value: string, placeholder: string}} label as it is, and what stands for an empty one
 * @param {(label: string|null, byKey: boolean) => void} ended called with the new label, null where it stays
 */
export function rename(node, { value, placeholder }, ended) {
  const field = element("input", {
    class: "thaw-name-field",
    value,
    maxlength: 200,
    placeholder,
    "aria-label": t("run.rename"),
  });
  let open = true; // taking the field away makes it lose the focus, which ends the editing once more
  const end = (keep, byKey) => {
    if (!open) return;
    open = false;
    const typed = field.value.trim();
    field.replaceWith(node);
    ended(keep && typed !== value ? typed : null, byKey);
  };
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return; // these keys also choose characters
    event.preventDefault(); // else the same Enter presses what gets the focus
    end(event.key === "Enter", true);
  });
  field.addEventListener("blur", () => end(true, false));
  node.replaceWith(field);
  field.focus();
  field.select();
}
