// Mutations these must catch: (1) the rate of all that was seen instead of a minute's; (2) a counter that begins anew
// taken as a step down.
import { test } from "node:test";
import { deepEqual, equal } from "node:assert/strict";
import type { Rule } from "../api/api.gen";
import { Pace } from "./pace";

const rule = (hits: number, since = "a"): Rule => ({ ref: "connect", hits, since }) as unknown as Rule;

test("a rule's pace is that of the last minute", () => {
  const pace = new Pace();
  equal(pace.perMinute(rule(0)), undefined);
  pace.note([rule(1000)], 0);
  equal(pace.perMinute(rule(1000)), undefined);
  pace.note([rule(1010)], 5_000);
  equal(pace.perMinute(rule(1010)), 120);
  for (let s = 10; s <= 120; s += 5) pace.note([rule(1010 + s)], s * 1000);
  equal(pace.perMinute(rule(0)), 60);
  deepEqual(pace.steps(rule(0)), Array.from({ length: 12 }, () => 5));
});

test("a counter that began anew is another one", () => {
  const pace = new Pace();
  pace.note([rule(1000)], 0);
  pace.note([rule(3, "b")], 5_000);
  equal(pace.perMinute(rule(3, "b")), undefined);
  pace.note([rule(4, "b")], 10_000);
  equal(pace.perMinute(rule(4, "b")), 12);
});
