// Mutations these must catch: (1) fate of a failed rule as no-match; (2) a response named by its request's method.
import { test } from "node:test";
import { equal } from "node:assert/strict";
import type { Entry } from "../api/entry";
import { because, fate, heard, heardWhy, title } from "./entry";

const entry = (with_: Partial<Entry>): Entry =>
  ({
    id: "a-1",
    time: "2026-01-01T00:00:00Z",
    epoch: 1,
    callId: "c",
    method: "INVITE",
    kind: "request",
    edgePort: "e",
    processor: "",
    rulesTried: 1,
    code: "OK",
    error: "",
    answered: "",
    durationNs: 1,
    matchNs: 1,
    durations: { total: 1, match: 1, calls: {} },
    calls: [],
    shared: false,
    ...with_,
  }) as Entry;

const threw = "matchFunc of processor ref = dead: TypeError: req.message.requestUri is undefined";

test("which message it was", () => {
  equal(title(entry({})), "INVITE");
  equal(title(entry({ kind: "response", responseType: "RINGING" })), "180 Ringing");
  equal(title(entry({ kind: "response", responseType: "OK" })), "200 OK");
  equal(title(entry({ kind: "response", message: { message: { responseType: "BUSY_HERE" } } })), "486 Busy here");
  equal(title(entry({ kind: "response" })), "response to INVITE");
});

test("what became of it, and why", () => {
  const ok = entry({ processor: "connect" });
  equal(`${fate(ok)}: ${because(ok)}`, "match: connect took it");
  const failed = entry({ code: "INTERNAL", error: threw, failedRule: "dead" });
  equal(
    `${fate(failed)}: ${because(failed)}`,
    "error: rule dead failed: TypeError: req.message.requestUri is undefined",
  );
  const none = entry({ code: "NOT_FOUND", method: "PRACK", error: "not matching processor found" });
  equal(`${fate(none)}: ${because(none)}`, "no-match: no rule takes PRACK");
  equal(fate(entry({ code: "NOT_FOUND", error: threw, failedRule: "dead" })), "error", "a rule was left out");
  equal(fate(entry({ code: "NOT_FOUND", processor: "connect" })), "error", "the processor said so");
});

test("what the phone heard", () => {
  equal(heard(entry({})), "");
  equal(heard(entry({ code: "INTERNAL", answered: "SERVER_INTERNAL_ERROR" })), "heard 500 Server internal error");
  equal(heard(entry({ code: "INTERNAL" })), "heard nothing");
  equal(heard(entry({ code: "INTERNAL", kind: "response", responseType: "RINGING" })), "the caller hears no ringing");
  equal(heard(entry({ code: "INTERNAL", kind: "response", responseType: "OK" })), "the call is never answered");
  equal(
    heardWhy(entry({ code: "INTERNAL" })),
    "What the phone heard: nothing. The EdgePort got INTERNAL and drops it (answerFailures is off).",
  );
});
