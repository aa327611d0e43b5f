// Where the picture comes from: a file that is chosen, dropped or pasted, or one of the run's test images.

import { Unreachable, orSay, sendBytes } from "../base/api.js";
import { button, element, toast } from "../base/dom.js";
import { Job } from "../base/job.js";
import { t } from "../base/texts.js";

const LARGEST = 20 * 1024 * 1024; // bytes that the server takes
const COUNT = 12; // test images offered
const TAKEN = ["Files", "text/uri-list"]; // kinds of what is dropped; a link is taken to say that it is none

/** The box for a picture of one's own, and the strip of test images. */
export class Source {
  /**
   * @param {Object} tell
   * @param {(id: string, name: string) => void} tell.uploaded
   * @param {(index: number) => void} tell.sample
   * @param {(sentence: string) => void} tell.refused
   */
  constructor(tell) {
    this.tell = tell;
    this.run = null;
    this.job = null;
    this.chosen = null;
    this.shown = ""; // what the strip shows, as it was answered
    this.field = element("input", {
      type: "file",
      accept: "image/png,image/jpeg,image/webp,image/bmp,image/gif,image/tiff,.pbm,.pgm,.ppm,.pnm,.pfm",
      class: "thaw-unseen",
      tabindex: -1,
      "aria-hidden": "true",
      onchange: () => (this._take([...this.field.files]), (this.field.value = "")),
    });
    this.drop = element(
      "div",
      { class: "thaw-drop" },
      button(t("attention.choose_file"), { name: "picture", kind: "primary", action: () => this.field.click() }),
      element("p", { class: "thaw-help" }, t("attention.drop")),
      this.field,
    );
    this.strip = element("div", { class: "thaw-samples", role: "group", "aria-label": t("attention.samples") });
    this.note = element("p", { class: "thaw-help" });
    this.node = element(
      "div",
      { class: "thaw-source" },
      this.drop,
      element("div", { class: "thaw-samples-part" }, element("h3", {}, t("attention.samples")), this.strip, this.note),
    );
  }

  /** Let pictures be dropped on a node, and pasted while it is shown. */
  listen(node) {
    const over = (on) => (event) => {
      if (event.dataTransfer && !TAKEN.some((type) => event.dataTransfer.types.includes(type))) return;
      event.preventDefault();
      this.drop.classList.toggle("over", on);
    };
    node.addEventListener("dragover", over(true));
    node.addEventListener("dragleave", over(false));
    node.addEventListener("drop", (event) => (over(false)(event), this._drop(event.dataTransfer)));
    document.addEventListener("paste", (event) => {
      const target = /** @type {HTMLElement} */ (event.target);
      if (node.offsetParent === null || target.closest?.("input, textarea, [contenteditable]")) return;
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length) this._take(files);
      else this.tell.refused(t("attention.paste_nothing"));
    });
  }

  /** Offer the test images of a run; asking for those of the same run changes nothing. */
  async offer(run) {
    if (this.run === run) return;
    this.strip.replaceChildren(
      ...Array.from({ length: COUNT }, () => element("span", { class: "thaw-sample waiting", "aria-hidden": "true" })),
    );
    this.shown = "";
    this.note.textContent = t("attention.samples_loading");
    await this._offer(run);
  }

  /** The test images may have changed elsewhere. */
  async again() {
    if (this.run !== null) await this._offer(this.run);
  }

  async _offer(run) {
    this.run = run;
    this.job?.ignore();
    const job = new Job("samples", { run, count: COUNT }, () => {});
    this.job = job;
    try {
      const { samples, notes } = await job.answer;
      if (this.job === job) this._show(samples, notes);
    } catch (error) {
      if (this.job !== job) return;
      if (this.shown && error instanceof Unreachable) return; // what stands there is as good as it was
      this.shown = "";
      this.strip.replaceChildren();
      this.note.textContent = t("attention.samples_none", { why: error.message });
      this.run = null; // asked again on the next visit
    }
  }

  /** Mark the test image that is looked at; null for none. */
  mark(index) {
    this.chosen = index;
    for (const press of this.strip.querySelectorAll("button"))
      press.setAttribute("aria-pressed", String(Number(press.dataset.index) === index));
  }

  /** Show test images, anew only where they are others; who was at one of them is at the one in its place. */
  _show(samples, notes) {
    const shown = JSON.stringify([samples, notes]);
    if (shown === this.shown) return;
    this.shown = shown;
    const at = [...this.strip.children].indexOf(document.activeElement);
    this.note.textContent = notes.map((note) => t(`attention.note.${note}`)).join(" ");
    this.strip.replaceChildren(
      ...samples.map(({ index, name, image }) =>
        element(
          "button",
          {
            type: "button",
            class: "thaw-sample",
            "data-index": index,
            "aria-pressed": "false",
            title: t("attention.sample", { index, name }),
            onclick: () => this.tell.sample(index),
          },
          element("img", { src: `data:image/png;base64,${image}`, alt: "", width: 56, height: 56 }),
          element("span", {}, name),
        ),
      ),
    );
    this.mark(this.chosen);
    /** @type {HTMLElement} */ (this.strip.children[at])?.focus();
  }

  _drop({ items, files }) {
    const isFolder = [...items].some((item) => item.webkitGetAsEntry?.()?.isDirectory);
    if (isFolder || !files.length) this.tell.refused(t("attention.drop_nothing"));
    else this._take([...files]);
  }

  /** One picture at a time is looked at; the others that came with it are told. */
  async _take(files) {
    const [file, ...others] = files;
    if (!file) return;
    if (others.length) toast(t("attention.only_first", { count: others.length, name: file.name }));
    if (file.size > LARGEST)
      return this.tell.refused(t("attention.too_large", { size: Math.ceil(file.size / 2 ** 20) }));
    const reply = await orSay(() => sendBytes("uploads", file));
    if (reply) this.tell.uploaded(reply.id, file.name);
  }
}
