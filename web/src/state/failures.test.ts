// Mutations these must catch: (1) a rule's failure laid to a backend; (2) first and last mixed up.
import { test } from "node:test";
import { deepEqual, equal } from "node:assert/strict";
import type { Entry } from "../api/entry";
import { causes, says, spark } from "./failures";

const entry = (id: string, with_: Partial<Entry>): Entry =>
  ({
    id,
    time: `2026-01-01T00:00:0${id}Z`,
    code: "INTERNAL",
    failedRule: "",
    processor: "",
    method: "INVITE",
    kind: "response",
    calls: [],
    ...with_,
  }) as Entry;
const down = { ref: "cdr", addr: "", role: "middleware" as const, code: "UNAVAILABLE", durationNs: 1, attempts: 1 };

test("failures are grouped by their cause, the most frequent first", () => {
  const list = causes([
    entry("5", { failedRule: "dead" }),
    entry("4", { code: "OK" }),
    entry("3", { code: "NOT_FOUND", kind: "request", method: "INFO" }),
    entry("2", { failedRule: "dead", calls: [{ ...down, skipped: true }] }),
    entry("1", { code: "UNAVAILABLE", kind: "request", calls: [{ ...down, skipped: false }] }),
  ]);
  deepEqual(
    list.map((c) => `${c.count} ${says(c)}`),
    ["2 rule dead fails on responses to INVITE", "1 no rule takes INFO", "1 cdr fails on INVITE with UNAVAILABLE"],
  );
  deepEqual([list[0]?.first.slice(17, 19), list[0]?.last.slice(17, 19), list[0]?.example], ["02", "05", "5"]);
  equal(causes([]).length, 0);
});

test("a spark line has a block a step", () => {
  equal(spark([0, 1, 2, 4, 8], 5), "·▁▂▄█");
  equal(spark([0, 0, 3, 5], 2), "·█");
  equal(spark([], 5), "");
});
