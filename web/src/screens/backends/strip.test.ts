// Mutations these must catch: (1) a strip that begins with its first change instead of with what was before; (2) what
// is forgotten drawn as ready; (3) a change that is newer than the page's clock, or as old as the next one, left out.
import { test } from "node:test";
import { deepEqual, equal } from "node:assert/strict";
import { changed, said, strips } from "./strip";
import { seeded } from "../../rule/random";

const at = (s: number): string => new Date(s * 1000).toISOString();
const change = (s: number, instance: string, state: string, reason?: string) =>
  ({ time: at(s), instance, state, ...(reason === undefined ? {} : { reason }) }) as never;
const instance = (addr: string, state: string, since?: number, reason?: string) =>
  ({ addr, state, ...(since === undefined ? {} : { since: at(since) }), ...(reason ? { reason } : {}) }) as never;
const drawn = (of: Parameters<typeof strips>[0], from: number, to: number): unknown =>
  strips(of, from * 1000, to * 1000).map((s) => [
    s.addr,
    ...s.stretches.map((x) => `${x.state} ${x.from / 1000}-${x.to / 1000}${x.reason && " " + x.reason}`),
  ]);

test("an hour's idle: what it was before stands from the beginning on", () => {
  const changes = [change(101, "a", "ready"), change(100, "a", "connecting")];
  deepEqual(drawn({ instances: [instance("a", "ready", 101)], changes }, 2800, 3700), [["a", "ready 2800-3700"]]);
  deepEqual(drawn({ instances: [instance("a", "ready", 101)], changes: [] }, 2800, 3700), [["a", "ready 2800-3700"]]);
});

test("ten seconds after the start", () => {
  const changes = [change(100.2, "a", "ready"), change(100.1, "a", "connecting")];
  const of = { instances: [instance("a", "ready", 100.2)], changes };
  deepEqual(drawn(of, 100, 110), [["a", "unknown 100-100.1", "connecting 100.1-100.2", "ready 100.2-110"]]);
});

test("a state of less than a millisecond is there", () => {
  const changes = [change(500, "a", "failing"), change(500, "a", "connecting"), change(40, "a", "ready")];
  deepEqual(drawn({ instances: [instance("a", "failing", 500)], changes }, 100, 1000), [
    ["a", "ready 100-500", "connecting 500-500", "failing 500-1000"],
  ]);
});

test("each instance has its own changes, and one that went is behind those that are there", () => {
  const changes = [
    change(850, "b", "ready"), change(800, "gone", "gone"), change(700, "b", "failing", "refused"),
    change(50, "gone", "ready"), change(40, "b", "ready"), change(30, "old", "gone"), change(20, "a", "ready"),
  ];
  const instances = [instance("a", "unhealthy", 890, "says so"), instance("b", "ready", 850)];
  deepEqual(drawn({ instances, changes }, 100, 1000), [
    ["a", "ready 100-890", "unhealthy 890-1000 says so"],
    ["b", "ready 100-700", "failing 700-850 refused", "ready 850-1000"],
    ["gone", "ready 100-800", "gone 800-1000"],
  ]);
});

test("what is forgotten isn't made up", () => {
  deepEqual(drawn({ instances: [instance("a", "failing", 500)], changes: [] }, 100, 1000), [
    ["a", "unknown 100-500", "failing 500-1000"],
  ]);
  deepEqual(drawn({ instances: [instance("a", "idle")], changes: [] }, 100, 1000), [
    ["a", "unknown 100-1000", "connecting 1000-1000"],
  ]);
});

test("a clock of whole seconds hides no change", () => {
  const of = { instances: [instance("a", "failing", 110.9)], changes: [change(110.9, "a", "failing")] };
  deepEqual(drawn(of, 100, 110), [["a", "unknown 100-110.9", "failing 110.9-110.9"]]);
});

test("a strip has no gap and no overlap, whatever changed", () => {
  const states = ["connecting", "ready", "failing", "unhealthy", "ejected", "gone"];
  for (let seed = 0; seed < 500; seed++) {
    const random = seeded(seed);
    const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
    const times = Array.from({ length: Math.floor(random() * 12) }, () => Math.floor(random() * 1000));
    times.sort((a, b) => b - a);
    const changes = times.map((s) => change(s, pick(["a", "b", "c"]), pick(states)));
    const instances = ["a", "b"].map((addr) => instance(addr, pick(states), Math.floor(random() * 1000)));
    for (const strip of strips({ instances, changes }, 300_000, 900_000)) {
      const all = strip.stretches;
      equal(all[0]?.from, 300_000, `seed ${seed}`);
      equal((all.at(-1)?.to ?? 0) >= 900_000, true, `seed ${seed}`);
      all.forEach((s, i) => i > 0 && equal(s.from, all[i - 1]?.to, `seed ${seed}`));
    }
  }
});

test("in words", () => {
  const of = (...seconds: number[]) => ({
    addr: "a",
    stretches: seconds.map((s, i) => ({ state: i % 2 ? "failing" : "ready", reason: "", from: 0, to: s * 1000 })),
  });
  equal(said(of(720, 20, 2)), "ready for 12\u202fmin, failing for 20\u202fs, ready for 2.0\u202fs");
  equal(changed(of(720)), "no change");
  equal(changed(of(720, 20)), "1 change");
  equal(changed(of(720, 20, 2)), "2 changes");
  equal(said(of(1, 1, 1, 1, 1, 1, 1, 1)).startsWith("after 2 other states: ready for 1.0"), true);
  equal(said(of(1, 1, 1, 1, 1, 1, 1)).startsWith("ready for"), true);
});
