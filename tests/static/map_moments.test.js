import assert from "node:assert/strict";
import { test } from "node:test";

import { MapMoments } from "../../dashboard/static/maps/map_moments.js";

/** Moments whose maps come when the test says so; `asked` are the iterations that were read. */
function moments(iterations, kept = 10) {
  const asked = [];
  const arrivals = new Map();
  const read = (iteration) => {
    asked.push(iteration);
    return new Promise((resolve, reject) => arrivals.set(iteration, { resolve, reject }));
  };
  const made = new MapMoments(read, kept);
  made.know(iterations);
  return { made, asked, arrive: (iteration) => arrivals.get(iteration).resolve({ of: iteration }), arrivals };
}

/** Moments whose maps are there at once. */
function prompt(iterations, kept) {
  const asked = [];
  const made = new MapMoments(async (iteration) => (asked.push(iteration), { of: iteration }), kept);
  made.know(iterations);
  return { made, asked };
}

test("the newest moment is chosen until somebody goes back, and again when they come to the end", () => {
  const { made } = moments([100, 200]);
  assert.deepEqual([made.iteration, made.newest, made.followsNewest], [200, 200, true]);
  made.know([100, 200, 300]);
  assert.equal(made.iteration, 300);
  made.choose(0);
  made.know([100, 200, 300, 400]);
  assert.deepEqual([made.iteration, made.newest, made.followsNewest], [100, 400, false]);
  made.choose(3);
  made.know([100, 200, 300, 400, 500]);
  assert.equal(made.iteration, 500);
});

test("beyond the ends, the moment at the end is chosen", () => {
  const { made } = moments([100, 200, 300]);
  made.choose(-1);
  assert.equal(made.at, 0);
  made.choose(7);
  assert.equal(made.at, 2);
});

test("the nearest moment to an iteration is chosen, of two the earlier", () => {
  const { made } = moments([100, 200, 400]);
  for (const [wanted, found] of [
    [0, 100],
    [149, 100],
    [150, 100],
    [151, 200],
    [300, 200],
    [301, 400],
    [9999, 400],
  ]) {
    made.chooseNearest(wanted);
    assert.equal(made.iteration, found, `nearest to ${wanted}`);
  }
  assert.equal(made.followsNewest, true);
});

test("without moments nothing is chosen", () => {
  const { made } = moments([]);
  made.chooseNearest(5);
  assert.deepEqual([made.at, made.iteration, made.newest], [0, undefined, undefined]);
});

test("maps that come after another moment was chosen are not shown, but kept", async () => {
  const { made, asked, arrive } = moments([100, 200]);
  const late = made.load();
  made.choose(0);
  const early = made.load();
  arrive(100);
  assert.deepEqual(await early, { of: 100 });
  arrive(200);
  assert.equal(await late, null);
  made.choose(1);
  assert.deepEqual(await made.load(), { of: 200 });
  assert.deepEqual(asked, [200, 100]);
});

test("who looks again before the maps have come waits for the same reading", async () => {
  const { made, asked, arrive } = moments([100, 200]);
  const first = made.load();
  made.choose(0);
  made.choose(1);
  const second = made.load();
  arrive(200);
  assert.deepEqual(await Promise.all([first, second]), [{ of: 200 }, { of: 200 }]);
  assert.deepEqual(asked, [200]);
});

test("a reading that fails for two is tried again once", async () => {
  const { made, asked, arrive, arrivals } = moments([100]);
  const failing = [made.load(), made.load()];
  arrivals.get(100).reject(new Error("away"));
  for (const one of failing) await assert.rejects(one, /away/);
  const again = [made.load(), made.load()];
  arrive(100);
  assert.deepEqual(await Promise.all(again), [{ of: 100 }, { of: 100 }]);
  assert.deepEqual(asked, [100, 100]);
});

test("a failed reading is told, and tried again", async () => {
  const { made, asked, arrive, arrivals } = moments([100]);
  const failing = made.load();
  arrivals.get(100).reject(new Error("away"));
  await assert.rejects(failing, /away/);
  const again = made.load();
  arrive(100);
  assert.deepEqual(await again, { of: 100 });
  assert.deepEqual(asked, [100, 100]);
});

test("of more moments than are kept, the maps not looked at for longest are forgotten", async () => {
  const { made, asked } = prompt([1, 2, 3], 2);
  const look = async (index) => (made.choose(index), await made.load());
  for (const index of [0, 1, 0, 2]) assert.deepEqual(await look(index), { of: index + 1 });
  assert.deepEqual(asked, [1, 2, 3]);
  await look(0);
  assert.deepEqual(asked, [1, 2, 3], "the first was looked at again before the third came");
  await look(1);
  assert.deepEqual(asked, [1, 2, 3, 2]);
});
