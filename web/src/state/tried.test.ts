// Mutations these must catch: (1) a rule kept twice; (2) what was stored taken unread.
import { test } from "node:test";
import { deepEqual, equal } from "node:assert/strict";
import { remembered, restored, type Tried } from "./tried";

const tried = (source: string, at = 1): Tried => ({ source, methods: ["INVITE"], at });

test("each rule stands once, the newest first", () => {
  const list = remembered(remembered([tried("a"), tried("b")], tried("c", 2)), tried("b", 3));
  deepEqual(list, [tried("b", 3), tried("c", 2), tried("a")]);
});

test("fifty are kept, and none that is empty or too long", () => {
  let list: Tried[] = [];
  for (let i = 0; i < 70; i++) list = remembered(list, tried("rule " + i));
  equal(list.length, 50);
  equal(list[0]?.source, "rule 69");
  equal(list[49]?.source, "rule 20");
  deepEqual(remembered([tried("a")], tried(" \n")), [tried("a")]);
  deepEqual(remembered([tried("a")], tried("x".repeat(16_385))), [tried("a")]);
  equal(remembered([], tried("x".repeat(16_384))).length, 1);
});

test("what was stored is read whatever anybody has made of it", () => {
  deepEqual(restored(JSON.stringify([tried("a"), tried("b")])), [tried("a"), tried("b")]);
  for (const stored of [null, "", "{", "null", "7", "{}", '"a"', "[1, null, {}, [[]]]"])
    deepEqual(restored(stored), []);
  const odd = [
    tried("good"),
    { source: 1, methods: [], at: 1 },
    { source: "a", methods: "INVITE", at: 1 },
    { source: "a", methods: [1], at: 1 },
    { source: "a", methods: [], at: "now" },
  ];
  deepEqual(restored(JSON.stringify(odd)), [tried("good")]);
  equal(restored(JSON.stringify(Array(90).fill(tried("a")))).length, 50);
});
