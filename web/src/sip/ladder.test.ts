// Mutations these must catch: (1) lines in the order they came; (2) hops numbered before the parties are in order;
// (3) a lost 200 shown as answered.
import { test } from "node:test";
import { deepEqual, equal } from "node:assert/strict";
import type { Entry } from "../api/entry";
import { calls, worstFirst } from "./calls";
import { ladder } from "./ladder";
import { seeded } from "../rule/random";

let n = 0;
function entry(ms: number, with_: Partial<Entry>): Entry {
  const time = new Date(Date.UTC(2026, 0, 1) + ms).toISOString();
  return {
    id: `a-${String(n++).padStart(3, "0")}`,
    time,
    epoch: 1,
    callId: "c1",
    method: "INVITE",
    kind: "request",
    edgePort: "e1",
    processor: "connect",
    rulesTried: 1,
    code: "OK",
    error: "",
    answered: "",
    durationNs: 1,
    matchNs: 1,
    durations: { total: 1, match: 1, calls: {} },
    calls: [],
    shared: false,
    from: "1001@a",
    requestUri: "1002@b",
    ...with_,
  } as Entry;
}

const call = (ref: string, role: "processor" | "middleware", addr = ref + ":1") => ({
  ref,
  addr,
  role,
  code: "OK",
  durationNs: 200_000,
  attempts: 1,
  skipped: false,
});
const dead = {
  code: "INTERNAL",
  processor: "",
  failedRule: "dead",
  kind: "response" as const,
  error: "matchFunc of processor ref = dead: TypeError: x",
};

const story = [
  entry(0, {
    branch: "b1",
    calls: [call("auth", "middleware"), call("connect", "processor"), call("cdr", "middleware")],
  }),
  entry(20, { branch: "b1", shared: true }),
  entry(410, { ...dead, responseType: "RINGING" }),
  entry(2341, { ...dead, responseType: "OK" }),
  entry(34_341, { method: "BYE", calls: [call("connect", "processor", "connect:2")] }),
];

test("a ladder has its parties in order, its lines by time, and says where nothing happened", () => {
  const random = seeded(5);
  for (let i = 0; i < 20; i++) {
    const l = ladder([...story].sort(() => random() - 0.5));
    deepEqual(
      l.parties.map((p) => `${p.role} ${p.addr}`),
      ["middleware auth:1", "processor connect:1", "processor connect:2", "middleware cdr:1"],
    );
    deepEqual(
      l.lines.map((line) =>
        line.entry === undefined
          ? `pause ${line.pause} ${line.resembles.slice(0, 5)}`
          : `${line.offset} ${line.repeats} ${line.hops.map((h) => h.party).join()}`,
      ),
      ["0  0,1,3", "20 sent again after 20 ms ", "410  ", "pause 1931 ", "2341  ", "pause 32000 64×T1", "34341  2"],
    );
  }
  deepEqual(ladder([]), { edgePorts: [], parties: [], lines: [] });
});

test("a call that was lost on its way back is no answered one", () => {
  const other = entry(50_000, { callId: "c2", method: "OPTIONS" });
  const list = calls([...story, other].reverse());
  deepEqual(
    list.map((c) => c.callId),
    ["c2", "c1"],
  );
  const c = worstFirst(list)[0];
  deepEqual(
    [c?.state, c?.fate, c?.messages, c?.failed, c?.from, c?.to],
    ["no answer", "error", 5, 2, "1001@a", "1002@b"],
  );
  equal(c?.why, "180, 200 lost: rule dead failed: TypeError: x");
  equal(list[0]?.state, "done");
});

test("states of calls", () => {
  const state = (...more: Partial<Entry>[]): string | undefined =>
    calls([entry(0, {}), ...more.map((m, i) => entry(i + 1, m))].reverse())[0]?.state;
  const response = (responseType: string): Partial<Entry> => ({ kind: "response", responseType });
  equal(state(), "calling");
  equal(state(response("TRYING"), response("RINGING")), "ringing");
  equal(state(response("RINGING"), response("OK"), { method: "ACK" }), "answered");
  equal(state(response("BUSY_HERE")), "486 Busy here");
  equal(state({ ...dead, responseType: "RINGING" }), "no ringing");
  equal(state({ method: "CANCEL" }), "cancelled");
});
