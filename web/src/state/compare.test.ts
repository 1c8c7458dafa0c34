// Mutations these must catch: (1) the second of the change counted; (2) more than five minutes taken.
import { test } from "node:test";
import { deepEqual } from "node:assert/strict";
import type { Stats } from "../api/api.gen";
import { around } from "./compare";

test("before and after a moment", () => {
  const begin = Date.UTC(2026, 0, 1) / 1000;
  const messages = Array.from({ length: 900 }, () => 10);
  const failed = messages.map((_, i) => (i < 600 ? 5 : i === 600 ? 100 : 1));
  const from = new Date(begin * 1000).toISOString();
  const stats = { step: 1, from, series: { messages, failed } } as unknown as Stats;
  const { before, after } = around(stats, begin + 600.4);
  deepEqual(before, { seconds: 299, messages: 2990, failed: 1495 });
  deepEqual(after, { seconds: 299, messages: 2990, failed: 299 });
  deepEqual(around(stats, begin + 890).after, { seconds: 10, messages: 100, failed: 10 });
});
