// Mutations these must catch: (1) "engine" of a rule that is compiled; (2) a rule that throws noted last.
import { test } from "node:test";
import { deepEqual, ok } from "node:assert/strict";
import { notes } from "./notes";

const rule = {
  index: 4, ref: "dead", methods: ["INVITE"], matchFunc: "req => true", place: { line: 1, column: 1 }, compiled: true,
  reason: "", warnings: [], indexedBy: "method", catchAll: false, unreachable: [], hits: 0, lastHit: null,
  lastHitId: null, errors: 0, lastError: null, since: "",
};

test("of a rule without a fault, nothing is said", () => {
  deepEqual(notes(rule), []);
});

test("the worst comes first, and each note has a reason", () => {
  const found = notes({
    ...rule, compiled: false, reason: "for (const c of s) isn't native", indexedBy: "", unreachable: ["connect"],
    lastError: { time: "", message: "TypeError: Cannot read properties of undefined (reading 'user')", id: "x" },
    matchFunc: "req => req.message.authorization",
  }, { ref: "late", count: 3, of: 100 });
  deepEqual(found.map((n) => n.short),
    ["throws on SIP responses", "never reached", "over late: 3", "engine", "not indexed", "reads credentials"]);
  ok(found.every((n) => n.long.endsWith(".") && n.long.length > n.short.length));
});
