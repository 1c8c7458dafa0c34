// Mutations these must catch: (1) 999.6 µs shown as 1000 µs; (2) the zone's distance added.
import { test } from "node:test";
import { equal, ok } from "node:assert/strict";
import { ago, both, brief, clock, count, many, rate, share, size, span, took } from "./time";
import { seeded } from "../rule/random";

const plain = (text: string) => text.replaceAll("\u202f", " ");

test("durations have three digits at most and a unit", () => {
  for (const [ns, want] of [
    [0, "0 ns"], [999, "999 ns"], [1800, "1.8 µs"], [312_400, "312 µs"], [999_600, "1.0 ms"], [1_849_000, "1.8 ms"],
    [455e6, "455 ms"], [8.1e9, "8.1 s"], [9.96e9, "10 s"], [90e9, "90 s"], [1000e9, "17 min"],
  ] as const) {
    equal(plain(took(ns)), want);
  }
  const random = seeded(1);
  for (let i = 0; i < 2000; i++) {
    const text = took(10 ** (random() * 12));
    ok(/^(\d\.\d|\d{1,3})\u202f(ns|µs|ms|s)$/.test(text) || /min/.test(text), text);
  }
});

test("times of day", () => {
  const time = "2026-03-09T08:05:07.042Z";
  equal(clock(time, "utc"), "08:05:07.042");
  equal(clock("yesterday", "utc"), "–");
  equal(brief(time, "utc", new Date("2026-03-09T23:00:00Z")), "08:05:07");
  equal(brief(time, "utc", new Date("2026-03-10T00:00:00Z")), "2026-03-09 08:05:07");
  ok(both(time).endsWith("2026-03-09 08:05:07.042 UTC"));
  const here = new Date(time);
  equal(clock(time, "local"), `${here.toTimeString().slice(0, 8)}.042`);
});

test("long times", () => {
  for (const [ms, want] of [[400, "0.4 s"], [12_000, "12 s"], [60_000, "1 min"], [245_000, "4 min 5 s"],
    [14 * 60_000, "14 min"], [7_500_000, "2 h 5 min"], [90_000_000, "1 d 1 h"]] as const) {
    equal(plain(span(ms)), want);
  }
  const now = new Date("2026-03-09T08:00:00Z");
  equal(plain(ago("2026-03-09T07:59:48Z", now)), "12 s ago");
  equal(ago("2026-03-09T08:00:02Z", now), "now");
});

test("numbers", () => {
  equal(plain(count(1204)), "1 204");
  equal(plain(count(10_000_000)), "10 000 000");
  equal(count(999), "999");
  equal(many(1, "decision"), "1 decision");
  equal(many(0, "reply", "replies"), "0 replies");
  equal(plain(rate(1204.2)), "1 204 /s");
  equal(plain(rate(0.2)), "12 /min");
  equal(plain(rate(0)), "0 /s");
  equal(plain(size(14_230)), "14.2 kB");
  equal(plain(size(999_999)), "1.0 MB");
  equal(plain(share(1, 90)), "1 in 90");
  equal(plain(share(1, 3)), "33 %");
  equal(share(0, 0), "–", "of nothing nothing is known");
});
