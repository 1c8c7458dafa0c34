// Mutations these must catch: (1) a string's content counts as a read; (2) the method that is called counts as a part.
import { test } from "node:test";
import { deepEqual, equal } from "node:assert/strict";
import { brief, cut, readsIn, valueAt } from "./paths";

const paths = (source: string): string[] => readsIn(source).map((r) => r.path);

test("reads of req are found with their places", () => {
  const source = 'req => req.message.from.address.uri.host.endsWith("x") && req?.message?.requestUri?.user !== "911"';
  deepEqual(paths(source), ["message.from.address.uri.host", "message.requestUri.user"]);
  deepEqual(
    readsIn(source).map((r) => source.slice(r.from, r.to)),
    ["req.message.from.address.uri.host", "req?.message?.requestUri?.user"],
  );
});

test("what only looks like a read isn't one", () => {
  deepEqual(paths('req => "req.method" + `req.ref` + /req.x/.test(xreq.method) // req.message'), []);
  deepEqual(paths("req => a.req.method /* req.ref */ || req()"), []);
  deepEqual(paths('req => /"/.test(req.method) && req.ref === "\\"req.x"'), ["method", "ref"]);
});

test("indexes and names in brackets", () => {
  deepEqual(paths('req => req.message.via[0].host + req["metadata"]["a b"] + req.x\n  ?.[1]\n  .y'), [
    "message.via[0].host",
    'metadata["a b"]',
    "x[1].y",
  ]);
});

test("values by path", () => {
  const message = { message: { via: [{ host: "h" }], body: "abc" } };
  equal(valueAt(message, "message.via[0].host"), "h");
  equal(valueAt(message, "message.body.length"), 3);
  equal(valueAt(message, "message.toString"), undefined);
  equal(valueAt(null, "a"), undefined);
});

test("values are cut between characters", () => {
  equal(cut("ab😀cd", 5), "ab😀…");
  equal(cut("ab😀cd", 4), "ab…");
  equal(brief({ a: 1 }), '{"a":1}');
  equal(brief(undefined), "undefined");
});
