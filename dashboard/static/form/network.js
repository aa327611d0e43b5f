// The network before it trains: a drawing of its parts, every layer, what starting weights fill, what a step costs.
// It stands in the section of model and attention, and is looked at only while that is open.

import { Refused, Unreachable } from "../base/api.js";
import { button, element } from "../base/dom.js";
import { drawing } from "./network_drawing.js";
import { layerTable } from "./network_layers.js";
import { weightsNode } from "./network_weights.js";
import { StepCostTable } from "./step_cost_panel.js";
import { compact, decimal } from "../base/format.js";
import { Job } from "../base/job.js";
import { t } from "../base/texts.js";

const PATIENCE = 700; // milliseconds without a change before the engine is asked
const DECIDE = ["data", "model", "attention", "weights", "seed"]; // what the network depends on, beside who trains when

let network = null;

/**
 * Bring it up to date.
 * @param {Object} report what the server says about the form
 * @param {string[]} open the sections that are open
 */
export function drawNetwork({ config }, open) {
  const container = document.getElementById("thaw-form-network");
  if (!container) return;
  network ??= new Network();
  if (container.firstChild !== network.node) container.replaceChildren(network.node);
  network.cost.follow(config);
  if (open.includes("model")) network.follow(config);
}

class Network {
  constructor() {
    this.key = undefined; // the config that is, or was, asked about; null where the form has faults
    this.job = null;
    this.cost = new StepCostTable();
    this.body = element("div", { class: "thaw-network-body" });
    this.before = element("p", { class: "thaw-help", role: "status", hidden: true }, t("network.before"));
    this.node = element(
      "div",
      { class: "thaw thaw-network-before" },
      element("h3", {}, t("network.title")),
      this.before,
      this.body,
      this.cost.node,
    );
  }

  /** Ask about a config, unless that was done; null where the form has faults. */
  follow(config) {
    const asked = config && about(config);
    const key = asked && JSON.stringify(asked);
    if (key === this.key) return;
    this.key = key;
    clearTimeout(this.timer);
    this.job?.ignore();
    // What stands there is dimmed, not gone: somebody is still typing.
    this.body.setAttribute("aria-busy", String(Boolean(key)));
    this.before.hidden = Boolean(key) || !this.isDrawn();
    if (key) this.timer = setTimeout(() => this.ask(asked, key), PATIENCE);
    else if (!this.isDrawn()) this.say(t("network.faults"));
  }

  async ask(config, key) {
    if (!this.isDrawn()) this.say(t("network.looking"));
    this.job = new Job("network", { config }, () => {});
    try {
      const found = await this.job.answer;
      if (this.key === key) this.show(found);
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      if (this.key === key) this.say(error.message, () => this.ask(config, key));
    }
  }

  isDrawn() {
    return this.body.querySelector(".thaw-network-drawing") !== null;
  }

  /** again: what the button to try again does, where there is one. */
  say(sentence, again = null) {
    this.body.setAttribute("aria-busy", "false");
    this.body.replaceChildren(
      element("p", { class: "thaw-help", role: "status" }, sentence),
      ...(again ? [button(t("network.again"), { kind: "small", action: again })] : []),
    );
  }

  show(found) {
    this.body.setAttribute("aria-busy", "false");
    const totals = t("network.totals", {
      parameters: decimal(found.total),
      work: compact(found.multiply_adds),
      layers: decimal(found.layers.filter(({ parameters }) => parameters).length),
    });
    this.body.replaceChildren(
      element("p", { class: "thaw-network-totals" }, totals),
      drawing(found),
      ...(found.weights ? [weightsNode(found.weights)] : []),
      layerTable(found),
    );
  }
}

/** What the network depends on; another batch size, say, needs no new look. */
function about(config) {
  const chosen = Object.fromEntries(DECIDE.filter((name) => name in config).map((name) => [name, config[name]]));
  const stages = (config.stages ?? [{}]).map(({ train = "all", frozen_batchnorm = "frozen" }) => ({
    train,
    frozen_batchnorm,
  }));
  return { ...chosen, stages };
}
