// What belongs to a run besides its curves: its settings, its files, and what is said of it.

import { address } from "../base/api.js";
import { element, section } from "../base/dom.js";
import { percent } from "../base/format.js";
import { Notes } from "./notes.js";
import { hasText, t } from "../base/texts.js";

/** The settings that differ from the defaults, downloads, and notes. */
export class SettingsAndFiles {
  /** @param {import("../data/run_store.js").RunStore} run */
  constructor(run) {
    this.run = run;
    this.settings = element("dl", { class: "thaw-settings" });
    this.files = element("ul", { class: "thaw-files" });
    this.notes = new Notes(run);
    this.node = section(
      "belongings", // the name under which browsers remember whether it is closed
      t("run.settings_and_files"),
      element(
        "div",
        { class: "thaw-settings-and-files" },
        element("div", { class: "thaw-card" }, element("h3", {}, t("run.settings")), this.settings),
        element("div", { class: "thaw-card" }, element("h3", {}, t("run.files")), this.files),
        this.notes.node,
      ),
    );
    this.drawn = "";
  }

  update() {
    const { changes, files, checkpoints } = this.run.info;
    const drawn = JSON.stringify([changes, files, checkpoints]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const rows = flat(changes ?? {});
    this.settings.replaceChildren(
      ...(rows.length ? rows : [[t("run.settings_none"), ""]]).flatMap(([name, value]) => [
        element("dt", {}, name),
        element("dd", {}, value),
      ]),
    );
    const kept = new Map((checkpoints ?? []).map((about) => [about.name, about]));
    this.files.replaceChildren(...(files ?? []).map((name) => this._file(name, kept.get(name.split("/")[1]))));
  }

  /** The run leaves the page: what was typed last may still be in its field. */
  remove() {
    this.notes.save();
  }

  _file(name, about) {
    const link = element("a", { href: address(`runs/${this.run.id}/files/${name}`), download: "" }, name);
    if (!about) return element("li", {}, link);
    const why = (about.kept_as ?? [])
      .map((word) => (hasText(`event.kept.${word}`) ? t(`event.kept.${word}`) : word))
      .join(", ");
    const words = [t("run.at_epoch", { epoch: about.epoch }), why, about.top1 && percent(about.top1)]
      .filter(Boolean)
      .join(" · ");
    return element("li", {}, link, element("small", {}, words));
  }
}

/** Nested settings as [dotted name, value in words], as they stand in YAML and on the command line. */
function flat(tree, prefix = "") {
  return Object.entries(tree).flatMap(([name, value]) => {
    const dotted = prefix + name;
    const entries = Array.isArray(value)
      ? value.map((one, index) => [String(index), one])
      : Object.entries(value ?? {});
    const deep =
      value !== null && typeof value === "object" && entries.some(([, one]) => one !== null && typeof one === "object");
    if (deep || (value !== null && typeof value === "object" && !Array.isArray(value)))
      return flat(Object.fromEntries(entries), `${dotted}.`);
    return [[dotted, Array.isArray(value) ? value.join(", ") : String(value)]];
  });
}
