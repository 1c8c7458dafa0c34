// Mutations these must catch: (1) comments above an item left behind by move; (2) a quote in quotes not doubled;
// (3) a block's value ending at its first empty line; (4) a comment left behind a block's last line.
import { test } from "node:test";
import { equal, deepEqual, ok } from "node:assert/strict";
import { processors, value } from "./yaml";
import { change, insert, move, written } from "./yamlwrite";
import { below, seeded, textOf, type Random } from "../rule/random";

const demo = `# top
kind: MessageDispatcher
spec:
  middlewares:
    - ref: auth
      addr: 127.0.0.1:1
  processors:
    # Instant messages.
    - ref: im
      # here
      addr: 127.0.0.1:2
      matchFunc: req => req.method === "MESSAGE" # all
      methods:
        - MESSAGE

    # Calls for help.
    # Two lines.
    - ref: "emergency"
      addr: a:1
      matchFunc: |
        req => {

          return true;
        }
      methods: [INVITE, ACK]
    - ref: rest
      matchFunc: 'req => req.ref !== ''x'''
      methods:
      - INVITE
      addr: b:1
  # behind the last
  limits: {}
`;

const rule = (text: string, ref: string): string => {
  const at = processors(text).find((p) => p.ref === ref)?.keys.get("matchFunc");
  return at === undefined ? "" : text.slice(at.from, at.to);
};

test("processors are found with their values", () => {
  deepEqual(processors(demo).map((p) => p.ref), ["im", "emergency", "rest"]);
  equal(rule(demo, "im"), `req => req.method === "MESSAGE"`);
  equal(rule(demo, "emergency"), "|\n        req => {\n\n          return true;\n        }");
  equal(value(rule(demo, "rest")), "req => req.ref !== 'x'");
  deepEqual(processors("spec: {processors: [{ref: a}]}"), []);
  deepEqual(processors("spec:\n  processors: []\n"), []);
});

test("a change touches its value and nothing else", () => {
  const changed = change(demo, "emergency", { matchFunc: "req => true", methods: ["INVITE", "BYE"] });
  equal(changed, demo.replace(/\|\n {8}req[^}]*}/, "req => true").replace("[INVITE, ACK]", "[INVITE, BYE]"));
  equal(change(demo, "rest", { methods: ["BYE"] }), demo.replace("\n      - INVITE\n", "\n        - BYE\n"));
  equal(change(demo, "im", { matchFunc: "req =>\n  true" }),
    demo.replace(`req => req.method === "MESSAGE" # all`, "|- # all\n        req =>\n          true"));
  equal(change(demo, "nobody", { matchFunc: "x" }), undefined);
});

test("moved there and back, the text is the same; comments go along", () => {
  const up = move(demo, "emergency", -1) ?? "";
  deepEqual(processors(up).map((p) => p.ref), ["emergency", "im", "rest"]);
  ok(up.indexOf("# Two lines.") < up.indexOf("# Instant messages."));
  equal(move(up, "emergency", 1), demo);
  equal(move(demo, "im", -1), undefined);
  equal(move(demo, "rest", 1), undefined);
  const open = demo.slice(0, demo.indexOf("\n  # behind")); // no line break at the end
  equal(move(move(open, "rest", -1) ?? "", "rest", 1), open);
});

test("a new processor stands where it was put", () => {
  const made = { ref: "new", addr: "c:1", methods: ["INVITE"], matchFunc: "req => true" };
  deepEqual(processors(insert(demo, made, "emergency") ?? "").map((p) => p.ref), ["im", "new", "emergency", "rest"]);
  const last = insert(demo, made) ?? "";
  deepEqual(processors(last).map((p) => p.ref), ["im", "emergency", "rest", "new"]);
  equal(rule(last, "new"), "req => true");
});

// readBack reads a value of this file's own writing.
function readBack(text: string): string {
  if (!text.startsWith("|-")) return value(text);
  return text.split(/\r?\n/).slice(1).map((l) => l.slice(8)).join("\n");
}

function source(random: Random): string {
  return "req => " + textOf(random, ["a", "'", '"', "\n", "  b", ": ", " #", "\\", "é", "😀", "{", "\n\n", "|"], 12);
}

test("whatever a rule holds is read back, and its neighbours stay", () => {
  for (let seed = 0; seed < 500; seed++) {
    const random = seeded(seed);
    const crlf = below(random, 2) === 0;
    const text = crlf ? demo.replaceAll("\n", "\r\n") : demo;
    const ref = ["im", "emergency", "rest"][below(random, 3)] ?? "im";
    const first = source(random);
    const second = source(random);
    const once = change(text, ref, { matchFunc: first }) ?? "";
    equal(readBack(rule(once, ref)), first, `seed ${seed}: ${written(first, 6, "\n")}`);
    const twice = change(once, ref, { matchFunc: second }) ?? "";
    equal(twice, change(text, ref, { matchFunc: second }), `seed ${seed}`);
    const others = processors(text).filter((p) => p.ref !== ref);
    for (const other of others) equal(rule(once, other.ref), rule(text, other.ref));
  }
});
