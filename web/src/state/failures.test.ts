// Mutations these must catch: (1) a rule's failure laid to a backend; (2) an empty step drawn as a small one.
import { test } from "node:test";
import { equal } from "node:assert/strict";
import { says, spark, type Cause } from "./failures";

const cause = (with_: Partial<Cause>): Cause => ({
  code: "INTERNAL", rule: null, backend: null, method: "INVITE", kind: "response", count: 1, counts: [], error: "",
  example: null, first: "", last: "", ...with_,
});

test("causes in words", () => {
  equal(says(cause({ rule: "dead" })), "rule dead fails on responses to INVITE");
  equal(says(cause({ code: "NOT_FOUND", kind: "request", method: "INFO" })), "no rule takes INFO");
  equal(says(cause({ code: "UNAVAILABLE", kind: "request", backend: "cdr" })), "cdr fails on INVITE with UNAVAILABLE");
  equal(says(cause({ code: "RESOURCE_EXHAUSTED", kind: "request" })), "INVITE ends with RESOURCE_EXHAUSTED");
});

test("a spark line has a block a step", () => {
  equal(spark([0, 1, 2, 4, 8], 5), "·▁▂▄█");
  equal(spark([0, 0, 3, 5], 2), "·█");
  equal(spark([], 5), "");
});
