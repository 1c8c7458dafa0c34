// Mutations these must catch: (1) the order of the object; (2) digits that aren't in threes.
import { test } from "node:test";
import { equal } from "node:assert/strict";
import { byMethod } from "./bymethod";

test("methods stand with their counts, the most frequent first", () => {
  equal(byMethod({}), "");
  equal(byMethod({ ACK: 14, INVITE: 1190 }), "INVITE 1\u202f190 · ACK 14");
  equal(byMethod({ UPDATE: 2, BYE: 2, INVITE: 3 }), "INVITE 3 · BYE 2 · UPDATE 2");
});
