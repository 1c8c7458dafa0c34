// Mutations these must catch: (1) what was lost dropped in silence; (2) a batch read as one decision.
import { test } from "node:test";
import { deepEqual } from "node:assert/strict";
import { read } from "./item";

const texts = (event: string, data: unknown): string[] =>
  read({ event, data: JSON.stringify(data) }).map((i) => i.entry?.id ?? i.gap ?? "");

test("a decision, a batch, and what is missing", () => {
  deepEqual(texts("decision", { id: "a" }), ["a"]);
  deepEqual(texts("decisions", [{ id: "a" }, { id: "b" }]), ["a", "b"]);
  deepEqual(texts("lost", { lost: 7 }), ["7 decisions are missing here: they came faster than they could be sent."]);
  deepEqual(texts("lost", { lost: 0, restarted: true }),
    ["The dispatcher was started again: what it knew before is gone."]);
  deepEqual(texts("sampled", { leftOut: 12 }), [], "counted, and no row");
});
