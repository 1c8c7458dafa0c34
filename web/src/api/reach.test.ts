// Mutations these must catch: (1) each caller tries for itself; (2) who waits isn't told that another was answered.
import { test } from "node:test";
import { deepEqual, equal, ok } from "node:assert/strict";
import { nextTry, reached, untilTried } from "./reach";

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

test("one tries, and the others wait for what comes of it", async () => {
  const told: string[] = [];
  const wait = (name: string, by = new AbortController()): Promise<void> =>
    untilTried(by.signal).then(() => void told.push(name));
  const first = wait("first");
  void wait("second");
  void wait("third");
  ok(nextTry() > 0 && nextTry() <= 1000);
  await first;
  deepEqual(told, ["first"]);
  equal(nextTry(), 0);

  void wait("first");
  ok(nextTry() > 700, "the second try is later");
  reached();
  await soon();
  deepEqual(told.sort(), ["first", "first", "second", "third"]);

  const one = new AbortController();
  void wait("leaves", one);
  void wait("stays");
  one.abort(); // a screen that is left hands the trying over
  await soon();
  ok(told.includes("stays"));
});
