// Every run in one table: found, sorted, selected, renamed and deleted.

import { get, orSay, send } from "../base/api.js";
import { serverTime } from "../base/clock.js";
import { onTheme } from "../base/colours.js";
import { button, element, icon, say } from "../base/dom.js";
import { onKey } from "../base/keys.js";
import { changePreference, onPreference } from "../base/preferences.js";
import { rename } from "../base/rename.js";
import { goTo } from "../base/router.js";
import { deleteRuns } from "./delete.js";
import { MOST_COMPARED, matching, nameOf } from "../data/run_list.js";
import { RunsTable } from "./table.js";
import { Trash } from "./trash.js";
import { isActive } from "../data/run_state.js";
import { troubleOf, troubleInWords } from "../data/trouble_words.js";
import { t } from "../base/texts.js";
import { figureChoice } from "../charts/toolbar.js";

const PERIOD = 2000; // milliseconds between two questions about the runs that are active
const EVERY = 8; // periods after which all runs are asked for, also those that others started

/** The table of runs with all that belongs to it, in the container of the Runs tab. */
export class RunsPage {
  /** @param {HTMLElement} container */
  constructor(container) {
    this.container = container;
    this.runs = [];
    this.selected = new Set();
    this.filter = "";
    this.periods = 0;
    this.trouble = ""; // why nothing is heard, see Heard of run_state.js
    this.heard = null; // when all was heard last, by the server's clock
    this._build();
    onPreference((name) => ["error", "runsSort", "openGroups"].includes(name) && this.isShown && this.draw());
    onTheme(() => this.draw());
    setInterval(() => this._tick(), PERIOD);
    document.addEventListener("visibilitychange", () => this._tick(true));
    this._keys();
  }

  get isShown() {
    return this.page.offsetParent !== null;
  }

  /** Put the page into the container and read all runs again. */
  async show() {
    if (!this.page.isConnected) this.container.replaceChildren(this.page);
    await this.load();
  }

  /** Read all runs again. */
  async load() {
    const runs = await this._ask();
    if (!runs) return;
    this.runs = runs;
    const ids = new Set(this.runs.map((run) => run.id));
    for (const id of this.selected) if (!ids.has(id)) this.selected.delete(id);
    this.draw();
    await this.trash.load();
  }

  draw() {
    const found = matching(this.runs, this.filter);
    this.empty.hidden = this.runs.length > 0;
    this.content.hidden = !this.runs.length;
    this.table.draw(found, this.selected);
    this.nothing.hidden = found.length > 0;
    this.table.node.hidden = !found.length;
    const counted =
      found.length === this.runs.length
        ? t("runs.count", { count: found.length })
        : t("runs.count_of", { count: found.length, all: this.runs.length });
    say(this.count, counted);
    this._drawSelection();
  }

  _build() {
    const actions = {
      whyNot: () => (this.trouble ? t("run.no_answer") : null),
      open: (run) => goTo({ run: run.id }),
      again: (run) => goTo({ from: run.id }, "train"),
      attention: (run) => goTo({ attention: run.id }),
      rename: (run) => this._rename(run),
      remove: (runs) => this._remove(runs),
      compare: (runs) => this._compare(runs),
      select: (runs, on) => this._select(runs, on),
      fold: (group, open) =>
        changePreference("openGroups", (unfolded) => [
          ...unfolded.filter((other) => other !== group),
          ...(open ? [group] : []),
        ]),
    };
    this.table = new RunsTable(actions);
    this.field = element("input", {
      type: "search",
      placeholder: t("runs.filter"),
      "aria-label": t("runs.filter"),
      autocomplete: "off",
      spellcheck: "false",
      oninput: () => ((this.filter = this.field.value), this.draw()),
      onkeydown: (event) => this._fieldKey(event),
    });
    this.count = element("span", { class: "thaw-runs-count", role: "status" });
    const bar = element(
      "div",
      { class: "thaw-runs-bar" },
      element(
        "label",
        { class: "thaw-search" },
        icon("search"),
        this.field,
        element("kbd", { "aria-hidden": "true" }, "/"),
      ),
      this.count,
      figureChoice(),
    );
    this.selection = element("div", {
      class: "thaw-selection",
      role: "region",
      "aria-label": t("runs.selection"),
      hidden: true,
    });
    this.nothing = element(
      "p",
      { class: "thaw-empty", hidden: true },
      t("runs.nothing"),
      " ",
      button(t("runs.show_all"), {
        kind: "small",
        action: () => ((this.field.value = this.filter = ""), this.draw(), this.field.focus()),
      }),
    );
    this.content = element(
      "div",
      { hidden: true },
      bar,
      element("div", { class: "thaw-card thaw-runs-card" }, this.table.node, this.nothing),
      this.selection,
      element("p", { class: "thaw-help thaw-runs-keys" }, t("runs.keys")),
    );
    this.empty = element(
      "div",
      { class: "thaw-card thaw-start", hidden: true },
      element("h2", {}, t("runs.empty.title")),
      element("p", {}, t("runs.empty.words")),
      button(t("runs.empty.button"), { name: "play", kind: "primary", action: () => goTo({}, "train") }),
    );
    this.trash = new Trash();
    this.lost = element("p", { class: "thaw-banner warning", role: "alert", hidden: true });
    this.page = element(
      "div",
      { class: "thaw thaw-runs" },
      this.lost,
      element("h1", { class: "thaw-unseen" }, t("tabs.runs")),
      this.empty,
      this.content,
      this.trash.node,
    );
  }

