// Mutations these must catch: (1) the second that isn't over counted; (2) idle told of while messages come.
import { test } from "node:test";
import { deepEqual, equal } from "node:assert/strict";
import { flow } from "./flow";

test("the last ten seconds count, and not the one that isn't over", () => {
  deepEqual(flow([500, 0, 0, 0, 0, 0, 10, 10, 10, 10, 10, 99], 1), { perSecond: 5, idle: 0 });
  deepEqual(flow([4, 6, 0], 1), { perSecond: 5, idle: 0 });
});

test("where nothing came lately, it is said since when", () => {
  deepEqual(flow([...Array(20).fill(0), 40, ...Array(18).fill(0), 0], 1), { perSecond: 0, idle: 18 });
  deepEqual(flow([...Array(20).fill(0), 40, ...Array(18).fill(0), 1], 1), { perSecond: 0, idle: 0 });
  deepEqual(flow([0, 0, 0], 1), { perSecond: 0, idle: 0 });
});

test("a second after the start nothing is known", () => {
  equal(flow([], 1), null);
  equal(flow([7], 1), null);
});
