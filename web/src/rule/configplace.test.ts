import assert from "node:assert/strict";
import { test } from "node:test";
import { keyOffers } from "./configkeys";
import { configPlace } from "./configplace";
import { ruleAround } from "./ruletext";

const text = `# An office.
kind: MessageDispatcher
spec:
  bindAddr: 127.0.0.1:0
  limits:
    memory: 1GiB
    
  processors:
    - ref: a
      methods: [INVITE, A]
      matchFunc: |
        req => {
          const x = { ref: 1 }

          return req.
        }
      policy: r
    - ref: b
      methods:
        - IN
      matchFunc: "req => req.method === \\"X\\""
      
    # more
    - 
  on
`;
const all = text.split("\n");
const lines = { count: all.length, at: (n: number): string => all[n - 1] ?? "" };

const at = (line: number, column = lines.at(line).length): string[] => {
  const place = configPlace(lines, line, column);
  return place === null ? ["nothing"] : [place.kind, place.path.join("."), lines.at(line).slice(place.from, column)];
};
const offered = (line: number): string[] => {
  const place = configPlace(lines, line, lines.at(line).length);
  return place === null ? [] : keyOffers(place).map((o) => o.label);
};

// Mutations that this catches: a dash isn't taken for a column; keys below are taken for keys beside.
test("a place has the keys above it", () => {
  assert.deepEqual(at(1), ["nothing"]);
  assert.deepEqual(at(2), ["value", "kind", "MessageDispatcher"]);
  assert.deepEqual(at(7), ["key", "spec.limits", ""]);
  assert.deepEqual(at(10, 25), ["value", "spec.processors.methods", "A"]);
  assert.deepEqual(at(17), ["value", "spec.processors.policy", "r"]);
  assert.deepEqual(at(20), ["key", "spec.processors.methods", "IN"]);
  assert.deepEqual(at(22), ["key", "spec.processors", ""]);
  assert.deepEqual(at(24), ["key", "spec.processors", ""]);
  assert.deepEqual(at(25), ["key", "spec", "on"]);
});

test("what is offered fits, and isn't there yet", () => {
  assert.deepEqual(offered(2), ["MessageDispatcher"]);
  assert.ok(offered(7).includes("inFlight") && !offered(7).includes("memory"));
  assert.ok(offered(10).includes("REGISTER"));
  assert.deepEqual(offered(17), ["callId", "roundRobin", "leastRequest"]);
  assert.ok(offered(20).includes("INVITE"));
  assert.ok(offered(22).includes("timeout") && !offered(22).includes("ref") && !offered(22).includes("methods"));
  assert.ok(offered(24).includes("ref"));
  assert.ok(offered(25).includes("onRuleError") && !offered(25).includes("limits"));
});

test("what is written goes on where its value is", () => {
  const place = configPlace(lines, 25, 4);
  const written = (name: string): string | undefined =>
    place === null ? undefined : keyOffers(place).find((o) => o.label === name)?.written;
  assert.equal(written("onRuleError"), "onRuleError: ");
  assert.equal(written("tls"), "tls:\n    ");
  assert.equal(written("middlewares"), "middlewares:\n    - ");
});

// Mutations that this catches: a rule ends at an empty line; a key in a rule's object is taken for one of YAML's.
test("a rule is found from each of its lines", () => {
  const block = { first: 12, from: 0, last: 16, to: 9 };
  for (const n of [11, 12, 13, 14, 15, 16]) assert.deepEqual(ruleAround(lines, n), block, String(n));
  for (const n of [1, 7, 9, 10, 17, 18, 20, 22]) assert.equal(ruleAround(lines, n), null, String(n));
  assert.equal(ruleAround(lines, 21), null); // escapes hide it
  const one = (line: string): unknown => ruleAround({ count: 1, at: () => line }, 1);
  assert.deepEqual(one("- matchFunc: req => true # all"), { first: 1, from: 13, last: 1, to: 24 });
  assert.deepEqual(one("matchFunc: 'req => true' # all"), { first: 1, from: 12, last: 1, to: 23 });
  assert.equal(one("matchFunc: 'it''s'"), null);
  assert.equal(one("matchFunc: '"), null);
});
