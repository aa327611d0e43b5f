import assert from "node:assert/strict";
import { test } from "node:test";

import "./browser.js";

Object.assign(document, { createComment: () => ({}), createTreeWalker: () => ({}) }); // which lit-html makes at once

const { FilmStrip } = await import("../../dashboard/static/run/filmstrip.js");

globalThis.fetch = async () => new Response(JSON.stringify({ probes: { targets: [] }, iterations: [5] }));

test("maps that cannot be drawn are tried again with the next news, and those that were drawn are not", async () => {
  const moments = { newest: null, at: 0, followsNewest: true, know: (all) => (moments.newest = all.at(-1)) };
  let [isBroken, shown] = [true, 0];
  const film = Object.assign(Object.create(FilmStrip.prototype), {
    run: { id: "one", lastMap: 5, trouble: "" },
    node: { open: true },
    inView: true,
    probes: {},
    empty: {},
    content: {},
    slider: { place() {} },
    asking: null,
    moments,
    async _show() {
      shown += 1;
      if (isBroken) throw new Error("broken");
    },
  });
  await assert.rejects(film.update());
  isBroken = false;
  await film.update();
  await film.update();
  assert.equal(shown, 2);
});