  _drawSelection() {
    const chosen = this.runs.filter((run) => this.selected.has(run.id));
    this.selection.hidden = !chosen.length;
    const drawn = chosen.map((run) => `${run.id}${run.status.state}`).join();
    if (drawn === this.selectionDrawn) return;
    this.selectionDrawn = drawn;
    const few =
      chosen.length < 2
        ? t("runs.compare_two")
        : chosen.length > MOST_COMPARED
          ? t("runs.compare_most", { most: MOST_COMPARED })
          : "";
    this.selection.replaceChildren(
      element("b", {}, t("runs.selected", { count: chosen.length })),
      button(t("runs.compare"), {
        name: "compare",
        kind: few ? "" : "primary",
        hint: few,
        disabled: Boolean(few),
        action: () => this._compare(chosen),
      }),
      button(t("runs.delete.button"), { name: "trash", kind: "danger", action: () => this._remove(chosen) }),
      button(t("runs.unselect"), { kind: "quiet", action: () => this._select(this.runs, false) }),
    );
  }

  _select(runs, on) {
    for (const run of runs) this.selected[on ? "add" : "delete"](run.id);
    this.draw();
  }

  _compare(runs) {
    if (runs.length >= 2) goTo({ compare: runs.map((run) => run.id).join(",") });
  }

  async _remove(runs) {
    await deleteRuns(runs, () => this.load());
  }

  /** Let the label be typed in the line itself. */
  _rename(run) {
    const link = this.table.linkOf(run);
    rename(link, { value: run.label, placeholder: nameOf(run) }, async (label, byKey) => {
      if (byKey) link.focus();
      if (label !== null && (await orSay(() => send("PATCH", `runs/${run.id}`, { label })))) await this.load();
    });
  }

  _fieldKey(event) {
    if (event.key === "Escape") {
      this.field.value = this.filter = "";
      this.draw();
      this.field.blur();
    }
    if (event.key === "Enter" || event.key === "ArrowDown") this.table.links[0]?.focus();
  }

  _keys() {
    const here = (action) => (event) => this.isShown && !this.content.hidden && action(event);
    onKey(
      "/",
      "keys.filter",
      here((event) => (event.preventDefault(), this.field.focus(), this.field.select())),
    );
    onKey(
      "j",
      "keys.next_run",
      here(() => this._move(1)),
    );
    onKey(
      "k",
      "keys.previous_run",
      here(() => this._move(-1)),
    );
    onKey(
      "x",
      "keys.select_run",
      here(() => {
        const runs = this.table.runsAt(document.activeElement);
        this._select(runs, !runs.every((run) => this.selected.has(run.id)));
      }),
    );
    onKey(
      "c",
      "keys.compare_runs",
      here(() => this._compare(this.runs.filter((run) => this.selected.has(run.id)))),
    );
  }

  _move(step) {
    const { links } = this.table;
    const at = links.findIndex((link) => link.closest("tr") === document.activeElement.closest("tr"));
    links[at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + step))]?.focus();
  }

  /** Runs, with when they were heard of; null where there is no answer, which is said: the next tick asks again. */
  async _ask(query = {}) {
    try {
      const { runs } = await get("runs", query);
      this.heard = serverTime();
      this._tellTrouble("");
      return runs.map((run) => ({ ...run, heard: this.heard }));
    } catch (error) {
      this._tellTrouble(troubleOf(error) === "away" ? "away" : "refused", error.message);
      return null;
    }
  }

  /** Since when nothing new is known; what would reach nobody is switched off. */
  _tellTrouble(trouble, why = "") {
    this.trouble = trouble;
    this.lost.hidden = !trouble;
    this.selection.inert = Boolean(trouble);
    say(this.lost, troubleInWords({ trouble, why, heard: this.heard }));
  }

  /** News of the runs that are active; now and then of all. */
  async _tick(all = false) {
    if (document.hidden || !this.isShown) return;
    this.periods += 1;
    const active = this.runs.filter(isActive);
    if (!all && this.periods % EVERY && !active.length) return;
    const query = all || this.periods % EVERY === 0 ? {} : { ids: active.map((run) => run.id).join(",") };
    const heard = await this._ask(query);
    if (!heard || !this.isShown) return;
    this.runs = query.ids ? renewed(this.runs, heard, active) : heard;
    if (!this.container.querySelector(".thaw-name-field")) this.draw();
  }
}

/** The list with news of those that were asked about; one of them of which nothing comes is not there any more. */
function renewed(runs, heard, asked) {
  const fresh = new Map(heard.map((run) => [run.id, run]));
  const gone = new Set(asked.map(({ id }) => id).filter((id) => !fresh.has(id)));
  return runs.filter(({ id }) => !gone.has(id)).map((run) => fresh.get(run.id) ?? run);
}
