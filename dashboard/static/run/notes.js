// What a person says of a run: notes and tags, kept as soon as their field is left.

import { Refused, Unreachable, send } from "../base/api.js";
import { element } from "../base/dom.js";
import { t } from "../base/texts.js";

const COMMAS = /[,，、]/; // of both languages

/** A field for notes and one for tags; what is typed is data, and stays in its field whatever happens. */
export class Notes {
  /** @param {import("../data/run_store.js").RunStore} run whose info is loaded */
  constructor(run) {
    const { notes, tags } = run.info;
    this.run = run;
    this.said = element("output", { class: "thaw-notes-said" });
    this.fields = {
      notes: element("textarea", { rows: 4, maxlength: 20000 }),
      tags: element("input", { type: "text", maxlength: 2000, autocomplete: "off" }),
    };
    this._put("notes", String(notes ?? ""));
    this._put("tags", Array.isArray(tags) ? tags.join(", ") : "");
    this.node = element(
      "div",
      { class: "thaw-card thaw-notes" },
      element("h3", {}, t("run.notes.title")),
      this._labelled("notes"),
      this._labelled("tags"),
      this.said,
    );
  }

  /** Keep what was typed since the last time; where that fails, say why. */
  async save() {
    const typed = Object.entries(this.fields)
      .filter(([, field]) => field.value !== field.dataset.kept)
      .map(([name, field]) => [name, field.value]);
    if (!typed.length) return;
    const changes = Object.fromEntries(typed.map(([name, text]) => [name, name === "tags" ? tagsOf(text) : text]));
    try {
      await send("PATCH", `runs/${this.run.id}`, changes);
      for (const [name, text] of typed) this.fields[name].dataset.kept = text;
      this._say("saved");
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      this._say("failed", { why: error.message });
    }
  }

  _put(name, text) {
    const field = this.fields[name];
    field.value = text;
    field.dataset.kept = field.value;
    field.classList.add("thaw-input");
    field.addEventListener("input", () => this._say(""));
    field.addEventListener("blur", () => this.save());
  }

  _labelled(name) {
    return element("label", {}, element("span", {}, t(`run.notes.${name}`)), this.fields[name]);
  }

  _say(what, values) {
    this.said.textContent = what && t(`run.notes.${what}`, values);
    this.said.dataset.said = what;
  }
}

/** The tags of a line: between commas, each once. */
function tagsOf(line) {
  return [
    ...new Set(
      line
        .split(COMMAS)
        .map((tag) => tag.trim())
        .filter(Boolean),
    ),
  ];
}
