// The Attention tab: a run, one of its checkpoints and a picture, as the address says; and what the model makes of it.

import { get } from "../base/api.js";
import { listCheckpoints, listRuns } from "./choices.js";
import { resultNode } from "./result.js";
import { Source } from "./source.js";
import { onTheme } from "../base/colours.js";
import { button, element } from "../base/dom.js";
import { Job } from "../base/job.js";
import { onPreference } from "../base/preferences.js";
import { goTo, place as placeNow } from "../base/router.js";
import { nameOf } from "../data/run_list.js";
import { hasText, t } from "../base/texts.js";

const ASKED = ["attention", "checkpoint", "sample", "upload", "class"]; // what of the address is this screen's

/** The Attention tab in its container. */
export class AttentionPage {
  /** @param {HTMLElement} container */
  constructor(container) {
    this.container = container;
    this.place = null;
    this.wanted = null;
    this.shown = null;
    this.info = null;
    this.job = null;
    this.answered = null;
    this.uploads = new Map();
    this._build();
    onPreference((name) => name === "pictureStretched" && this._draw());
    onTheme(() => this._draw());
    window.addEventListener("focus", () => this._again());
  }

  /** Show what the address says. Where it names no run, the newest that has one checkpoint or more is taken. */
  async show(address) {
    const place = Object.fromEntries(ASKED.filter((name) => address[name]).map((name) => [name, address[name]]));
    this.place = place.attention ? place : null;
    this.wanted = place;
    if (!this.page.isConnected) this.container.replaceChildren(this.page);
    const { runs } = await get("runs");
    if (!this._isWanted(place)) return;
    listRuns(this.runs, runs, place.attention);
    if (!place.attention) {
      const run = runs.find(({ status }) => status.state === "finished") ?? runs.find(({ status }) => status.best);
      if (run) goTo({ attention: run.id }, null, true);
      else this._say("empty");
      return;
    }
    if (this.shown !== place.attention) this._forget();
    this.shown = place.attention;
    const info = await get(`runs/${place.attention}`);
    if (this._isWanted(place)) await this._showPlace(place, info);
  }

  /** Whether an answer about a place still is of interest: nobody has gone on meanwhile. */
  _isWanted(place) {
    return this.wanted === place && placeNow().tab === "attention";
  }

  async _showPlace(place, info) {
    this.info = info;
    listCheckpoints(this.checkpoints, this.info.checkpoints, this._checkpoint(place));
    if (!this.info.checkpoints.length) return this._say("no_checkpoint");
    this.source.mark(place.sample === undefined ? null : Number(place.sample));
    this._say(this.answered ? "answered" : place.sample || place.upload ? "asking" : "choose");
    // Asked before the samples, as the worker does one thing at a time.
    const asked = place.sample || place.upload ? this._ask(place) : null;
    this.source.offer(place.attention);
    await asked;
  }

  /** Ask the worker; what was answered before stays until the new answer is there. */
  async _ask(place) {
    const wanted = JSON.stringify([place, this._checkpoint(place)?.sha256]);
    if (wanted === this.asking) return;
    this.job?.ignore();
    this.job = null;
    if (wanted === this.answered?.wanted) {
      this._idle();
      return this._draw(); // a list may show what was chosen meanwhile
    }
    this.asking = wanted;
    this._fault("");
    const question = { run: place.attention, checkpoint: this._checkpoint(place).name };
    if (place.upload) question.upload = place.upload;
    else question.sample = Number(place.sample);
    if (place.class !== undefined) question.class = Number(place.class);
    const job = new Job("attention", question, (news) => this._progress(news));
    this.job = job;
    this._progress({ state: "waiting", progress: 0, text: "", seconds: 0 });
    try {
      const result = await job.answer;
      if (this.job !== job) return;
      this.answered = { wanted, place, result, info: this.info };
      await this._draw();
    } catch (error) {
      if (this.job === job) this._failed(error.message);
    }
    if (this.job === job) this._idle();
  }

  _checkpoint({ checkpoint }) {
    const { checkpoints } = this.info;
    const named = checkpoints.find(({ name, kept_as: kept }) => name === checkpoint || kept?.includes(checkpoint));
    return named ?? checkpoints.findLast(({ kept_as: kept }) => kept?.includes("best")) ?? checkpoints.at(-1);
  }

  async _draw() {
    if (!this.answered) return;
    const { answered } = this;
    const { result, place, info } = answered;
    const parts = { model: info.config?.model?.name, data: info.config?.data?.name };
    const about = { info, name: nameOf({ ...info, parts }), picture: this._pictureName(place) };
    const node = await resultNode(result, about, (chosen) => goTo({ ...place, class: String(chosen) }));
    if (this.answered !== answered) return;
    const focused = this.result.contains(document.activeElement)
      ? document.activeElement.getAttribute("aria-label")
      : null;
    this.result.replaceChildren(node);
    if (focused)
      [...this.result.querySelectorAll("select")].find((list) => list.getAttribute("aria-label") === focused)?.focus();
    this._say("answered");
  }

  _pictureName({ sample, upload }) {
    return sample === undefined
      ? (this.uploads.get(upload) ?? t("attention.uploaded"))
      : t("attention.test_image", { index: sample });
  }

