// Mutations these must catch: (1) ! lost when a filter is written; (2) a time cut at its colons or commas.
import { test } from "node:test";
import { deepEqual, equal } from "node:assert/strict";
import { filterText, fromAddress, parseFilter, ruleOf, toAddress, toCall } from "./filter";
import { below, seeded } from "../rule/random";

test("what people type", () => {
  const f = parseFilter(
    "user:1002 !method:OPTIONS code:INTERNAL,NOT_FOUND min:50ms a84b4c failed since:2026-01-01T10:00:00Z",
  );
  deepEqual(
    { ...f },
    {
      user: ["1002"],
      method: ["!OPTIONS"],
      code: ["INTERNAL", "NOT_FOUND"],
      min: ["50ms"],
      q: ["a84b4c"],
      failed: ["1"],
      since: ["2026-01-01T10:00:00Z"],
    },
  );
  deepEqual(toCall(f), {
    user: ["1002"],
    method: ["!OPTIONS"],
    code: ["INTERNAL", "NOT_FOUND"],
    minDuration: ["50ms"],
    q: ["a84b4c"],
    failed: ["true"],
    since: ["2026-01-01T10:00:00Z"],
  });
  deepEqual({ ...parseFilter("") }, {});
  deepEqual({ ...parseFilter("http://x user:") }, { q: ["http://x", "user:"] }, "no part of that name: a text");
});

test("typed, in the address and read back, it is the same filter", () => {
  const words = ["user:1", "!user:2", "user:3,1", "code:A", "!code:B,C", "min:5ms", "failed", "abc", "min:1s", "q:x"];
  for (let seed = 0; seed < 300; seed++) {
    const random = seeded(seed);
    const text = Array.from({ length: below(random, 6) }, () => words[below(random, words.length)]).join(" ");
    const f = parseFilter(text);
    const sorted = (g: object): string =>
      JSON.stringify(
        Object.entries(g)
          .map(([n, v]) => [n, [...v].sort()])
          .sort(),
      );
    equal(sorted(parseFilter(filterText(f))), sorted(f), text);
    if (f["q"] === undefined || f["q"].length < 2) {
      equal(sorted(fromAddress(new URLSearchParams(toAddress(f)))), sorted(f), text);
    }
  }
});

test("a rule is the rest of what is typed", () => {
  const f = parseFilter('user:1002 rule: req => req.method === "INVITE" && !req.x');
  deepEqual({ ...f }, { user: ["1002"], match: ['req => req.method === "INVITE" && !req.x'] });
  deepEqual(parseFilter(filterText(f)), f);
  deepEqual(fromAddress(new URLSearchParams(toAddress(f))), f);
  deepEqual(toCall(f), { user: ["1002"] });
  deepEqual(ruleOf(parseFilter("rule:req=>true")), "req=>true");
  deepEqual({ ...parseFilter("rule:dead failed") }, { rule: ["dead"], failed: ["1"] });
});
