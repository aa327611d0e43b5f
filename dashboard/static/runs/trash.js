// What was deleted: how many runs the trash holds, and the way to be rid of them for good.

import { get, orSay, send } from "../base/api.js";
import { button, element } from "../base/dom.js";
import { confirmThen } from "../base/dialogs.js";
import { fileSize } from "../base/format.js";
import { withdrawUndo } from "./delete.js";
import { t } from "../base/texts.js";

/** A quiet line below the table; not there while the trash is empty. */
export class Trash {
  constructor() {
    this.words = element("span", {});
    this.node = element(
      "p",
      { class: "thaw-help thaw-trash", hidden: true },
      this.words,
      button(t("runs.trash.empty"), { name: "trash", kind: "quiet small", action: () => this._ask() }),
    );
  }

  /** Look again what is in it. */
  async load() {
    this._tell(await orSay(() => get("trash")));
  }

  _ask() {
    const question = t("runs.trash.question", { runs: this.runs });
    confirmThen(question, t("runs.trash.sure"), async () => {
      const trash = await orSay(() => send("DELETE", "trash"));
      this._tell(trash);
      if (trash) withdrawUndo(); // else all is still there
    });
  }

  _tell(trash) {
    if (!trash) return;
    this.runs = t("runs.count", { count: trash.count });
    this.node.hidden = !trash.count;
    this.words.textContent = t("runs.trash.words", { runs: this.runs, size: fileSize(trash.bytes) });
  }
}