  /** Whoever comes back may have changed pictures of their own: the test images are asked for anew. */
  _again() {
    if (placeNow().tab !== "attention" || !this.info?.config?.data?.path) return;
    if (this.answered?.place.sample !== undefined) this.answered.wanted = null; // asked again on the next click
    this.source.again();
  }

  /** The address goes back to what is shown: a reload must not fail again. */
  _failed(sentence) {
    this._fault(sentence);
    if (this.answered) this._goBack(this.answered.place);
    else this._say("choose");
  }

  /** To another place of this screen; who is at another screen finds it on return. */
  _goBack(place) {
    this.place = place;
    if (placeNow().tab === "attention") goTo(place, null, true);
  }

  _forget() {
    this.job?.ignore();
    this.answered = null;
    this.asking = null;
    this.job = null;
    this.result.replaceChildren();
    this._fault("");
    this._idle();
  }

  _build() {
    this.runs = element("select", {
      class: "thaw-select",
      id: "thaw-attention-run",
      onchange: () => this._go({ attention: this.runs.value }),
    });
    this.checkpoints = element("select", {
      class: "thaw-select",
      id: "thaw-attention-checkpoint",
      onchange: () => this._go({ checkpoint: this.checkpoints.value }),
    });
    this.source = new Source({
      uploaded: (id, name) => (this.uploads.set(id, name), this._go({ upload: id })),
      sample: (index) => this._go({ sample: String(index) }),
      refused: (sentence) => this._fault(sentence),
    });
    this.bar = element("progress", { class: "thaw-progress", max: 1, "aria-label": t("attention.working") });
    this.told = element("span", { role: "status" });
    const cancel = button(t("attention.cancel"), { name: "cross", kind: "small", action: () => this._cancel() });
    this.work = element("div", { class: "thaw-work", hidden: true }, this.told, this.bar, cancel);
    this.fault = element("p", { class: "thaw-banner bad", role: "alert", hidden: true });
    this.note = element("div", { class: "thaw-card thaw-start", hidden: true });
    this.result = element("div", { class: "thaw-attention-result" });
    const label = (words, list) => element("label", {}, element("span", {}, words), list);
    this.choices = element(
      "div",
      { class: "thaw-attention-choices" },
      label(t("attention.run"), this.runs),
      label(t("attention.checkpoint"), this.checkpoints),
    );
    this.page = element(
      "div",
      { class: "thaw thaw-attention" },
      element("h1", { class: "thaw-unseen" }, t("tabs.attention")),
      this.choices,
      this.source.node,
      this.work,
      this.fault,
      this.note,
      this.result,
    );
    this.source.listen(this.page);
  }

  /** Another run, checkpoint or picture; a new picture replaces the old one, and the model chooses the class again. */
  _go(change) {
    const { attention, checkpoint, sample, upload } = this.place ?? {};
    const kept = change.attention
      ? { upload }
      : change.checkpoint
        ? { attention, sample, upload }
        : { attention, checkpoint };
    const place = Object.fromEntries(Object.entries({ ...kept, ...change }).filter(([, value]) => value !== undefined));
    goTo(Object.fromEntries(ASKED.filter((name) => place[name] !== undefined).map((name) => [name, place[name]])));
  }

  /** What stands on the screen: empty, no_checkpoint, choose, asking or answered. */
  _say(what) {
    const sentences = {
      empty: ["attention.empty", () => goTo({}, "train")],
      no_checkpoint: ["attention.no_checkpoint", () => goTo({ run: this.place.attention })],
    }[what];
    this.choices.hidden = what === "empty";
    this.source.node.hidden = Boolean(sentences);
    this.result.hidden = what !== "answered";
    this.note.hidden = what === "answered" || what === "asking";
    if (sentences) {
      const [key, action] = sentences;
      this.note.replaceChildren(
        element("h2", {}, t(`${key}.title`)),
        element("p", {}, t(`${key}.words`)),
        button(t(`${key}.button`), { kind: "primary", action }),
      );
    } else
      this.note.replaceChildren(
        element("h2", {}, t("attention.choose.title")),
        element("p", {}, t("attention.choose.words")),
      );
  }

  _progress({ state, progress, text, seconds }) {
    this.work.hidden = false;
    const key = `attention.step.${text.replaceAll(" ", "_")}`;
    const words = hasText(key)
      ? t(key)
      : state === "waiting" && seconds > 1
        ? t("attention.step.waiting")
        : t("attention.step.starting");
    if (this.told.textContent !== words) this.told.textContent = words;
    if (progress) this.bar.value = progress;
    else this.bar.removeAttribute("value"); // it is not known how long loading takes
  }

  async _cancel() {
    const { job, place } = this;
    this.job = null;
    await job?.cancel();
    if (this.place !== place) return; // something else was chosen meanwhile
    this._idle();
    this._goBack(this.answered?.place ?? { attention: place.attention });
  }

  _idle() {
    this.asking = null;
    this.work.hidden = true;
  }

  _fault(sentence) {
    this.fault.hidden = !sentence;
    this.fault.textContent = sentence;
  }
}
